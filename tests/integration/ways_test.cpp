// Which way a connection takes: both families of addresses, SOCKS, and how old it may become.
#include "tests/support/scripts.hpp"
#include "wats/client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::HasSubstr;
using testing::in_turn;
using testing::ScriptedServer;
using testing::to;
using testing::version;

std::string port_of(const ScriptedServer& server) {
  return server.base_url().substr(server.base_url().rfind(':') + 1);
}

/// The same port of another address, where nobody ever answers: the kernel has no room for one more
/// connection, so that a SYN is lost without a word, as behind a firewall.
class BlackHole {
 public:
  BlackHole(const boost::asio::ip::address& address, std::uint16_t port) {
    const tcp::endpoint place(address, port);
    acceptor_.open(place.protocol());
    acceptor_.bind(place);
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      // Nobody runs io_: what comes of it is never asked.
      fillers_.emplace_back(io_).async_connect(place, [](const boost::system::error_code&) {});
    }
  }

 private:
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_};
  std::vector<tcp::socket> fillers_;
};

/// Of localhost, which has an address of each family: the server's, and the other's.
class EitherFamily : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    try {
      server_.emplace(in_turn({version}), [](const std::string&) {}, loopback(GetParam()));
    } catch (const boost::system::system_error&) {
      GTEST_SKIP() << "this machine has no IPv6";
    }
  }
  static boost::asio::ip::address loopback(bool is_v6) {
    if (is_v6) return boost::asio::ip::address_v6::loopback();
    return boost::asio::ip::address_v4::loopback();
  }
  /// At the server's port, at which another program may have something of the other family: then the server
  /// moves.
  [[nodiscard]] std::unique_ptr<BlackHole> dig() {
    std::unique_ptr<BlackHole> hole;
    for (int i = 0; i < 20 && !hole; ++i) {
      if (i > 0) SetUp();
      try {
        hole = std::make_unique<BlackHole>(loopback(!GetParam()),
                                           static_cast<std::uint16_t>(std::stoi(port_of(*server_))));
      } catch (const boost::system::system_error& error) {
        if (error.code() != boost::asio::error::address_in_use) throw;
      }
    }
    return hole;
  }
  [[nodiscard]] Result<Answer<std::string>> ask_localhost() const {
    const Client client(to(*server_).base_url("http://localhost:" + port_of(*server_)).connect_timeout(15s));
    return client.server().version().get();
  }

  std::optional<ScriptedServer> server_;
};

TEST_P(EitherFamily, that_leads_nowhere_does_not_hold_up_the_other) {
  const auto hole = dig();
  ASSERT_NE(hole, nullptr);
  const auto begin = std::chrono::steady_clock::now();
  const auto answered = ask_localhost();
  ASSERT_TRUE(answered.has_value()) << answered.error().message();
  // One after the other would take half of the time to connect.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_P(EitherFamily, that_refuses_gives_way_to_the_other) {
  const auto answered = ask_localhost();
  EXPECT_TRUE(answered.has_value()) << answered.error().message();
}

INSTANTIATE_TEST_SUITE_P(Addresses, EitherFamily, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "server_on_ipv6" : "server_on_ipv4"; });

TEST(Connections, become_no_older_than_they_may) {
  const ScriptedServer server(in_turn({version}));
  std::vector<bool> reused;
  // curl counts whole seconds.
  const Client client(to(server).max_connection_age(1s).on_attempt(
      [&](const AttemptReport& attempt) { reused.push_back(attempt.reused_connection); }));
  const auto limit = std::chrono::steady_clock::now() + 20s;
  const auto connections = [&] { return std::ranges::count(reused, false); };
  do {
    ASSERT_TRUE(client.server().version().get().has_value());
    std::this_thread::sleep_for(20ms);
  } while (connections() < 2 && std::chrono::steady_clock::now() < limit);
  EXPECT_EQ(connections(), 2);
  EXPECT_GT(reused.size(), 10U);
}

/// A SOCKS5 proxy that lets *user* in and hands what comes to one server, whatever host was named.
class SocksProxy {
 public:
  SocksProxy(const ScriptedServer& server, std::string user, std::string password)
      : target_(boost::asio::ip::address_v4::loopback(),
                static_cast<std::uint16_t>(std::stoi(port_of(server)))),
        user_(std::move(user)),
        password_(std::move(password)),
        thread_([this] { serve(); }) {}
  SocksProxy(const SocksProxy&) = delete;
  SocksProxy& operator=(const SocksProxy&) = delete;
  ~SocksProxy() { thread_.join(); }

  [[nodiscard]] std::string place() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  /// Once the client has gone.
  [[nodiscard]] std::string host_named() {
    over_.wait(false);
    return host_;
  }

 private:
  void serve() {
    try {
      tcp::socket client(io_);
      acceptor_.accept(client);
      if (let_in(client)) pass_on(client);
    } catch (const boost::system::system_error&) {
      // The client has gone.
      return end();
    }
    end();
  }
  void end() noexcept {
    over_ = true;
    over_.notify_all();
  }
  static std::string read(tcp::socket& from, std::size_t size) {
    std::string bytes(size, '\0');
    boost::asio::read(from, boost::asio::buffer(bytes));
    return bytes;
  }
  /// A length in one byte, then as many bytes.
  static std::string read_text(tcp::socket& from) {
    return read(from, static_cast<unsigned char>(read(from, 1)[0]));
  }
  static void write(tcp::socket& into, const std::string& bytes) {
    boost::asio::write(into, boost::asio::buffer(bytes));
  }

  /// RFC 1928 and 1929.
  bool let_in(tcp::socket& client) {
    read(client, 1);
    read_text(client);
    write(client, {5, 2});
    read(client, 1);
    const std::string user = read_text(client);
    const bool is_known = user == user_ && read_text(client) == password_;
    write(client, {1, static_cast<char>(is_known ? 0 : 1)});
    if (!is_known) return false;
    const std::string wish = read(client, 4);
    if (wish[3] != 3) return false;
    host_ = read_text(client);
    read(client, 2);
    write(client, {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    return true;
  }
  /// One request and its answer.
  void pass_on(tcp::socket& client) {
    tcp::socket server(io_);
    server.connect(target_);
    boost::asio::streambuf head;
    boost::asio::read_until(client, head, "\r\n\r\n");
    boost::asio::write(server, head);
    write(client, read(server, version.size()));
  }

  const tcp::endpoint target_;
  const std::string user_;
  const std::string password_;
  /// Written by the thread before over_ is set.
  std::string host_;
  std::atomic<bool> over_{false};
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

TEST(Socks, finds_the_server_by_a_name_that_only_the_proxy_knows) {
  const ScriptedServer server(in_turn({version}));
  SocksProxy proxy(server, "station", "secret");
  {
    const Client client(
        to(server).base_url("http://wats.test").token("").proxy("socks5h://station:secret@" + proxy.place()));
    const auto answered = client.server().version().get();
    ASSERT_TRUE(answered.has_value()) << answered.error().message();
  }
  EXPECT_EQ(proxy.host_named(), "wats.test");
}

TEST(Socks, that_lets_nobody_in_is_told_as_the_proxys) {
  const ScriptedServer server(in_turn({version}));
  const SocksProxy proxy(server, "station", "secret");
  const Client client(
      to(server).base_url("http://wats.test").token("").proxy("socks5h://station:wrong@" + proxy.place()));
  const auto refused = client.server().version().with({.attempts = 1}).get();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Errc::cannot_connect) << refused.error().message();
  EXPECT_THAT(refused.error().message(), HasSubstr("check the proxy"));
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace wats
