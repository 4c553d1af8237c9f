// Plays the line: one thread an actor.
#pragma once

#include "apps/wats/demo/plan.hpp"
#include "apps/wats/demo/run.hpp"
#include "apps/wats/demo/session.hpp"

#include <vector>

namespace wats::demo {

/// Plays all actors, each in one of the sessions, in turn. Fills begin, elapsed and failure of *run*, whose
/// name is shown meanwhile.
void play_actors(const Plan& plan, const Workload& workload, const std::vector<Session>& sessions,
                 const RunSettings& settings, Run& run);

}  // namespace wats::demo
