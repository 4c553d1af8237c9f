// The server itself: whether it answers, and which version it is.
#pragma once

#include "wats/core/call.hpp"
#include "wats/service/caller.hpp"

#include <string>

namespace wats {

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class ServerInfoService {
 public:
  explicit ServerInfoService(Caller caller) noexcept : caller_(std::move(caller)) {}

  /// Version text. *Cached*: slow. *Source*: app_get_version.
  [[nodiscard]] Call<std::string> version() const;

  /// The version asked from the server itself, past every cache: an error tells why the server can't be used.
  [[nodiscard]] Call<std::string> ping() const;

 private:
  Caller caller_;
};

}  // namespace wats
