// A look-up of a name or a disk that hangs must hold up nobody but the call that needs it. The look-up is
// ours: this program's getaddrinfo() comes before the C library's, and hangs until it is let go, for one
// name.
#include "tests/support/scripted_server.hpp"
#include "wats/client.hpp"

#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <dlfcn.h>
#include <future>
#include <iostream>
#include <mutex>
#include <netdb.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedServer;

/// Look-ups that hang. *Thread safety*: any thread.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    --inside_;
    changed_.notify_all();
  }
  void await_somebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_ > 0; });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_open_ = false;
  }
  /// Lets all of them go.
  void open() {
    std::unique_lock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool is_open_ = true;
};

Gate& gate() {
  static Gate the_gate;
  return the_gate;
}

const char* const hanging_name = "hangs.test";

/// Sends whoever asks for a product to a host whose name can't be looked up.
bool answer(const std::string& head, ScriptedServer::Socket& socket) {
  if (head.find("/api/App/Version") != std::string::npos)
    return ScriptedServer::send(socket, ScriptedServer::answer("200 OK", "\"1\""));
  return ScriptedServer::send(
      socket,
      ScriptedServer::answer("302 Found", "", std::string("Location: http://") + hanging_name + "/\r\n"));
}

/// Calls on the background loop, one after the other; what they took is printed.
void make_calls(const Client& client, const char* when) {
  std::vector<std::chrono::nanoseconds> took;
  for (int i = 0; i < 2'000; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(client.server().version()(boost::asio::use_future).get().has_value());
    took.push_back(std::chrono::steady_clock::now() - begin);
  }
  std::sort(took.begin(), took.end());
  const auto us = [&](double part) {
    return took[static_cast<std::size_t>(part * static_cast<double>(took.size()))].count() / 1'000;
  };
  std::cout << when << ": median " << us(0.5) << " us, p99 " << us(0.99) << " us, longest "
            << took.back().count() / 1'000 << " us\n";
}

TEST(Loop, goes_on_while_a_disk_hangs) {
  const ScriptedServer server(answer);
  const Client client(ClientOptions().base_url(server.base_url()).no_cache());
  make_calls(client, "alone");
  gate().close();
  RawRequest request("/api/App/Version");
  request.sink = to_function([](std::string_view) -> Result<void> {
    gate().wait();
    return {};
  });
  auto held = client.raw().send(std::move(request))(boost::asio::use_future);
  gate().await_somebody();
  make_calls(client, "while a sink hangs");
  EXPECT_EQ(held.wait_for(0s), std::future_status::timeout);
  gate().open();
  EXPECT_TRUE(held.get().has_value());
}

TEST(Loop, goes_on_while_a_look_up_hangs) {
  const ScriptedServer server(answer);
  const Client client(ClientOptions().base_url(server.base_url()).no_cache());
  make_calls(client, "alone");
  gate().close();
  auto hanging =
      client.products().find("PN-1").with({.timeout = 60s, .attempts = 1})(boost::asio::use_future);
  gate().await_somebody();
  // On the same loop, one after the other: each would wait for the look-up if the loop did.
  make_calls(client, "while a look-up hangs");
  EXPECT_EQ(hanging.wait_for(0s), std::future_status::timeout);
  gate().open();
  const auto result = hanging.get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::unknown_host);
}

TEST(Loop, gives_up_a_call_whose_look_up_hangs_at_once) {
  gate().close();
  const ScriptedServer server(answer);
  auto client = Client(ClientOptions().base_url(server.base_url()).no_cache());
  auto hanging = client.products().find("PN-1").with({.timeout = 60s})(boost::asio::use_future);
  gate().await_somebody();
  // Would never return if it waited for the look-up.
  client.close();
  const auto result = hanging.get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Errc::closed);
  gate().open();
}

}  // namespace
}  // namespace wats

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  if (name != nullptr && std::string(name) == wats::hanging_name) {
    wats::gate().wait();
    return EAI_NONAME;
  }
  const auto next = reinterpret_cast<int (*)(const char*, const char*, const addrinfo*, addrinfo**)>(
      dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(name, service, hints, found);
}
