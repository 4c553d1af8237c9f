#include "src/server/store.hpp"

#include "src/server/report_store.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace wats::server {
namespace {

/// SQLite would create the file for everybody to read.
void create_private(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), file);
  ::close(descriptor);
}

/// A directory of our own; its entries can be removed once every connection is open.
class TemporaryPlace {
 public:
  TemporaryPlace() {
    const auto pattern = (std::filesystem::temp_directory_path() / "wats-XXXXXX").string();
    name_.assign(pattern.begin(), pattern.end());
    name_.push_back('\0');
    if (::mkdtemp(name_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
  }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;
  ~TemporaryPlace() {
    std::error_code ignored;
    std::filesystem::remove_all(name_.data(), ignored);
  }
  [[nodiscard]] std::string file() const { return std::string(name_.data()) + "/wats.db"; }

 private:
  std::vector<char> name_;
};

}  // namespace

Store::Store(const std::string& file, unsigned readers, std::size_t keep_history) : history_(keep_history) {
  const bool in_memory = file == ":memory:";
  const auto place = in_memory ? std::make_unique<TemporaryPlace>() : nullptr;
  const std::string path = place ? place->file() : file;
  create_private(path);
  database_ = std::make_unique<Database>(path, Database::Access::read_write, !in_memory);
  create_schema(*database_);
  readers_ = std::make_unique<Readers>(path, readers);
  writer_ = std::make_unique<Writer>(*database_, history_, ingest_due_reports);
}

Store::~Store() {
  close();
}

void Store::close() {
  readers_->close();
  writer_->close();
}

}  // namespace wats::server
