#include "src/http/engine.hpp"

#include "src/http/status_meaning.hpp"
#include "wats/http/detail/stale_is_better.hpp"

#include <boost/asio/post.hpp>
#include <curl/curl.h>

#include <algorithm>
#include <random>
#include <utility>

namespace wats::http::detail {
namespace {

/// Sources and sinks that work at once; a body has one thread at a time.
constexpr std::size_t most_bodies_at_work = 4;

/// How long an answer is kept after its time, for the server to confirm it.
constexpr std::chrono::hours keeping_for_validation(1);
constexpr std::chrono::hours strict_keeping(24);

void initialise_curl() {
  // Once for the process, and never undone: other libraries may use curl too.
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(once);
}

std::array<policy::FreshnessRule, 4> rules_from(const CacheSettings& settings) {
  std::array<policy::FreshnessRule, 4> rules;
  rules[static_cast<std::size_t>(CacheClass::fixed)] = {.ttl = settings.ttl_static, .may_join = true};
  rules[static_cast<std::size_t>(CacheClass::slow)] = {.ttl = settings.ttl_slow, .may_join = true};
  rules[static_cast<std::size_t>(CacheClass::live)] = {.may_join = true, .may_opt_in = true};
  rules[static_cast<std::size_t>(CacheClass::never)] = {};
  return rules;
}

cache::Policy policy_from(EvictionPolicy policy) noexcept {
  switch (policy) {
    case EvictionPolicy::lru:
      return cache::Policy::lru;
    case EvictionPolicy::sieve:
      return cache::Policy::sieve;
    case EvictionPolicy::s3_fifo:
      return cache::Policy::s3_fifo;
  }
  return cache::Policy::lru;
}

std::shared_ptr<AnswerCache> cache_from(const ClientOptions& options) {
  if (!options.cache().enabled) return nullptr;
  cache::Options settings;
  settings.max_entries = options.cache().max_entries;
  settings.max_bytes = options.cache().max_bytes;
  settings.policy = policy_from(options.cache().policy);
  // By strict rules each answer has times of its own.
  const bool is_strict = options.cache().rules == CacheRules::strict;
  if (!is_strict) {
    settings.stale.if_error = options.cache().stale_if_error;
    settings.stale.while_revalidate =
        std::min(options.cache().stale_while_refreshing, options.cache().stale_if_error);
  }
  settings.stale.to_validate = is_strict ? strict_keeping : keeping_for_validation;
  if (options.clock()) settings.now = [clock = options.clock()] { return clock->now(); };
  AnswerCache::Hooks hooks;
  // By strict rules who waits looks himself whether what there was may stand in.
  if (is_strict)
    hooks.stale_is_better = [](const Error& /*error*/) { return false; };
  else
    hooks.stale_is_better = stale_is_better;
  return std::make_shared<AnswerCache>(std::move(settings), std::move(hooks));
}

std::uint64_t random_prefix() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

Error closed_error() {
  return {Errc::closed, "the client has been closed"};
}

Engine::Engine(ClientOptions options)
    : options_(std::move(options)),
      transport_(std::make_shared<const TransportSettings>(options_)),
      admission_(std::make_shared<Admission>(options_, random_prefix())),
      rules_(rules_from(options_.cache())),
      cache_(cache_from(options_)),
      id_prefix_(random_prefix()) {
  initialise_curl();
  set_up_cache();
  if (!options_.verify_tls()) log(LogLevel::warning, "TLS certificates are not checked: verify_tls is off");
}

Engine::~Engine() {
  close();
  // Never on one of these threads: until source and sink are gone the call is not over, and holds the engine.
  if (body_threads_) body_threads_->join();
  if (ending_thread_) ending_thread_->join();
}

// --- the gate

bool Engine::enter() noexcept {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  ++visitors_;
  return true;
}

void Engine::leave() noexcept {
  const std::lock_guard lock(mutex_);
  --visitors_;
  if (!closed_) return;
  left_.notify_all();
  if (stop_when_left_ && visitors_ == 0) stop_backgrounds();
}

Engine::Visit::Visit(Engine& engine) noexcept : engine_(engine.enter() ? &engine : nullptr) {}

Engine::Visit::~Visit() {
  if (engine_ != nullptr) engine_->leave();
}

wats::detail::Stay Engine::stay() {
  return enter() ? wats::detail::Stay(shared_from_this()) : wats::detail::Stay();
}

// --- loops

Engine::Lane Engine::borrow_lane() {
  const std::lock_guard lock(mutex_);
  if (!idle_lanes_.empty()) {
    // Last in, first out: its connection is the warmest.
    auto loop = std::move(idle_lanes_.back());
    idle_lanes_.pop_back();
    return {*this, std::move(loop)};
  }
  if (lanes_.size() >= options_.max_lanes()) return {};
  auto loop = std::make_shared<Loop>(transport_, admission_, this);
  lanes_.push_back(loop);
  idle_lanes_.reserve(options_.max_lanes());
  return {*this, std::move(loop)};
}

Engine::Lane::~Lane() {
  if (!loop_) return;
  const std::lock_guard lock(engine_->mutex_);
  engine_->idle_lanes_.push_back(std::move(loop_));
}

std::shared_ptr<Loop> Engine::background(Bodies bodies) {
  const std::lock_guard lock(mutex_);
  if (closed_) return nullptr;
  auto& background = backgrounds_[static_cast<std::size_t>(bodies)];
  if (!background.loop) {
    const auto settings = bodies == Bodies::in_memory
                              ? transport_
                              : std::make_shared<const TransportSettings>(options_, bodies);
    auto loop = std::make_shared<Loop>(settings, admission_, this);
    // Only a loop that somebody runs may be found here.
    background.thread = std::thread([loop] { loop->run(); });
    background.loop = std::move(loop);
  }
  return background.loop;
}

void Engine::stop_backgrounds() {
  for (const auto& background : backgrounds_) {
    if (background.loop) background.loop->request_stop();
  }
}

boost::asio::any_io_executor Engine::body_threads() {
  const std::lock_guard lock(mutex_);
  if (!body_threads_) body_threads_ = std::make_unique<boost::asio::thread_pool>(most_bodies_at_work);
  return body_threads_->get_executor();
}

boost::asio::any_io_executor Engine::ending_thread() {
  const std::lock_guard lock(mutex_);
  if (!ending_thread_) ending_thread_ = std::make_unique<boost::asio::thread_pool>(1);
  return ending_thread_->get_executor();
}

void Engine::close() noexcept {
  std::vector<std::shared_ptr<Loop>> loops;
  {
    std::unique_lock lock(mutex_);
    if (closed_.exchange(true)) {
      // Somebody else is closing: come back when that is done, unless it waits for this very thread.
      if (!on_own_loop()) left_.wait(lock, [this] { return stopped_; });
      return;
    }
    loops = lanes_;
    for (const auto& background : backgrounds_) {
      if (background.loop) loops.push_back(background.loop);
    }
  }
  for (const auto& loop : loops) {
    // Weak: an idle lane may never run again, and would keep itself alive by what is queued on it.
    boost::asio::post(loop->io(), [weak = std::weak_ptr(loop)] {
      if (const auto open = weak.lock()) open->give_up_all(closed_error());
    });
  }
  if (on_own_loop()) {
    // Closed from a handler on a background thread itself, which can't join itself: detached, as no other
    // threads are. They own their loops and nothing else, and end once nobody can hand them work any more.
    const std::lock_guard lock(mutex_);
    for (auto& background : backgrounds_) {
      if (background.thread.joinable()) background.thread.detach();
    }
    stop_when_left_ = true;
    if (visitors_ == 0) stop_backgrounds();
    stopped_ = true;
    left_.notify_all();
    return;
  }
  {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return visitors_ == 0; });
  }
  stop_backgrounds();
  for (auto& background : backgrounds_) {
    if (background.thread.joinable()) background.thread.join();
  }
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    left_.notify_all();
    loops = lanes_;
  }
  // Lanes have no thread: what is left in their queues runs here.
  for (const auto& lane : loops) {
    const Loop::Running running(*lane);
    lane->io().poll();
  }
}

// --- seeing

RequestId Engine::next_request_id() noexcept {
  return {id_prefix_, id_counter_.fetch_add(1, std::memory_order_relaxed)};
}

std::optional<std::chrono::nanoseconds> Engine::hedge_after(std::string_view operation) const {
  const auto usual = metrics_.latency(operation, options_.hedge().quantile);
  if (!usual) return std::nullopt;
  return std::max<std::chrono::nanoseconds>(*usual, options_.hedge().least_delay);
}

void Engine::attempt_over(AttemptReport& report, const Exchange* exchange) {
  metrics_.add(report);
  if (!options_.on_attempt()) return;
  if (exchange != nullptr) exchange->tell(report);
  options_.on_attempt()(report);
}

void Engine::log(LogLevel level, std::string_view line) const {
  if (options_.logger()) options_.logger()(level, line);
}

void Engine::count_answer(CacheClass cache_class, bool hit) noexcept {
  auto& counters = by_class_[static_cast<std::size_t>(cache_class)];
  (hit ? counters.hits : counters.misses).fetch_add(1, std::memory_order_relaxed);
}

void Engine::count_lost_write(std::string_view operation) noexcept {
  lost_writes_.fetch_add(1, std::memory_order_relaxed);
  log(LogLevel::error,
      std::string(operation) +
          ": a write was prepared and thrown away without being sent; wait for it with .get(), "
          "co_await or a completion token");
}

EngineStats Engine::stats() const {
  EngineStats stats;
  stats.requests = requests_.load(std::memory_order_relaxed);
  stats.lost_writes = lost_writes_.load(std::memory_order_relaxed);
  stats.condition = admission_->stats(std::chrono::steady_clock::now());
  stats.operations = metrics_.snapshot();
  for (std::size_t i = 0; i < by_class_.size(); ++i) {
    stats.by_class[i].hits = by_class_[i].hits.load(std::memory_order_relaxed);
    stats.by_class[i].misses = by_class_[i].misses.load(std::memory_order_relaxed);
  }
  if (cache_) stats.cache = cache_->stats();
  if (second_level_) stats.second_level = second_level_->stats();
  return stats;
}

// --- the facade's view

std::shared_ptr<Engine> open_engine(ClientOptions options) {
  return std::make_shared<Engine>(std::move(options));
}
void close_engine(Engine& engine) noexcept {
  engine.close();
}
EngineStats stats_of(const Engine& engine) {
  return engine.stats();
}
const ClientOptions& options_of(const Engine& engine) noexcept {
  return engine.options();
}
void changed_elsewhere(Engine& engine, std::vector<cache::Tag> tags) {
  engine.changed_elsewhere(std::move(tags));
}
void clear_cache(Engine& engine) {
  engine.clear();
}

}  // namespace wats::http::detail
