// What memoize() knows about a function: its parameters, what it gives, and a call of it that may be put off.
#pragma once

#include "wats/cache/detail/hash.hpp"
#include "wats/cache/options.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wats::cache::detail {

/// Hashes keys that are made of several values; their order counts.
struct TupleHash {
  template <class... Parts>
  std::size_t operator()(const std::tuple<Parts...>& key) const {
    std::uint64_t hash = sizeof...(Parts);
    const auto add = [&hash]<class Part>(const Part& part) {
      hash = mix(hash ^ (std::hash<Part>{}(part) + 0x9e3779b97f4a7c15U));
    };
    std::apply([&](const auto&... part) { (add(part), ...); }, key);
    return static_cast<std::size_t>(hash);
  }
};

template <class Key>
struct ChosenHash {
  using Type = std::hash<Key>;
};
template <class... Parts>
struct ChosenHash<std::tuple<Parts...>> {
  using Type = TupleHash;
};
template <class Key>
using HashOf = typename ChosenHash<Key>::Type;

/// An argument as it is kept: text that is only looked at becomes text of its own.
template <class Argument>
using Kept = std::conditional_t<std::is_same_v<std::decay_t<Argument>, std::string_view> ||
                                    std::is_same_v<std::decay_t<Argument>, const char*> ||
                                    std::is_same_v<std::decay_t<Argument>, char*>,
                                std::string, std::decay_t<Argument>>;

/// A kept argument as the function takes it.
template <class Argument>
decltype(auto) given_back(const Kept<Argument>& kept) noexcept {
  if constexpr (std::is_same_v<Kept<Argument>, std::decay_t<Argument>>) {
    return (kept);
  } else if constexpr (std::is_pointer_v<std::decay_t<Argument>>) {
    return kept.c_str();
  } else {
    return std::string_view(kept);
  }
}

template <class Argument>
struct KeyPart {
  using Type = Kept<Argument>;
  static_assert(!std::is_pointer_v<Type>,
                "memoize: a pointer tells nothing about what is there; give a key function");
  static_assert(std::is_default_constructible_v<HashOf<Type>>,
                "memoize: std::hash does not know an argument; give a key function");
};

/// Of a function, or of what can be called in one way only.
template <class Function>
struct Signature : Signature<decltype(&Function::operator())> {};

template <class Result, class... Parameters>
struct Signature<Result (*)(Parameters...)> {
  using Value = std::remove_cvref_t<Result>;

  template <class MakeKey>
  using KeyBy =
      typename KeyPart<std::invoke_result_t<const MakeKey&, const std::remove_cvref_t<Parameters>&...>>::Type;

  /// In the types of the parameters: f(1) and f(1L) are one call.
  struct AllArguments {
    auto operator()(const std::remove_cvref_t<Parameters>&... arguments) const {
      return std::tuple<typename KeyPart<Parameters>::Type...>(
          typename KeyPart<Parameters>::Type(arguments)...);
    }
  };
};
template <class Result, class... Parameters>
struct Signature<Result (*)(Parameters...) noexcept> : Signature<Result (*)(Parameters...)> {};
template <class Result, class Class, class... Parameters>
struct Signature<Result (Class::*)(Parameters...)> : Signature<Result (*)(Parameters...)> {};
template <class Result, class Class, class... Parameters>
struct Signature<Result (Class::*)(Parameters...) const> : Signature<Result (*)(Parameters...)> {};
template <class Result, class Class, class... Parameters>
struct Signature<Result (Class::*)(Parameters...) noexcept> : Signature<Result (*)(Parameters...)> {};
template <class Result, class Class, class... Parameters>
struct Signature<Result (Class::*)(Parameters...) const noexcept> : Signature<Result (*)(Parameters...)> {};

/// As std::expected: a value, or why there is none.
template <class T>
concept MayHoldNoValue = requires(const T& value) { value.error(), value.has_value(); };

/// Tells the cache that the load failed, and who asked what the function gave.
template <class Value>
class NoValue final : public std::exception {
 public:
  explicit NoValue(std::shared_ptr<const Value> given) noexcept : value_(std::move(given)) {}
  [[nodiscard]] const std::shared_ptr<const Value>& value() const noexcept { return value_; }
  [[nodiscard]] const char* what() const noexcept override { return "the function gave no value"; }

 private:
  std::shared_ptr<const Value> value_;
};

/// A call of a function, as a loader. It looks at its arguments; a copy of it, made to be called later, has
/// them as its own.
template <class Store, class Function, class... Arguments>
class CallOf {
 public:
  CallOf(std::shared_ptr<Function> function, const Arguments&... arguments) noexcept
      : function_(std::move(function)), seen_(arguments...) {}
  CallOf(const CallOf& other)
      : function_(other.function_),
        seen_(other.seen_),
        own_(other.own_
                 ? other.own_
                 : std::apply(
                       [](const auto&... each) { return std::make_shared<Own>(Kept<Arguments>(each)...); },
                       other.seen_)) {}
  CallOf& operator=(const CallOf&) = delete;
  ~CallOf() = default;

  [[nodiscard]] typename Store::Loaded operator()() const {
    auto value = own_ ? call(std::index_sequence_for<Arguments...>()) : std::apply(*function_, seen_);
    using Value = std::remove_cvref_t<decltype(value)>;
    const auto shared = std::make_shared<const Value>(std::move(value));
    if constexpr (MayHoldNoValue<Value>) {
      if (!shared->has_value()) throw NoValue<Value>(shared);
    }
    return typename Store::Loaded(shared);
  }

 private:
  using Own = std::tuple<Kept<Arguments>...>;

  template <std::size_t... Is>
  auto call(std::index_sequence<Is...> /*all*/) const {
    return std::invoke(*function_, given_back<Arguments>(std::get<Is>(*own_))...);
  }

  std::shared_ptr<Function> function_;
  std::tuple<const Arguments&...> seen_;
  std::shared_ptr<const Own> own_;
};

}  // namespace wats::cache::detail
