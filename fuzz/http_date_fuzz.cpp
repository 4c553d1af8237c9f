// Any text as a date: a date that was read, or any moment at all, is written by the C library in each of the
// three forms and read as the same moment again.
#include "wats/policy/http_date.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

namespace {

using std::chrono::sys_seconds;
using wats::policy::parse_http_date;

constexpr std::chrono::days half_a_century(18'263);

void require(bool holds) {
  if (!holds) std::abort();
}

std::string formatted(const char* form, sys_seconds moment) {
  const std::time_t time = moment.time_since_epoch().count();
  std::tm parts{};
  require(gmtime_r(&time, &parts) != nullptr);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

bool has_year_of_four_digits(sys_seconds moment) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(moment));
  return date.year() >= std::chrono::year(1000) && date.year() <= std::chrono::year(9999);
}

void check_moment(sys_seconds moment, sys_seconds now) {
  if (!has_year_of_four_digits(moment)) return;
  require(parse_http_date(formatted("%a, %d %b %Y %H:%M:%S GMT", moment), now) == moment);
  require(parse_http_date(formatted("%a %b %e %H:%M:%S %Y", moment), now) == moment);
  const std::string two_digits = formatted("%A, %d-%b-%y %H:%M:%S GMT", moment);
  const auto read = parse_http_date(two_digits, now);
  // 29 February may be none in the year that two digits mean.
  if (!read) return require(two_digits.contains("29-Feb"));
  require(formatted("%d %b %y %H:%M:%S", *read) == formatted("%d %b %y %H:%M:%S", moment));
  require(*read <= now + half_a_century);
  // Within the half centuries round now there is only one.
  if (moment > now - half_a_century && moment < now + half_a_century - std::chrono::days(2))
    require(*read == moment);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sys_seconds now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
  std::int64_t any = 0;
  if (size >= sizeof(any)) {
    std::memcpy(&any, data, sizeof(any));
    // Within the years 1000 to 9999, and a present between 1970 and 2500.
    const sys_seconds moment(std::chrono::seconds(any % 250'000'000'000));
    now = sys_seconds(std::chrono::seconds(std::abs(any / 7 % 16'700'000'000)));
    check_moment(moment, now);
  }
  const auto moment = parse_http_date(text, now);
  if (!moment) return 0;
  check_moment(*moment, now);
  require(parse_http_date(std::string(" \t").append(text).append(" "), now) == moment);
  std::string loud(text);
  for (char& c : loud) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  require(parse_http_date(loud, now) == moment);
  return 0;
}
