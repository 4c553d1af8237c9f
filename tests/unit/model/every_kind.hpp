// A record with a member of every kind that the JSON codec knows.
#pragma once

#include "wats/model/fields.hpp"
#include "wats/model/json.hpp"
#include "wats/model/maybe.hpp"
#include "wats/model/open.hpp"
#include "wats/model/timestamp.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace wats::testing {

enum class Level : std::int32_t { low = 1, high = 2 };
enum class Fruit : std::uint8_t { apple, pear };

}  // namespace wats::testing

template <>
struct wats::Words<wats::testing::Fruit> {
  static constexpr auto words = std::to_array<std::pair<wats::testing::Fruit, std::string_view>>(
      {{wats::testing::Fruit::apple, "Apple"}, {wats::testing::Fruit::pear, "Pear"}});
};

namespace wats::testing {

/// Holds more of its own kind, as units do.
class Node : public Record {
 public:
  Node() = default;
  explicit Node(std::string node_key) : key(std::move(node_key)) {}

  std::string key;
  Maybe<std::int32_t> count;
  std::vector<Node> children;

  using Self = Node;
  static constexpr auto fields() {
    return std::tuple(WATS_FIELD(key).required(), WATS_FIELD(count), WATS_FIELD(children));
  }
  friend bool operator==(const Node&, const Node&) = default;
};

class EveryKind : public Record {
 public:
  EveryKind() = default;

  bool flag = true;
  std::int32_t small = -1;
  std::int64_t large = -2;
  double real = 0.5;
  std::string text = "default";
  Timestamp time;
  Open<Fruit> fruit = Fruit::apple;
  Level level = Level::high;
  Json json;
  Maybe<bool> maybe_flag;
  Maybe<std::int32_t> maybe_small;
  Maybe<std::int64_t> maybe_large;
  Maybe<double> maybe_real;
  Maybe<std::string> maybe_text;
  Maybe<Timestamp> maybe_time;
  Maybe<Open<Fruit>> maybe_fruit;
  Maybe<Level> maybe_level;
  Maybe<Json> maybe_json;
  Maybe<Node> maybe_node;
  Maybe<std::vector<std::string>> maybe_names;
  std::optional<std::string> optional_text;
  std::vector<std::int32_t> numbers;
  std::vector<std::string> names;
  std::vector<Node> nodes;
  std::vector<Maybe<double>> gaps;

  using Self = EveryKind;
  static constexpr auto fields() {
    return std::tuple(
        WATS_FIELD(flag), WATS_FIELD(small), WATS_FIELD(large), WATS_FIELD(real), WATS_FIELD(text),
        WATS_FIELD(time), WATS_FIELD(fruit), WATS_FIELD(level), WATS_FIELD(json), WATS_FIELD(maybe_flag),
        WATS_FIELD(maybe_small), WATS_FIELD(maybe_large), WATS_FIELD(maybe_real),
        WATS_FIELD(maybe_text).also("legacyText"), WATS_FIELD(maybe_time), WATS_FIELD(maybe_fruit),
        WATS_FIELD(maybe_level), WATS_FIELD(maybe_json), WATS_FIELD(maybe_node), WATS_FIELD(maybe_names),
        WATS_FIELD(optional_text), WATS_FIELD(numbers).named("theNUMBERS"), WATS_FIELD(names),
        WATS_FIELD(nodes), WATS_FIELD(gaps));
  }
  friend bool operator==(const EveryKind&, const EveryKind&) = default;
};

}  // namespace wats::testing
