// What an error of a database says about its file.
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>

namespace wats::storage {

/// The file is no database of this version of ours, or its parts contradict each other.
class BrokenFile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Trouble : std::uint8_t {
  busy,    ///< Somebody else is at it: again later.
  full,    ///< The disk is full.
  broken,  ///< The file is damaged, or none of ours.
  away,    ///< It can't be read or written now.
};
[[nodiscard]] Trouble trouble_of(const std::exception& error);

}  // namespace wats::storage
