// Timestamp: a moment with the zone it was told in.
#pragma once

#include "wats/core/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>

namespace wats {

/// A moment in steps of 100 ns with its zone: UTC ("Z"), an offset, or none told (taken as UTC).
class Timestamp {
 public:
  using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
  using Instant = std::chrono::sys_time<Ticks>;

  /// 1970-01-01T00:00:00Z.
  constexpr Timestamp() = default;
  /// A moment in UTC, written with milliseconds if it has any fraction.
  template <class Duration>
  constexpr Timestamp(
      std::chrono::sys_time<Duration> when)  // NOLINT(google-explicit-constructor): a lossless view
      : instant_(std::chrono::floor<Ticks>(when)) {}

  /// Reads ISO 8601 as WATS writes it: 2026-02-03T09:15:00[.1-7 digits][Z|+01:00|none], or a date alone, in
  /// the years 0001 to 9999. Digits of the fraction beyond the seventh (two at most) are dropped. *Errors*:
  /// Errc::invalid_argument naming the text.
  [[nodiscard]] static Result<Timestamp> parse(std::string_view text);
  /// Now, in UTC, to the millisecond.
  [[nodiscard]] static Timestamp now();

  [[nodiscard]] constexpr Instant instant() const noexcept { return instant_; }
  /// Offset from UTC; empty when the text told no zone.
  [[nodiscard]] constexpr std::optional<std::chrono::minutes> offset() const noexcept {
    if (zone_ == Zone::none) return std::nullopt;
    return std::chrono::minutes(offset_minutes_);
  }
  /// The same moment told in the zone *offset* ahead of UTC.
  [[nodiscard]] Timestamp with_offset(std::chrono::minutes offset) const noexcept;

  /// As it was read: the same zone, the same number of fraction digits. A moment that its own zone would put
  /// outside the years 0001 to 9999 is told in UTC, and one that is outside of them there as the nearest
  /// inside.
  [[nodiscard]] std::string text() const;
  /// The longest text().
  static constexpr std::size_t max_text_size = sizeof("2026-02-03T09:15:00.1234567+01:00") - 1;
  /// Writes text() to *to*, which has room for max_text_size bytes; gives back its end.
  char* write(char* to) const noexcept;
  /// In UTC with Z: how filters and queries take it.
  [[nodiscard]] std::string utc_text() const;

  /// The same moment, whatever the zone.
  friend constexpr bool operator==(const Timestamp& a, const Timestamp& b) noexcept {
    return a.instant_ == b.instant_;
  }
  friend constexpr auto operator<=>(const Timestamp& a, const Timestamp& b) noexcept {
    return a.instant_ <=> b.instant_;
  }

 private:
  enum class Zone : std::uint8_t { utc, offset, none };

  Instant instant_{};
  std::int16_t offset_minutes_ = 0;
  Zone zone_ = Zone::utc;
  /// Fraction digits to write; automatic: 3 when there is a fraction, else none.
  static constexpr std::uint8_t automatic = 255;
  std::uint8_t digits_ = automatic;
};

}  // namespace wats
