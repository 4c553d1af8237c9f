#include "apps/wats/simulate/numbering.hpp"

#include <functional>

namespace wats::simulate {

std::string_view Numbering::text_of(std::uint32_t number) const noexcept {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(texts_).substr(begin, ends_[number] - begin);
}

void Numbering::grow() {
  std::vector<Place> old(places_.empty() ? 1024 : 2 * places_.size());
  old.swap(places_);
  for (const Place& place : old) {
    if (place.number == nobody) continue;
    std::size_t at = place.hash & (places_.size() - 1);
    while (places_[at].number != nobody) at = (at + 1) & (places_.size() - 1);
    places_[at] = place;
  }
}

std::uint32_t Numbering::number_of(std::string_view text) {
  // Half full at most: longer ways to an empty place cost more than the memory.
  if (2 * (ends_.size() + 1) > places_.size()) grow();
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
  std::size_t at = hash & (places_.size() - 1);
  for (; places_[at].number != nobody; at = (at + 1) & (places_.size() - 1)) {
    if (places_[at].hash == hash && text_of(places_[at].number) == text) return places_[at].number;
  }
  const std::uint32_t number = size();
  texts_.append(text);
  ends_.push_back(texts_.size());
  places_[at] = {.hash = hash, .number = number};
  return number;
}

}  // namespace wats::simulate
