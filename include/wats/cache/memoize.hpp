// memoize(): a function that remembers what it gave for which arguments.
#pragma once

#include "wats/cache/cache.hpp"
#include "wats/cache/detail/signature.hpp"

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wats::cache {

/// A function with a cache; copies share it.
///
/// *Thread safety*: any thread, if the function may be called from any; calls with the same arguments at the
/// same time are one. *Errors*: what the function throws reaches all who wait for that call, and is not kept;
/// a std::expected without a value is the same to the cache, and is given back. The function must not call
/// itself with the same arguments through the cache.
template <class Function, class MakeKey>
class Memoized {
  using Signature = detail::Signature<Function>;
  using Key = typename Signature::template KeyBy<MakeKey>;
  using Value = typename Signature::Value;
  static_assert(!std::is_void_v<Value>, "memoize: a function that gives nothing has nothing to remember");

 public:
  using Store = Cache<Key, Value, std::exception_ptr, detail::HashOf<Key>>;
  using Pointer = typename Store::Pointer;

  Memoized(Function function, MakeKey make_key, Options options)
      : function_(std::make_shared<Function>(std::move(function))),
        make_key_(std::move(make_key)),
        store_(std::make_shared<Store>(std::move(options))) {}

  /// A copy of the value.
  template <class... Arguments>
    requires std::invocable<Function&, const Arguments&...>
  [[nodiscard]] Value operator()(const Arguments&... arguments) const {
    return *shared(arguments...);
  }

  /// The value itself, which never changes.
  template <class... Arguments>
    requires std::invocable<Function&, const Arguments&...>
  [[nodiscard]] Pointer shared(const Arguments&... arguments) const {
    const Key key(std::invoke(make_key_, arguments...));
    const detail::CallOf<Store, Function, Arguments...> load(function_, arguments...);
    if constexpr (detail::MayHoldNoValue<Value>) {
      try {
        return store_->get(key, load);
      } catch (const detail::NoValue<Value>& none) {
        return none.value();
      }
    } else {
      return store_->get(key, load);
    }
  }

  /// Forgets what was given for these arguments.
  template <class... Arguments>
  bool forget(const Arguments&... arguments) const {
    return store_->erase(Key(std::invoke(make_key_, arguments...)));
  }

  /// To look at its counts, or to clear it.
  [[nodiscard]] Store& store() const noexcept { return *store_; }

 private:
  std::shared_ptr<Function> function_;
  MakeKey make_key_;
  std::shared_ptr<Store> store_;
};

/// Remembers what *function* gave, by the type and value of all its arguments, which must be of types that
/// std::hash knows (text is kept as text; a pointer is refused: it says nothing about what is there). Where
/// the options have something loaded behind, the arguments are copied for it.
///
///     const auto limits_of = wats::cache::memoize(read_limits, {.ttl = 10min});
///     auto limits = limits_of("PN-7", "final test");
template <class Function>
[[nodiscard]] auto memoize(Function function, Options options = {}) {
  using MakeKey = typename detail::Signature<Function>::AllArguments;
  return Memoized<Function, MakeKey>(std::move(function), MakeKey(), std::move(options));
}

/// Makes a key of arguments.
template <class T>
concept KeyFunction = !std::convertible_to<T, Options>;

/// The same with a function that makes the key of the arguments.
template <class Function, KeyFunction MakeKey>
[[nodiscard]] auto memoize(Function function, MakeKey make_key, Options options = {}) {
  return Memoized<Function, MakeKey>(std::move(function), std::move(make_key), std::move(options));
}

}  // namespace wats::cache
