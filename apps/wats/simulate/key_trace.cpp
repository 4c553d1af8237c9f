#include "apps/wats/simulate/key_trace.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace wats::simulate {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The fields of a row, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view row) : rest_(row) {}

  /// False: there is no further one, or it is broken.
  bool next() {
    if (ended_) return false;
    const auto begin = rest_.find_first_not_of(blanks);
    if (begin != std::string_view::npos && rest_[begin] == '"') return next_quoted(begin + 1);
    const auto end = rest_.find(',');
    text_ = trimmed(rest_.substr(0, end));
    go_on_behind(end);
    return true;
  }
  /// Until the next call of next().
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// A quote has no end, or something stands behind it.
  [[nodiscard]] bool is_broken() const noexcept { return broken_; }

 private:
  bool next_quoted(std::size_t at) {
    unquoted_.clear();
    for (;;) {
      const auto quote = rest_.find('"', at);
      if (quote == std::string_view::npos) return end_broken();
      unquoted_.append(rest_.substr(at, quote - at));
      at = quote + 1;
      if (at == rest_.size() || rest_[at] != '"') break;
      unquoted_ += '"';
      ++at;
    }
    text_ = unquoted_;
    const auto end = rest_.find_first_not_of(blanks, at);
    if (end != std::string_view::npos && rest_[end] != ',') return end_broken();
    go_on_behind(end);
    return true;
  }
  bool end_broken() {
    broken_ = ended_ = true;
    return false;
  }
  void go_on_behind(std::size_t comma) {
    ended_ = comma == std::string_view::npos;
    rest_ = ended_ ? std::string_view() : rest_.substr(comma + 1);
  }

  std::string_view rest_;
  std::string_view text_;
  std::string unquoted_;
  bool ended_ = false;
  bool broken_ = false;
};

constexpr const char* broken_quote = "a quote that does not end, or ends within a field";

}  // namespace

Result<TraceReader> TraceReader::of_csv(std::string column) {
  TraceReader reader;
  std::size_t number = 0;
  const char* const end = column.data() + column.size();
  const auto [stop, error] = std::from_chars(column.data(), end, number);
  if (stop != end || error == std::errc::invalid_argument) {
    reader.column_name_ = trimmed(column);
    if (reader.column_name_.empty())
      return fail(Errc::invalid_argument, "a column has a name, or a number from 1");
    reader.column_ = 0;
  } else if (error != std::errc() || number == 0) {
    return fail(Errc::invalid_argument, "there is no column " + column + ", columns are numbered from 1");
  } else {
    reader.column_ = number - 1;
  }
  return reader;
}

std::unexpected<Error> TraceReader::wrong(const std::string& what) const {
  return fail(Errc::invalid_argument, "line " + std::to_string(line_) + " of the trace: " + what);
}

Result<void> TraceReader::take(std::string_view bytes) {
  for (;;) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) break;
    if (begun_.empty()) {
      if (auto taken = take_line(bytes.substr(0, end)); !taken) return taken;
    } else {
      begun_.append(bytes.substr(0, end));
      if (auto taken = take_line(begun_); !taken) return taken;
      begun_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  begun_.append(bytes);
  return {};
}

Result<KeyTrace> TraceReader::finish() {
  if (!begun_.empty()) {
    if (auto taken = take_line(begun_); !taken) return std::unexpected(taken.error());
  }
  if (trace_.requests.empty()) return fail(Errc::invalid_argument, "there is no key in the trace");
  trace_.distinct_keys = keys_.size();
  KeyTrace trace = std::move(trace_);
  *this = TraceReader();
  return trace;
}

Result<void> TraceReader::take_line(std::string_view line) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (++line_ == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with('#') || trimmed(line).empty()) return {};
  if (!column_) return add(line);
  return column_name_.empty() ? take_row(line) : take_header(line);
}

Result<void> TraceReader::take_header(std::string_view line) {
  std::string names;
  Fields fields(line);
  for (std::size_t number = 0; fields.next(); ++number) {
    if (fields.text() == column_name_) {
      column_ = number;
      column_name_.clear();
      return {};
    }
    names.append(names.empty() ? "" : ", ").append(fields.text());
  }
  if (fields.is_broken()) return wrong(broken_quote);
  return wrong("there is no column '" + column_name_ + "', there are: " + names);
}

Result<void> TraceReader::take_row(std::string_view line) {
  Fields fields(line);
  for (std::size_t number = 0; fields.next(); ++number) {
    if (number < *column_) continue;
    if (fields.text().empty())
      return wrong("its column " + std::to_string(number + 1) + ", the key, is empty");
    return add(fields.text());
  }
  if (fields.is_broken()) return wrong(broken_quote);
  return wrong("it has no column " + std::to_string(*column_ + 1));
}

Result<void> TraceReader::add(std::string_view key) {
  // A moment in the trace is a number of 32 bits too.
  if (trace_.requests.size() == Numbering::most) return wrong("more requests than can be replayed");
  trace_.requests.push_back(keys_.number_of(key));
  return {};
}

}  // namespace wats::simulate
