// Numbering: texts as numbers, so that a trace is read once and then only numbers are looked up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace wats::simulate {

/// Numbers texts from 0 in the order in which they first come. A flat table over one string: a node for each
/// of ten million keys would take most of the time of a simulation.
class Numbering {
 public:
  static constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max() - 1;

  /// The number of *text*, a new one if need be. At most `most` different texts.
  [[nodiscard]] std::uint32_t number_of(std::string_view text);
  [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ends_.size()); }

 private:
  struct Place {
    std::uint32_t hash = 0;
    std::uint32_t number = nobody;
  };
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] std::string_view text_of(std::uint32_t number) const noexcept;
  void grow();

  std::vector<Place> places_;
  /// All texts one behind the other, and where each ends.
  std::string texts_;
  std::vector<std::size_t> ends_;
};

}  // namespace wats::simulate
