// The Date header.
#pragma once

#include <array>
#include <ctime>
#include <string>

namespace wats::server {

/// Now, as HTTP writes it, for example Sun, 06 Nov 1994 08:49:37 GMT.
[[nodiscard]] inline std::string http_date() {
  static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // Asked for every answer, and the same for a second.
  thread_local std::time_t last = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == last) return text;
  last = now;
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> rest{};
  // strftime's own names of days and months follow the locale.
  std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &parts);
  const std::string day = (parts.tm_mday < 10 ? "0" : "") + std::to_string(parts.tm_mday);
  text = std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + day + " " +
         months[static_cast<std::size_t>(parts.tm_mon)] + rest.data();
  return text;
}

}  // namespace wats::server
