#include "wats/core/body.hpp"

#include "src/core/part_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace wats {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refused(const std::string& what, const std::string& path, int code) {
  return fail(Errc::io_error, what + " " + path + ": " + std::generic_category().message(code));
}

/// What the last operation of a stream met; streams tell no more than errno.
int last_error() noexcept {
  return errno != 0 ? errno : EIO;
}

class FileSource final : public BodySource {
 public:
  FileSource(std::string path, std::ifstream file, std::uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override { return size_; }

  [[nodiscard]] Result<void> begin() override {
    errno = 0;
    file_.clear();
    file_.seekg(0);
    if (!file_) return refused("can't read", path_, last_error());
    return {};
  }

  [[nodiscard]] Result<std::size_t> read(std::span<char> room) override {
    errno = 0;
    file_.read(room.data(), static_cast<std::streamsize>(room.size()));
    if (file_.bad()) return refused("can't read", path_, last_error());
    return static_cast<std::size_t>(file_.gcount());
  }

 private:
  std::string path_;
  std::ifstream file_;
  std::uint64_t size_;
};

class FileSink final : public BodySink {
 public:
  FileSink(std::string path, std::uint64_t most) : path_(std::move(path)), most_(most) {}

  [[nodiscard]] Result<void> begin(std::optional<std::uint64_t> size) override {
    if (size && *size > most_) return too_large();
    written_ = 0;
    return file_.open(path_);
  }

  [[nodiscard]] Result<void> write(std::string_view piece) override {
    if (piece.size() > most_ - written_) return too_large();
    written_ += piece.size();
    return file_.write(piece);
  }

  [[nodiscard]] Result<void> finish() override { return file_.commit(); }

 private:
  [[nodiscard]] std::unexpected<Error> too_large() const {
    return fail(Errc::answer_too_large, "the answer is larger than " + std::to_string(most_) +
                                            " bytes; ask for less or allow " + path_ + " more");
  }

  std::string path_;
  std::uint64_t most_;
  std::uint64_t written_ = 0;
  detail::PartFile file_;
};

class FunctionSink final : public BodySink {
 public:
  explicit FunctionSink(std::function<Result<void>(std::string_view)> write) : write_(std::move(write)) {}

  [[nodiscard]] Result<void> begin(std::optional<std::uint64_t> /*size*/) override {
    if (!begun_) return {};
    return fail(Errc::connection_lost,
                "the answer broke off, and what takes it can't begin again; make the call anew");
  }
  [[nodiscard]] Result<void> write(std::string_view piece) override {
    begun_ = true;
    return write_(piece);
  }
  [[nodiscard]] Result<void> finish() override { return {}; }

 private:
  std::function<Result<void>(std::string_view)> write_;
  bool begun_ = false;
};

}  // namespace

Result<std::shared_ptr<BodySource>> from_file(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return refused("can't read", path, error.value());
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refused("can't read", path, last_error());
  return std::make_shared<FileSource>(path, std::move(file), size);
}

std::shared_ptr<BodySink> to_file(std::string path, std::uint64_t most_bytes) {
  return std::make_shared<FileSink>(std::move(path), most_bytes);
}

std::shared_ptr<BodySink> to_function(std::function<Result<void>(std::string_view piece)> write) {
  return std::make_shared<FunctionSink>(std::move(write));
}

}  // namespace wats
