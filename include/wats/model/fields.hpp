// fields(): how a record tells the codecs, the cards and the program its members and their names on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace wats::model {

/// How a member's name is made from the C++ name: part_number -> partNumber, or PartNumber on internal
/// routes. Reading ignores case either way.
enum class Naming : std::uint8_t { camel, pascal };

/// Where a card's member travels. Members of records are always `body_member`.
enum class Place : std::uint8_t { body_member, path, query, body };

[[nodiscard]] constexpr std::string_view name(Place place) noexcept {
  switch (place) {
    case Place::body_member:
      return "member";
    case Place::path:
      return "path";
    case Place::query:
      return "query";
    case Place::body:
      return "body";
  }
  return "";
}

/// One member of a record or of a card, with what the rule cannot know.
template <class Owner, class Member>
struct Field {
  using owner_type = Owner;
  using member_type = Member;

  Member Owner::* member;
  std::string_view name;     ///< the C++ name
  std::string_view wire{};   ///< the name on the wire where it is not made by rule
  std::string_view alias{};  ///< a second name accepted on reading
  std::string_view help{};   ///< one line for people
  bool is_required = false;
  Place place = Place::body_member;

  /// Reading fails without it.
  [[nodiscard]] constexpr Field required() const {
    return changed([](Field& f) { f.is_required = true; });
  }
  [[nodiscard]] constexpr Field named(std::string_view wire_name) const {
    return changed([&](Field& f) { f.wire = wire_name; });
  }
  [[nodiscard]] constexpr Field also(std::string_view other_name) const {
    return changed([&](Field& f) { f.alias = other_name; });
  }
  [[nodiscard]] constexpr Field about(std::string_view text) const {
    return changed([&](Field& f) { f.help = text; });
  }
  [[nodiscard]] constexpr Field in_path() const {
    return changed([](Field& f) { f.place = Place::path, f.is_required = true; });
  }
  [[nodiscard]] constexpr Field in_query() const {
    return changed([](Field& f) { f.place = Place::query; });
  }
  [[nodiscard]] constexpr Field as_body() const {
    return changed([](Field& f) { f.place = Place::body, f.is_required = true; });
  }

 private:
  template <class Change>
  [[nodiscard]] constexpr Field changed(Change change) const {
    Field copy = *this;
    change(copy);
    return copy;
  }
};

template <class Owner, class Member>
[[nodiscard]] constexpr Field<Owner, Member> field(Member Owner::* member, std::string_view name) {
  return {.member = member, .name = name};
}

/// The wire name by rule: "part_number" -> "partNumber" or "PartNumber".
[[nodiscard]] inline std::string wire_name(std::string_view name, Naming naming) {
  std::string out;
  out.reserve(name.size());
  bool upper = naming == Naming::pascal;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      out.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
      upper = false;
    }
  }
  return out;
}

template <class Owner, class Member>
[[nodiscard]] std::string wire_name(const Field<Owner, Member>& field, Naming naming) {
  return field.wire.empty() ? wire_name(field.name, naming) : std::string(field.wire);
}

/// Something with members to travel: `static constexpr auto fields()` gives a tuple of Field.
template <class T>
concept HasFields = requires { std::tuple_size<decltype(T::fields())>::value; };

/// Calls *visit* with each Field of T.
template <HasFields T, class Visit>
constexpr void for_each_field(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, T::fields());
}

}  // namespace wats::model

/// A member in fields(); the class needs `using Self = ...;` in scope.
#define WATS_FIELD(member_name) ::wats::model::field(&Self::member_name, #member_name)
