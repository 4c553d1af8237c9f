// Maybe<T>: a member that may be absent, null, or have a value, since the server tells the three apart.
#pragma once

#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

namespace wats {

/// The JSON null, for `product.description = wats::null`.
struct Null {
  friend constexpr bool operator==(Null, Null) noexcept = default;
};
inline constexpr Null null{};

/// A member with three states. Absent is not sent; null is sent as null and clears the value on the server.
template <class T>
class Maybe {
 public:
  using value_type = T;

  constexpr Maybe() noexcept = default;
  constexpr Maybe(Null) noexcept : is_null_(true) {}
  constexpr Maybe(T value) : value_(std::move(value)) {}
  template <class U>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::decay_t<U>, Maybe> &&
             !std::is_same_v<std::decay_t<U>, T> && !std::is_same_v<std::decay_t<U>, Null>)
  constexpr Maybe(U&& value) : value_(T(std::forward<U>(value))) {}

  [[nodiscard]] constexpr bool is_absent() const noexcept { return !value_ && !is_null_; }
  [[nodiscard]] constexpr bool is_null() const noexcept { return is_null_; }
  [[nodiscard]] constexpr bool has_value() const noexcept { return value_.has_value(); }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// The value; has_value() must hold.
  [[nodiscard]] constexpr const T& operator*() const noexcept {
    assert(value_);
    return *value_;
  }
  [[nodiscard]] constexpr T& operator*() noexcept {
    assert(value_);
    return *value_;
  }
  [[nodiscard]] constexpr const T* operator->() const noexcept { return &**this; }
  [[nodiscard]] constexpr T* operator->() noexcept { return &**this; }
  template <class U>
  [[nodiscard]] constexpr T value_or(U&& other) const {
    return value_ ? *value_ : static_cast<T>(std::forward<U>(other));
  }

  /// Makes the member absent.
  constexpr void reset() noexcept {
    value_.reset();
    is_null_ = false;
  }
  constexpr void set_null() noexcept {
    value_.reset();
    is_null_ = true;
  }
  template <class... Args>
  constexpr T& emplace(Args&&... args) {
    is_null_ = false;
    return value_.emplace(std::forward<Args>(args)...);
  }

  friend constexpr bool operator==(const Maybe&, const Maybe&) = default;

 private:
  std::optional<T> value_;
  bool is_null_ = false;
};

}  // namespace wats
