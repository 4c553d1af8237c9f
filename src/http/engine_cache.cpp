// The engine's cache as changes see it: what a write, a peer or a user makes invalid, in memory and below.
#include "src/http/engine.hpp"
#include "wats/http/detail/key.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace wats::http::detail {

/// What memory forgets of changes, and the ear of the second level: others' changes come in on its threads.
/// Owns nothing of the engine, which must not end on one of those.
class Engine::Ear final : public cache::ChangeListener {
 public:
  Ear(std::weak_ptr<AnswerCache> cache, std::shared_ptr<const wats::Clock> clock)
      : cache_(std::move(cache)), clock_(std::move(clock)) {}

  void changed(std::span<const cache::Tag> tags, cache::Duration settling) noexcept override {
    const auto cache = cache_.lock();
    if (!cache) return;
    if (settling > settling.zero())
      cache->tags().settle(tags, now() + settling);
    else
      cache->invalidate(tags);
  }
  void changed_all(cache::Duration settling) noexcept override {
    const auto cache = cache_.lock();
    if (!cache) return;
    if (settling > settling.zero()) cache->tags().settle_all(now() + settling);
    cache->clear();
  }

 private:
  [[nodiscard]] cache::TimePoint now() const { return clock_ ? clock_->now() : cache::coarse_steady_now(); }

  const std::weak_ptr<AnswerCache> cache_;
  const std::shared_ptr<const wats::Clock> clock_;
};

void Engine::set_up_cache() {
  // Changes are told to others also by who remembers nothing himself.
  ear_ = std::make_shared<Ear>(cache_, options_.clock());
  if (!options_.cache().second_level) return;
  second_level_ = options_.cache().second_level;
  // Zeros tell the parts apart: no URL, name or token has one.
  using namespace std::string_literals;
  const bool is_shared = !options_.cache_scope().empty();
  const std::string who = is_shared ? "scope\0"s + options_.cache_scope() : "token\0"s + options_.token();
  level_prefix_ = second_level_->identity(transport_->base_url + '\0' + who).append(level_key_begin);
  second_level_->listen(ear_);
}

std::string Engine::level_key(std::string_view key) const {
  std::string whole;
  whole.reserve(level_prefix_.size() + key.size());
  return whole.append(level_prefix_).append(key);
}

void Engine::changed_below(std::span<const cache::Tag> tags, std::chrono::seconds settling) noexcept {
  if (!second_level_ || tags.empty()) return;
  try {
    second_level_->changed(tags, settling, ear_.get());
  } catch (const std::exception&) {
    // Memory ran out over the list of tags.
    changed_below_all(settling);
  }
}

void Engine::changed_below_all(std::chrono::seconds settling) noexcept {
  if (second_level_) second_level_->changed_all(settling, ear_.get());
}

void Engine::changed(std::span<const cache::Tag> tags, std::chrono::seconds settling) {
  changed_below(tags, settling);
  ear_->changed(tags, settling);
}

void Engine::changed_all(std::chrono::seconds settling) {
  changed_below_all(settling);
  ear_->changed_all(settling);
}

void Engine::clear() {
  changed_below_all({});
  if (cache_) cache_->clear();
}

void Engine::changed_elsewhere(std::vector<cache::Tag> tags) {
  changed_below(tags, {});
  if (!cache_) return;
  // Stale from this moment on; the memory is given back by the background thread.
  cache_->invalidate(tags);
  const Visit visit(*this);
  if (!visit) return;
  if (const auto loop = background()) {
    boost::asio::post(loop->io(), [weak = weak_from_this()] {
      if (const auto engine = weak.lock(); engine && !engine->closed()) engine->cache()->purge();
    });
  }
}

}  // namespace wats::http::detail
