#include "apps/wats/attempt_line.hpp"

#include <spdlog/fmt/fmt.h>

namespace wats::app {
namespace {

double ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// The moments in order; what did not happen is zero and left out.
std::string moments(const AttemptReport& report) {
  std::string text;
  const auto add = [&text](const char* what, std::chrono::microseconds at) {
    if (at.count() > 0) text += fmt::format("{}{} {:.1f}", text.empty() ? "" : ", ", what, ms(at));
  };
  if (!report.reused_connection) {
    add("name known", report.name_resolved);
    add("connected", report.connected);
    add("secured", report.secured);
  }
  add("first byte", report.first_byte);
  return text.empty() ? text : " (" + text + ")";
}

}  // namespace

std::string line_of(const AttemptReport& report) {
  std::string text =
      fmt::format("{} {} {}: ", report.operation, report.is_hedge ? "hedge" : "attempt", report.number);
  text += report.status != 0 ? fmt::format("HTTP {}", report.status)
                             : std::string(name(report.failure.value_or(Errc::connection_lost)));
  text += fmt::format(" after {:.1f} ms{}", ms(report.total), moments(report));
  if (!report.protocol.empty())
    text += fmt::format(", {}, {} connection", report.protocol, report.reused_connection ? "kept" : "new");
  if (report.bytes_received > 0) text += fmt::format(", {} bytes", report.bytes_received);
  text += fmt::format(", request id {}", report.request_id);
  if (report.again_after) {
    text += fmt::format("; again in {:.0f} ms", ms(*report.again_after));
  } else if (!report.verdict.empty()) {
    text += fmt::format("; {}", report.verdict);
  }
  return text;
}

}  // namespace wats::app
