// Vary: which fields of a request chose an answer, and when two requests choose the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wats::policy {

/// The names that a line of Vary lists, one by one; `*` is one of them. The text has to outlive this.
class VaryNames {
 public:
  explicit VaryNames(std::string_view line) noexcept : rest_(line) {}

  /// Nothing when there are no more.
  [[nodiscard]] std::optional<std::string_view> next() noexcept;

 private:
  std::string_view rest_;
};

/// Appends the value of the request's field *name*, whose lines are *lines*, so that values that mean the
/// same become equal: lines joined, space round commas dropped (not within quotes); of Accept-Language and
/// Accept-Encoding also in lower case and in order of preference. *Source*: RFC 9111 section 4.1.
void append_normalised(std::string& key, std::string_view name, std::span<const std::string_view> lines);

/// Appends one field of a secondary key, name and value, so that no two different choices give the same text;
/// a field that is not there (no lines) differs from an empty one.
void append_selecting_field(std::string& key, std::string_view name, std::span<const std::string_view> lines);

/// Whether the language that a request likes best, by its qvalues, is the one of a stored answer: then that
/// answer suits even where the two Accept-Language differ (RFC 9110 section 12.5.4). Two that are liked
/// alike,
/// `*`, several languages in the answer or a field that does not parse are not enough. All other fields that
/// Vary lists still have to match.
[[nodiscard]] bool selects_language(std::string_view accept_language,
                                    std::string_view content_language) noexcept;

}  // namespace wats::policy
