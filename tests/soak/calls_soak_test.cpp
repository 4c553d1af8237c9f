// Random timeouts, cancellations, dropped coroutines, destruction inside callbacks, closing with calls in
// flight, repeats and second requests, over a network whose weather changes. Nothing may be lost, done twice
// or left behind. WATS_SOAK_SECONDS sets how long (default 5; ./dev soak: 600); the seed is printed,
// WATS_SOAK_SEED repeats it.
#include "tests/support/fault_proxy.hpp"
#include "tests/support/foreign.hpp"
#include "tests/support/open_files.hpp"
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <malloc.h>
#include <mutex>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
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
  // What is streamed is larger than what is held of it.
  const std::string body = head.find("/stream") != std::string::npos
                               ? std::string(700'000, 'x')
                               : R"({"partNumber":"PN","revisions":[{"revision":"A"}]})";
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

/// What must not grow with the number of calls.
struct Footprint {
  std::size_t files = 0;
  /// Bytes in use; 0 where a sanitizer keeps the books.
  std::size_t heap = 0;

  static Footprint now() {
    Footprint seen;
    seen.files = testing::open_files();
#if !defined(WATS_SANITIZED)
    const auto heap = mallinfo2();
    seen.heap = heap.uordblks + heap.hblkhd;
#endif
    return seen;
  }
  void take_most(const Footprint& other) {
    files = std::max(files, other.files);
    heap = std::max(heap, other.heap);
  }
};

/// How often each write that must not be done twice reached the server. *Thread safety*: any thread.
class Effects {
 public:
  void count(const std::string& head) {
    const auto at = head.find("/once/");
    if (at == std::string::npos) return;
    const std::lock_guard lock(mutex_);
    const auto number = std::stol(head.substr(at + 6));
    if (!seen_.insert(number).second) ++repeated_;
    ++arrived_;
    // Numbers come about in order: those of long ago are not repeated any more.
    while (seen_.size() > 10'000) seen_.erase(seen_.begin());
  }
  [[nodiscard]] std::string next_target() { return "/once/" + std::to_string(++last_) + "/"; }
  [[nodiscard]] long begun() const { return last_; }
  [[nodiscard]] long arrived() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
  }
  [[nodiscard]] long repeated() const {
    const std::lock_guard lock(mutex_);
    return repeated_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<long> seen_;
  long repeated_ = 0;
  long arrived_ = 0;
  std::atomic<long> last_{0};
};

testing::Weather weather_of(std::mt19937& random) {
  const auto pick = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  testing::Weather weather;
  switch (pick(6)) {
    case 0:
      weather.cut_to_client = pick(400);
      break;
    case 1:
      weather.cut_to_server = pick(400);
      break;
    case 2:
      weather.delay = std::chrono::milliseconds(pick(20));
      weather.jitter = std::chrono::milliseconds(pick(20));
      break;
    case 3:
      weather.bytes_per_second = 2000 + pick(100'000);
      break;
    default:
      break;
  }
  return weather;
}

testing::FreeCoroutine await_then_tell(Call<Product> call, std::promise<void>& ended) {
  auto answered = co_await std::move(call);
  static_cast<void>(answered);
  ended.set_value();
}

testing::HeldCoroutine await_and_stay(Call<Product> call) {
  auto answered = co_await std::move(call);
  static_cast<void>(answered);
}

class Soak {
 public:
  Soak(const std::string& url, Effects& effects, unsigned seed)
      : proxy_(url), effects_(effects), seed_(seed) {}

  void run(std::chrono::seconds length) {
    const auto begin = std::chrono::steady_clock::now();
    std::mt19937 random(seed_);
    const std::size_t files = testing::open_files();
    unsigned round = 0;
    while (std::chrono::steady_clock::now() < begin + length) {
      proxy_.set(weather_of(random));
      one_round(seed_ + round++);
      if (round % 8 != 1) continue;
      await_calm(files);
      const bool is_early =
          round == 1 || std::chrono::steady_clock::now() < begin + std::chrono::milliseconds(length) / 3;
      (is_early ? early_ : late_).take_most(Footprint::now());
    }
  }
  [[nodiscard]] const Footprint& early() const { return early_; }
  [[nodiscard]] const Footprint& late() const { return late_; }
  [[nodiscard]] long started() const { return started_; }

 private:
  /// Proxy and server live in this process too: waits until they have done with what the clients left them.
  static void await_calm(std::size_t files) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (testing::open_files() > files + 8 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
  }

  void one_round(unsigned seed) {
    RetrySettings retry;
    retry.base_delay = 1ms;
    HedgeSettings hedge;
    hedge.enabled = seed % 2 == 0;
    hedge.least_delay = 1ms;
    ConcurrencySettings concurrency;
    concurrency.adaptive = seed % 5 == 0;
    concurrency.least = 1;
    auto client = std::make_unique<Client>(ClientOptions()
                                               .base_url("http://127.0.0.1:" + std::to_string(proxy_.port()))
                                               .timeout(250ms)
                                               .attempt_timeout(100ms)
                                               .retry(retry)
                                               .hedge(hedge)
                                               .concurrency(concurrency)
                                               .max_lanes(1 + seed % 4)
                                               .max_in_flight(1 + seed % 9));
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
      if (pick(8) == 0) write_once(client, pick(3) == 0);
      if (pick(10) == 0) streamed(client, pick(4), pick(4));
      auto call = client.products()
                      .find("PN-" + std::to_string(pick(6)))
                      .with({.timeout = std::chrono::milliseconds(1 + pick(120)),
                             .cache = pick(3) == 0 ? CacheMode::bypass : CacheMode::normal,
                             .priority = static_cast<Priority>(pick(4))});
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
    }
  }

  /// A write that must reach the server once at most, whatever becomes of its answer.
  void write_once(const Client& client, bool cancels) {
    RawRequest request(effects_.next_target());
    request.method = Method::post;
    request.body = "{}";
    auto call = client.raw().send(std::move(request));
    if (!cancels) return static_cast<void>(std::move(call).get());
    std::stop_source stop;
    auto future = std::move(call).stop_on(stop.get_token())(boost::asio::use_future);
    static_cast<void>(future.wait_for(1ms));
    stop.request_stop();
    static_cast<void>(future.get());
  }

  /// Source and sink use what is gone when the call is over.
  static void streamed(const Client& client, unsigned delay_ms, unsigned patience_ms) {
    class Letters final : public BodySource {
     public:
      explicit Letters(std::string& left) : left_(left), size_(left.size()) {}
      [[nodiscard]] std::optional<std::uint64_t> size() const noexcept override { return size_; }
      [[nodiscard]] Result<void> begin() override {
        left_.assign(size_, 'y');
        return {};
      }
      [[nodiscard]] Result<std::size_t> read(std::span<char> room) override {
        const std::size_t size = std::min<std::size_t>({room.size(), left_.size(), 20'000});
        std::copy_n(left_.begin(), size, room.begin());
        left_.erase(0, size);
        return size;
      }

     private:
      std::string& left_;
      std::size_t size_;
    };
    std::string left(400'000, 'y');
    std::string taken;
    RawRequest request(delay_ms % 2 == 0 ? Method::post : Method::get, "/stream");
    if (request.method == Method::post) request.source = std::make_shared<Letters>(left);
    request.sink = to_function([&taken, delay_ms](std::string_view piece) -> Result<void> {
      std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
      taken += piece;
      if (delay_ms == 3 && taken.size() > 300'000) return fail(Errc::io_error, "no room");
      return {};
    });
    std::stop_source stop;
    auto future = client.raw().send(std::move(request)).stop_on(stop.get_token())(boost::asio::use_future);
    if (patience_ms < 2) {
      static_cast<void>(future.wait_for(std::chrono::milliseconds(patience_ms)));
      stop.request_stop();
    }
    static_cast<void>(future.get());
    taken = "over";
    left = "over";
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

  testing::FaultProxy proxy_;
  Effects& effects_;
  unsigned seed_;
  Footprint early_;
  Footprint late_;
  std::atomic<long> started_{0};
};

TEST(CallsSoak, every_call_that_starts_ends_once) {
  const auto seed =
      static_cast<unsigned>(number_from("WATS_SOAK_SEED", static_cast<long>(std::random_device{}())));
  const std::chrono::seconds length(number_from("WATS_SOAK_SECONDS", 5));
  std::printf("seed %u, %lld s\n", seed, static_cast<long long>(length.count()));
  Effects effects;
  const ScriptedServer server([&](const std::string& head, ScriptedServer::Socket& socket) {
    effects.count(head);
    return misbehave(head, socket);
  });
  Soak soak(server.base_url(), effects, seed);
  soak.run(length);
  // A call that does not end hangs this test; one that ends twice breaks a promise.
  EXPECT_GT(soak.started(), 0);
  EXPECT_GT(effects.arrived(), 0);
  EXPECT_EQ(effects.repeated(), 0) << "of " << effects.begun() << " writes";
  std::printf("%ld calls, %ld writes; files %zu early, %zu late; heap %zu KB early, %zu KB late\n",
              soak.started(), effects.begun(), soak.early().files, soak.late().files,
              soak.early().heap / 1024, soak.late().heap / 1024);
  EXPECT_LE(soak.late().files, soak.early().files + 20);
  EXPECT_LE(soak.late().heap, soak.early().heap * 5 / 4 + 1'000'000);
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
