#include "src/http/shared_cell.hpp"

#include "wats/core/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <new>
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
  // A new file is empty, which is zeros once it is long enough; one of another size is somebody else's.
  const bool fits = ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
                    (about.st_size == 0 || about.st_size == static_cast<off_t>(sizeof(Cell)));
  if (!fits || (about.st_size == 0 && ::ftruncate(fd, sizeof(Cell)) != 0)) {
    const std::string reason = fits ? last_error() : "it is another kind of file";
    ::close(fd);
    refuse(file, reason);
  }
  void* const mapped = ::mmap(nullptr, sizeof(Cell), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const std::string reason = mapped == MAP_FAILED ? last_error() : std::string();
  ::close(fd);
  if (mapped == MAP_FAILED) refuse(file, reason);
  return std::make_unique<SharedCell>(*static_cast<Cell*>(mapped));
}

}  // namespace wats::http::detail
