#include "wats/policy/cache_control.hpp"

#include "src/policy/directive_names.hpp"
#include "src/policy/text.hpp"

#include <algorithm>
#include <cstddef>

namespace wats::policy {
namespace {

/// One directive with its value taken apart.
struct Directive {
  std::string_view name;
  /// Within its quotes, if it has any.
  std::string_view value;
  bool has_value = false;
  /// Something is where nothing may be: space round '=', or text behind a quoted string.
  bool is_broken = false;

  [[nodiscard]] DeltaSeconds seconds() const noexcept {
    return detail::delta_of(is_broken ? 0 : text::parse_number(value).value_or(0));
  }
};

Directive parse_directive(std::string_view member) noexcept {
  Directive directive;
  const std::size_t equals = member.find('=');
  directive.name = text::trim(member.substr(0, equals));
  if (equals == std::string_view::npos) return directive;
  directive.has_value = true;
  directive.value = member.substr(equals + 1);
  directive.is_broken = directive.name.size() != equals;
  if (!directive.value.starts_with('"')) {
    directive.is_broken =
        directive.is_broken || (!directive.value.empty() && text::is_space(directive.value[0]));
  } else if (text::end_of_quoted(directive.value, 0) == directive.value.size()) {
    directive.value = directive.value.substr(1, directive.value.size() - 2);
  } else {
    directive.is_broken = true;
  }
  return directive;
}

void set_number(Directives& directives, const detail::NumberName& known, DeltaSeconds seconds) noexcept {
  std::optional<DeltaSeconds>& member = directives.*known.member;
  const bool takes_largest = known.member == &Directives::min_fresh;
  member = !member ? seconds : takes_largest ? std::max(*member, seconds) : std::min(*member, seconds);
}

void take(Directives& directives, const Directive& directive) noexcept {
  if (const auto* number = detail::find_name(detail::number_names, directive.name)) {
    const bool is_any = !directive.has_value && number->member == &Directives::max_stale;
    set_number(directives, *number, is_any ? any_staleness : directive.seconds());
  } else if (const auto* flag = detail::find_name(detail::flag_names, directive.name)) {
    if (!directive.has_value || !flag->allows) directives.*flag->member = true;
  } else if (text::equal(directive.name, "private")) {
    directives.is_private = true;
    if (directive.has_value) directives.has_private_fields = true;
  } else if (text::equal(directive.name, "no-cache")) {
    const bool lists_fields = !directive.is_broken && !text::trim(directive.value).empty();
    (lists_fields ? directives.has_no_cache_fields : directives.no_cache) = true;
  }
}

}  // namespace

void Directives::add(std::string_view line) noexcept {
  if (text::has_open_quote(line)) no_cache = true;
  while (!line.empty()) {
    const std::string_view member = text::trim(text::take_until(line, ','));
    if (!member.empty()) take(*this, parse_directive(member));
  }
}

bool withholds_field(std::string_view line, std::string_view field) noexcept {
  while (!line.empty()) {
    const Directive directive = parse_directive(text::trim(text::take_until(line, ',')));
    if (!text::equal(directive.name, "no-cache")) continue;
    std::string_view fields = directive.value;
    for (std::string_view listed; !(listed = text::take_name(fields)).empty();) {
      if (text::equal(listed, field)) return true;
    }
  }
  return false;
}

bool pragma_says_no_cache(std::string_view line) noexcept {
  while (!line.empty()) {
    if (text::equal(text::trim(text::take_until(line, ',')), "no-cache")) return true;
  }
  return false;
}

}  // namespace wats::policy
