// Any lines as a field that chooses an answer: what is normalised stays as it is, preferences may come in any
// order, and the names of Vary are those between its commas.
#include "wats/policy/vary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Lines = std::vector<std::string_view>;

void require(bool holds) {
  if (!holds) std::abort();
}

Lines lines_of(std::string_view text) {
  Lines lines;
  for (;;) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string normalised(std::string_view name, const Lines& lines) {
  std::string value;
  wats::policy::append_normalised(value, name, lines);
  return value;
}

void check_field(std::string_view name, Lines lines) {
  const std::string value = normalised(name, lines);
  require(normalised(name, {value}) == value);
  std::string key = "before";
  wats::policy::append_selecting_field(key, name, lines);
  require(key.starts_with("before") && key.ends_with(":" + value + "\n"));
  std::string joined;
  for (std::size_t i = 0; i < lines.size(); ++i) joined.append(i == 0 ? "" : " , ").append(lines[i]);
  // An open quote swallows what is joined to it.
  if (!joined.contains('"')) require(normalised(name, {joined}) == value);
  const bool is_understood = value != normalised("Foo", lines);
  std::ranges::reverse(lines);
  if (is_understood) require(normalised(name, lines) == value || value == normalised("Foo", lines));
}

void check_names(std::string_view line) {
  std::string again;
  std::size_t count = 0;
  for (wats::policy::VaryNames names(line); const auto name = names.next(); ++count) {
    require(!name->empty() && !name->contains(',') && !name->starts_with(' ') && !name->ends_with('\t'));
    again.append(*name).append(" ,,");
  }
  wats::policy::VaryNames names(again);
  for (std::size_t i = 0; i < count; ++i) require(names.next().has_value());
  require(!names.next());
}

void check_language(std::string_view accepted, std::string_view stored) {
  if (!wats::policy::selects_language(accepted, stored)) return;
  // The best one comes first.
  const std::string order = normalised("Accept-Language", {accepted}) + ",";
  const std::string best = order.substr(0, order.find_first_of(",;"));
  require(best == normalised("Accept-Language", {stored}));
  require(best != "*" && wats::policy::selects_language(order, best));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Lines lines = lines_of(text);
  for (const std::string_view name : {"Foo", "Accept-Language", "Accept-Encoding"}) check_field(name, lines);
  for (const std::string_view line : lines) {
    check_names(line);
    check_language(lines.front(), line);
  }
  return 0;
}
