// AnswerFacts: what the fields of an answer say about storing and reusing it.
#pragma once

#include "wats/policy/cache_control.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace wats::policy {

/// Reads an answer's fields as they come; texts (ETag, Last-Modified, Vary) stay with the caller.
/// *Thread safety*: one thread at a time; it does not allocate.
class AnswerFacts {
 public:
  /// *came_at*: when the answer came, by the wall clock; stands in for a Date that is missing. *targeted*:
  /// name of the targeted field that is meant for this cache (RFC 9213), empty for none; it has to outlive
  /// this.
  AnswerFacts(int status, std::chrono::sys_seconds came_at, std::string_view targeted = {}) noexcept
      : targeted_name_(targeted), came_at_(came_at), status_(status) {}

  /// Takes one line of a field, in the order of coming.
  void note(std::string_view name, std::string_view value) noexcept;

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::chrono::sys_seconds came_at() const noexcept { return came_at_; }

  /// Those that count: of the targeted field when it is there and parses, else of Cache-Control.
  [[nodiscard]] const Directives& directives() const noexcept {
    return is_targeted() ? targeted_ : cache_control_;
  }
  /// The targeted field counts; Cache-Control, Expires and Pragma then say nothing (RFC 9213 section 2.1).
  [[nodiscard]] bool is_targeted() const noexcept { return has_targeted_ && !targeted_is_broken_; }
  /// Pragma says no-cache, and neither Cache-Control nor a targeted field is there.
  [[nodiscard]] bool pragma_no_cache() const noexcept {
    return pragma_no_cache_ && !has_cache_control_ && !is_targeted();
  }

  /// Nothing where it is missing or no date; of several the earliest.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> date() const noexcept { return date_; }
  [[nodiscard]] bool has_expires() const noexcept { return has_expires_; }
  /// Nothing although it is there: no date, or several that differ; then it has expired (RFC 9111
  /// section 5.3).
  [[nodiscard]] std::optional<std::chrono::sys_seconds> expires() const noexcept { return expires_; }
  [[nodiscard]] bool has_last_modified() const noexcept { return has_last_modified_; }
  /// Nothing where it is missing or no date; of several the latest.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> last_modified() const noexcept {
    return last_modified_;
  }
  /// The Age field: 0 where it is missing; `longest_delta` where it cannot be understood, so that the answer
  /// is stale.
  [[nodiscard]] DeltaSeconds age() const noexcept { return age_; }

  [[nodiscard]] bool has_etag() const noexcept { return has_etag_; }
  [[nodiscard]] bool has_vary() const noexcept { return has_vary_; }
  /// Vary has a member `*`: the answer suits no other request.
  [[nodiscard]] bool varies_on_everything() const noexcept { return varies_on_everything_; }
  [[nodiscard]] bool has_content_range() const noexcept { return has_content_range_; }

 private:
  void note_age(std::string_view value) noexcept;
  void note_date(std::string_view value) noexcept;
  void note_expires(std::string_view value) noexcept;
  void note_last_modified(std::string_view value) noexcept;
  void note_targeted(std::string_view value) noexcept;

  std::string_view targeted_name_;
  std::chrono::sys_seconds came_at_;
  std::optional<std::chrono::sys_seconds> date_;
  std::optional<std::chrono::sys_seconds> expires_;
  std::optional<std::chrono::sys_seconds> last_modified_;
  Directives cache_control_;
  Directives targeted_;
  int status_;
  DeltaSeconds age_{0};
  bool has_cache_control_ = false;
  bool has_targeted_ = false;
  bool targeted_is_broken_ = false;
  bool pragma_no_cache_ = false;
  bool has_age_ = false;
  bool has_expires_ = false;
  bool has_last_modified_ = false;
  bool has_etag_ = false;
  bool has_vary_ = false;
  bool varies_on_everything_ = false;
  bool has_content_range_ = false;
};
static_assert(std::is_trivially_copyable_v<AnswerFacts>);

}  // namespace wats::policy
