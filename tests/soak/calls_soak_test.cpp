// Random timeouts, cancellations, dropped coroutines, destruction inside callbacks, closing with calls in
// flight. WATS_SOAK_SECONDS sets how long (default 5); the seed is printed, WATS_SOAK_SEED repeats it.
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;

long number_from(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtol(text, nullptr, 10);
}

/// Answers, hangs up, answers half, stays silent, fails: by turns.
bool misbehave(const std::string& head, ScriptedServer::Socket& socket) {
  static std::atomic<unsigned> turn{0};
  const std::string body = R"({"partNumber":"PN","revisions":[{"revision":"A"}]})";
  switch (turn++ % 11) {
    case 3:
      return false;
    case 5:
      ScriptedServer::send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"part");
      return false;
    case 7:
      return ScriptedServer::send(socket, ScriptedServer::answer("500 Oops", "\"bad day\""));
    case 9:
      return !head.empty();  // silent
    default:
      return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", body));
  }
}

/// A coroutine of nobody's library; frees itself at its end, or stays until it is destroyed.
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

Foreign<std::suspend_never> await_then_tell(Call<Product> call, std::promise<void>& ended) {
  auto answered = co_await std::move(call);
  static_cast<void>(answered);
  ended.set_value();
}

Foreign<std::suspend_always> await_and_stay(Call<Product> call) {
  auto answered = co_await std::move(call);
  static_cast<void>(answered);
}

class Soak {
 public:
  Soak(std::string url, unsigned seed) : url_(std::move(url)), seed_(seed) {}

  void run(std::chrono::seconds length) {
    const auto end = std::chrono::steady_clock::now() + length;
    unsigned round = 0;
    while (std::chrono::steady_clock::now() < end) one_round(seed_ + round++);
  }
  [[nodiscard]] long started() const { return started_; }
  [[nodiscard]] long finished() const { return finished_; }

 private:
  void one_round(unsigned seed) {
    auto client = std::make_unique<Client>(
        ClientOptions().base_url(url_).timeout(250ms).max_lanes(1 + seed % 4).max_in_flight(1 + seed % 9));
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 6; ++i) {
      threads.emplace_back([this, copy = *client, seed, i] { mixed(copy, seed * 31 + i); });
    }
    if (seed % 3 == 0) client->close();
    if (seed % 3 == 1) {
      // The last copy may die on the client's own thread.
      auto* raw = client.release();
      std::promise<void> gone;
      raw->products().find("last")([raw, &gone](const Result<Answer<Product>>&) {
        delete raw;
        gone.set_value();
      });
      gone.get_future().get();
    }
    for (auto& thread : threads) thread.join();
  }

  void mixed(const Client& client, unsigned seed) {
    std::mt19937 random(seed);
    const auto pick = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    for (int i = 0; i < 20; ++i) {
      auto call = client.products()
                      .find("PN-" + std::to_string(pick(6)))
                      .with({.timeout = std::chrono::milliseconds(1 + pick(120)),
                             .cache = pick(3) == 0 ? CacheMode::bypass : CacheMode::normal});
      ++started_;
      switch (pick(5)) {
        case 0:
          static_cast<void>(call.get());
          break;
        case 1:
          static_cast<void>(std::move(call)(boost::asio::use_future).get());
          break;
        case 2:
          stopped(std::move(call), pick(3));
          break;
        case 3:
          signalled(std::move(call));
          break;
        default:
          awaited(std::move(call));
          break;
      }
      ++finished_;
    }
  }

  static void stopped(Call<Product> call, unsigned delay_ms) {
    std::stop_source stop;
    auto future = std::move(call).stop_on(stop.get_token())(boost::asio::use_future);
    static_cast<void>(future.wait_for(std::chrono::milliseconds(delay_ms)));
    stop.request_stop();
    static_cast<void>(future.get());
  }

  static void signalled(Call<Product> call) {
    boost::asio::io_context app;
    boost::asio::cancellation_signal signal;
    boost::asio::steady_timer timer(app, 1ms);
    bool done = false;
    std::move(call)(boost::asio::bind_cancellation_slot(
        signal.slot(), boost::asio::bind_executor(app.get_executor(), [&](const Result<Answer<Product>>&) {
          done = true;
          timer.cancel();
        })));
    timer.async_wait([&](boost::system::error_code) {
      if (!done) signal.emit(boost::asio::cancellation_type::terminal);
    });
    app.run();
    EXPECT_TRUE(done);
  }

  static void awaited(Call<Product> call) {
    std::promise<void> ended;
    auto future = ended.get_future();
    await_then_tell(std::move(call), ended);
    future.get();
  }

  std::string url_;
  unsigned seed_;
  std::atomic<long> started_{0};
  std::atomic<long> finished_{0};
};

TEST(CallsSoak, every_call_that_starts_ends_once) {
  const auto seed =
      static_cast<unsigned>(number_from("WATS_SOAK_SEED", static_cast<long>(std::random_device{}())));
  const std::chrono::seconds length(number_from("WATS_SOAK_SECONDS", 5));
  std::printf("seed %u, %lld s\n", seed, static_cast<long long>(length.count()));
  const ScriptedServer server(misbehave);
  Soak soak(server.base_url(), seed);
  soak.run(length);
  EXPECT_EQ(soak.started(), soak.finished());
  EXPECT_GT(soak.started(), 0);
}

TEST(CallsSoak, coroutines_destroyed_while_they_wait_leave_nothing_behind) {
  const std::chrono::seconds length(number_from("WATS_SOAK_SECONDS", 5));
  const ScriptedServer server(misbehave);
  const Client client(ClientOptions().base_url(server.base_url()).timeout(250ms).max_in_flight(4).no_cache());
  const auto end = std::chrono::steady_clock::now() + length;
  long destroyed = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::vector<std::coroutine_handle<>> waiting;
    for (int i = 0; i < 16; ++i) waiting.push_back(await_and_stay(client.products().find("PN")).handle);
    // On the thread that resumes them: anywhere else a coroutine might be resuming at that moment.
    std::promise<void> gone;
    client.products().find("PN")([&](const Result<Answer<Product>>&) {
      for (const auto coroutine : waiting) coroutine.destroy();
      gone.set_value();
    });
    gone.get_future().get();
    destroyed += static_cast<long>(waiting.size());
  }
  EXPECT_GT(destroyed, 0);
}

}  // namespace
}  // namespace wats
