// Where the library's few words go. It prints nothing by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace wats {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Receives one line without a line end; secrets are already left out.
/// *Thread safety*: is called from any thread, possibly from several at once. Must not throw.
using Logger = std::function<void(LogLevel, std::string_view)>;

}  // namespace wats
