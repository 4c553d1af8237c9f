// What a call does with the second level of the cache: asks it before the server, and tells it what the
// server said.
#include "src/http/engine.hpp"
#include "src/http/loop.hpp"
#include "src/http/pipeline.hpp"
#include "wats/http/detail/call_run.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace wats::http::detail {
namespace {

using Clock = std::chrono::steady_clock;

cache::WallTime wall_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

bool CallRun::uses_second_level() const {
  // What is live is kept only for who asks for it, and for himself.
  return engine_->second_level() != nullptr && use_.store &&
         engine_->rule(traits().cache_class).ttl.count() > 0;
}

std::optional<std::chrono::nanoseconds> CallRun::oldest_to_show() const {
  if (engine_->second_level() == nullptr) return use_.max_age;
  const auto limit = engine_->second_level()->oldest_to_show();
  return limit && use_.max_age ? std::min(*limit, *use_.max_age) : limit ? limit : use_.max_age;
}

void CallRun::load() {
  look_for_validators();
  if (!ticket_ || !uses_second_level()) return advance(Event::leads);
  level_use_ = LevelUse{.since = engine_->second_level()->stamp(), .began = wall_now()};
  advance(use_.look_up ? Event::may_be_kept : Event::leads);
}

void CallRun::fetch() {
  auto& level = *engine_->second_level();
  set_timer(Clock::now() + level.patience());
  try {
    ask_second_level(level);
  } catch (const std::exception&) {
    // Memory ran out: the server may still be asked, and the timer has it asked.
    return;
  }
}

void CallRun::ask_second_level(cache::SecondLevel& level) {
  level.find(engine_->level_key(key_.view()),
             [weak = weak_from_this(), loop = std::weak_ptr(loop_)](std::optional<cache::Record> record) {
               // On a thread of the level: only posts.
               const auto open = loop.lock();
               if (!open) return;
               boost::asio::post(open->io(), [weak, record = std::move(record)]() mutable {
                 if (const auto self = std::static_pointer_cast<CallRun>(weak.lock()))
                   self->guarded([&] { self->take_record(std::move(record)); });
               });
             });
}

void CallRun::take_record(std::optional<cache::Record> record) {
  if (state_ != State::fetching) return;
  if (timer_) loop_->clear_timer(*std::exchange(timer_, std::nullopt));
  advance(record && show(*std::move(record)) ? Event::fetched : Event::not_there);
}

bool CallRun::is_being_changed(const cache::TagSet& tags) const {
  return engine_->cache()->tags().settling(tags.view(), cache_now());
}

bool CallRun::show(cache::Record record) {
  const cache::Duration age = std::max(wall_now() - record.born, std::chrono::milliseconds(0));
  if (const auto limit = oldest_to_show(); limit && age >= *limit) return false;
  cache::StoreOptions store;
  WireAnswer answer;
  answer.status = 200;
  answer.body = std::move(record.bytes);
  answer.body.reserve(answer.body.size() + WireAnswer::padding);
  auto decoded = decode(answer, store.tags);
  if (!decoded) {
    // Written by another version, or not by us.
    engine_->second_level()->erase(engine_->level_key(key_.view()));
    return false;
  }
  for (const cache::Tag tag : record.tags) store.tags.add(tag);
  // Left there by others while a write of this client is under way: the server may have done it by now.
  if (is_being_changed(store.tags) || is_being_changed(tags_)) return false;
  store.ttl = std::min<cache::Duration>(record.ttl, use_.ttl);
  store.age = age;
  store.bytes = decoded->bytes;
  if (age >= *store.ttl) {
    // For the case that the server can't say anything newer.
    ticket_.keep_meanwhile(std::move(decoded->held), store);
    return false;
  }
  engine_->count_answer(traits().cache_class, true);
  outcome_.emplace(wats::detail::Landed(decoded->held, [age] {
    Provenance provenance;
    provenance.origin = Origin::second_level;
    provenance.age = age;
    return provenance;
  }()));
  ticket_.land(std::move(decoded->held), store);
  return true;
}

void CallRun::keep(const WireAnswer& answer, const cache::TagSet& learnt) {
  if (!level_use_) return;
  try {
    leave(answer, learnt);
  } catch (const std::exception&) {
    // Memory ran out: it is not kept, which only costs another request.
    return;
  }
}

void CallRun::leave(const WireAnswer& answer, const cache::TagSet& learnt) {
  cache::Record record;
  record.bytes = answer.body;
  record.born = level_use_->began;
  record.ttl = std::chrono::duration_cast<std::chrono::milliseconds>(use_.ttl);
  record.kept_stale = engine_->options().cache().stale_if_error;
  record.tags.assign(tags_.view().begin(), tags_.view().end());
  record.tags.insert(record.tags.end(), learnt.view().begin(), learnt.view().end());
  engine_->second_level()->store(engine_->level_key(key_.view()), std::move(record), level_use_->since);
}

}  // namespace wats::http::detail
