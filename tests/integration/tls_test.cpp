// TLS as a user meets it: which servers are trusted, who shows a certificate, and what is told when the two
// sides do not come to terms.
#include "tests/support/scripted_http2_server.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/test_authority.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace wats {
namespace {

using namespace std::chrono_literals;
using testing::CertificateFiles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Http2Request;
using testing::Http2ServerOptions;
using testing::Http2Stream;
using ::testing::Not;
using testing::ScriptedHttp2Server;
using testing::ScriptedServer;
using testing::TestAuthority;
using Clock = std::chrono::steady_clock;

constexpr const char* tls_token = "c2VjcmV0";
/// Far above what any of this takes, far below the client's own deadline: who hangs is found out.
constexpr std::chrono::seconds without_hanging(10);

ClientOptions options_for(const std::string& url) {
  RetrySettings retry;
  retry.base_delay = 1ms;
  return ClientOptions().base_url(url).token(tls_token).no_cache().timeout(20s).retry(retry);
}

void answer_one(const Http2Request& /*request*/, Http2Stream& stream) {
  stream.answer(200, "\"1\"");
}

Http2ServerOptions showing(CertificateFiles certificate) {
  Http2ServerOptions options;
  options.certificate = std::move(certificate);
  return options;
}

Http2ServerOptions asking_for_a_certificate() {
  Http2ServerOptions options;
  options.require_client_certificate = true;
  return options;
}

/// Why the server can't be asked; told soon, and without the token.
Error refusal_of(const ClientOptions& options) {
  const Client client(options);
  const auto begin = Clock::now();
  const auto answered = client.server().version().get();
  EXPECT_LT(Clock::now() - begin, without_hanging);
  if (answered) return {Errc::io_error, "an answer came although none was sent"};
  EXPECT_THAT(answered.error().message(), Not(HasSubstr(tls_token)));
  return answered.error();
}

struct FaultyCertificate {
  TestAuthority::Fault fault;
  const char* name;
};
constexpr std::array faulty_certificates{FaultyCertificate{TestAuthority::Fault::expired, "expired"},
                                         FaultyCertificate{TestAuthority::Fault::wrong_name, "wrong name"},
                                         FaultyCertificate{TestAuthority::Fault::self_signed, "self-signed"}};

TEST(Trust, in_an_authority_of_our_own_comes_from_ca_file) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one);
  std::string protocol;
  std::chrono::microseconds secured{0};
  const Client client(options_for(server.base_url())
                          .ca_file(authority.ca_file())
                          .on_attempt([&](const AttemptReport& attempt) {
                            protocol = attempt.protocol;
                            secured = attempt.secured;
                          }));
  const auto answered = client.server().version().get();
  ASSERT_TRUE(answered.has_value()) << answered.error().message();
  EXPECT_EQ(**answered, "1");
  EXPECT_EQ(protocol, "HTTP/2");
  EXPECT_GT(secured, 0us);
}

TEST(Trust, is_not_given_to_an_authority_nobody_named) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one);
  const Error error = refusal_of(options_for(server.base_url()));
  EXPECT_EQ(error.code(), Errc::tls_failed);
  EXPECT_THAT(error.message(), HasSubstr("ca_file"));
  EXPECT_EQ(error.attempts(), 1);
  EXPECT_EQ(server.requests(), 0);
}

TEST(Trust, is_not_given_to_a_certificate_that_is_not_right_and_nobody_asks_again) {
  const TestAuthority authority;
  for (const auto& [fault, name] : faulty_certificates) {
    SCOPED_TRACE(name);
    const ScriptedHttp2Server server(authority, answer_one, showing(authority.make_server(fault)));
    const Error error = refusal_of(options_for(server.base_url()).ca_file(authority.ca_file()));
    EXPECT_EQ(error.code(), Errc::tls_failed);
    EXPECT_THAT(error.message(), HasSubstr("check the certificate"));
    EXPECT_EQ(error.attempts(), 1);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.requests(), 0);
  }
}

TEST(Trust, can_be_given_to_anybody_and_each_client_warns_of_it_once) {
  const TestAuthority authority;
  for (const auto& [fault, name] : faulty_certificates) {
    SCOPED_TRACE(name);
    const ScriptedHttp2Server server(authority, answer_one, showing(authority.make_server(fault)));
    std::mutex mutex;
    std::vector<std::string> warnings;
    const Client client(
        options_for(server.base_url()).verify_tls(false).logger([&](LogLevel level, std::string_view line) {
          const std::lock_guard lock(mutex);
          if (level == LogLevel::warning) warnings.emplace_back(line);
        }));
    for (int i = 0; i < 3; ++i) {
      const auto answered = client.server().version().get();
      EXPECT_TRUE(answered.has_value()) << answered.error().message();
    }
    EXPECT_EQ(server.requests(), 3);
    const std::lock_guard lock(mutex);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("verify_tls")));
  }
}

TEST(Trust, cannot_come_from_a_ca_file_that_is_none) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one);
  const std::string garbage = authority.ca_file() + ".garbage";
  std::ofstream(garbage) << "no certificate\n";
  for (const std::string& file : {authority.ca_file() + ".missing", garbage}) {
    const Error error = refusal_of(options_for(server.base_url()).ca_file(file));
    EXPECT_EQ(error.code(), Errc::tls_failed);
    EXPECT_THAT(error.message(), HasSubstr(file));
    EXPECT_EQ(error.attempts(), 1);
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST(ClientCertificate, lets_in_who_shows_one) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one, asking_for_a_certificate());
  const Client client(options_for(server.base_url())
                          .ca_file(authority.ca_file())
                          .client_certificate(authority.client_certificate(), authority.client_key()));
  // Two loops, each with a connection of its own.
  const auto blocking = client.server().version().get();
  EXPECT_TRUE(blocking.has_value()) << blocking.error().message();
  const auto in_background = client.server().version()(boost::asio::use_future).get();
  EXPECT_TRUE(in_background.has_value()) << in_background.error().message();
}

TEST(ClientCertificate, that_the_server_misses_or_does_not_know_is_told_and_nobody_asks_again) {
  const TestAuthority authority;
  const TestAuthority other;
  const ScriptedHttp2Server server(authority, answer_one, asking_for_a_certificate());
  const ClientOptions without = options_for(server.base_url()).ca_file(authority.ca_file());
  const Error missed = refusal_of(without);
  EXPECT_EQ(missed.code(), Errc::tls_failed) << missed.message();
  EXPECT_THAT(missed.message(), HasSubstr("certificate required"));
  EXPECT_EQ(missed.attempts(), 1);
  const Error unknown =
      refusal_of(ClientOptions(without).client_certificate(other.client_certificate(), other.client_key()));
  EXPECT_EQ(unknown.code(), Errc::tls_failed) << unknown.message();
  EXPECT_EQ(unknown.attempts(), 1);
  EXPECT_EQ(server.requests(), 0);
}

TEST(ClientCertificate, that_cannot_be_used_is_told_before_anything_is_sent) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one, asking_for_a_certificate());
  const std::string garbage = authority.client_certificate() + ".garbage";
  std::ofstream(garbage) << "no certificate\n";
  const std::string missing = authority.client_certificate() + ".missing";
  const std::string& certificate = authority.client_certificate();
  const std::string& key = authority.client_key();
  for (const CertificateFiles& files :
       {CertificateFiles{missing, key}, CertificateFiles{garbage, key},
        CertificateFiles{certificate, missing}, CertificateFiles{certificate, garbage},
        CertificateFiles{certificate, authority.server_key()}}) {
    SCOPED_TRACE(files.certificate + " with " + files.key);
    const Error error = refusal_of(options_for(server.base_url())
                                       .ca_file(authority.ca_file())
                                       .client_certificate(files.certificate, files.key));
    EXPECT_EQ(error.code(), Errc::tls_failed) << error.message();
    EXPECT_THAT(error.message(), HasSubstr("certificate"));
    EXPECT_EQ(error.attempts(), 1);
  }
  EXPECT_EQ(server.requests(), 0);
}

TEST(WrongPort, is_told_when_tls_meets_a_server_without_it) {
  server::Server plain({});
  ASSERT_TRUE(plain.start().has_value());
  const Error error = refusal_of(options_for("https://127.0.0.1:" + std::to_string(plain.port())));
  EXPECT_EQ(error.code(), Errc::tls_failed) << error.message();
  EXPECT_THAT(error.message(), HasSubstr("the port"));
}

TEST(WrongPort, costs_no_more_than_the_time_to_connect_when_it_is_silent) {
  // Waits for the end of a head that a handshake does not have.
  const ScriptedServer silent([](const std::string&, ScriptedServer::Socket&) { return true; });
  const Error error =
      refusal_of(options_for("https://" + silent.base_url().substr(std::string("http://").size()))
                     .connect_timeout(100ms));
  EXPECT_EQ(error.code(), Errc::timeout) << error.message();
  EXPECT_EQ(error.attempts(), 3) << "nothing was sent";
  EXPECT_EQ(silent.requests(), 0);
}

TEST(WrongPort, is_told_when_plain_http_meets_tls) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one);
  const Error error =
      refusal_of(options_for("http://" + server.base_url().substr(std::string("https://").size())));
  EXPECT_TRUE(error.code() == Errc::connection_lost || error.code() == Errc::malformed_answer)
      << error.message();
  EXPECT_EQ(server.requests(), 0);
}

/// The answers of so many calls that were under way together.
std::vector<Result<Answer<std::string>>> ask_at_once(const Client& client, int calls) {
  std::vector<std::future<Result<Answer<std::string>>>> futures;
  for (int i = 0; i < calls; ++i) futures.push_back(client.server().version()(boost::asio::use_future));
  std::vector<Result<Answer<std::string>>> answers;
  for (auto& future : futures) answers.push_back(future.get());
  return answers;
}

/// Over connections still to be made, then over those that are there.
void expect_answers_cold_and_warm(const TestAuthority& authority, const ScriptedHttp2Server& server,
                                  int calls, int most_connections) {
  const Client client(options_for(server.base_url()).ca_file(authority.ca_file()));
  for (const char* const state : {"cold", "warm"}) {
    for (const auto& answered : ask_at_once(client, calls))
      EXPECT_TRUE(answered.has_value()) << state << ": " << answered.error().message();
    EXPECT_LE(server.connections(), most_connections) << state;
  }
  EXPECT_EQ(server.requests(), 2 * calls);
}

TEST(Http2Connections, one_serves_calls_that_come_together_from_the_first_on) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one);
  expect_answers_cold_and_warm(authority, server, 50, 1);
}

TEST(Http2Connections, become_a_few_more_when_the_streams_of_one_run_out) {
  const TestAuthority authority;
  Http2ServerOptions few_streams;
  few_streams.max_concurrent_streams = 30;
  const ScriptedHttp2Server server(authority, answer_one, few_streams);
  expect_answers_cold_and_warm(authority, server, 200, 4);
}

TEST(Http2Connections, that_come_to_nothing_keep_nobody_waiting) {
  const TestAuthority authority;
  const ScriptedHttp2Server server(authority, answer_one,
                                   showing(authority.make_server(TestAuthority::Fault::expired)));
  BreakerSettings breaker;
  breaker.enabled = false;
  const Client client(options_for(server.base_url()).ca_file(authority.ca_file()).breaker(breaker));
  const auto begin = Clock::now();
  for (const auto& answered : ask_at_once(client, 50)) {
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().code(), Errc::tls_failed) << answered.error().message();
  }
  EXPECT_LT(Clock::now() - begin, without_hanging);
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace wats
