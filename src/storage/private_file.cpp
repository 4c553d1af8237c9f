#include "src/storage/private_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace wats::storage {
namespace {

namespace fs = std::filesystem;

constexpr ::mode_t owner_only = 0600;

[[noreturn]] void refuse(const std::string& what, const fs::path& path, int code) {
  throw std::system_error(code, std::generic_category(), what + " " + path.string());
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, owner_only)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// A new file under a name of its own, which goes with the object.
class DraftFile {
 public:
  DraftFile(const fs::path& target, std::string_view bytes) : path_(target.string() + ".XXXXXX") {
    const int fd = ::mkstemp(path_.data());  // 0600 by POSIX
    if (fd < 0) refuse("can't make", target, errno);
    const int code = write_all(fd, bytes);
    ::close(fd);
    if (code == 0) return;
    ::unlink(path_.c_str());
    refuse("can't write", target, code);
  }
  DraftFile(const DraftFile&) = delete;
  DraftFile& operator=(const DraftFile&) = delete;
  ~DraftFile() { ::unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static int write_all(int fd, std::string_view bytes) {
    const bool any = !bytes.empty();
    while (!bytes.empty()) {
      const auto written = ::write(fd, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return any && ::fsync(fd) != 0 ? errno : 0;
  }

  std::string path_;
};

bool is_own_file(const struct stat& found) {
  return S_ISREG(found.st_mode) && found.st_uid == ::geteuid();
}

}  // namespace

void make_private_folder(const fs::path& folder) {
  // A slash at the end names the folder itself.
  const fs::path path = folder.has_filename() ? folder : folder.parent_path();
  if (path.empty() || fs::is_directory(path)) return;
  make_private_folder(path.parent_path());
  if (::mkdir(path.c_str(), 0700) == 0) return;
  const int code = errno;
  if (code == EEXIST && fs::is_directory(path)) return;
  refuse("can't make the folder", path, code);
}

bool make_private_file(const fs::path& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    if (errno != ENOENT) refuse("can't look at", path, errno);
    write_private_file(path, {}, false);
    if (::lstat(path.c_str(), &found) != 0) refuse("can't look at", path, errno);
  }
  if (!is_own_file(found)) return false;
  if ((found.st_mode & 0777U) != owner_only && ::chmod(path.c_str(), owner_only) != 0)
    refuse("can't keep others from", path, errno);
  return true;
}

std::optional<std::string> read_private_file(const fs::path& path, std::size_t most) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  struct stat found{};
  if (file.get() < 0 || ::fstat(file.get(), &found) != 0 || !is_own_file(found)) return std::nullopt;
  if ((found.st_mode & 0077U) != 0 && ::fchmod(file.get(), owner_only) != 0) return std::nullopt;
  std::string bytes(most + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > most) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

void write_private_file(const fs::path& path, std::string_view bytes, bool replace) {
  const DraftFile draft(path, bytes);
  if (!replace) {
    if (::link(draft.path().c_str(), path.c_str()) == 0 || errno == EEXIST) return;
    // A file system without links: the look and the renaming are two steps there.
    struct stat found{};
    if (::lstat(path.c_str(), &found) == 0) return;
  }
  if (std::rename(draft.path().c_str(), path.c_str()) != 0) refuse("can't write", path, errno);
}

void sync_folder(const fs::path& folder) {
  const fs::path path = folder.empty() ? fs::path(".") : folder;
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) refuse("can't open the folder", path, errno);
  const int code = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  // Some file systems know no such thing.
  if (code != 0 && code != EINVAL) refuse("can't write the folder", path, code);
}

void sync_file(const fs::path& path) {
  const Descriptor file(path, O_RDWR);
  if (file.get() < 0 || ::fsync(file.get()) != 0) refuse("can't write", path, errno);
}

std::uint64_t file_identity(const fs::path& path) noexcept {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return 0;
  return static_cast<std::uint64_t>(found.st_ino) ^ (static_cast<std::uint64_t>(found.st_dev) << 48U);
}

}  // namespace wats::storage
