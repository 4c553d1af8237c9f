// Any lines as Cache-Control: neither their order nor a repetition nor the case of letters changes what they
// say, and a targeted field is taken whole or not at all.
#include "wats/policy/cache_control.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using wats::policy::Directives;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t end = 0; end != std::string_view::npos; text.remove_prefix(end + 1)) {
    end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
  }
  return lines;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return result;
}

void require_bounded(const Directives& directives) {
  using wats::policy::longest_delta;
  for (const auto& number : {directives.max_age, directives.s_maxage, directives.stale_while_revalidate,
                             directives.stale_if_error, directives.min_fresh})
    require(!number || *number <= longest_delta);
  require(!directives.max_stale || *directives.max_stale <= longest_delta ||
          *directives.max_stale == wats::policy::any_staleness);
}

void check_lines(const std::vector<std::string_view>& lines) {
  Directives forward;
  Directives backward;
  Directives loud;
  for (const std::string_view line : lines) {
    const Directives before = forward;
    forward.add(line);
    // Another line only makes stricter.
    require(!before.max_age || (forward.max_age && *forward.max_age <= *before.max_age));
    require(!before.no_store || forward.no_store);
    const Directives once = forward;
    forward.add(line);
    require(forward == once);
    loud.add(upper(line));
    if (wats::policy::withholds_field(line, "set-cookie"))
      require(forward.has_no_cache_fields || forward.no_cache);
  }
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) backward.add(*line);
  require(forward == backward && forward == loud);
  require_bounded(forward);
}

void check_targeted(const std::vector<std::string_view>& lines) {
  Directives directives;
  for (const std::string_view line : lines) {
    const Directives before = directives;
    if (!directives.add_targeted(line)) {
      require(directives == before);
      continue;
    }
    const Directives once = directives;
    require(directives.add_targeted(line) && directives == once);
    require(directives.add_targeted(std::string("  ").append(line).append("  ")) && directives == once);
    // What comes last counts, and what nobody knows changes nothing.
    require(directives.add_targeted("max-age=1, foobar;x=1") && directives.max_age->count() == 1);
    directives = once;
  }
  require_bounded(directives);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = lines_of(text);
  check_lines(lines);
  check_targeted(lines);
  for (const std::string_view line : lines) {
    if (wats::policy::pragma_says_no_cache(line)) require(upper(line).contains("NO-CACHE"));
  }
  return 0;
}
