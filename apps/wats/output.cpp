#include "apps/wats/output.hpp"

#include "apps/wats/context.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace wats::app {
namespace {

/// One character of a text, or one byte that is none.
struct Character {
  char32_t code = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

Character first_of(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {.code = lead, .bytes = 1, .valid = true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {.code = code, .bytes = length, .valid = true};
}

bool in(char32_t code, char32_t first, char32_t last) noexcept {
  return code >= first && code <= last;
}

/// What a terminal could obey, or a reader be deceived by.
bool is_unsafe(char32_t code) noexcept {
  return code < 0x20 || in(code, 0x7f, 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
         in(code, 0x2028, 0x202e) || in(code, 0x2066, 0x2069) || code == 0xfeff || in(code, 0xe0000, 0xe007f);
}

std::size_t width_of(char32_t code) noexcept {
  const bool mark = in(code, 0x300, 0x36f) || in(code, 0x200b, 0x200d) || in(code, 0x20d0, 0x20f0) ||
                    in(code, 0xfe00, 0xfe0f) || in(code, 0xfe20, 0xfe2f);
  if (mark) return 0;
  const bool wide = in(code, 0x1100, 0x115f) || in(code, 0x2e80, 0xa4cf) || in(code, 0xac00, 0xd7a3) ||
                    in(code, 0xf900, 0xfaff) || in(code, 0xfe30, 0xfe6f) || in(code, 0xff00, 0xff60) ||
                    in(code, 0xffe0, 0xffe6) || in(code, 0x1f300, 0x1f64f) || in(code, 0x1f900, 0x1f9ff) ||
                    in(code, 0x20000, 0x3fffd);
  return wide ? 2 : 1;
}

std::string escape_of(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  const auto number = static_cast<std::uint32_t>(code);
  if (code < 0x100) return fmt::format("\\x{:02x}", number);
  if (code < 0x10000) return fmt::format("\\u{:04x}", number);
  return fmt::format("\\U{:08x}", number);
}

std::string json_escape_of(char32_t code) {
  const auto number = static_cast<std::uint32_t>(code);
  if (number < 0x10000) return fmt::format("\\u{:04x}", number);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd7c0U + (number >> 10U), 0xdc00U + (number & 0x3ffU));
}

/// Calls visit(character, its bytes) for each.
template <class Visit>
void each_character(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const Character character = first_of(text);
    visit(character, text.substr(0, character.bytes));
    text.remove_prefix(character.bytes);
  }
}

template <class Keep>
std::string escaped_unless(std::string_view text, Keep&& keep) {
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](const Character& character, std::string_view bytes) {
    if (!character.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(bytes.front())));
    } else if (is_unsafe(character.code) && !keep(character.code)) {
      out += escape_of(character.code);
    } else {
      out += bytes;
    }
  });
  return out;
}

constexpr std::size_t gap = 2;
/// Texts are not shortened below this.
constexpr std::size_t least_text = 12;

std::size_t total(const std::vector<std::size_t>& widths) {
  if (widths.empty()) return 0;
  return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
}

}  // namespace

std::string escaped(std::string_view text) {
  return escaped_unless(text, [](char32_t) { return false; });
}

std::string escaped_lines(std::string_view text) {
  return escaped_unless(text, [](char32_t code) { return code == '\n' || code == '\t'; });
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  each_character(text, [&](const Character& character, std::string_view) {
    width += character.valid ? width_of(character.code) : 1;
  });
  return width;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::string out;
  std::size_t used = 0;
  bool full = false;
  each_character(text, [&](const Character& character, std::string_view bytes) {
    const std::size_t columns = character.valid ? width_of(character.code) : 1;
    full = full || used + columns > width - 1;
    if (full) return;
    used += columns;
    out += bytes;
  });
  return out + "…";
}

std::string indented_json(std::string_view json) {
  std::string out;
  std::size_t depth = 0;
  bool in_text = false;
  bool after_backslash = false;
  const auto new_line = [&] { out.append("\n").append(2 * depth, ' '); };
  each_character(json, [&](const Character& character, std::string_view bytes) {
    const char c = bytes.front();
    if (!character.valid) {
      out += json_escape_of(0xfffd);
    } else if (in_text) {
      if (is_unsafe(character.code)) {
        out += json_escape_of(character.code);
      } else {
        out += bytes;
      }
      in_text = after_backslash || c != '"';
      after_backslash = !after_backslash && c == '\\';
    } else if (c == '"') {
      out += c;
      in_text = true;
    } else if (c == '{' || c == '[') {
      out += c;
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1 : 0;
      const auto last = out.find_last_not_of(" \n");
      if (last != std::string::npos && (out[last] == '{' || out[last] == '[')) {
        out.resize(last + 1);
      } else {
        new_line();
      }
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else if (!is_unsafe(character.code) && c != ' ') {
      out += bytes;
    }
  });
  return out;
}

std::string bold(std::string_view text, bool color) {
  return color ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}

void Table::add_column(std::string heading, Align align) {
  columns_.push_back({.heading = std::move(heading), .align = align});
}

void Table::add_row(std::vector<std::string> cells) {
  for (auto& cell : cells) cell = escaped(cell);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::drop_empty_columns() {
  if (rows_.empty()) return;
  for (std::size_t i = columns_.size(); i-- > 0;) {
    if (!std::ranges::all_of(rows_, [i](const auto& cells) { return cells[i].empty(); })) continue;
    const auto at = static_cast<std::ptrdiff_t>(i);
    columns_.erase(columns_.begin() + at);
    for (auto& cells : rows_) cells.erase(cells.begin() + at);
  }
}

std::vector<std::size_t> Table::fitted(std::size_t width) const {
  std::vector<std::size_t> widths(columns_.size());
  std::vector<std::size_t> floors(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths[i] = headings_ ? display_width(columns_[i].heading) : 0;
    for (const auto& cells : rows_) widths[i] = std::max(widths[i], display_width(cells[i]));
    if (width > 0) widths[i] = std::min(widths[i], width);
    // A number without its end is a wrong number.
    floors[i] = columns_[i].align == Align::right ? widths[i] : std::min(widths[i], least_text);
  }
  if (width == 0) return widths;
  while (floors.size() > 1 && total(floors) > width) floors.pop_back();
  widths.resize(floors.size());
  while (total(widths) > width) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > floors[i] && (widest == widths.size() || widths[i] > widths[widest])) widest = i;
    }
    if (widest == widths.size()) break;
    --widths[widest];
  }
  return widths;
}

void Table::append_row(std::string& out, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths, bool color) const {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string cell = shortened(cells[i], widths[i]);
    const std::size_t room = widths[i] - std::min(widths[i], display_width(cell));
    const bool right = columns_[i].align == Align::right;
    if (i > 0) out.append(gap, ' ');
    if (right) out.append(room, ' ');
    out += bold(cell, color);
    if (!right && i + 1 < widths.size()) out.append(room, ' ');
  }
  out += '\n';
}

std::string Table::text(std::size_t width, bool color) const {
  const auto widths = fitted(width);
  std::string out;
  if (headings_) {
    std::vector<std::string> headings;
    headings.reserve(columns_.size());
    for (const auto& column : columns_) headings.push_back(column.heading);
    append_row(out, headings, widths, color);
  }
  for (const auto& cells : rows_) append_row(out, cells, widths, false);
  if (const auto left_out = columns_.size() - widths.size(); left_out > 0) {
    out += fmt::format("({} more {}: --json shows all)\n", left_out, left_out == 1 ? "column" : "columns");
  }
  return out;
}

Output::Output(std::FILE* stream, bool color)
    : stream_(stream), is_terminal_(isatty(fileno(stream)) == 1), color_(color && is_terminal_), width_(0) {
  winsize size{};
  if (!is_terminal_) return;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call is what it is
  width_ = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void Output::check(bool written) {
  if (written) return;
  const int reason = errno;
  // Whoever reads has seen enough, as head does: nothing went wrong.
  if (reason == EPIPE) throw Exit(ExitCode::ok);
  throw Exit(ExitCode::local_io,
             std::string("the standard output can't be written: ") + std::generic_category().message(reason));
}

void Output::write(std::string_view text) {
  check(std::fwrite(text.data(), 1, text.size(), stream_) == text.size());
}

void Output::line(std::string_view text) {
  write(text);
  write("\n");
}

void Output::table(const Table& table) {
  write(table.text(width_, color_));
}

void Output::json(std::string_view text) {
  line(is_terminal_ ? indented_json(text) : std::string(text));
}

void Output::flush() {
  check(std::fflush(stream_) == 0);
}

}  // namespace wats::app
