// Calls waited for together that run in different places: their handlers come, whichever place ends first.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"
#include "wats/core/together.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::in_turn;
using testing::ScriptedServer;
using testing::to;
using testing::version;
using Socket = ScriptedServer::Socket;

TEST(BetweenLoops, a_group_with_a_stream_ends_when_its_client_is_closed) {
  const ScriptedServer server(in_turn({version}));
  auto client = std::make_optional<Client>(to(server));
  std::promise<void> writing;
  std::promise<void> go_on;
  RawRequest request("/stream");
  request.sink = to_function([&](std::string_view) -> Result<void> {
    writing.set_value();
    go_on.get_future().wait();
    return {};
  });
  std::promise<void> called;
  when_all(client->server().version(),
           client->raw().send(std::move(request)))([&called](const auto&) { called.set_value(); });
  writing.get_future().wait();
  // Closing waits for the sink, which goes on a little later.
  auto closing = std::async(std::launch::async, [&client] { client->close(); });
  EXPECT_EQ(closing.wait_for(50ms), std::future_status::timeout);
  go_on.set_value();
  closing.get();
  EXPECT_EQ(called.get_future().wait_for(10s), std::future_status::ready);
}

TEST(BetweenLoops, a_group_over_two_clients_outlives_the_first_of_them) {
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  const ScriptedServer slow([may_go_on](const std::string&, Socket& socket) {
    may_go_on.wait();
    return ScriptedServer::send(socket, version);
  });
  const ScriptedServer quick(in_turn({ScriptedServer::answer("404 Not Found", "")}));
  auto first = std::make_optional<Client>(to(quick));
  const Client second(to(slow));
  std::vector<Call<std::string>> calls;
  calls.push_back(first->server().version());
  calls.push_back(second.server().version());
  std::promise<bool> called;
  when_any(std::move(calls))(
      [&called](const Result<Answer<std::string>>& answer) { called.set_value(answer.has_value()); });
  first.reset();
  go_on.set_value();
  auto ended = called.get_future();
  ASSERT_EQ(ended.wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(ended.get());
}

}  // namespace
}  // namespace wats
