// Faults: what the embedded server can be told to do wrong, so that clients prove that they bear it.
#pragma once

#include "wats/core/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wats::server {

/// One planted fault. It strikes a request of *operation* (an operationId or "*") with *probability* percent.
struct Fault {
  enum class Kind : std::uint8_t {
    drop,     ///< the connection is closed instead of answering; the operation has had its effect
    half,     ///< half of the answer is sent, then the connection is closed
    status,   ///< *status* is answered instead; the operation is not carried out
    garbage,  ///< 200 with JSON that is none
    huge,     ///< 200 with a JSON text of *megabytes* MB
  };

  Kind kind = Kind::drop;
  std::string operation = "*";
  double probability = 100;  ///< percent, 0 to 100
  int status = 500;
  std::uint32_t megabytes = 0;

  /// Reads one or more faults, comma-separated:
  /// drop=OPERATION:P, half=OPERATION:P, status=OPERATION:CODE:P, garbage=OPERATION:P, huge=OPERATION:P:MB.
  /// *Errors*: Errc::invalid_options naming the part that is wrong (unknown fault, unknown operation, range).
  [[nodiscard]] static Result<std::vector<Fault>> parse(std::string_view text);
};

}  // namespace wats::server
