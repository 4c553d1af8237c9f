// memoize() for functions of the client's world: what they give may be a Call, and is remembered when it has
// landed.
#pragma once

#include "wats/cache/memoize.hpp"
#include "wats/core/call.hpp"
#include "wats/http/detail/memo_run.hpp"

#include <concepts>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wats {

/// A function that gives a Call, with a cache; copies share it.
///
/// *Thread safety*: any thread, if the function may be called from any. *Errors*: a failure reaches all who
/// wait for that call and is not kept, nor is a group of results with a failure in it; what the function
/// throws becomes Errc::invalid_argument.
template <class Function, class MakeKey>
class MemoizedCall {
  using Signature = cache::detail::Signature<Function>;
  using Key = typename Signature::template KeyBy<MakeKey>;
  using Run = http::detail::MemoRun<Key>;
  template <class Argument>
  using Kept = cache::detail::Kept<Argument>;

 public:
  using CallType = typename Signature::Value;
  using Store = typename Run::Store;

  MemoizedCall(Function function, MakeKey make_key, cache::Options options)
      : function_(std::make_shared<Function>(std::move(function))),
        make_key_(std::move(make_key)),
        shown_in_place_of_errors_(options.stale.if_error),
        store_(std::make_shared<Store>(std::move(options),
                                       http::detail::memo_hooks<Key, typename CallType::value_type>())) {}

  /// The function is called when the Call is waited for and nothing is remembered, or to learn on which
  /// threads handlers run: it makes a call and should do nothing else. Late options: `max_age` and `cache`
  /// say what may be shown; a call with a time limit of its own starts a request of its own rather than wait
  /// for another's, and one without may wait as long as the one it waits for. Taken back, it leaves the
  /// request to those who wait for the same.
  template <class... Arguments>
    requires std::invocable<Function&, const Arguments&...>
  [[nodiscard]] CallType operator()(const Arguments&... arguments) const {
    auto make = [function = function_, own = std::tuple<Kept<Arguments>...>(Kept<Arguments>(arguments)...)] {
      return std::apply(
          [&](const Kept<Arguments>&... each) {
            return detail::Unwrap::of(std::invoke(*function, cache::detail::given_back<Arguments>(each)...));
          },
          own);
    };
    return CallType(std::make_shared<Run>(store_, Key(std::invoke(make_key_, arguments...)), std::move(make),
                                          &http::detail::is_whole<typename CallType::value_type>,
                                          shown_in_place_of_errors_));
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
  cache::Duration shown_in_place_of_errors_;
  std::shared_ptr<Store> store_;
};

template <class Function>
concept GivesCall = requires(typename cache::detail::Signature<Function>::Value& call) {
  typename std::remove_reference_t<decltype(call)>::value_type;
  requires std::same_as<std::remove_reference_t<decltype(call)>,
                        Call<typename std::remove_reference_t<decltype(call)>::value_type>>;
};

// Plain functions.
using cache::memoize;

/// Remembers what the calls of *function* were answered, by the type and value of all its arguments. Such a
/// cache knows no tags: it does not see what is written, and what it remembers lives as long as the options
/// say.
///
///     const auto limits_of = wats::memoize(
///         [client](const std::string& part) { return client.products().find(part); }, {.ttl = 10min});
///     auto limits = limits_of("PN-7").value();
template <GivesCall Function>
[[nodiscard]] auto memoize(Function function, cache::Options options = {}) {
  using MakeKey = typename cache::detail::Signature<Function>::AllArguments;
  return MemoizedCall<Function, MakeKey>(std::move(function), MakeKey(), std::move(options));
}

/// The same with a function that makes the key of the arguments.
template <GivesCall Function, cache::KeyFunction MakeKey>
[[nodiscard]] auto memoize(Function function, MakeKey make_key, cache::Options options = {}) {
  return MemoizedCall<Function, MakeKey>(std::move(function), std::move(make_key), std::move(options));
}

}  // namespace wats
