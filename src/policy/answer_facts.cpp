#include "wats/policy/answer_facts.hpp"

#include "src/policy/directive_names.hpp"
#include "src/policy/text.hpp"
#include "wats/policy/http_date.hpp"
#include "wats/policy/vary.hpp"

#include <algorithm>
#include <cstddef>

namespace wats::policy {
namespace {

/// One line of Age; nothing where it cannot be understood. Of a list the first member counts (RFC 9111
/// section 5.1), but with space behind the comma it is no list: so look several lines that somebody has
/// joined, and which of them told the truth is not known.
std::optional<DeltaSeconds> parse_age(std::string_view value) noexcept {
  const std::size_t comma = value.find(',');
  if (comma != std::string_view::npos && comma + 1 < value.size() && text::is_space(value[comma + 1]))
    return std::nullopt;
  const auto number = text::parse_number(value.substr(0, comma));
  if (!number) return std::nullopt;
  return detail::delta_of(*number);
}

}  // namespace

void AnswerFacts::note(std::string_view name, std::string_view value) noexcept {
  value = text::trim(value);
  if (!targeted_name_.empty() && text::equal(name, targeted_name_)) return note_targeted(value);
  // By length first: most fields are none of these.
  switch (name.size()) {
    case 3:
      if (text::equal(name, "Age")) note_age(value);
      return;
    case 4:
      if (text::equal(name, "Date")) return note_date(value);
      if (text::equal(name, "ETag")) has_etag_ = true;
      if (!text::equal(name, "Vary")) return;
      has_vary_ = true;
      for (VaryNames names(value); const auto listed = names.next();)
        varies_on_everything_ = varies_on_everything_ || *listed == "*";
      return;
    case 6:
      if (text::equal(name, "Pragma")) pragma_no_cache_ = pragma_no_cache_ || pragma_says_no_cache(value);
      return;
    case 7:
      if (text::equal(name, "Expires")) note_expires(value);
      return;
    case 13:
      if (text::equal(name, "Last-Modified")) return note_last_modified(value);
      if (text::equal(name, "Content-Range")) has_content_range_ = true;
      if (!text::equal(name, "Cache-Control")) return;
      has_cache_control_ = true;
      cache_control_.add(value);
      return;
    default:
      return;
  }
}

void AnswerFacts::note_age(std::string_view value) noexcept {
  age_ = has_age_ ? longest_delta : parse_age(value).value_or(longest_delta);
  has_age_ = true;
}

void AnswerFacts::note_date(std::string_view value) noexcept {
  if (const auto date = parse_http_date(value, came_at_)) date_ = date_ ? std::min(*date_, *date) : *date;
}

void AnswerFacts::note_expires(std::string_view value) noexcept {
  const auto expires = parse_http_date(value, came_at_);
  expires_ = has_expires_ && expires_ != expires ? std::nullopt : expires;
  has_expires_ = true;
}

void AnswerFacts::note_last_modified(std::string_view value) noexcept {
  has_last_modified_ = true;
  if (const auto date = parse_http_date(value, came_at_))
    last_modified_ = last_modified_ ? std::max(*last_modified_, *date) : *date;
}

void AnswerFacts::note_targeted(std::string_view value) noexcept {
  if (value.empty()) return;
  has_targeted_ = true;
  if (!targeted_.add_targeted(value)) targeted_is_broken_ = true;
}

}  // namespace wats::policy
