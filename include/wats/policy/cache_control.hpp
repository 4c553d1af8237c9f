// Directives: what the Cache-Control field of a request or of an answer says.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace wats::policy {

/// Whole seconds as directives count them, from 0 to `longest_delta`.
using DeltaSeconds = std::chrono::duration<std::uint32_t>;
/// What larger numbers count as: 68 years (RFC 9111 section 1.2.2).
inline constexpr DeltaSeconds longest_delta{std::uint32_t{1} << 31U};
/// `max-stale` without a number: however stale.
inline constexpr DeltaSeconds any_staleness = DeltaSeconds::max();

/// The directives of one message, gathered line by line. Unknown ones are ignored. *Source*: RFC 9111 section
/// 5.2, RFC 5861, RFC 8246.
struct Directives {
  std::optional<DeltaSeconds> max_age{};
  std::optional<DeltaSeconds> s_maxage{};
  std::optional<DeltaSeconds> stale_while_revalidate{};
  std::optional<DeltaSeconds> stale_if_error{};
  std::optional<DeltaSeconds> max_stale{};
  std::optional<DeltaSeconds> min_fresh{};
  bool no_store = false;
  /// Without a list of fields; also set when a quoted string never ends, since what it hides may be this.
  bool no_cache = false;
  /// `no-cache="..."`: only those fields need validation; see withholds_field().
  bool has_no_cache_fields = false;
  /// With or without a list of fields.
  bool is_private = false;
  bool has_private_fields = false;
  bool is_public = false;
  bool only_if_cached = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool immutable = false;
  bool must_understand = false;

  /// Takes one more line of the field. A number that is none counts as 0, so that what it belongs to is
  /// stale (RFC 9111 section 4.2.1); of several the strictest counts: the smallest, of `min-fresh` the
  /// largest.
  void add(std::string_view line) noexcept;

  /// The same of a targeted field, a Structured Fields dictionary (RFC 9213). *Errors*: false when the line
  /// does not parse; nothing is taken from it then, and the whole field is to be ignored.
  [[nodiscard]] bool add_targeted(std::string_view line) noexcept;

  friend bool operator==(const Directives&, const Directives&) = default;
};
static_assert(std::is_trivially_copyable_v<Directives>);

/// Whether this line of an answer's Cache-Control names *field* in `no-cache="..."`: then the field may not
/// be shown from what is stored without validation (RFC 9111 section 5.2.2.4), and is best not stored.
[[nodiscard]] bool withholds_field(std::string_view line, std::string_view field) noexcept;

/// Whether this line of Pragma says no-cache; meant for messages without Cache-Control (RFC 9111
/// section 5.4).
[[nodiscard]] bool pragma_says_no_cache(std::string_view line) noexcept;

}  // namespace wats::policy
