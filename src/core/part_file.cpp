#include "src/core/part_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace wats::detail {
namespace {

constexpr int most_names = 16;

std::unexpected<Error> refused(const std::string& what, const std::string& path) {
  const int code = errno;
  return fail(Errc::io_error, what + " " + path + ": " + std::generic_category().message(code));
}

std::string part_name(const std::string& target) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  std::string name = target + ".";
  for (int i = 0; i < 6; ++i) name += letters[random() % letters.size()];
  return name + ".part";
}

/// So that the new name itself outlives a loss of power. Where a folder can't be opened, it is left to
/// chance.
void keep_names(const std::string& path) noexcept {
  auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

PartFile::~PartFile() {
  discard();
}

void PartFile::discard() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (!part_.empty()) ::unlink(part_.c_str());
  part_.clear();
}

Result<void> PartFile::open(const std::string& path) {
  discard();
  target_ = path;
  mode_.reset();
  struct stat there{};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) return refused("can't write", path);
    return {};
  }
  // A link goes on pointing where it does: what it points to is replaced.
  std::error_code ignored;
  if (exists && std::filesystem::is_symlink(path, ignored)) {
    if (auto real = std::filesystem::canonical(path, ignored); !ignored) target_ = real.string();
  }
  if (exists) mode_ = there.st_mode & 07777U;
  return create();
}

Result<void> PartFile::create() {
  for (int i = 0; i < most_names; ++i) {
    part_ = part_name(target_);
    // Never through a link that somebody has laid, never over what is there.
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_ ? 0600 : 0666);
    if (fd_ >= 0) return {};
    if (errno != EEXIST) break;
  }
  part_.clear();
  return refused("can't write", target_);
}

Result<void> PartFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return refused("can't write", target_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> PartFile::commit() {
  if (part_.empty()) {
    if (::close(std::exchange(fd_, -1)) != 0) return refused("can't write", target_);
    return {};
  }
  if ((mode_ && ::fchmod(fd_, static_cast<::mode_t>(*mode_)) != 0) || ::fsync(fd_) != 0)
    return refused("can't write", target_);
  if (::close(std::exchange(fd_, -1)) != 0) return refused("can't write", target_);
  if (std::rename(part_.c_str(), target_.c_str()) != 0) return refused("can't replace", target_);
  part_.clear();
  keep_names(target_);
  return {};
}

}  // namespace wats::detail
