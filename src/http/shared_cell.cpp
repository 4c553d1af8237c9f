#include "src/http/shared_cell.hpp"

#include "wats/core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace wats::http::detail {
namespace {

using Cell = policy::RateLimiter::Cell;

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
  throw Failure(Error(Errc::io_error, "the shared rate limit in " + file + " can't be used: " + reason));
}

std::string last_error() {
  return std::error_code(errno, std::generic_category()).message();
}

}  // namespace

SharedCell::~SharedCell() {
  ::munmap(&cell_, sizeof(Cell));
}

std::unique_ptr<SharedCell> open_shared_cell(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fd < 0) refuse(file, last_error());
  struct stat about{};
  std::string reason;
  if (::fstat(fd, &about) != 0) {
    reason = last_error();
  } else if (!S_ISREG(about.st_mode) ||
             (about.st_size != 0 && about.st_size != static_cast<off_t>(sizeof(Cell)))) {
    reason = "it is another kind of file";
  } else if (about.st_uid != ::geteuid() || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    reason = "others own it or may write it; it must be this user's with mode 0600";
  } else if (const int failed = ::posix_fallocate(fd, 0, sizeof(Cell)); failed != 0) {
    // Room on the disk now, or the first store would be a signal that ends the program.
    reason = std::error_code(failed, std::generic_category()).message();
  }
  if (!reason.empty()) {
    ::close(fd);
    refuse(file, reason);
  }
  void* const mapped = ::mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) reason = last_error();
  ::close(fd);
  if (mapped == MAP_FAILED) refuse(file, reason);
  return std::make_unique<SharedCell>(*static_cast<Cell*>(mapped));
}

}  // namespace wats::http::detail
