// Key traces: what a cache was asked for, one key after the other, read from text or CSV.
#pragma once

#include "apps/wats/simulate/numbering.hpp"
#include "wats/core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::simulate {

struct KeyTrace {
  /// The numbers of the keys, from 0 in the order in which they first come.
  std::vector<std::uint32_t> requests;
  std::uint32_t distinct_keys = 0;
};

/// Reads a trace piece by piece. Blank lines and lines that begin with # do not count; lines end with LF or
/// CRLF. As text, the whole line is the key. As CSV, a field is the key: it may be quoted ("a,b", and "" for
/// a quote), blanks around a field without quotes are none of it, and a line is a row.
class TraceReader {
 public:
  /// Of text.
  TraceReader() = default;

  /// Of CSV. *column*: a number from 1, then every line is a row; else the name of a column in the first
  /// line. *Errors*: Errc::invalid_argument for the number 0 and no name.
  [[nodiscard]] static Result<TraceReader> of_csv(std::string column);

  /// *bytes*: what comes next, cut anywhere.
  /// *Errors*: Errc::invalid_argument with the line's number; nothing more can be taken then.
  [[nodiscard]] Result<void> take(std::string_view bytes);

  /// At the end; the reader is empty then. *Errors*: Errc::invalid_argument, also when there was no key.
  [[nodiscard]] Result<KeyTrace> finish();

  [[nodiscard]] std::size_t requests() const noexcept { return trace_.requests.size(); }

 private:
  [[nodiscard]] Result<void> take_line(std::string_view line);
  [[nodiscard]] Result<void> take_header(std::string_view line);
  [[nodiscard]] Result<void> take_row(std::string_view line);
  [[nodiscard]] Result<void> add(std::string_view key);
  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const;

  /// Where the key stands, from 0; nothing: the whole line.
  std::optional<std::size_t> column_;
  /// Looked for in the first line; empty once it is found.
  std::string column_name_;
  std::size_t line_ = 0;
  /// The beginning of a line whose end has not come yet.
  std::string begun_;
  Numbering keys_;
  KeyTrace trace_;
};

}  // namespace wats::simulate
