// Cards of the app domain: what the server is and which processes it knows.
#pragma once

#include "wats/model/process.hpp"
#include "wats/op/card.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace wats::op {

/// Version text of the server. A ping asks with CacheMode::fresh, or a dead server looks alive for minutes.
struct AppGetVersion {
  using Answer = std::string;
  static constexpr Card card{.id = "app_get_version",
                             .summary = "Server version text",
                             .method = Method::get,
                             .path = "/api/App/Version",
                             .cache_class = CacheClass::slow};

  AppGetVersion() = default;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("app-version", "");
  }

  static constexpr auto fields() { return std::tuple(); }
};

/// Processes; with no flag at all every active one of the three kinds.
struct ProcessList {
  using Answer = std::vector<Process>;
  static constexpr Card card{.id = "process_list",
                             .summary = "List processes (test, repair and WIP operations)",
                             .method = Method::get,
                             .path = "/api/App/Processes",
                             .cache_class = CacheClass::fixed};

  ProcessList() = default;

  std::optional<bool> include_test_operations;
  std::optional<bool> include_repair_operations;
  std::optional<bool> include_wip_operations;
  std::optional<bool> include_inactive_processes;

  [[nodiscard]] Idempotency idempotency() const { return Idempotency::safe; }
  template <class Out>
  void tags(Out&& out) const {
    out("processes", "");
  }

  using Self = ProcessList;
  static constexpr auto fields() {
    return std::tuple(
        WATS_FIELD(include_test_operations).in_query().about("take in test operations"),
        WATS_FIELD(include_repair_operations).in_query().about("take in repair operations"),
        WATS_FIELD(include_wip_operations).in_query().about("take in work-in-progress operations"),
        WATS_FIELD(include_inactive_processes).in_query().about("take in what is switched off"));
  }
};

}  // namespace wats::op
