// Buffers of answers that were handed out as they came, and came back.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace wats::http::detail {

/// A large body costs more in fresh pages than in copying: what held one holds the next.
/// *Thread safety*: any thread; answers end anywhere.
class Buffers {
 public:
  /// A buffer larger than this is given back to the system instead of being kept.
  static constexpr std::size_t largest = std::size_t{1} << 20U;

  /// An empty text, with room in it if one came back before.
  [[nodiscard]] std::string take() noexcept {
    const std::lock_guard lock(mutex_);
    if (kept_.empty()) return {};
    std::string buffer = std::move(kept_.back());
    kept_.pop_back();
    bytes_ -= buffer.capacity();
    return buffer;
  }
  void give_back(std::string buffer) noexcept {
    buffer.clear();
    const std::lock_guard lock(mutex_);
    if (buffer.capacity() > largest || bytes_ + buffer.capacity() > most_bytes || kept_.size() == most)
      return;
    bytes_ += buffer.capacity();
    kept_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t most = 256;
  static constexpr std::size_t most_bytes = std::size_t{16} << 20U;

  std::mutex mutex_;
  std::vector<std::string> kept_ = room();
  std::size_t bytes_ = 0;

  /// Giving back must not fail.
  [[nodiscard]] static std::vector<std::string> room() {
    std::vector<std::string> kept;
    kept.reserve(most);
    return kept;
  }
};

}  // namespace wats::http::detail
