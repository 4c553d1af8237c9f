// A disk that fails when a test says so: SQLite's files beneath everything that opens a database in this
// process.
#pragma once

#include <functional>
#include <memory>

namespace wats::testing {

/// What SQLite is about to do to a file of the disk.
enum class DiskStep { write, sync, remove };

/// As long as it lives, each step of SQLite asks it first. One at a time; made before what it watches and
/// destroyed after that.
class FailingDisk {
 public:
  /// 0, or the code that SQLite is to hear, such as SQLITE_FULL. Called on any thread.
  using Judge = std::function<int(DiskStep)>;

  explicit FailingDisk(Judge judge);
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;
  ~FailingDisk();

 private:
  class Shim;
  std::unique_ptr<Shim> shim_;
};

}  // namespace wats::testing
