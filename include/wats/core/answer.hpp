// What a call gives back: a cheap shared handle to an immutable value, and where it came from.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace wats {

/// Where an answer came from.
/// second_level: what an earlier start of the program or a peer had left there, CacheSettings::second_level.
enum class Origin : std::uint8_t { server, memory, second_level };

/// Why an answer is shown although its time to live is over.
enum class Staleness : std::uint8_t {
  none,         ///< it is not over
  refreshing,   ///< a new one is being fetched behind it
  server_away,  ///< the server can't give a new one: CacheSettings::stale_if_error
  accepted,     ///< the caller said that it may be: Cache-Control: max-stale
};

/// How an answer was come by. Trivially copyable.
struct Provenance {
  Origin origin = Origin::server;
  /// The answer of a request that another caller had already sent was shared.
  bool joined = false;
  /// Its time to live is over; `why_stale` says why it is shown nevertheless.
  bool stale = false;
  Staleness why_stale = Staleness::none;
  /// It was stored, and the server confirmed for this call that it still holds.
  bool validated = false;
  /// Time since the server was asked for it.
  std::chrono::nanoseconds age{0};
};

/// The value of operations that answer nothing.
struct Done {};

namespace detail {

/// What the cache holds and an Answer points into: the decoded value with what belongs to it.
class Held {
 public:
  Held() = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  virtual ~Held() = default;

  bool truncated = false;
  /// It stands for answers that are kept with their headers.
  bool follows_http = false;
  /// What it takes in memory, about; 0: not known.
  std::size_t bytes = 0;
};

template <class T>
class HeldValue : public Held {
 public:
  explicit HeldValue(T v) : value(std::move(v)) {}
  T value;
};

}  // namespace detail

/// Handle to an immutable, shared value of type T.
/// *Thread safety*: as a std::shared_ptr<const T>: copies may be used from different threads.
/// *Lifetime*: independent of the client and of the cache.
template <class T>
class Answer {
 public:
  /// Wraps a value that came from nowhere else: for tests and for answers made by the program itself.
  explicit Answer(T value) : held_(std::make_shared<const detail::HeldValue<T>>(std::move(value))) {}
  Answer(std::shared_ptr<const detail::HeldValue<T>> held, Provenance provenance) noexcept
      : held_(std::move(held)), provenance_(provenance) {}

  [[nodiscard]] const T& operator*() const noexcept { return held_->value; }
  [[nodiscard]] const T* operator->() const noexcept { return &held_->value; }
  /// An own copy to edit.
  [[nodiscard]] T copy() const { return held_->value; }
  /// Where the value came from and how old it is.
  [[nodiscard]] const Provenance& provenance() const noexcept { return provenance_; }
  /// For lists: the server cut the list at a limit, so there may be more.
  [[nodiscard]] bool truncated() const noexcept { return held_->truncated; }
  /// The value as a shared pointer, for keeping it without the provenance.
  [[nodiscard]] std::shared_ptr<const T> share() const { return {held_, &held_->value}; }

 private:
  std::shared_ptr<const detail::HeldValue<T>> held_;
  Provenance provenance_;
};

}  // namespace wats
