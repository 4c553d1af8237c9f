// Answers as tests write them down: a status and fields, come at one noon.
#pragma once

#include "wats/policy/reuse.hpp"

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::policy::test {

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

inline constexpr std::chrono::sys_seconds noon =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);
inline constexpr std::string_view at_noon = "Mon, 23 Nov 2026 12:00:00 GMT";
inline constexpr std::string_view an_hour_later = "Mon, 23 Nov 2026 13:00:00 GMT";
inline constexpr std::string_view an_hour_before = "Mon, 23 Nov 2026 11:00:00 GMT";
inline constexpr std::string_view a_day_before = "Sun, 22 Nov 2026 12:00:00 GMT";

inline AnswerFacts answer_of(int status, const Lines& lines, std::string_view targeted = {}) {
  AnswerFacts facts(status, noon, targeted);
  for (const auto& [name, value] : lines) facts.note(name, value);
  return facts;
}

inline Directives directives_of(std::string_view cache_control) {
  Directives directives;
  directives.add(cache_control);
  return directives;
}

}  // namespace wats::policy::test
