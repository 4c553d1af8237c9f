// What the program prints: text made safe for terminals, JSON, and tables.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace wats::app {

/// *text* on one line, fit for a terminal: control characters (line ends too), invalid UTF-8 and characters
/// that turn the writing direction become \n, \t, \x1b, \u202e.
[[nodiscard]] std::string escaped(std::string_view text);
/// The same, but line ends and tabs stay.
[[nodiscard]] std::string escaped_lines(std::string_view text);

/// How many columns *text* takes on a terminal, roughly: marks count 0, wide East Asian characters and
/// emoji 2.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;
/// The beginning of *text* that fits into *width* columns, ended by an ellipsis when something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Valid JSON with line ends and two blanks a level; what a terminal could obey is written as \uXXXX.
[[nodiscard]] std::string indented_json(std::string_view json);

/// Bold where *color*, plain else.
[[nodiscard]] std::string bold(std::string_view text, bool color);

/// Rows under headings.
class Table {
 public:
  enum class Align : unsigned char { left, right };

  Table() = default;

  /// Columns first, then rows.
  void add_column(std::string heading, Align align = Align::left);
  /// One cell a column; escaped here. Missing cells are empty.
  void add_row(std::vector<std::string> cells);
  /// Leaves out the columns in which no row has anything.
  void drop_empty_columns();
  /// Rows only.
  void hide_headings() { headings_ = false; }

  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  /// The table as text. *width*: columns of the terminal, 0 for no limit; what does not fit is shortened, and
  /// columns at the end that have no room are left out and counted in a last line.
  [[nodiscard]] std::string text(std::size_t width = 0, bool color = false) const;

 private:
  struct Column {
    std::string heading;
    Align align;
  };
  /// What each column gets; fewer than there are when there is no room.
  [[nodiscard]] std::vector<std::size_t> fitted(std::size_t width) const;
  void append_row(std::string& out, const std::vector<std::string>& cells,
                  const std::vector<std::size_t>& widths, bool color) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  bool headings_ = true;
};

/// A stream the program writes to.
class Output {
 public:
  /// *stream* stays open. *color* false: never colours, whatever the stream is.
  Output(std::FILE* stream, bool color);

  /// *text* as it stands: escape first what came from a server. *Errors*: throws Exit; nothing is said when
  /// the reader went away.
  void write(std::string_view text);
  void line(std::string_view text);
  void table(const Table& table);
  /// JSON and a line end; indented on a terminal, as it stands elsewhere.
  void json(std::string_view text);
  void flush();

  [[nodiscard]] bool is_terminal() const noexcept { return is_terminal_; }
  [[nodiscard]] bool color() const noexcept { return color_; }
  /// Columns; 0 when it is no terminal.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }

 private:
  void check(bool written);

  std::FILE* stream_;
  bool is_terminal_;
  bool color_;
  std::size_t width_;
};

}  // namespace wats::app
