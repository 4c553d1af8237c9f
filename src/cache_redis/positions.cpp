#include "src/cache_redis/positions.hpp"

#include <algorithm>
#include <charconv>

namespace wats::cache::redis {

std::optional<Position> parse_position(std::string_view id) noexcept {
  constexpr std::uint64_t last_millisecond = (std::uint64_t{1} << 44U) - 1;
  const char* const end = id.data() + id.size();
  std::uint64_t milliseconds = 0;
  const auto first = std::from_chars(id.data(), end, milliseconds);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-' || milliseconds > last_millisecond)
    return {};
  std::uint64_t sequence = 0;
  const auto second = std::from_chars(first.ptr + 1, end, sequence);
  if (second.ec != std::errc{} || second.ptr != end) return {};
  return (milliseconds << 20U) | std::min<std::uint64_t>(sequence, last_sequence);
}

Positions::Positions() : slots_(std::make_unique<Slot[]>(slots)) {}

std::optional<Position> Positions::at(Stamp stamp) const noexcept {
  if (stamp < first_stamp_) return {};
  return stamp - shift_;
}

void Positions::begin(std::span<const Tag> tags) noexcept {
  for (const Tag tag : tags) ++slot(tag).pending;
}

void Positions::end(std::span<const Tag> tags, Position at) noexcept {
  changed(tags, at);
  forget(tags);
}

void Positions::end_all(Position at) noexcept {
  changed_all(at);
  forget_all();
}

void Positions::forget(std::span<const Tag> tags) noexcept {
  for (const Tag tag : tags) --slot(tag).pending;
}

void Positions::changed(std::span<const Tag> tags, Position at) noexcept {
  for (const Tag tag : tags) slot(tag).changed = std::max(slot(tag).changed, at);
}

void Positions::changed_all(Position at) noexcept {
  all_ = std::max(all_, at);
}

void Positions::heard(Position at) noexcept {
  seen_ = std::max(seen_, at);
  stamp_.store(seen_ + shift_, std::memory_order_release);
}

void Positions::start_at(Position first) noexcept {
  for (std::size_t i = 0; i < slots; ++i) slots_[i].changed = 0;
  all_ = 0;
  floor_ = first;
  seen_ = first;
  const Stamp next = stamp() + 1;
  shift_ = next > first ? next - first : 0;
  first_stamp_ = first + shift_;
  stamp_.store(first_stamp_, std::memory_order_release);
}

bool Positions::valid(std::span<const Tag> tags, Position position) const noexcept {
  if (pending_all_ > 0 || position < floor_ || position < all_ || !is_exact(position)) return false;
  return std::none_of(tags.begin(), tags.end(), [&](Tag tag) {
    const Slot& its = slot(tag);
    return its.pending > 0 || its.changed > position;
  });
}

}  // namespace wats::cache::redis
