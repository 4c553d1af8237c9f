// Times as WATS writes them.
#include "wats/model/timestamp.hpp"

#include "src/model/json_token.hpp"

#include <algorithm>

namespace wats {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Ticks = Timestamp::Ticks;
using Instant = Timestamp::Instant;

constexpr std::size_t tick_digits = 7;

constexpr Instant first_instant = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr Instant last_instant =
    Instant(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + days(1)) - Ticks(1);

constexpr bool is_written(Instant local) noexcept {
  return local >= first_instant && local <= last_instant;
}

/// Takes a text apart from the left; what does not fit makes it fail for good.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  /// A number of exactly *digits* digits between *low* and *high*.
  int number(std::size_t digits, int low, int high) noexcept {
    if (rest_.size() < digits) return stop(low);
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return stop(low);
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value < low || value > high ? stop(low) : value;
  }
  void expect(char c) noexcept {
    if (!take(c)) failed_ = true;
  }
  bool take(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool has_digit() const noexcept {
    return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9';
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  int stop(int value) noexcept {
    failed_ = true;
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// The fraction in ticks; *digits* is how many of its digits count.
Ticks read_fraction(Scanner& scanner, std::uint8_t& digits) noexcept {
  constexpr std::size_t most_digits = 9;  // nanoseconds, from other senders
  std::int64_t ticks = 0;
  std::size_t count = 0;
  do {
    const int digit = scanner.number(1, 0, 9);
    if (count < tick_digits) ticks = ticks * 10 + digit;
    ++count;
  } while (scanner.has_digit() && count < most_digits);
  digits = static_cast<std::uint8_t>(std::min(count, tick_digits));
  for (std::size_t i = digits; i < tick_digits; ++i) ticks *= 10;
  return Ticks(ticks);
}

char* write_number(char* to, std::int64_t value, std::size_t digits) noexcept {
  for (std::size_t i = digits; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
  return to + digits;
}

}  // namespace

Result<Timestamp> Timestamp::parse(std::string_view text) {
  Scanner scanner(text);
  const auto refused = [&] {
    return fail(Errc::invalid_argument,
                "'" + model::detail::excerpt(text) +
                    "' is not a time; expected for example 2026-02-03T09:15:00.000+01:00");
  };
  const int year = scanner.number(4, 1, 9999);
  scanner.expect('-');
  const int month = scanner.number(2, 1, 12);
  scanner.expect('-');
  const int day = scanner.number(2, 1, 31);
  const auto date = std::chrono::year(year) / month / day;
  if (scanner.failed() || !date.ok()) return refused();

  Timestamp result;
  result.zone_ = Zone::none;
  result.digits_ = 0;
  Instant local = std::chrono::sys_days(date);
  if (!scanner.at_end()) {
    scanner.expect('T');
    local += hours(scanner.number(2, 0, 23));
    scanner.expect(':');
    local += minutes(scanner.number(2, 0, 59));
    scanner.expect(':');
    local += seconds(scanner.number(2, 0, 59));
    if (scanner.take('.')) local += read_fraction(scanner, result.digits_);
    if (scanner.take('Z')) {
      result.zone_ = Zone::utc;
    } else if (!scanner.at_end()) {
      const bool is_west = scanner.take('-');
      if (!is_west) scanner.expect('+');
      const int offset_hours = scanner.number(2, 0, 23);
      scanner.expect(':');
      const int offset = offset_hours * 60 + scanner.number(2, 0, 59);
      result.zone_ = Zone::offset;
      result.offset_minutes_ = static_cast<std::int16_t>(is_west ? -offset : offset);
    }
  }
  if (scanner.failed() || !scanner.at_end()) return refused();
  result.instant_ = local - minutes(result.offset_minutes_);
  return result;
}

Timestamp Timestamp::now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Timestamp Timestamp::with_offset(std::chrono::minutes offset) const noexcept {
  constexpr minutes most = hours(24) - minutes(1);
  Timestamp copy = *this;
  copy.zone_ = Zone::offset;
  copy.offset_minutes_ = static_cast<std::int16_t>(std::clamp(offset, -most, most).count());
  return copy;
}

char* Timestamp::write(char* to) const noexcept {
  Zone zone = zone_;
  Instant local = instant_;
  // Whole hours: nobody's clock is far enough from now for the sum to overflow once it is inside the limits.
  if (local >= first_instant - days(1) && local <= last_instant + days(1)) local += minutes(offset_minutes_);
  if (!is_written(local)) {
    local = std::clamp(instant_, first_instant, last_instant);
    zone = Zone::utc;
  }
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date(day);
  const auto time = local - day;
  const auto whole = std::chrono::floor<seconds>(time);
  const std::int64_t fraction = (time - whole).count();

  to = write_number(to, int(date.year()), 4);
  *to++ = '-';
  to = write_number(to, unsigned(date.month()), 2);
  *to++ = '-';
  to = write_number(to, unsigned(date.day()), 2);
  *to++ = 'T';
  to = write_number(to, whole / hours(1), 2);
  *to++ = ':';
  to = write_number(to, whole / minutes(1) % 60, 2);
  *to++ = ':';
  to = write_number(to, whole.count() % 60, 2);

  constexpr std::size_t millisecond_digits = 3;
  const std::size_t digits = digits_ != automatic ? digits_ : fraction == 0 ? 0 : millisecond_digits;
  if (digits != 0) {
    std::int64_t shown = fraction;
    for (std::size_t i = digits; i < tick_digits; ++i) shown /= 10;
    *to++ = '.';
    to = write_number(to, shown, digits);
  }
  if (zone == Zone::utc) {
    *to++ = 'Z';
  } else if (zone == Zone::offset) {
    const int offset = offset_minutes_;
    *to++ = offset < 0 ? '-' : '+';
    to = write_number(to, std::abs(offset) / 60, 2);
    *to++ = ':';
    to = write_number(to, std::abs(offset) % 60, 2);
  }
  return to;
}

std::string Timestamp::text() const {
  char buffer[max_text_size];
  return {buffer, write(buffer)};
}

std::string Timestamp::utc_text() const {
  Timestamp utc = *this;
  utc.zone_ = Zone::utc;
  utc.offset_minutes_ = 0;
  return utc.text();
}

}  // namespace wats
