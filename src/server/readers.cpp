#include "src/server/readers.hpp"

#include <exception>
#include <utility>

namespace wats::server {

Readers::Readers(const std::string& file, unsigned count) {
  for (unsigned i = 0; i < std::max(count, 1U); ++i) {
    databases_.push_back(std::make_unique<Database>(file, Database::Access::read_only, false));
    // SQLite opens its side files at the first read; a temporary database loses its name after that.
    auto first = databases_.back()->prepare("SELECT count(*) FROM processes");
    static_cast<void>(first.next());
  }
  for (auto& database : databases_) {
    threads_.emplace_back([this, &own = *database] { loop(own); });
  }
}

Readers::~Readers() {
  close();
}

bool Readers::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void Readers::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Readers::loop(Database& database) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty() || closing_; });
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task(database);
  }
}

Reply read_consistently(Database& database, const std::function<Reply(Database&)>& read) {
  Reply reply;
  try {
    database.run("BEGIN");
    try {
      reply = read(database);
    } catch (const std::exception&) {
      reply = error_reply(500, "the server failed while reading this");
    }
    database.run("COMMIT");
  } catch (const std::exception&) {
    reply = error_reply(500, "the server cannot read its database");
  }
  return reply;
}

}  // namespace wats::server
