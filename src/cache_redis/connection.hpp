// One connection to Redis: hiredis with limits on time.
#pragma once

#include "wats/cache_redis/redis_level.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisContext;  // NOLINT(readability-identifier-naming): hiredis names it so
struct redisReply;    // NOLINT(readability-identifier-naming)

namespace wats::cache::redis {

/// What Redis said; a view into the answer, or empty. *Lifetime*: the Answer's.
class Reply {
 public:
  Reply() = default;
  explicit Reply(const redisReply* reply) : reply_(reply) {}

  [[nodiscard]] bool is_nil() const noexcept;
  [[nodiscard]] bool is_error() const noexcept;
  /// Of a string, a status or an error, otherwise empty.
  [[nodiscard]] std::string_view text() const noexcept;
  /// Of a list, otherwise 0.
  [[nodiscard]] std::size_t size() const noexcept;
  /// An empty one when it is not a list or too short.
  [[nodiscard]] Reply operator[](std::size_t index) const noexcept;

 private:
  const redisReply* reply_ = nullptr;
};

/// *Errors*: Expected has why, in a few words without secrets; the connection is of no use afterwards.
/// *Thread safety*: one thread, but socket() may be hung up by any.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  template <class T>
  using Expected = std::expected<T, std::string>;

  class Answer : public Reply {
   public:
    explicit Answer(std::shared_ptr<redisReply> owned) : Reply(owned.get()), owned_(std::move(owned)) {}

   private:
    std::shared_ptr<redisReply> owned_;
  };

  /// Connected, and authenticated if there is a password.
  [[nodiscard]] static Expected<Connection> open(const RedisSettings& settings);

  [[nodiscard]] int socket() const noexcept;
  /// How long Redis may say nothing.
  [[nodiscard]] bool wait_at_most(std::chrono::milliseconds limit) noexcept;

  /// Adds a command to those that go out with flush().
  void append(std::initializer_list<std::string_view> words);
  [[nodiscard]] Expected<void> flush(Clock::time_point limit);
  /// The next one in order. An error of Redis is an answer, too.
  [[nodiscard]] Expected<Answer> read(Clock::time_point limit);
  /// All three; here an error of Redis is one.
  [[nodiscard]] Expected<Answer> ask(std::initializer_list<std::string_view> words, Clock::time_point limit);

 private:
  class Close {
   public:
    void operator()(redisContext* context) const noexcept;
  };
  explicit Connection(redisContext* context) : context_(context) {}

  [[nodiscard]] Expected<void> log_in(const RedisSettings& settings);
  [[nodiscard]] std::string reason() const;

  std::unique_ptr<redisContext, Close> context_;
};

/// What Redis said of an error, in one line that can be shown.
[[nodiscard]] std::string shown(std::string_view error);

}  // namespace wats::cache::redis
