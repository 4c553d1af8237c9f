// Prints every card and every model as JSON, for contract_test.py to compare with the OpenAPI files.
#include "tests/contract/sample.hpp"
#include "wats/op/all.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

namespace wats::testing {
namespace {

using nlohmann::json;

template <class T>
struct Shape {
  using Inner = T;
  static constexpr bool list = false;
};
template <class T>
struct Shape<std::vector<T>> {
  using Inner = T;
  static constexpr bool list = true;
};
template <class T>
struct Shape<std::optional<T>> : Shape<T> {};
template <class T>
struct Shape<Maybe<T>> : Shape<T> {};

template <class T>
struct IsOpen : std::false_type {};
template <class E>
struct IsOpen<Open<E>> : std::true_type {};

template <class T>
std::string type_name() {
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(typeid(T).name(), nullptr, nullptr, nullptr), &std::free);
  const std::string_view full = text.get();
  return std::string(full.substr(full.rfind("::") == std::string_view::npos ? 0 : full.rfind("::") + 2));
}

/// The JSON type that T travels as; "any" where it may be every one.
template <class T>
std::string json_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    return "integer";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "number";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, Timestamp> || IsOpen<T>::value ||
                       std::is_same_v<T, Filter>) {
    return "string";
  } else if constexpr (model::HasFields<T>) {
    return "object";
  } else {
    return "any";
  }
}

/// {"list": .., "type": .., "model": ..} of a member, a body or an answer.
template <class T>
json describe(json& models) {
  using Inner = typename Shape<T>::Inner;
  json out{{"list", Shape<T>::list}, {"type", json_type<Inner>()}};
  if constexpr (model::HasFields<Inner>) {
    const auto name = type_name<Inner>();
    out["model"] = name;
    if (!models.contains(name)) {
      models[name] = json::array();  // before its members: a unit has sub units
      json members = json::array();
      model::for_each_field<Inner>([&](const auto& field) {
        json member = describe<typename std::decay_t<decltype(field)>::member_type>(models);
        member["camel"] = model::wire_name(field, model::Naming::camel);
        member["pascal"] = model::wire_name(field, model::Naming::pascal);
        member["required"] = field.is_required;
        members.push_back(std::move(member));
      });
      models[name] = std::move(members);
    }
  }
  return out;
}

template <class Op>
json tags_of(const Op& request) {
  json out = json::array();
  const auto collect = [&](std::string_view kind, std::string_view id) {
    out.push_back({std::string(kind), std::string(id)});
  };
  request.tags(collect);
  if constexpr (requires(const typename Op::Answer& answer) { Op::answer_tags(answer, collect); }) {
    Op::answer_tags(sample<typename Op::Answer>("answer", Filling::full), collect);
  }
  return out;
}

constexpr std::string_view body_name(op::BodyKind body) {
  switch (body) {
    case op::BodyKind::none:
      return "none";
    case op::BodyKind::json:
      return "json";
    case op::BodyKind::bytes:
      return "bytes";
  }
  return "";
}

template <class Op>
json dump(json& models) {
  const op::Card& card = Op::card;
  json out{{"id", card.id},
           {"method", name(card.method)},
           {"path", card.path},
           {"class", name(card.cache_class)},
           {"visibility", card.visibility == op::Visibility::open ? "public" : "internal"},
           {"body", body_name(card.body)},
           {"naming", card.naming == model::Naming::camel ? "camel" : "pascal"},
           {"settling", card.settling.count()},
           {"answer", describe<typename Op::Answer>(models)},
           {"parameters", json::array()}};
  model::for_each_field<Op>([&](const auto& field) {
    using Member = typename std::decay_t<decltype(field)>::member_type;
    if (field.place == model::Place::body) {
      out["body_shape"] = describe<Member>(models);
    } else {
      out["parameters"].push_back({{"wire", model::wire_name(field, card.naming)},
                                   {"place", name(field.place)},
                                   {"required", field.is_required}});
    }
  });
  std::set<std::string> repeats;
  for (const auto filling : {Filling::bare, Filling::full}) {
    const auto request = sample<Op>("request", filling);
    repeats.emplace(name(request.idempotency()));
    out["tags"].push_back(tags_of(request));
  }
  out["idempotency"] = repeats;
  return out;
}

}  // namespace
}  // namespace wats::testing

int main() {
  using nlohmann::json;
  json models = json::object();
  json cards = json::array();
  wats::op::All::for_each([&]<class Op>() { cards.push_back(wats::testing::dump<Op>(models)); });
  std::cout << json{{"cards", cards}, {"models", models}}.dump(1) << '\n';
  return 0;
}
