#include "src/outbox/drain.hpp"

#include <algorithm>
#include <utility>

namespace wats::outbox::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// So many reports one after the other without a clear answer are the server's fault, not theirs.
constexpr int doubts_for_a_pause = 3;
/// A server that took a report so lately is well.
constexpr auto stays_well = 10min;
/// Beyond this a doubling is no longer one.
constexpr int most_doublings = 20;

policy::ConcurrencySettings limits_of(const DrainSettings& settings) {
  policy::ConcurrencySettings limits;
  limits.least = 1;
  limits.most = std::max(settings.most_in_flight, 1U);
  limits.first = limits.most;
  return limits;
}

std::int64_t ms_of(WallTime time) {
  return time.time_since_epoch().count();
}

/// "3 h 12 min", for people.
std::string duration_text(milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h " + std::to_string(seconds / 60 % 60) + " min";
}

}  // namespace

Drain::Drain(const DrainSettings& settings, Random random)
    : settings_(settings), random_(std::move(random)), limit_(limits_of(settings)) {}

std::size_t Drain::room(std::size_t in_flight, TimePoint now) const {
  if (now < closed_until_) return 0;
  const bool is_alone = is_probing_ || now < spread_until_;
  const std::size_t limit = is_alone ? 1 : std::min(window_, limit_.limit());
  return limit > in_flight ? limit - in_flight : 0;
}

std::optional<Drain::TimePoint> Drain::opens_at(TimePoint now) const {
  if (now < closed_until_) return closed_until_;
  if (now < spread_until_) return spread_until_;
  return std::nullopt;
}

milliseconds Drain::backoff(milliseconds base, milliseconds most, int times) const {
  const double doubled =
      static_cast<double>(base.count()) * static_cast<double>(1 << std::min(times, most_doublings));
  const double bounded = std::min(doubled, static_cast<double>(most.count()));
  // Never much sooner than asked for, and no two stations at once.
  return milliseconds(static_cast<std::int64_t>(bounded * (0.5 + random_())));
}

void Drain::wait_for_all(std::string why, milliseconds at_least, TimePoint now) {
  pause_ = std::move(why);
  is_probing_ = true;
  window_ = 1;
  // Those under way at once fail at once: that is one failure.
  if (now < closed_until_ && at_least == 0ms) return;
  const auto pause = std::max(backoff(settings_.base_pause, settings_.max_pause, pauses_), at_least);
  ++pauses_;
  closed_until_ = std::max(closed_until_, now + pause);
}

void Drain::went_well(std::chrono::nanoseconds took, std::size_t in_flight, TimePoint now) {
  limit_.answered(took, static_cast<std::uint32_t>(in_flight));
  if (is_probing_ && settings_.start_spread > 0ms) {
    spread_until_ = now + milliseconds(static_cast<std::int64_t>(
                              static_cast<double>(settings_.start_spread.count()) * random_()));
  }
  is_probing_ = false;
  pauses_ = 0;
  doubts_in_a_row_ = 0;
  last_success_ = now;
  pause_.clear();
  window_ = std::min(window_ + 1, settings_.most_in_flight);
}

Verdict Drain::decide(const Claimed& claimed, const Outcome& outcome, std::chrono::nanoseconds took,
                      std::size_t in_flight, TimePoint now, WallTime wall_now) {
  const auto asked = outcome.retry_after.value_or(0ms);
  Attempt attempt;
  attempt.at = wall_now;
  attempt.took = std::chrono::duration_cast<milliseconds>(took);
  attempt.http_status = outcome.http_status;
  attempt.text = outcome.text;

  Verdict verdict;
  verdict.reason = outcome.text;
  switch (outcome.fate) {
    case Fate::sent:
      went_well(took, in_flight, now);
      verdict.kind = Verdict::Kind::sent;
      verdict.reason.clear();
      return verdict;
    case Fate::refused:
      went_well(took, in_flight, now);
      verdict.kind = Verdict::Kind::quarantine;
      verdict.attempt = std::move(attempt);
      return verdict;
    case Fate::doubtful: {
      if (++doubts_in_a_row_ >= doubts_for_a_pause) wait_for_all(outcome.text, asked, now);
      limit_.overloaded();
      verdict.attempt = std::move(attempt);
      // Where nothing gets through, that says nothing about this one.
      verdict.counts = last_success_ && now - *last_success_ < stays_well;
      const int doubts = claimed.doubts + (verdict.counts ? 1 : 0);
      if (doubts >= settings_.attempts) {
        verdict.kind = Verdict::Kind::quarantine;
        verdict.reason = "sent " + std::to_string(doubts) +
                         " times without a clear answer, while others got through; the last: " + outcome.text;
        return verdict;
      }
      verdict.kind = Verdict::Kind::again;
      const auto delay = std::max(backoff(settings_.base_delay, settings_.max_delay, claimed.doubts), asked);
      verdict.due_ms = ms_of(wall_now + delay);
      return verdict;
    }
    case Fate::throttled:
      limit_.overloaded();
      wait_for_all(outcome.text, asked, now);
      return verdict;
    case Fate::away:
    case Fate::unauthorized:
    case Fate::misdirected:
      wait_for_all(outcome.text, asked, now);
      return verdict;
    case Fate::taken_back:
      verdict.reason.clear();
      return verdict;
  }
  return verdict;
}

std::optional<Verdict> Drain::guard(const Claimed& claimed, std::optional<milliseconds> ahead,
                                    WallTime wall_now) const {
  if (settings_.future == FutureReports::send || claimed.is_unguarded) return std::nullopt;
  const auto off = ahead.value_or(0ms);
  const auto early = milliseconds(claimed.start_ms) - (wall_now - off).time_since_epoch();
  if (early <= settings_.future_tolerance) return std::nullopt;
  Verdict verdict;
  verdict.kind = Verdict::Kind::hold;
  verdict.due_ms = claimed.start_ms + off.count();
  verdict.reason = "starts " + duration_text(early) + " in the future" +
                   (ahead ? " by the server's clock" : "") +
                   ", where the server would put it aside; goes when its time has come";
  if (off > settings_.future_tolerance)
    verdict.reason +=
        ". This station's clock is " + duration_text(off) + " ahead: set it, or edit the report";
  return verdict;
}

}  // namespace wats::outbox::detail
