// No type that travels in a call is an aggregate with something to destroy: GCC 12 would destroy it twice.
#include "wats/core/call.hpp"
#include "wats/core/client_options.hpp"
#include "wats/op/all.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace wats {
namespace {

template <class T>
constexpr bool may_be_a_temporary = !std::is_aggregate_v<T> || std::is_trivially_destructible_v<T>;

template <class T>
struct Inner {
  using type = T;
};
template <class T>
struct Inner<std::vector<T>> : Inner<T> {};
template <class T>
struct Inner<std::optional<T>> : Inner<T> {};
template <class T>
struct Inner<Maybe<T>> : Inner<T> {};

/// The type itself and, for records and cards, those of all members.
template <class T>
constexpr bool passes() {
  using Type = typename Inner<T>::type;
  if constexpr (model::HasFields<Type>) {
    bool all = may_be_a_temporary<Type>;
    model::for_each_field<Type>([&](const auto& field) {
      using Member = typename Inner<typename std::decay_t<decltype(field)>::member_type>::type;
      // A unit has sub units: a type within itself has been looked at.
      if constexpr (!std::is_same_v<Member, Type>) all = all && passes<Member>();
    });
    return all;
  }
  return may_be_a_temporary<Type>;
}

template <class Op>
constexpr bool operation_passes() {
  static_assert(passes<Op>(), "the card, or a type in it, is an aggregate with something to destroy");
  static_assert(passes<typename Op::Answer>(),
                "the answer, or a type in it, is an aggregate with something to destroy");
  static_assert(may_be_a_temporary<Call<typename Op::Answer>>);
  static_assert(may_be_a_temporary<Answer<typename Op::Answer>>);
  return true;
}

template <class... Ops>
constexpr bool all_pass(op::OperationList<Ops...>) {
  return (operation_passes<Ops>() && ...);
}

static_assert(std::is_trivially_destructible_v<CallOptions>);
static_assert(may_be_a_temporary<Error>);
static_assert(may_be_a_temporary<Failure>);
static_assert(may_be_a_temporary<ClientOptions>);
static_assert(may_be_a_temporary<CacheSettings>);
static_assert(may_be_a_temporary<StationIdentity>);
static_assert(all_pass(op::All{}));

struct Aggregate {
  std::string text;
};
class Holder {
 public:
  Holder() = default;
  Maybe<std::vector<Aggregate>> inner;
  using Self = Holder;
  static constexpr auto fields() { return std::tuple(WATS_FIELD(inner)); }
};

TEST(Aggregates, the_check_sees_one_inside_of_another_type) {
  EXPECT_FALSE(passes<Aggregate>());
  EXPECT_FALSE(passes<std::vector<Aggregate>>());
  EXPECT_FALSE(passes<Holder>());
  EXPECT_TRUE(passes<std::string>());
}

}  // namespace
}  // namespace wats
