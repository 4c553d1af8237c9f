// Engine: what the copies of one client share: cache, loops, the gate that closing waits at, counters.
#pragma once

#include "src/http/admission.hpp"
#include "src/http/loop.hpp"
#include "src/http/metrics.hpp"
#include "wats/cache/second_level.hpp"
#include "wats/core/client_options.hpp"
#include "wats/core/traits.hpp"
#include "wats/http/detail/call_run.hpp"
#include "wats/http/detail/engine.hpp"
#include "wats/policy/freshness.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wats::http::detail {

/// Why calls of a closed client fail.
[[nodiscard]] Error closed_error();

/// *Thread safety*: every member from any thread. *Ownership*: shared by the client, its services and its
/// calls.
class Engine final : public std::enable_shared_from_this<Engine>, public wats::detail::Place {
 public:
  explicit Engine(ClientOptions options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() override;

  /// A blocking call or a submission passes here, so that close() can wait for it.
  class Visit {
   public:
    explicit Visit(Engine& engine) noexcept;
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit();
    /// False: the client is closed.
    [[nodiscard]] explicit operator bool() const noexcept { return engine_ != nullptr; }

   private:
    Engine* engine_;
  };

  /// The same for those who can't see this class.
  [[nodiscard]] wats::detail::Stay stay();
  void leave() noexcept override;

  /// A lane for one blocking call, given back at the end; empty when all are taken.
  class Lane {
   public:
    Lane() = default;
    Lane(Engine& engine, std::shared_ptr<Loop> loop) noexcept : engine_(&engine), loop_(std::move(loop)) {}
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    ~Lane();
    [[nodiscard]] explicit operator bool() const noexcept { return loop_ != nullptr; }
    [[nodiscard]] const std::shared_ptr<Loop>& loop() const noexcept { return loop_; }

   private:
    Engine* engine_ = nullptr;
    std::shared_ptr<Loop> loop_;
  };

  [[nodiscard]] const ClientOptions& options() const noexcept { return options_; }
  [[nodiscard]] const TransportSettings& transport() const noexcept { return *transport_; }
  /// Null when the cache is off.
  [[nodiscard]] AnswerCache* cache() noexcept { return cache_.get(); }
  /// Whether anything is remembered, here or below, that writes may change.
  [[nodiscard]] bool has_memory() const noexcept { return cache_ != nullptr || second_level_ != nullptr; }
  /// HTTP's rules alone decide what is stored and shown.
  [[nodiscard]] bool is_strict() const noexcept {
    return cache_ != nullptr && options_.cache().rules == CacheRules::strict;
  }
  /// Null when there is none.
  [[nodiscard]] cache::SecondLevel* second_level() const noexcept { return second_level_.get(); }
  /// A key of memory, as the second level knows it.
  [[nodiscard]] std::string level_key(std::string_view key) const;
  [[nodiscard]] const policy::FreshnessRule& rule(CacheClass cache_class) const noexcept {
    return rules_[static_cast<std::size_t>(cache_class)];
  }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_acquire); }
  [[nodiscard]] bool on_own_loop() const noexcept { return Loop::runs_loop_of(this); }

  [[nodiscard]] Lane borrow_lane();
  /// The background loop for calls of one kind; its thread is started at the first use. Null when closed.
  /// Streamed bodies have one of their own, since their connections must not be mixed with others.
  [[nodiscard]] std::shared_ptr<Loop> background(Bodies bodies = Bodies::in_memory);

  /// Where sources and sinks of bodies work, which may block. Its threads are started at the first use.
  [[nodiscard]] boost::asio::any_io_executor body_threads();
  /// Where they are destroyed: a thread of its own, so that the end of a call waits for no others' work.
  [[nodiscard]] boost::asio::any_io_executor ending_thread();

  void close() noexcept;
  /// The tags changed by somebody else's hand: drops what depends on them, on the background thread.
  void changed_elsewhere(std::vector<cache::Tag> tags);
  /// What a write changed; *settling*: how long the server may still show the old state.
  void changed(std::span<const cache::Tag> tags, std::chrono::seconds settling);
  /// The same when nobody knows what.
  void changed_all(std::chrono::seconds settling);
  /// The second level's part of these.
  void changed_below(std::span<const cache::Tag> tags, std::chrono::seconds settling) noexcept;
  void changed_below_all(std::chrono::seconds settling) noexcept;
  /// Drops all that is stored, here and below.
  void clear();

  [[nodiscard]] RequestId next_request_id() noexcept;
  /// Counts an attempt and tells the observer, with times from *exchange* where it is not null.
  void attempt_over(AttemptReport& report, const Exchange* exchange);
  /// When a read of this operation that is still unanswered should be asked a second time; nothing while too
  /// little is known of it.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> hedge_after(std::string_view operation) const;
  void log(LogLevel level, std::string_view line) const;
  void count_request() noexcept { requests_.fetch_add(1, std::memory_order_relaxed); }
  void count_answer(CacheClass cache_class, bool hit) noexcept;
  void count_lost_write(std::string_view operation) noexcept;
  [[nodiscard]] EngineStats stats() const;

 private:
  [[nodiscard]] bool enter() noexcept;
  void set_up_cache();
  void stop_backgrounds();

  ClientOptions options_;
  std::shared_ptr<const TransportSettings> transport_;
  std::shared_ptr<Admission> admission_;
  Metrics metrics_;
  std::array<policy::FreshnessRule, 4> rules_;
  const std::shared_ptr<AnswerCache> cache_;
  std::shared_ptr<cache::SecondLevel> second_level_;
  /// What the keys of the second level begin with.
  std::string level_prefix_;
  class Ear;
  std::shared_ptr<Ear> ear_;

  std::atomic<bool> closed_{false};
  std::mutex mutex_;  // guards what follows
  std::condition_variable left_;
  std::size_t visitors_ = 0;
  std::vector<std::shared_ptr<Loop>> lanes_;
  std::vector<std::shared_ptr<Loop>> idle_lanes_;
  struct Background {
    std::shared_ptr<Loop> loop;
    std::thread thread;
  };
  /// By Bodies.
  std::array<Background, 2> backgrounds_;
  std::unique_ptr<boost::asio::thread_pool> body_threads_;
  std::unique_ptr<boost::asio::thread_pool> ending_thread_;
  bool stopped_ = false;
  /// Closed from a handler of a background thread: they go on until the last visitor has left.
  bool stop_when_left_ = false;

  std::uint64_t id_prefix_;
  std::atomic<std::uint64_t> id_counter_{0};
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> lost_writes_{0};
  struct alignas(64) ClassCounters {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
  };
  std::array<ClassCounters, 4> by_class_;
};

}  // namespace wats::http::detail
