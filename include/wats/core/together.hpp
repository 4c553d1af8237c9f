// Several calls waited for as one: all of them, the first that succeeds, or one for each of many items.
#pragma once

#include "wats/core/call.hpp"
#include "wats/core/detail/gathering.hpp"

#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace wats {

/// What a group of calls gives: one result a call, in the calls' order.
template <class T>
using Results = std::vector<Result<Answer<T>>>;

namespace detail {

template <class T>
class ListGathering : public Gathering {
 public:
  using Gathering::Gathering;

 protected:
  void take(std::size_t index, Outcome outcome) final {
    if (results_.size() <= index) results_.resize(index + 1);
    results_[index].emplace(to_result<T>(std::move(outcome)));
  }
  [[nodiscard]] Outcome conclude() final {
    Results<T> all;
    all.reserve(results_.size());
    for (auto& result : results_) all.push_back(*std::move(result));
    return Landed(std::make_shared<HeldValue<Results<T>>>(std::move(all)), Provenance{});
  }

 private:
  std::vector<std::optional<Result<Answer<T>>>> results_;
};

/// Parts from a vector of calls; those it never comes to are destroyed as unstarted calls are.
template <class T>
class CallQueue {
 public:
  explicit CallQueue(std::vector<Call<T>> calls) noexcept : calls_(std::move(calls)) {}
  [[nodiscard]] std::shared_ptr<Operation> next() noexcept {
    return at_ < calls_.size() ? Unwrap::of(calls_[at_++]) : nullptr;
  }

 private:
  std::vector<Call<T>> calls_;
  std::size_t at_ = 0;
};

template <class T>
class AllOf final : public ListGathering<T> {
 public:
  explicit AllOf(std::vector<Call<T>> calls)
      : ListGathering<T>(std::numeric_limits<std::size_t>::max()), calls_(std::move(calls)) {}

 private:
  [[nodiscard]] std::shared_ptr<Operation> next() override { return calls_.next(); }
  CallQueue<T> calls_;
};

template <class T>
class AnyOf final : public Gathering {
 public:
  explicit AnyOf(std::vector<Call<T>> calls)
      : Gathering(std::numeric_limits<std::size_t>::max()), calls_(std::move(calls)) {}

 private:
  [[nodiscard]] std::shared_ptr<Operation> next() override { return calls_.next(); }
  void take(std::size_t /*index*/, Outcome outcome) override {
    if (!has_enough()) outcome_.emplace(std::move(outcome));
  }
  [[nodiscard]] bool has_enough() const noexcept override { return outcome_ && outcome_->has_value(); }
  [[nodiscard]] Outcome conclude() override {
    if (outcome_) return *std::move(outcome_);
    return std::unexpected(Error(Errc::invalid_argument, "when_any was given no call"));
  }
  CallQueue<T> calls_;
  std::optional<Outcome> outcome_;
};

template <class... Ts>
class TupleGathering final : public Gathering {
 public:
  explicit TupleGathering(Call<Ts>... calls) : Gathering(sizeof...(Ts)), operations_{Unwrap::of(calls)...} {}
  ~TupleGathering() override {
    for (const auto& operation : operations_) {
      if (operation) operation->abandoned();
    }
  }

 private:
  using Value = std::tuple<Result<Answer<Ts>>...>;

  [[nodiscard]] std::shared_ptr<Operation> next() override {
    return at_ < operations_.size() ? std::move(operations_[at_++]) : nullptr;
  }
  void take(std::size_t index, Outcome outcome) override {
    take_one(index, std::move(outcome), std::index_sequence_for<Ts...>());
  }
  template <std::size_t... Is>
  void take_one(std::size_t index, Outcome outcome, std::index_sequence<Is...> /*all*/) {
    static_cast<void>(
        ((index == Is && (std::get<Is>(results_).emplace(to_result<Ts>(std::move(outcome))), true)) || ...));
  }
  [[nodiscard]] Outcome conclude() override {
    auto value = std::apply([](auto&... results) { return Value(*std::move(results)...); }, results_);
    return Landed(std::make_shared<HeldValue<Value>>(std::move(value)), Provenance{});
  }

  std::vector<std::shared_ptr<Operation>> operations_;
  std::size_t at_ = 0;
  std::tuple<std::optional<Result<Answer<Ts>>>...> results_;
};

template <class T, class Range, class Make>
class EachOf final : public ListGathering<T> {
 public:
  EachOf(Range items, std::size_t most_at_once, Make make)
      : ListGathering<T>(most_at_once),
        items_(std::move(items)),
        at_(std::ranges::begin(items_)),
        make_(std::move(make)) {}

 private:
  [[nodiscard]] std::shared_ptr<Operation> next() override {
    if (at_ == std::ranges::end(items_)) return nullptr;
    auto call = std::invoke(make_, *at_);
    ++at_;
    return Unwrap::of(call);
  }
  Range items_;
  std::ranges::iterator_t<Range> at_;
  Make make_;
};

template <class AnyCall>
struct CallValue;
template <class T>
struct CallValue<Call<T>> {
  using Type = T;
};

}  // namespace detail

/// All of *calls* at once; one that fails does not end the others. *Errors*: Errc::cancelled when the whole
/// is taken back. A timeout given to the whole is shared by all. *Thread safety*: as a Call.
template <class T>
[[nodiscard]] Call<Results<T>> when_all(std::vector<Call<T>> calls) {
  return Call<Results<T>>(std::make_shared<detail::AllOf<T>>(std::move(calls)));
}

/// The same for calls of different types.
template <class... Ts>
[[nodiscard]] Call<std::tuple<Result<Answer<Ts>>...>> when_all(Call<Ts>... calls) {
  return Call<std::tuple<Result<Answer<Ts>>...>>(
      std::make_shared<detail::TupleGathering<Ts...>>(std::move(calls)...));
}

/// The first of *calls* that succeeds; the others are taken back. *Errors*: that of the last one when none
/// succeeds; Errc::invalid_argument for no calls.
template <class T>
[[nodiscard]] Call<T> when_any(std::vector<Call<T>> calls) {
  return Call<T>(std::make_shared<detail::AnyOf<T>>(std::move(calls)));
}

/// Makes a call for each of *items* with *make*, and keeps no more than *in_flight* (at least 1) under way: a
/// million items take no more memory than their answers. *make* runs first on the starting thread, then on
/// the client's own, so it must not block; what it throws ends the whole with Errc::invalid_argument. *items*
/// is moved in or copied; a view must outlive the call.
template <std::ranges::input_range Range, class Make>
[[nodiscard]] auto for_each(Range items, std::size_t in_flight, Make make) {
  using Made = std::remove_cvref_t<std::invoke_result_t<Make&, std::ranges::range_reference_t<Range>>>;
  using T = typename detail::CallValue<Made>::Type;
  using Each = detail::EachOf<T, Range, Make>;
  return Call<Results<T>>(
      std::make_shared<Each>(std::move(items), in_flight == 0 ? 1 : in_flight, std::move(make)));
}

}  // namespace wats
