#include "src/cache_disk/disk_folder.hpp"

#include "src/storage/private_file.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstdint>
#include <system_error>

namespace wats::cache::detail {

namespace fs = std::filesystem;

void DiskFolder::open() {
  if (entries_ || is_taken_) return;
  if (!owner_) {
    storage::make_private_folder(settings_.directory);
    owner_ = storage::OwnerLock::take(settings_.directory / "owner.lock");
  }
  if (!owner_) {
    is_taken_ = true;
    report(settings_.directory.string() + " is in use by another process; this client works without it");
    return;
  }
  open_file();
}

void DiskFolder::open_file() {
  for (bool is_again = false;; is_again = true) {
    try {
      if (!storage::make_private_file(file())) throw BrokenFile("it is no file of this user");
      for (const char* const ending : {"-wal", "-shm"}) {
        if (fs::exists(fs::symlink_status(log(ending))) && !storage::make_private_file(log(ending)))
          throw BrokenFile("its log is no file of this user");
      }
      entries_.emplace(file(), static_cast<std::int64_t>(settings_.max_bytes));
      return;
    } catch (const std::exception& error) {
      if (is_again || trouble_of(error) != Trouble::broken) throw;
      set_aside(error.what());
    }
  }
}

void DiskFolder::set_aside(const std::string& why) {
  close();
  const fs::path aside = file().string() + ".broken";
  std::error_code ignored;
  // A folder would be in the way of a rename.
  fs::remove(aside, ignored);
  fs::rename(file(), aside);
  remove_logs();
  report(file().string() + " can't be used (" + why + "): set aside as " + aside.filename().string() +
         ", and begun anew");
}

void DiskFolder::remove_file() {
  close();
  fs::remove(file());
  remove_logs();
}

void DiskFolder::remove_logs() const {
  // Always after the file: without its log an older state of it would be read.
  for (const char* const ending : {"-wal", "-shm", "-journal"}) fs::remove(log(ending));
}

void DiskFolder::report(const std::string& line) {
  if (line == reported_) return;
  reported_ = line;
  if (settings_.report) settings_.report(line);
}

}  // namespace wats::cache::detail
