#include "src/cache_disk/requests.hpp"

#include <iterator>
#include <utility>

namespace wats::cache::detail {
namespace {

constexpr std::size_t most_finds = 1024;
constexpr std::size_t most_erases = 16384;
constexpr std::size_t most_store_bytes = std::size_t{32} << 20U;
// One transaction.
constexpr std::size_t most_in_turn = 256;
constexpr std::size_t most_bytes_in_turn = std::size_t{4} << 20U;

// So that empty records do not wait without end either.
constexpr std::size_t bytes_a_store = 256;

std::size_t bytes_of(const Store& store) {
  return store.key.size() + store.record.bytes.size() + store.record.tags.size() * sizeof(Tag) +
         bytes_a_store;
}

}  // namespace

void Requests::changed(std::span<const Tag> tags, Window window) {
  {
    const std::lock_guard lock(mutex_);
    changes_.add(tags, window);
  }
  given_.notify_one();
}

void Requests::changed_all(Window window) {
  {
    const std::lock_guard lock(mutex_);
    changes_.add_all(window);
  }
  given_.notify_one();
}

void Requests::greet(std::weak_ptr<ChangeListener> newcomer) {
  {
    const std::lock_guard lock(mutex_);
    newcomers_.push_back(std::move(newcomer));
  }
  given_.notify_one();
}

bool Requests::add(Find& find) {
  {
    const std::lock_guard lock(mutex_);
    if (finds_ >= most_finds) return false;
    ++finds_;
    waiting_.emplace_back(std::move(find));
  }
  given_.notify_one();
  return true;
}

bool Requests::add(Store&& store) {
  {
    const std::lock_guard lock(mutex_);
    const auto bytes = bytes_of(store);
    if (store_bytes_ + bytes > most_store_bytes) return false;
    store_bytes_ += bytes;
    waiting_.emplace_back(std::move(store));
  }
  given_.notify_one();
  return true;
}

bool Requests::add(Erase&& erase) {
  {
    const std::lock_guard lock(mutex_);
    if (erases_ >= most_erases) return false;
    ++erases_;
    waiting_.emplace_back(std::move(erase));
  }
  given_.notify_one();
  return true;
}

void Requests::close(Clock::duration limit) {
  {
    const std::lock_guard lock(mutex_);
    deadline_ = Clock::now() + limit;
  }
  given_.notify_one();
}

bool Requests::is_something() const {
  return deadline_ || !waiting_.empty() || !newcomers_.empty() || !changes_.empty();
}

Turn Requests::take(std::optional<Clock::time_point> until) {
  Turn turn;
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return is_something(); };
  if (until)
    given_.wait_until(lock, *until, ready);
  else
    given_.wait(lock, ready);
  turn.changes = std::exchange(changes_, {});
  turn.newcomers = std::exchange(newcomers_, {});
  fill(turn.batch);
  turn.deadline = deadline_;
  turn.is_last = deadline_ && waiting_.empty();
  return turn;
}

void Requests::fill(std::vector<Request>& batch) {
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.size() < most_in_turn && bytes < most_bytes_in_turn) {
    Request& next = waiting_.front();
    if (std::holds_alternative<Find>(next)) --finds_;
    if (std::holds_alternative<Erase>(next)) --erases_;
    if (const auto* const store = std::get_if<Store>(&next)) {
      bytes += bytes_of(*store);
      store_bytes_ -= bytes_of(*store);
    }
    batch.push_back(std::move(next));
    waiting_.pop_front();
  }
}

}  // namespace wats::cache::detail
