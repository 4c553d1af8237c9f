#include "src/cache_redis/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <hiredis/hiredis.h>
#include <system_error>
#include <utility>
#include <vector>

namespace wats::cache::redis {
namespace {

::timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

/// Redis's own words could repeat what it was sent; its error codes can't.
std::string refused_login(std::string_view error) {
  static constexpr std::array codes{std::string_view("WRONGPASS"), std::string_view("NOAUTH"),
                                    std::string_view("NOPERM"), std::string_view("LOADING")};
  for (const std::string_view code : codes) {
    if (error.starts_with(code)) return "it refuses the account (" + std::string(code) + ")";
  }
  return "it refuses the account";
}

}  // namespace

bool Reply::is_nil() const noexcept {
  return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL;
}

bool Reply::is_error() const noexcept {
  return reply_ != nullptr && reply_->type == REDIS_REPLY_ERROR;
}

std::string_view Reply::text() const noexcept {
  return reply_ == nullptr || reply_->str == nullptr ? std::string_view()
                                                     : std::string_view(reply_->str, reply_->len);
}

std::size_t Reply::size() const noexcept {
  return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY ? reply_->elements : 0;
}

Reply Reply::operator[](std::size_t index) const noexcept {
  return index < size() ? Reply(reply_->element[index]) : Reply();
}

std::string shown(std::string_view error) {
  constexpr std::size_t longest = 160;
  std::string text(error.substr(0, longest));
  std::replace_if(text.begin(), text.end(), [](char each) { return each < ' ' || each > '~'; }, '?');
  return text;
}

void Connection::Close::operator()(redisContext* context) const noexcept {
  redisFree(context);
}

Connection::Expected<Connection> Connection::open(const RedisSettings& settings) {
  const ::timeval limit = to_timeval(settings.connect_limit);
  Connection connection(settings.unix_socket.empty()
                            ? redisConnectWithTimeout(settings.host.c_str(), settings.port, limit)
                            : redisConnectUnixWithTimeout(settings.unix_socket.c_str(), limit));
  if (connection.context_ == nullptr) return std::unexpected("no memory for a connection");
  if (connection.context_->err != 0) return std::unexpected(connection.reason());
  if (!connection.wait_at_most(settings.time_limit)) return std::unexpected("cannot set a time limit");
  if (auto done = connection.log_in(settings); !done) return std::unexpected(std::move(done).error());
  return connection;
}

Connection::Expected<void> Connection::log_in(const RedisSettings& settings) {
  if (settings.password.empty()) return {};
  if (settings.user.empty())
    append({"AUTH", settings.password});
  else
    append({"AUTH", settings.user, settings.password});
  const auto limit = Clock::now() + settings.time_limit;
  if (auto sent = flush(limit); !sent) return std::unexpected(std::move(sent).error());
  const auto answer = read(limit);
  if (!answer) return std::unexpected(answer.error());
  if (answer->is_error()) return std::unexpected(refused_login(answer->text()));
  return {};
}

int Connection::socket() const noexcept {
  return context_->fd;
}

bool Connection::wait_at_most(std::chrono::milliseconds limit) noexcept {
  return redisSetTimeout(context_.get(), to_timeval(limit)) == REDIS_OK;
}

void Connection::append(std::initializer_list<std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string_view word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  // It fails only without memory, and then flush() does as well.
  redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data());
}

Connection::Expected<void> Connection::flush(Clock::time_point limit) {
  for (int done = 0; done == 0;) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return std::unexpected(reason());
    if (done == 0 && Clock::now() > limit) return std::unexpected("it takes nothing");
  }
  return {};
}

Connection::Expected<Connection::Answer> Connection::read(Clock::time_point limit) {
  for (;;) {
    void* reply = nullptr;
    if (redisGetReplyFromReader(context_.get(), &reply) != REDIS_OK) return std::unexpected(reason());
    if (reply != nullptr)
      return Answer(std::shared_ptr<redisReply>(static_cast<redisReply*>(reply), freeReplyObject));
    if (Clock::now() > limit) return std::unexpected("it does not answer in time");
    if (redisBufferRead(context_.get()) != REDIS_OK) return std::unexpected(reason());
  }
}

Connection::Expected<Connection::Answer> Connection::ask(std::initializer_list<std::string_view> words,
                                                         Clock::time_point limit) {
  append(words);
  if (auto sent = flush(limit); !sent) return std::unexpected(std::move(sent).error());
  auto answer = read(limit);
  if (answer && answer->is_error()) return std::unexpected("it says: " + shown(answer->text()));
  return answer;
}

std::string Connection::reason() const {
  if (context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
    return "it does not answer in time";
  return shown(context_->errstr);
}

}  // namespace wats::cache::redis
