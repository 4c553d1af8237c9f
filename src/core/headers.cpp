#include "wats/core/headers.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace wats {
namespace {

constexpr std::string_view separator = ": ";
constexpr std::string_view line_end = "\r\n";

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || others.contains(c);
  });
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed_field(std::string_view text) noexcept {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (is_token(name)) lines_.append(name);
  lines_.append(separator);
  const auto begin = static_cast<std::ptrdiff_t>(lines_.size());
  lines_.append(trimmed_field(value));
  std::replace_if(
      lines_.begin() + begin, lines_.end(), [](char c) { return c == '\r' || c == '\n' || c == 0; }, ' ');
  lines_.append(line_end);
}

void Headers::remove(std::string_view name) {
  std::string kept;
  for (std::size_t at = 0; at < lines_.size();) {
    const Line line = line_at(at);
    if (!same_name(line.name, name)) kept.append(lines_, at, line.next - at);
    at = line.next;
  }
  lines_ = std::move(kept);
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (std::size_t at = 0; at < lines_.size();) {
    const Line line = line_at(at);
    if (same_name(line.name, name)) return line.value;
    at = line.next;
  }
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string all;
  bool is_first = true;
  for_each([&](std::string_view each, std::string_view value) {
    if (!same_name(each, name)) return;
    if (!is_first) all.append(", ");
    is_first = false;
    all.append(value);
  });
  return all;
}

Headers Headers::from_text(std::string_view text) {
  Headers headers;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && is_token(line.substr(0, colon)))
      headers.add(line.substr(0, colon), line.substr(colon + 1));
  }
  return headers;
}

Headers::Line Headers::line_at(std::size_t begin) const noexcept {
  const std::string_view rest = std::string_view(lines_).substr(begin);
  const auto end = rest.find(line_end);
  const auto colon = rest.find(':');
  return {.name = rest.substr(0, colon),
          .value = rest.substr(colon + separator.size(), end - colon - separator.size()),
          .next = begin + end + line_end.size()};
}

}  // namespace wats
