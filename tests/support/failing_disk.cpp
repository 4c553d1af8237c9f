#include "tests/support/failing_disk.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <new>
#include <utility>

namespace wats::testing {
namespace {

/// Lies before the file of the system's VFS, which takes the room behind it.
struct File {
  sqlite3_file base;
  FailingDisk::Judge* judge;
};

sqlite3_file* inner(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

int judged(sqlite3_file* file, DiskStep step) {
  return (*reinterpret_cast<File*>(file)->judge)(step);
}

/// Hands a method of a file through.
template <auto Method, class... Arguments>
int through(sqlite3_file* file, Arguments... arguments) {
  sqlite3_file* const real = inner(file);
  return (real->pMethods->*Method)(real, arguments...);
}

const sqlite3_io_methods& methods() {
  static const sqlite3_io_methods table = [] {
    using M = sqlite3_io_methods;
    M made{};
    made.iVersion = 2;
    made.xClose = [](sqlite3_file* file) { return through<&M::xClose>(file); };
    made.xRead = [](sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
      return through<&M::xRead>(file, to, size, at);
    };
    made.xWrite = [](sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
      if (const int code = judged(file, DiskStep::write); code != 0) return code;
      return through<&M::xWrite>(file, from, size, at);
    };
    made.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      return through<&M::xTruncate>(file, size);
    };
    made.xSync = [](sqlite3_file* file, int flags) {
      if (const int code = judged(file, DiskStep::sync); code != 0) return code;
      return through<&M::xSync>(file, flags);
    };
    made.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return through<&M::xFileSize>(file, size);
    };
    made.xLock = [](sqlite3_file* file, int lock) { return through<&M::xLock>(file, lock); };
    made.xUnlock = [](sqlite3_file* file, int lock) { return through<&M::xUnlock>(file, lock); };
    made.xCheckReservedLock = [](sqlite3_file* file, int* out) {
      return through<&M::xCheckReservedLock>(file, out);
    };
    made.xFileControl = [](sqlite3_file* file, int op, void* arg) {
      return through<&M::xFileControl>(file, op, arg);
    };
    made.xSectorSize = [](sqlite3_file* file) { return through<&M::xSectorSize>(file); };
    made.xDeviceCharacteristics = [](sqlite3_file* file) {
      return through<&M::xDeviceCharacteristics>(file);
    };
    made.xShmMap = [](sqlite3_file* file, int page, int size, int extend, void volatile** out) {
      return through<&M::xShmMap>(file, page, size, extend, out);
    };
    made.xShmLock = [](sqlite3_file* file, int offset, int n, int flags) {
      return through<&M::xShmLock>(file, offset, n, flags);
    };
    made.xShmBarrier = [](sqlite3_file* file) { inner(file)->pMethods->xShmBarrier(inner(file)); };
    made.xShmUnmap = [](sqlite3_file* file, int remove) { return through<&M::xShmUnmap>(file, remove); };
    return made;
  }();
  return table;
}

}  // namespace

class FailingDisk::Shim {
 public:
  explicit Shim(Judge judge) : judge_(std::move(judge)), system_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *system_;
    vfs_.zName = "failing";
    vfs_.pAppData = this;
    vfs_.szOsFile = system_->szOsFile + static_cast<int>(sizeof(File));
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
      auto& self = *static_cast<Shim*>(vfs->pAppData);
      auto* const made = ::new (static_cast<void*>(file)) File{};
      made->judge = &self.judge_;
      const int code = self.system_->xOpen(self.system_, name, inner(file), flags, out);
      if (inner(file)->pMethods != nullptr) file->pMethods = &methods();
      return code;
    };
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
      auto& self = *static_cast<Shim*>(vfs->pAppData);
      if (const int code = self.judge_(DiskStep::remove); code != 0) return code;
      return self.system_->xDelete(self.system_, name, sync);
    };
    sqlite3_vfs_register(&vfs_, 1);
  }
  Shim(const Shim&) = delete;
  Shim& operator=(const Shim&) = delete;
  ~Shim() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(system_, 1);
  }

 private:
  Judge judge_;
  sqlite3_vfs* system_;
  sqlite3_vfs vfs_{};
};

FailingDisk::FailingDisk(Judge judge) : shim_(std::make_unique<Shim>(std::move(judge))) {}
FailingDisk::~FailingDisk() = default;

}  // namespace wats::testing
