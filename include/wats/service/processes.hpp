// Processes: the test, repair and work-in-progress operations of the server.
#pragma once

#include "wats/core/call.hpp"
#include "wats/model/process.hpp"
#include "wats/service/caller.hpp"

#include <vector>

namespace wats {

/// *Thread safety*: any thread. *Lifetime*: may outlive the client; its calls then fail with Errc::closed.
class ProcessService {
 public:
  explicit ProcessService(Caller caller) noexcept : caller_(std::move(caller)) {}

  /// Every active process. *Cached*: static; tag processes. *Source*: process_list.
  [[nodiscard]] Call<std::vector<Process>> list() const;

 private:
  Caller caller_;
};

/// The one that users look for: by its name, letter case aside. Null when there is none.
/// *Lifetime*: points into *processes*.
[[nodiscard]] const Process* find_by_name(const std::vector<Process>& processes, std::string_view name);
/// By the number that reports refer to. Null when there is none. *Lifetime*: points into *processes*.
[[nodiscard]] const Process* find_by_code(const std::vector<Process>& processes, std::int32_t code);

}  // namespace wats
