// Actors: the stations, dashboards, the sync job and the engineer of a line.
#pragma once

#include "apps/wats/demo/plan.hpp"
#include "apps/wats/demo/progress.hpp"
#include "apps/wats/demo/session.hpp"

#include <stdexcept>

namespace wats::demo {

/// An actor cannot go on; the run has failed.
class CannotGoOn : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each plays its whole part in the calling thread, or until *milestones* are stopped.
// *Errors*: throws CannotGoOn.
void play_station(const Session& session, const StationPart& part, const StationPlan& plan,
                  Milestones& milestones);
void play_dashboard(const Session& session, const DashboardPart& part, const Plan& plan,
                    Milestones& milestones);
void play_sync(const Session& session, const SyncPart& part, const Milestones& milestones);
void play_engineer(const Session& session, const Plan& plan, Milestones& milestones);

}  // namespace wats::demo
