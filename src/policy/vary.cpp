#include "wats/policy/vary.hpp"

#include "src/policy/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wats::policy {
namespace {

/// One member of Accept-Language or Accept-Encoding; its weight in thousandths.
struct Preference {
  std::string_view name;
  int weight = 1000;
};

/// A qvalue (RFC 9110 section 12.4.2); -1 for what is none.
int parse_weight(std::string_view value) noexcept {
  if (value.empty() || value.size() > 5 || (value[0] != '0' && value[0] != '1')) return -1;
  int weight = (value[0] - '0') * 1000;
  if (value.size() > 1 && value[1] != '.') return -1;
  int place = 100;
  for (const char c : value.substr(std::min<std::size_t>(value.size(), 2))) {
    if (!text::is_digit(c)) return -1;
    weight += (c - '0') * place;
    place /= 10;
  }
  return weight > 1000 ? -1 : weight;
}

std::optional<Preference> parse_preference(std::string_view member) noexcept {
  Preference preference;
  preference.name = text::trim(text::take_until(member, ';'));
  if (preference.name.empty() || !std::ranges::all_of(preference.name, text::is_token_character))
    return std::nullopt;
  if (member.empty()) return preference;
  member = text::trim(member);
  if (!text::equal(member.substr(0, 2), "q=")) return std::nullopt;
  preference.weight = parse_weight(member.substr(2));
  if (preference.weight < 0) return std::nullopt;
  return preference;
}

bool is_before(const Preference& a, const Preference& b) noexcept {
  if (a.weight != b.weight) return a.weight > b.weight;
  return std::ranges::lexicographical_compare(a.name, b.name, {}, text::lower, text::lower);
}

/// A field's preferences without allocation: what does not fit is not understood.
class PreferenceList {
 public:
  /// False: one of them is none, or there are too many.
  [[nodiscard]] bool add_line(std::string_view line) noexcept {
    while (!line.empty()) {
      const std::string_view member = text::trim(text::take_until(line, ','));
      if (member.empty()) continue;
      const auto preference = parse_preference(member);
      if (!preference || count_ == members_.size()) return false;
      members_[count_++] = *preference;
    }
    return true;
  }
  [[nodiscard]] std::span<Preference> members() noexcept { return {members_.data(), count_}; }

 private:
  std::array<Preference, 32> members_;
  std::size_t count_ = 0;
};

bool is_preference_field(std::string_view name) noexcept {
  return text::equal(name, "Accept-Language") || text::equal(name, "Accept-Encoding");
}

void append_lower(std::string& key, std::string_view value) {
  for (const char c : value) key += text::lower(c);
}

void append_weight(std::string& key, int weight) {
  if (weight == 1000) return;
  key += ";q=0";
  for (int place = 100; weight > 0; weight %= place, place /= 10) {
    if (place == 100) key += '.';
    key += static_cast<char>('0' + weight / place);
  }
}

bool append_preferences(std::string& key, std::span<const std::string_view> lines) {
  PreferenceList list;
  for (const std::string_view line : lines) {
    if (!list.add_line(line)) return false;
  }
  std::ranges::sort(list.members(), is_before);
  bool is_first = true;
  for (const Preference& preference : list.members()) {
    if (!is_first) key += ',';
    is_first = false;
    append_lower(key, preference.name);
    append_weight(key, preference.weight);
  }
  return true;
}

/// Appends a value without the space round its commas, but with all that is quoted. What stands between
/// commas is kept even where it is nothing: to this field it may mean something.
class ListWriter {
 public:
  explicit ListWriter(std::string& key) noexcept : key_(key), kept_(key.size()) {}

  void take(char c) {
    if (quoted_) return take_quoted(c);
    if (text::is_space(c)) {
      if (!at_member_) key_ += c;
      return;
    }
    if (c == ',') key_.resize(kept_);
    key_ += c;
    kept_ = key_.size();
    at_member_ = c == ',';
    quoted_ = c == '"';
  }
  void end() { key_.resize(kept_); }

 private:
  void take_quoted(char c) {
    key_ += c;
    kept_ = key_.size();
    if (c == '"' && !escaped_) quoted_ = false;
    escaped_ = c == '\\' && !escaped_;
  }

  std::string& key_;
  /// Up to here it is not space that may have to go.
  std::size_t kept_;
  bool at_member_ = true;
  bool quoted_ = false;
  bool escaped_ = false;
};

}  // namespace

std::optional<std::string_view> VaryNames::next() noexcept {
  const std::string_view name = text::take_name(rest_);
  return name.empty() ? std::nullopt : std::optional(name);
}

void append_normalised(std::string& key, std::string_view name, std::span<const std::string_view> lines) {
  if (is_preference_field(name) && append_preferences(key, lines)) return;
  ListWriter writer(key);
  bool is_first = true;
  for (const std::string_view line : lines) {
    if (!is_first) writer.take(',');
    is_first = false;
    for (const char c : line) writer.take(c);
  }
  writer.end();
}

void append_selecting_field(std::string& key, std::string_view name,
                            std::span<const std::string_view> lines) {
  append_lower(key, name);
  if (!lines.empty()) {
    key += ':';
    append_normalised(key, name, lines);
  }
  key += '\n';
}

bool selects_language(std::string_view accept_language, std::string_view content_language) noexcept {
  PreferenceList list;
  if (!list.add_line(accept_language) || list.members().empty()) return false;
  const auto best = std::ranges::max_element(list.members(), {}, &Preference::weight);
  const auto liked_alike = std::ranges::count(list.members(), best->weight, &Preference::weight);
  return best->weight > 0 && liked_alike == 1 && best->name != "*" &&
         text::equal(best->name, text::trim(content_language));
}

}  // namespace wats::policy
