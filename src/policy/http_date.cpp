#include "wats/policy/http_date.hpp"

#include "src/policy/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace wats::policy {
namespace {

using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> day_names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

/// Takes a date apart from left to right; after the first thing that is not as expected it stays bad.
class DateReader {
 public:
  explicit DateReader(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return good_ && rest_.empty(); }
  [[nodiscard]] bool is_at_digit() const noexcept { return !rest_.empty() && text::is_digit(rest_[0]); }
  [[nodiscard]] bool good() const noexcept { return good_; }

  bool skip(std::string_view expected) noexcept {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  void expect(std::string_view expected) noexcept { good_ = skip(expected) && good_; }
  void expect_gmt() noexcept {
    good_ = text::equal(rest_, "GMT") && good_;
    rest_ = {};
  }

  /// So many digits, no fewer.
  int number(std::size_t digits) noexcept {
    const auto value = text::parse_number(rest_.substr(0, digits));
    if (rest_.size() < digits || !value) {
      good_ = false;
      return 0;
    }
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }
  /// The day of asctime(), whose first digit may be a space.
  int padded_day() noexcept { return skip(" ") ? number(1) : number(2); }

  unsigned month() noexcept {
    for (unsigned i = 0; i < month_names.size(); ++i) {
      if (!text::equal(rest_.substr(0, 3), month_names[i])) continue;
      rest_.remove_prefix(3);
      return i + 1;
    }
    good_ = false;
    return 0;
  }

  /// The letters that begin the date. Long: the whole name, as in RFC 850, else its first three.
  enum class DayName : std::uint8_t { abbreviated, whole, none };
  DayName day_name() noexcept {
    std::size_t letters = 0;
    while (letters < rest_.size() && text::is_letter(rest_[letters])) ++letters;
    const std::string_view name = rest_.substr(0, letters);
    rest_.remove_prefix(letters);
    for (const std::string_view day : day_names) {
      if (text::equal(name, day)) return DayName::whole;
      if (text::equal(name, day.substr(0, 3))) return DayName::abbreviated;
    }
    return DayName::none;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct DateParts {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;

  [[nodiscard]] bool is_possible() const noexcept {
    // A leap second is a moment too: the first of the next minute.
    return date().ok() && hour < 24 && minute < 60 && second <= 60;
  }
  [[nodiscard]] sys_seconds moment() const noexcept {
    return std::chrono::sys_days(date()) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
  }

 private:
  [[nodiscard]] std::chrono::year_month_day date() const noexcept {
    return std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(static_cast<unsigned>(day));
  }
};

void read_time(DateReader& reader, DateParts& parts) noexcept {
  parts.hour = reader.number(2);
  reader.expect(":");
  parts.minute = reader.number(2);
  reader.expect(":");
  parts.second = reader.number(2);
}

/// "06 Nov 1994 08:49:37 GMT" behind the name and its comma.
void read_fixed(DateReader& reader, DateParts& parts) noexcept {
  parts.day = reader.number(2);
  reader.expect(" ");
  parts.month = reader.month();
  reader.expect(" ");
  parts.year = reader.number(4);
  reader.expect(" ");
  read_time(reader, parts);
  reader.expect(" ");
  reader.expect_gmt();
}

/// "Nov  6 08:49:37 1994".
void read_asctime(DateReader& reader, DateParts& parts) noexcept {
  parts.month = reader.month();
  reader.expect(" ");
  parts.day = reader.padded_day();
  reader.expect(" ");
  read_time(reader, parts);
  reader.expect(" ");
  parts.year = reader.number(4);
}

/// "06-Nov-94 08:49:37 GMT".
void read_rfc850(DateReader& reader, DateParts& parts, sys_seconds now) noexcept {
  parts.day = reader.number(2);
  reader.expect("-");
  parts.month = reader.month();
  reader.expect("-");
  const int two_digits = reader.number(2);
  reader.expect(" ");
  read_time(reader, parts);
  reader.expect(" ");
  reader.expect_gmt();
  if (!reader.good()) return;
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const sys_seconds latest =
      now + (std::chrono::sys_days(today + std::chrono::years(50)) - std::chrono::sys_days(today));
  const int this_year = static_cast<int>(today.year());
  parts.year = this_year - this_year % 100 + 100 + two_digits;
  while (parts.moment() > latest) parts.year -= 100;
}

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) noexcept {
  DateReader reader(text::trim(text));
  DateParts parts;
  switch (reader.day_name()) {
    case DateReader::DayName::none:
      return std::nullopt;
    case DateReader::DayName::whole:
      reader.expect(", ");
      read_rfc850(reader, parts, now);
      break;
    case DateReader::DayName::abbreviated:
      // Without its comma the first form still cannot be taken for the last one: it goes on with a digit.
      const bool has_comma = reader.skip(",");
      reader.expect(" ");
      if (has_comma || reader.is_at_digit()) {
        read_fixed(reader, parts);
      } else {
        read_asctime(reader, parts);
      }
      break;
  }
  if (!reader.at_end() || !parts.is_possible()) return std::nullopt;
  return parts.moment();
}

}  // namespace wats::policy
