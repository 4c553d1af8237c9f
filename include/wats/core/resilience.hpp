// How a client behaves on bad days: what it repeats, when it stops asking, how fast and how much at once it
// asks.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wats {

/// Who waits for an answer. Where requests have to wait, those of a more urgent kind go first, and a part of
/// the rate limit is kept for them.
enum class Priority : std::uint8_t {
  operator_waiting,  ///< somebody stands at the station
  live_report,       ///< a report of a unit that has just been tested
  backlog,           ///< reports of yesterday, exports, batches
  prefetch,          ///< what might be asked for later
};

[[nodiscard]] constexpr std::string_view name(Priority priority) noexcept {
  switch (priority) {
    case Priority::operator_waiting:
      return "operator_waiting";
    case Priority::live_report:
      return "live_report";
    case Priority::backlog:
      return "backlog";
    case Priority::prefetch:
      return "prefetch";
  }
  return "";
}

/// What is sent again when it failed: reads and writes that carry their own identity; what was certainly not
/// acted on, always; what might be done twice, never. The defaults are those of the AWS SDKs' standard mode.
class RetrySettings {
 public:
  RetrySettings() = default;

  /// Times a request is sent at most, the first included, 1 to 10; 1 turns repeats off.
  int attempts = 3;
  /// The wait before the n-th repeat is drawn evenly from 0 to this times 2^(n-1).
  std::chrono::milliseconds base_delay{50};
  /// The same when the server asked for less (429, or 503 with Retry-After); Retry-After is waited for
  /// besides.
  std::chrono::milliseconds throttled_base_delay{1000};
  std::chrono::milliseconds max_delay{20'000};
  /// Repeats take tokens (14 each, 5 when throttled) that successes give back; with none left nothing is
  /// repeated.
  std::int32_t budget = 500;
};

/// When a client stops asking a server that keeps failing: calls then fail at once with Errc::unavailable,
/// and single ones find out when it is back.
class BreakerSettings {
 public:
  BreakerSettings() = default;

  bool enabled = true;
  /// The part of the attempts within `window` that must fail, above 0 to 1, once there are `least_attempts`.
  double failure_rate = 0.5;
  std::chrono::milliseconds window{30'000};
  std::uint32_t least_attempts = 10;
  /// An attempt that takes longer is slow; it opens as well when `slow_rate` of the attempts are.
  std::chrono::milliseconds slow_after{10'000};
  double slow_rate = 0.9;
  /// How long it asks nothing at first; doubled while the server stays away, up to `longest_open`. Up to half
  /// as long again is added at random, so that clients come back apart.
  std::chrono::milliseconds open_for{5'000};
  std::chrono::milliseconds longest_open{60'000};
};

/// How fast a client asks. Calls over the limit wait their turn, without a thread.
class RateSettings {
 public:
  RateSettings() = default;

  /// Requests a minute on average, for all copies of the client; 0: no limit. Unset: 500 for servers
  /// elsewhere, none for one on this machine.
  std::optional<std::uint32_t> per_minute;
  /// Requests that may go at once after a rest, at least 1.
  std::uint32_t burst = 100;
  /// What part of the burst each Priority may use, from 0 to 1.
  std::array<double, 4> share{1.0, 0.9, 0.6, 0.3};
  /// A small file through which processes of one user and machine share one limit to one server; all of them
  /// need the same settings. Made with mode 0600 when it is not there; must not be truncated while they run.
  /// Empty: none.
  std::string shared_file;
};

/// How many requests an asynchronous client has under way at once.
class ConcurrencySettings {
 public:
  ConcurrencySettings() = default;

  /// False: `ClientOptions::max_in_flight`. True: between `least` and that, as the server's answers slow
  /// down.
  bool adaptive = false;
  std::uint32_t least = 4;
};

/// Asking twice when an answer takes unusually long; the first one counts. Reads only, inside the retry
/// budget.
class HedgeSettings {
 public:
  HedgeSettings() = default;

  bool enabled = false;
  /// The second request goes out when this part of recent answers would have come, 0.5 to 0.999.
  double quantile = 0.95;
  /// Never earlier than this.
  std::chrono::milliseconds least_delay{20};
};

}  // namespace wats
