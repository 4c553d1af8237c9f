// What a cache knows about one key, for people who ask why they got what they got.
#pragma once

#include "wats/cache/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats::cache {

struct Explanation {
  enum class State : std::uint8_t {
    /// Nothing is stored.
    absent,
    fresh,
    /// Its time to live is over; it is kept to be shown while it is loaded anew or if that fails.
    stale,
    /// It is known that there is none.
    negative,
    /// Stored, but shown to nobody: its time is over, or one of its tags was invalidated after its load
    /// began.
    expired,
    invalidated,
  };

  State state = State::absent;
  /// Since its load began, and until it is stale (negative: so long it has been).
  Duration age{};
  Duration left{};
  Duration lifetime{};
  /// What it counts against Options::max_bytes.
  std::size_t bytes = 0;
  std::size_t tags = 0;
  /// A load is under way since.
  std::optional<Duration> loading_for = std::nullopt;
  /// Loads behind a stale value that failed one after the other, and when the next may begin.
  unsigned failures = 0;
  Duration next_refresh_in{};

  /// One sentence or two.
  [[nodiscard]] std::string text() const;
};

[[nodiscard]] std::string_view name_of(Explanation::State state) noexcept;

}  // namespace wats::cache
