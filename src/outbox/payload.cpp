#include "src/outbox/payload.hpp"

#include <algorithm>
#include <memory>
#include <openssl/sha.h>
#include <stdexcept>
#include <zstd.h>

namespace wats::outbox::detail {
namespace {

constexpr int level = 1;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

/// One a thread: making it costs more than compressing a report.
ZSTD_CCtx* context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> kept(ZSTD_createCCtx());
  if (!kept) throw std::bad_alloc();
  return kept.get();
}

}  // namespace

Digest digest_of(std::string_view document) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> whole{};
  SHA256(reinterpret_cast<const unsigned char*>(document.data()), document.size(), whole.data());
  Digest digest{};
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

std::string compress(std::string_view document) {
  std::string bytes(ZSTD_compressBound(document.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context(), bytes.data(), bytes.size(), document.data(), document.size(), level);
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

std::optional<std::string> uncompress(std::string_view bytes, std::int64_t size, std::string_view digest) {
  // What the database says of the size is not believed before the frame says the same.
  const auto expected = static_cast<unsigned long long>(size);
  if (size < 0 || ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != expected) return std::nullopt;
  std::string document(static_cast<std::size_t>(size), '\0');
  const std::size_t got = ZSTD_decompress(document.data(), document.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != document.size()) return std::nullopt;
  if (bytes_of(digest_of(document)) != digest) return std::nullopt;
  return document;
}

}  // namespace wats::outbox::detail
