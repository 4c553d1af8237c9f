#include "wats/model/canonical.hpp"

#include "src/model/json_appender.hpp"
#include "src/model/json_token.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace wats::model {
namespace {

/// Reads a valid value from its beginning; what is not valid ends it early.
class Canonical {
 public:
  explicit Canonical(std::string_view json) noexcept : rest_(json) {}

  void value(std::string& out) {
    skip_white();
    switch (next()) {
      case '{':
        return object(out);
      case '[':
        return list(out);
      case '"':
        return text(out);
      default:
        return scalar(out);
    }
  }

 private:
  [[nodiscard]] char next() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
  void skip_white() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  /// Takes one character of punctuation, if it is this one.
  bool take(char expected) noexcept {
    skip_white();
    if (next() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void object(std::string& out) {
    // Of several with one name the last counts, so their order stays, as a multimap has it.
    std::multimap<std::string, std::string> members;
    take('{');
    while (!rest_.empty() && !take('}')) {
      std::string name;
      std::string member;
      skip_white();
      if (next() != '"') return give_up();
      text(name);
      take(':');
      value(member);
      take(',');
      members.emplace(std::move(name), std::move(member));
    }
    char before = '{';
    for (const auto& [name, member] : members) {
      out.append(1, std::exchange(before, ',')).append(name).append(1, ':').append(member);
    }
    out.append(members.empty() ? "{}" : "}");
  }
  void list(std::string& out) {
    take('[');
    char before = '[';
    while (!rest_.empty() && !take(']')) {
      out.append(1, std::exchange(before, ','));
      value(out);
      take(',');
    }
    out.append(before == '[' ? "[]" : "]");
  }
  void text(std::string& out) {
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    std::string plain;
    if (end >= rest_.size() || !detail::unescape(rest_.substr(1, end - 1), plain)) return give_up();
    detail::JsonAppender(out).text(plain);
    rest_.remove_prefix(end + 1);
  }
  void scalar(std::string& out) {
    const auto end = std::min(rest_.find_first_of(" \t\r\n,]}"), rest_.size());
    if (end == 0) return give_up();
    out.append(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }
  void give_up() noexcept { rest_ = {}; }

  std::string_view rest_;
};

}  // namespace

std::string canonical_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  Canonical(detail::trimmed(json)).value(out);
  return out;
}

}  // namespace wats::model
