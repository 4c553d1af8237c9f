// Whether an answer may be stored, and what a stored one is good for later: the rules of RFC 9111 for a
// private cache.
#pragma once

#include "wats/policy/answer_facts.hpp"
#include "wats/policy/cache_control.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace wats::policy {

/// What a request does, as far as its answer's storing goes.
enum class MethodKind : std::uint8_t {
  get,
  head,
  read_only,  ///< any other that changes nothing and whose answers are stored like those of GET
  post,       ///< may change something; stored only where its answer stands for GET of the same target
  other,      ///< never stored
};

/// The request to which an answer came.
struct RequestFacts {
  MethodKind method = MethodKind::get;
  Directives directives{};
  /// It asks for a part.
  bool has_range = false;
  /// The answer's Content-Location is the request's own target; matters to `post` only.
  bool is_its_own_location = false;
};

/// Whether a private cache may store the answer (RFC 9111 section 3). A part (206) may be stored when it was
/// asked for and says which it is; 304, interim answers and those with `Vary: *` never. Authorization does
/// not matter here: it bars shared caches only (section 3.5).
[[nodiscard]] bool may_store(const RequestFacts& request, const AnswerFacts& answer) noexcept;

/// Seconds for which the answer is fresh, counted from when it was made: what the targeted field or
/// Cache-Control says, else Expires, else a tenth of the time since it was last modified, at most a day,
/// for the statuses of RFC 9110 section 15.1 and for `public` (RFC 9111 section 4.2.1 and 4.2.2).
[[nodiscard]] DeltaSeconds freshness_lifetime(const AnswerFacts& answer) noexcept;

/// How old the answer was when it came: the larger of what Date tells and what Age tells together with the
/// time that the exchange took (RFC 9111 section 4.2.3). Both times by the wall clock; a clock that was set
/// back meanwhile counts as no time.
[[nodiscard]] std::chrono::milliseconds corrected_initial_age(
    const AnswerFacts& answer, std::chrono::system_clock::time_point asked_at,
    std::chrono::system_clock::time_point answered_at) noexcept;

/// What is kept with an answer for deciding about it later.
struct Stored {
  std::chrono::milliseconds initial_age{0};
  DeltaSeconds lifetime{0};
  /// How long after its lifetime it may be shown while a new one is fetched, and while the server fails
  /// (RFC 5861).
  DeltaSeconds stale_while_revalidate{0};
  DeltaSeconds stale_if_error{0};
  /// Validate before each use: no-cache.
  bool needs_validation = false;
  /// Never to be shown stale, whatever fails: must-revalidate, proxy-revalidate, s-maxage, no-cache, or
  /// itself an error of the server.
  bool never_stale = false;
  /// While it is fresh a reload need not validate it (RFC 8246).
  bool immutable = false;
  /// There is an ETag or a Last-Modified to validate it with.
  bool has_validator = false;

  friend bool operator==(const Stored&, const Stored&) = default;
};
static_assert(std::is_trivially_copyable_v<Stored> && sizeof(Stored) == 24);

/// From the facts of an answer; after a 304 from those of the merged fields, where neither Age nor Date may
/// be left of the stored answer.
[[nodiscard]] Stored make_stored(const AnswerFacts& answer, std::chrono::system_clock::time_point asked_at,
                                 std::chrono::system_clock::time_point answered_at) noexcept;

/// The answer's age in whole seconds, as its Age field says when it is shown. *resident*: since it came, by a
/// monotonic clock.
[[nodiscard]] constexpr std::chrono::seconds age_of(const Stored& stored,
                                                    std::chrono::nanoseconds resident) noexcept {
  return std::chrono::floor<std::chrono::seconds>(stored.initial_age + resident);
}

/// Seconds until it is stale; 0 or less when it is.
[[nodiscard]] constexpr std::chrono::seconds freshness_left(const Stored& stored,
                                                            std::chrono::seconds age_now) noexcept {
  return std::chrono::seconds(stored.lifetime) - age_now;
}

/// What the caller of one request wants of a stored answer.
struct Wish {
  std::optional<DeltaSeconds> max_age{};
  std::optional<DeltaSeconds> max_stale{};
  std::optional<DeltaSeconds> min_fresh{};
  std::optional<DeltaSeconds> stale_if_error{};
  /// As max_age, but said beside the request: nothing the server says weakens it. No field says so.
  std::optional<DeltaSeconds> oldest{};
  bool no_cache = false;
  bool no_store = false;
  bool only_if_cached = false;

  friend bool operator==(const Wish&, const Wish&) = default;
};
static_assert(std::is_trivially_copyable_v<Wish>);

/// *pragma_no_cache*: the request says Pragma: no-cache and has no Cache-Control.
[[nodiscard]] Wish make_wish(const Directives& directives, bool pragma_no_cache = false) noexcept;

enum class ReuseVerdict : std::uint8_t {
  show,
  show_and_refresh,  ///< show it, and ask for a newer one behind the caller's back
  validate,          ///< ask the server whether it still holds, or for another where it has no validator
  pass_by,           ///< ask the server as if nothing were stored: the request says no-store
  not_there,         ///< answer 504: only what is stored was wanted, and this will not do
};

/// What to do with a stored answer that suits the request. *age_now*: see age_of(). A request's max-age=0
/// always validates, as browsers mean it when they reload, except what is immutable. *Source*: RFC 9111
/// section 4 and 5.2.1, RFC 5861 section 3, RFC 8246.
[[nodiscard]] ReuseVerdict decide_reuse(const Stored& stored, std::chrono::seconds age_now,
                                        const Wish& wish) noexcept;

/// How the server failed to answer.
enum class OriginFailure : std::uint8_t {
  no_connection,  ///< no answer, or not a whole one
  server_error,   ///< is_stand_in_status()
};

/// Whether an error of this status may be hidden behind a stale answer (RFC 5861 section 4).
[[nodiscard]] constexpr bool is_stand_in_status(int status) noexcept {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

/// Whether a stored answer may be shown although the server failed. *ceiling*: how stale it may be at most
/// when the server cannot be reached; what the answer or the request says with stale-if-error may be more,
/// and is all that allows it when the server answers with an error. A request that says how fresh an answer
/// has to be means it then too. *Source*: RFC 9111 section 4.2.4, RFC 5861 section 4.
[[nodiscard]] bool may_stand_in(const Stored& stored, std::chrono::seconds age_now, OriginFailure failure,
                                std::chrono::seconds ceiling, const Wish& wish) noexcept;

/// Whether the field is kept with a stored answer: not what belongs to one connection or to a proxy (RFC 9111
/// section 3.1). *connection*: the answer's Connection lines, joined by commas; what they name is not kept.
[[nodiscard]] bool is_stored_field(std::string_view name, std::string_view connection) noexcept;

/// Whether a 304 (or a HEAD) that confirms a stored answer replaces the field in it: not those that belong to
/// the stored content itself, nor what is not stored (RFC 9111 section 3.2).
[[nodiscard]] bool is_updated_by_304(std::string_view name, std::string_view connection) noexcept;

/// Whether an answer makes what is stored for its target untrue: a success or a redirection of a method that
/// is not known to be safe (RFC 9111 section 4.4).
[[nodiscard]] constexpr bool invalidates(bool method_is_safe, int status) noexcept {
  return !method_is_safe && status >= 200 && status < 400;
}

/// What tells one version of an answer from another; an empty text is a field that is not there.
struct Validators {
  std::string_view etag{};
  std::string_view last_modified{};
  std::optional<std::uint64_t> content_length{};
};

/// Whether the 200 to a HEAD speaks of the *stored* answer, whose fields it may then update; else the stored
/// one is to be dropped (RFC 9111 section 4.3.5). It has to name the version by ETag or Last-Modified: two
/// versions may be of one length, and one that says neither may be of any.
[[nodiscard]] bool head_confirms(const Validators& stored, const Validators& head) noexcept;

}  // namespace wats::policy
