// A coroutine of nobody's library.
#pragma once

#include <coroutine>
#include <exception>

namespace wats::testing {

/// *AtEnd*: std::suspend_always has it stay until it is destroyed, std::suspend_never frees it at its end.
template <class AtEnd>
struct Foreign {
  struct promise_type {
    Foreign get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    AtEnd final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

using HeldCoroutine = Foreign<std::suspend_always>;
using FreeCoroutine = Foreign<std::suspend_never>;

}  // namespace wats::testing
