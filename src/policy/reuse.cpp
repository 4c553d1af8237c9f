#include "wats/policy/reuse.hpp"

#include <algorithm>
#include <array>

namespace wats::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Final statuses of RFC 9110, whose rules for storing we keep: what must-understand asks for.
constexpr std::array understood_statuses{200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 307, 308, 400,
                                         401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414,
                                         415, 416, 417, 421, 422, 426, 500, 501, 502, 503, 504, 505};
/// Those that may be stored although nothing is said of how long they hold (RFC 9110 section 15.1).
constexpr std::array heuristic_statuses{200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501};

template <class Statuses>
constexpr bool has(const Statuses& statuses, int status) noexcept {
  return std::ranges::find(statuses, status) != statuses.end();
}

DeltaSeconds clamped(seconds time) noexcept {
  return DeltaSeconds(
      static_cast<std::uint32_t>(std::clamp(time, seconds(0), seconds(longest_delta)).count()));
}

bool counts_expires(const AnswerFacts& answer) noexcept {
  return answer.has_expires() && !answer.is_targeted();
}

bool has_lifetime(const AnswerFacts& answer) noexcept {
  return answer.directives().max_age || counts_expires(answer);
}

bool may_be_heuristic(const AnswerFacts& answer) noexcept {
  return answer.directives().is_public || has(heuristic_statuses, answer.status());
}

/// What a range asked for is stored as a part of the target or as the whole of it, never as an error of it.
bool fits_range(const RequestFacts& request, const AnswerFacts& answer) noexcept {
  if (answer.status() == 206) return request.has_range && answer.has_content_range();
  return !request.has_range || answer.status() == 200;
}

bool forbids_storing(const RequestFacts& request, const AnswerFacts& answer) noexcept {
  const Directives& says = answer.directives();
  if (request.directives.no_store) return true;
  // Who understands the status may store in spite of the no-store that is there for who does not.
  if (says.must_understand) return !has(understood_statuses, answer.status());
  return says.no_store;
}

/// A limit of 0 is none: an answer whose lifetime ends this second is not to be shown because of it.
bool within(seconds staleness, seconds limit) noexcept {
  return limit > seconds(0) && staleness <= limit;
}

/// A limit of 0 is one that nothing stored meets.
constexpr bool is_older(seconds age, DeltaSeconds limit) noexcept {
  return limit.count() == 0 || age > limit;
}

constexpr ReuseVerdict asking(const Wish& wish) noexcept {
  return wish.only_if_cached ? ReuseVerdict::not_there : ReuseVerdict::validate;
}

// Apart, so that what is fresh costs no more than its own part of the decision.
[[gnu::noinline]] ReuseVerdict decide_reuse_of_stale(const Stored& stored, seconds staleness,
                                                     const Wish& wish) noexcept {
  const bool accepts = wish.max_stale ? within(staleness, *wish.max_stale) : !wish.max_age && !wish.oldest;
  if (stored.never_stale || !accepts) return asking(wish);
  if (within(staleness, stored.stale_while_revalidate))
    return wish.only_if_cached ? ReuseVerdict::show : ReuseVerdict::show_and_refresh;
  return wish.max_stale ? ReuseVerdict::show : asking(wish);
}

}  // namespace

bool may_store(const RequestFacts& request, const AnswerFacts& answer) noexcept {
  const int status = answer.status();
  if (request.method == MethodKind::other || status < 200 || status == 304) return false;
  if (answer.varies_on_everything() || !fits_range(request, answer)) return false;
  if (forbids_storing(request, answer)) return false;
  // RFC 9110 section 9.3.3: what came instead of the result has no such address.
  if (request.method == MethodKind::post)
    return has_lifetime(answer) && request.is_its_own_location && status < 300;
  return has_lifetime(answer) || answer.directives().is_private || may_be_heuristic(answer);
}

DeltaSeconds freshness_lifetime(const AnswerFacts& answer) noexcept {
  if (const auto max_age = answer.directives().max_age) return *max_age;
  const auto date = answer.date().value_or(answer.came_at());
  if (counts_expires(answer)) return answer.expires() ? clamped(*answer.expires() - date) : DeltaSeconds(0);
  if (!may_be_heuristic(answer) || !answer.last_modified()) return DeltaSeconds(0);
  constexpr seconds longest_guess = std::chrono::days(1);
  return clamped(std::min((date - *answer.last_modified()) / 10, longest_guess));
}

milliseconds corrected_initial_age(const AnswerFacts& answer, std::chrono::system_clock::time_point asked_at,
                                   std::chrono::system_clock::time_point answered_at) noexcept {
  const auto second = std::chrono::floor<seconds>(answered_at);
  const seconds apparent = clamped(second - answer.date().value_or(second));
  const auto delay = std::max(std::chrono::floor<milliseconds>(answered_at - asked_at), milliseconds(0));
  const milliseconds told = seconds(answer.age()) + delay;
  return std::min(std::max<milliseconds>(apparent, told), milliseconds(seconds(longest_delta)));
}

Stored make_stored(const AnswerFacts& answer, std::chrono::system_clock::time_point asked_at,
                   std::chrono::system_clock::time_point answered_at) noexcept {
  const Directives& says = answer.directives();
  Stored stored;
  stored.initial_age = corrected_initial_age(answer, asked_at, answered_at);
  stored.lifetime = freshness_lifetime(answer);
  stored.stale_while_revalidate = says.stale_while_revalidate.value_or(DeltaSeconds(0));
  stored.stale_if_error = says.stale_if_error.value_or(DeltaSeconds(0));
  stored.needs_validation = says.no_cache || answer.pragma_no_cache();
  // An old error is no better than a new one.
  stored.never_stale = stored.needs_validation || says.must_revalidate || says.proxy_revalidate ||
                       says.s_maxage || answer.status() >= 500;
  stored.immutable = says.immutable;
  stored.has_validator = answer.has_etag() || answer.has_last_modified();
  return stored;
}

Wish make_wish(const Directives& directives, bool pragma_no_cache) noexcept {
  return {.max_age = directives.max_age,
          .max_stale = directives.max_stale,
          .min_fresh = directives.min_fresh,
          .stale_if_error = directives.stale_if_error,
          .no_cache = directives.no_cache || directives.has_no_cache_fields || pragma_no_cache,
          .no_store = directives.no_store,
          .only_if_cached = directives.only_if_cached};
}

ReuseVerdict decide_reuse(const Stored& stored, seconds age_now, const Wish& wish) noexcept {
  if (wish.no_store) return wish.only_if_cached ? ReuseVerdict::not_there : ReuseVerdict::pass_by;
  if (stored.needs_validation || wish.no_cache) return asking(wish);
  const seconds left = freshness_left(stored, age_now);
  const bool is_fresh = left > seconds(0);
  if (wish.oldest && is_older(age_now, *wish.oldest)) return asking(wish);
  if (wish.max_age && is_older(age_now, *wish.max_age)) {
    const bool is_reload = wish.max_age->count() == 0;
    if (!is_reload || !is_fresh || !stored.immutable) return asking(wish);
  }
  if (wish.min_fresh && (!is_fresh || left < *wish.min_fresh)) return asking(wish);
  return is_fresh ? ReuseVerdict::show : decide_reuse_of_stale(stored, -left, wish);
}

bool may_stand_in(const Stored& stored, seconds age_now, OriginFailure failure, seconds ceiling,
                  const Wish& wish) noexcept {
  if (stored.needs_validation || wish.no_cache || wish.no_store) return false;
  if (wish.oldest && is_older(age_now, *wish.oldest)) return false;
  const bool is_particular = wish.max_age || wish.min_fresh || wish.max_stale || wish.oldest;
  if (is_particular && !wish.stale_if_error) return false;
  const seconds left = freshness_left(stored, age_now);
  if (left > seconds(0)) return true;
  seconds limit = std::max(stored.stale_if_error, wish.stale_if_error.value_or(DeltaSeconds(0)));
  if (failure == OriginFailure::no_connection) limit = std::max(limit, ceiling);
  return !stored.never_stale && within(-left, limit);
}

}  // namespace wats::policy
