// Stage: a freshly seeded server with what is known of its data, and the counting of its calls.
#pragma once

#include "apps/wats/demo/plan.hpp"
#include "apps/wats/demo/run.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <cstdint>
#include <memory>

namespace wats::demo {

class Stage {
 public:
  /// Starts and seeds. *Errors*: throws Failure.
  Stage(const Workload& workload, std::uint32_t rate_limit_per_minute, const std::string& run_name,
        const RunSettings& settings);

  /// A client of its own. *Errors*: throws Failure.
  [[nodiscard]] Client client(bool cached) const;
  /// What its clients are made of.
  [[nodiscard]] ClientOptions client_options() const;
  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }

  /// Fills calls and history, and stops the server.
  void finish(Run& run);

 private:
  std::unique_ptr<server::Server> server_;
  server::Stats before_;
  Plan plan_;
};

}  // namespace wats::demo
