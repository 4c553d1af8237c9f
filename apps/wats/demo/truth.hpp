// Truth: checks every answer of a run against the server's version history.
#pragma once

#include "apps/wats/demo/trace.hpp"
#include "wats/server/history.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace wats::demo {

/// One answer that was wrong, for people.
struct WrongAnswer {
  std::string operation;
  std::string key;
  /// What it showed and what it should have shown, with times.
  std::string what;
};

struct Verdict {
  std::uint64_t checked = 0;
  std::uint64_t wrong = 0;
  /// The first of them, by the time they began.
  std::vector<WrongAnswer> first_wrong;
  /// Calls that ended with an error, and the first of these errors.
  std::uint64_t failed_calls = 0;
  std::string first_failure;

  [[nodiscard]] bool all_right() const noexcept { return wrong == 0 && failed_calls == 0; }
  Verdict& operator+=(const Verdict& other);
};

/// An answer is right if it shows what the server's rows said at some moment between the call's start and its
/// end. That includes what the workload asks for besides, that no answer is older than the last write this
/// client completed before: such a write had been committed before it was completed, so before the call
/// began. Lists and grades are computed again from the rows by code of our own, not by the server's. *begin*:
/// of the run, which times are told from. *news*: how long the news of a write may take to other clients; a
/// state that was right so long before the call is right as well. Calls that failed are counted, not checked.
[[nodiscard]] Verdict check_answers(const std::vector<Event>& events,
                                    const std::vector<server::RowVersion>& history, Time begin,
                                    std::chrono::nanoseconds news = {});

}  // namespace wats::demo
