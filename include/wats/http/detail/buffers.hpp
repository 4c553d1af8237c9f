// Buffers of answers that were handed out as they came, and came back.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace wats::http::detail {

/// A large body costs more in fresh pages than in copying: what held one holds the next.
/// *Thread safety*: any thread; answers end anywhere.
class Buffers {
 public:
  /// A buffer larger than this is given back to the system instead of being kept.
  static constexpr std::size_t largest = std::size_t{1} << 20U;
  /// A smaller one is quickly made, and would come back too large to be kept by whoever keeps a small answer.
  static constexpr std::size_t smallest = std::size_t{16} << 10U;

  /// An empty text, with *room* in it and not much more if such a one came back lately.
  [[nodiscard]] std::string take(std::size_t room) noexcept {
    if (room < smallest) return {};
    const std::lock_guard lock(mutex_);
    for (auto at = kept_.rbegin(); at != kept_.rend() && at - kept_.rbegin() < looked_at; ++at) {
      if (at->capacity() < room || at->capacity() > 4 * room) continue;
      std::swap(*at, kept_.back());
      std::string buffer = std::move(kept_.back());
      kept_.pop_back();
      bytes_ -= buffer.capacity();
      return buffer;
    }
    return {};
  }
  void give_back(std::string buffer) noexcept {
    if (buffer.capacity() < smallest || buffer.capacity() > largest) return;
    buffer.clear();
    const std::lock_guard lock(mutex_);
    if (bytes_ + buffer.capacity() > most_bytes || kept_.size() == most) return;
    bytes_ += buffer.capacity();
    kept_.push_back(std::move(buffer));
  }

 private:
  static constexpr std::size_t most = 256;
  /// The last ones are those whose memory is at hand.
  static constexpr std::ptrdiff_t looked_at = 8;
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
