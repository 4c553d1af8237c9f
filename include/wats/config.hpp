// Where a program's options come from when its user does not say: the configuration file and the environment.
#pragma once

#include "wats/core/client_options.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace wats {

/// Reads a configuration file (TOML; docs/adr/0008-options.md lists the keys) over *options*.
/// A file with a token in it must not be readable by others.
/// *Errors*: Errc::io_error when it can't be read, Errc::invalid_options naming file, line and key.
[[nodiscard]] Result<ClientOptions> options_from_file(const std::filesystem::path& file,
                                                      ClientOptions options = ClientOptions());

/// Reads WATS_BASE_URL, WATS_AUTH_TOKEN, WATS_STATION and WATS_CACHE_DIR over *options*.
[[nodiscard]] ClientOptions options_from_environment(ClientOptions options = ClientOptions());

/// Whether others than its owner may read or change *file*: no place for a token.
[[nodiscard]] bool open_to_others(const std::filesystem::path& file);

/// The files that are looked for, the first one found is read: $WATS_CONFIG alone if set, else
/// $XDG_CONFIG_HOME/wats/wats.toml (or ~/.config/wats/wats.toml), /etc/wats/wats.toml.
[[nodiscard]] std::vector<std::filesystem::path> config_files();

/// Options as programs should start with: defaults, then the file, then the environment; what the program
/// sets on the result wins over all. *Errors*: as above; no file at all is none.
[[nodiscard]] Result<ClientOptions> load_options();

}  // namespace wats
