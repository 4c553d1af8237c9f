// Random documents read by the codec and by nlohmann::json have to say the same, and damaged ones have to be
// refused by both.
#include "tests/unit/model/every_kind.hpp"
#include "wats/model/codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wats::testing {
namespace {

using Oracle = nlohmann::json;

/// Writes random JSON text: odd spacing, odd escapes, odd numbers, members in any order and any case.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  int number(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
  bool one_in(int n) { return number(1, n) == 1; }
  template <std::size_t N>
  std::string pick(const std::array<const char*, N>& choices) {
    return choices.at(static_cast<std::size_t>(number(0, N - 1)));
  }

  std::string space() { return one_in(6) ? pick(std::array{" ", "\n", "\t", "\r\n  ", "   "}) : ""; }

  std::string text() {
    std::string out = "\"";
    for (int i = number(0, one_in(8) ? 80 : 12); i > 0; --i) {
      switch (number(0, 9)) {
        case 0:
          out += pick(std::array{"\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"});
          break;
        case 1:
          out += pick(std::array{"\\u0000", "\\u001f", "\\u00E9", "\\u20ac", "\\ud83d\\ude00", "\\uFFFF"});
          break;
        case 2:
          out += pick(std::array{"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x7F", "{", "]", ":", ","});
          break;
        default:
          out += static_cast<char>(number('a', 'z'));
          break;
      }
    }
    return out + "\"";
  }

  std::string integer(bool is_wide) {
    if (one_in(5)) {
      return is_wide ? pick(std::array{"9223372036854775807", "-9223372036854775808", "4294967296", "-1"})
                     : pick(std::array{"2147483647", "-2147483648", "0", "-0"});
    }
    return std::to_string(number(-100'000, 100'000));
  }

  std::string real() {
    switch (number(0, 3)) {
      case 0:
        return integer(true);
      case 1:
        return pick(
            std::array{"0.1", "-0.0", "1e-320", "1.7976931348623157e308", "2E+5", "3.5e-2", "1e-400"});
      case 2: {
        // The bits of a double taken at random, written in full.
        double value = 0;
        do {
          const std::uint64_t bits = std::uniform_int_distribution<std::uint64_t>()(random_);
          std::memcpy(&value, &bits, sizeof value);
        } while (!std::isfinite(value));
        return Oracle(value).dump();
      }
      default:
        return std::to_string(number(-1000, 1000)) + "." + std::to_string(number(0, 1 << 30));
    }
  }

  std::string time() {
    return "\"" +
           pick(std::array{"2026-02-03T09:15:00Z", "2026-02-03T09:15:00.1234567+01:00", "0001-01-01T00:00:00",
                           "1999-12-31T23:59:59.5-11:30"}) +
           "\"";
  }

  std::string any(int depth) {
    switch (number(0, depth > 0 ? 7 : 5)) {
      case 0:
        return "null";
      case 1:
        return one_in(2) ? "true" : "false";
      case 2:
        return integer(true);
      case 3:
        return real();
      case 4:
      case 5:
        return text();
      case 6:
        return list([&] { return any(depth - 1); });
      default: {
        std::vector<std::string> members;
        for (int i = number(0, 4); i > 0; --i)
          members.push_back(text() + space() + ":" + space() + any(depth - 1));
        return object(members);
      }
    }
  }

  template <class Element>
  std::string list(Element element) {
    std::string out = "[" + space();
    for (int i = number(0, 4), left = i; left > 0; --left) {
      if (left != i) out += "," + space();
      out += element() + space();
    }
    return out + "]";
  }

  std::string object(const std::vector<std::string>& members) {
    std::string out = "{" + space();
    for (std::size_t i = 0; i < members.size(); ++i)
      out += (i == 0 ? "" : "," + space()) + members[i] + space();
    return out + "}";
  }

  std::string node(int depth) {
    std::vector<std::string> members = {member("key", text())};
    if (one_in(2)) members.push_back(member("count", one_in(4) ? "null" : integer(false)));
    if (depth > 0) members.push_back(member("children", list([&] { return node(depth - 1); })));
    // Never by chance the name of one that the record has.
    if (one_in(3)) members.push_back("\"new " + text().substr(1) + ":" + any(2));
    shuffle(members);
    return object(members);
  }

  /// A whole document; each member comes at most once, so the order of nlohmann's map does not matter.
  std::string every_kind() {
    std::vector<std::string> members;
    const auto add = [&](std::string_view name, auto make) {
      if (!one_in(4)) members.push_back(member(name, one_in(8) ? "null" : make()));
    };
    const auto flag = [&] { return std::string(one_in(2) ? "true" : "false"); };
    const auto small = [&] {
      return one_in(6) ? "\"" + std::to_string(number(-99, 99)) + "\"" : integer(false);
    };
    const auto fruit = [&] { return pick(std::array{"\"Apple\"", "\"pear\"", "\"Quince\""}); };
    const auto words = [&] { return list([&] { return text(); }); };
    for (const std::string prefix : {"", "maybe"}) {
      const auto name = [&](const char* plain) {
        std::string out = prefix + plain;
        if (!prefix.empty()) out[prefix.size()] = static_cast<char>(out[prefix.size()] - 'a' + 'A');
        return out;
      };
      add(name("flag"), flag);
      add(name("small"), small);
      add(name("large"), [&] { return integer(true); });
      add(name("real"), [&] { return real(); });
      add(name("text"), [&] { return one_in(6) ? real() : text(); });
      add(name("time"), [&] { return time(); });
      add(name("fruit"), fruit);
      add(name("level"), small);
      add(name("json"), [&] { return any(3); });
    }
    add("maybeNode", [&] { return node(2); });
    add("maybeNames", words);
    add("optionalText", [&] { return text(); });
    add("theNumbers", [&] { return list([&] { return integer(false); }); });
    add("names", words);
    add("nodes", [&] { return list([&] { return node(3); }); });
    add("gaps", [&] { return list([&] { return one_in(3) ? "null" : real(); }); });
    for (int i = number(0, 3); i > 0; --i) members.push_back("\"new" + std::to_string(i) + "\":" + any(4));
    shuffle(members);
    return space() + object(members) + space();
  }

  std::string damaged(std::string text) {
    for (int i = number(1, 3); i > 0 && !text.empty(); --i) {
      const auto at = static_cast<std::size_t>(number(0, static_cast<int>(text.size()) - 1));
      switch (number(0, 4)) {
        case 0:
          text.resize(at);
          break;
        case 1:
          text[at] = static_cast<char>(number(0, 255));
          break;
        case 2:
          text.erase(at, static_cast<std::size_t>(number(1, 4)));
          break;
        case 3:
          text.insert(at,
                      pick(std::array{"{", "}", "[", "]", ",", ":", "\"", "\\", "0", "e", "-", "null", " "}));
          break;
        default:
          std::swap(text[at], text[static_cast<std::size_t>(number(0, static_cast<int>(text.size()) - 1))]);
      }
    }
    return text;
  }

 private:
  std::string member(std::string_view name, const std::string& value) {
    std::string spelled(name);
    switch (number(0, 5)) {
      case 0:
        spelled[0] = static_cast<char>(std::toupper(spelled[0]));
        break;
      case 1:
        for (char& c : spelled) c = static_cast<char>(std::toupper(c));
        break;
      case 2:
        spelled.replace(0, 1, spelled[0] == 't' ? "\\u0074" : std::string(1, spelled[0]));
        break;
      default:
        break;
    }
    return "\"" + spelled + "\"" + space() + ":" + space() + value;
  }
  void shuffle(std::vector<std::string>& members) {
    if (one_in(2)) std::shuffle(members.begin(), members.end(), random_);
  }

  std::mt19937 random_;
};

/// Looks a member up as the codec does: by its letters.
std::optional<Oracle> find(const Oracle& object, std::string_view name) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
  };
  for (const auto& [key, value] : object.items()) {
    if (lower(key) == lower(name)) return value;
  }
  return std::nullopt;
}

// same(): what the codec made of a value is what nlohmann::json says.
bool same(bool value, const Oracle& oracle) {
  return oracle.is_boolean() && value == oracle.get<bool>();
}
template <std::integral T>
bool same(T value, const Oracle& oracle) {
  if (oracle.is_string()) return std::to_string(value) == oracle.get<std::string>();
  return oracle.is_number_integer() && std::int64_t{value} == oracle.get<std::int64_t>();
}
bool same(double value, const Oracle& oracle) {
  return oracle.is_number() && value == oracle.get<double>();
}
bool same(const std::string& value, const Oracle& oracle) {
  if (!oracle.is_string()) return oracle.is_number() && Oracle::parse(value) == oracle;
  return value == oracle.get<std::string>();
}
bool same(const Timestamp& value, const Oracle& oracle) {
  return value.text() == oracle.get<std::string>();
}
bool same(const Open<Fruit>& value, const Oracle& oracle) {
  const auto text = oracle.get<std::string>();
  return value.text() == text && value.known().has_value() == (text == "Apple" || text == "pear");
}
bool same(Level value, const Oracle& oracle) {
  return same(static_cast<std::int32_t>(value), oracle);
}
bool same(const Json& value, const Oracle& oracle) {
  return Oracle::parse(value.text()) == oracle;
}
bool same(const Node& value, const Oracle& oracle);
template <class T>
bool same(const std::vector<T>& values, const Oracle& oracle);
template <class T>
bool same(const Maybe<T>& value, const Oracle& oracle) {
  return oracle.is_null() ? value.is_null() || (value && std::is_same_v<T, Json>)
                          : value && same(*value, oracle);
}
bool same(const std::optional<std::string>& value, const Oracle& oracle) {
  return oracle.is_null() ? !value : value && same(*value, oracle);
}
template <class T>
bool same(const std::vector<T>& values, const Oracle& oracle) {
  if (!oracle.is_array() || oracle.size() != values.size()) return false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!same(values[i], oracle[i])) return false;
  }
  return true;
}
bool same_unknown(const UnknownMembers& unknown, const Oracle& oracle) {
  for (const auto& [name, value] : unknown.all()) {
    // Of two members of one name the later one counts, here as there.
    if (unknown.find(name) == &value && (!oracle.contains(name) || !same(value, oracle[name]))) return false;
  }
  return true;
}

/// One member: as nlohmann::json has it, or its default where that has nothing or, but for Maybe, null.
template <class Owner, class Member>
void expect_same(const Owner& record, const model::Field<Owner, Member>& field, const Oracle& oracle) {
  static const Owner defaults;
  const auto name = model::wire_name(field, model::Naming::camel);
  const Member& value = record.*field.member;
  const auto found = find(oracle, name);
  constexpr bool is_three_state = model::detail::is_maybe<Member> || std::is_same_v<Member, Json>;
  if (!found || (found->is_null() && !is_three_state)) {
    EXPECT_TRUE(value == defaults.*field.member) << name;
  } else {
    EXPECT_TRUE(same(value, *found)) << name << ": " << *found;
  }
}

template <class Record>
void expect_same_members(const Record& record, const Oracle& oracle) {
  model::for_each_field<Record>([&](const auto& field) { expect_same(record, field, oracle); });
  EXPECT_TRUE(same_unknown(record.unknown, oracle));
}

bool same(const Node& value, const Oracle& oracle) {
  const auto count = find(oracle, "count");
  const auto children = find(oracle, "children");
  return same(value.key, *find(oracle, "key")) &&
         (count ? same(value.count, *count) : value.count.is_absent()) &&
         (children ? same(value.children, *children) : value.children.empty()) &&
         same_unknown(value.unknown, oracle);
}

/// Whether nlohmann::json takes *text*; nothing where it only minds a number beyond double, which we keep as
/// text.
std::optional<bool> accepted_by_oracle(const std::string& text) {
  try {
    return !Oracle::parse(text).is_discarded();
  } catch (const Oracle::parse_error&) {
    return false;
  } catch (const Oracle::out_of_range&) {
    return std::nullopt;
  }
}

class JsonDifferential : public ::testing::Test {
 protected:
  std::uint32_t seed_ = std::random_device()();
  Generator generator_{seed_};
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
};

TEST_F(JsonDifferential, random_records_are_read_as_nlohmann_reads_them) {
  for (int i = 0; i < 1000; ++i) {
    const std::string text = generator_.every_kind();
    const auto record = model::from_json<EveryKind>(text);
    ASSERT_TRUE(record.has_value()) << text << "\n" << record.error().what();
    expect_same_members(*record, Oracle::parse(text));
    ASSERT_FALSE(HasFailure()) << text;
  }
}

TEST_F(JsonDifferential, what_is_written_is_what_was_read) {
  for (int i = 0; i < 500; ++i) {
    const auto record = model::from_json<EveryKind>(generator_.every_kind());
    ASSERT_TRUE(record.has_value());
    for (const auto naming : {model::Naming::camel, model::Naming::pascal}) {
      const std::string written = model::to_json(*record, naming);
      expect_same_members(*record, Oracle::parse(written));
      const auto again = model::from_json<EveryKind>(written, naming);
      ASSERT_TRUE(again.has_value()) << written << "\n" << again.error().what();
      ASSERT_TRUE(*again == *record) << written;
      ASSERT_FALSE(HasFailure()) << written;
    }
  }
}

TEST_F(JsonDifferential, damaged_documents_are_refused_where_nlohmann_refuses_them) {
  int refused = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = generator_.damaged(generator_.every_kind());
    const auto accepted = accepted_by_oracle(text);
    const auto json = Json::parse(text);
    if (accepted) {
      ASSERT_EQ(json.has_value(), *accepted) << text << "\n" << (json ? "" : json.error().what());
    }
    const auto record = model::from_json<EveryKind>(text);
    if (record) {
      ASSERT_TRUE(json.has_value()) << text;
    } else {
      ASSERT_EQ(record.error().code(), Errc::malformed_answer);
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

TEST_F(JsonDifferential, random_bytes_are_refused_where_nlohmann_refuses_them) {
  constexpr std::string_view alphabet = "{}[],:\"\\0123456789.eE+-truefalsn \n";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (int size = generator_.number(1, 12); size > 0; --size) {
      text += alphabet[static_cast<std::size_t>(generator_.number(0, static_cast<int>(alphabet.size()) - 1))];
    }
    const auto accepted = accepted_by_oracle(text);
    if (accepted) {
      ASSERT_EQ(Json::parse(text).has_value(), *accepted) << text;
    }
  }
}

}  // namespace
}  // namespace wats::testing
