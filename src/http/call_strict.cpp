// What a call does with answers that are kept with their headers: by HTTP's rules alone, or only to have the
// server confirm what is out of time.
#include "src/http/engine.hpp"
#include "src/http/http_use.hpp"
#include "src/http/loop.hpp"
#include "src/http/pipeline.hpp"
#include "wats/http/detail/call_run.hpp"
#include "wats/http/detail/stale_is_better.hpp"
#include "wats/policy/same_origin.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace wats::http::detail {
namespace {

using std::chrono::seconds;

/// Whatever is stored, fresh or not, and shown if it will do.
cache::LookupOptions whatever_there_is() {
  cache::LookupOptions lookup;
  lookup.max_stale = cache::Duration::max();
  lookup.count_miss = false;
  return lookup;
}

Provenance from_memory(std::chrono::nanoseconds age) {
  Provenance provenance;
  provenance.origin = Origin::memory;
  provenance.age = age;
  return provenance;
}

/// What is stored of an address.
std::optional<cache::Tag> tag_of(const std::string& request_url, std::string_view location) {
  const auto target = policy::same_origin_target(request_url, location);
  if (!target) return std::nullopt;
  return cache::Tag("url", *target);
}

/// An ETag, or a time of the last change so long ago that another change would have got another.
bool has_strong_validator(const WireAnswer& answer) {
  if (answer.headers.has("ETag")) return true;
  policy::AnswerFacts facts(answer.status, std::chrono::floor<seconds>(std::chrono::system_clock::now()));
  answer.headers.for_each([&](std::string_view name, std::string_view value) { facts.note(name, value); });
  return facts.date() && facts.last_modified() && *facts.date() - *facts.last_modified() >= seconds(60);
}

}  // namespace

cache::TimePoint CallRun::cache_now() const {
  const auto& clock = engine_->options().clock();
  return clock ? clock->now() : cache::coarse_steady_now();
}

bool CallRun::is_strict() const noexcept {
  return http_ && http_->is_strict();
}

// --- before the server is asked

void CallRun::decide_strict_use() {
  const Traits about = traits();
  const auto mode = options_.cache.value_or(CacheMode::normal);
  const bool is_never = about.cache_class == CacheClass::never && !about.is_unknown;
  if (about.is_write() || is_never || mode == CacheMode::bypass || bodies() == Bodies::streamed) return;
  auto use = HttpUse::strict(about.method, own_headers(), engine_->options().cache().targeted_field);
  if (use->is_conditional()) return;
  auto& wish = use->wish();
  if (mode == CacheMode::fresh) wish.no_cache = true;
  if (mode == CacheMode::only_if_cached) wish.only_if_cached = true;
  // What is live is told as it is or not at all, whatever the server would let pass.
  if (about.cache_class == CacheClass::live && !about.is_unknown) wish.max_stale = policy::DeltaSeconds(0);
  if (const auto limit = bounded(options_.max_age)) {
    wish.oldest = policy::DeltaSeconds(static_cast<std::uint32_t>(std::clamp<std::int64_t>(
        std::chrono::floor<seconds>(*limit).count() - 1, 0, policy::longest_delta.count())));
  }
  http_ = std::move(use);
  use_.uses_cache = use_.look_up = use_.join = use_.store = true;
  key(key_);
}

std::optional<wats::detail::Outcome> CallRun::strict_now() {
  auto& asked = http_->asked;
  asked.at = cache_now();
  asked.since = engine_->cache()->tags().stamp();
  asked.stored = engine_->cache()->find(key_.view(), whatever_there_is()).value;
  const bool has_some = http_->choose(asked.stored.get());
  const auto verdict = has_some ? http_->decide(cache_now()) : policy::ReuseVerdict::validate;
  if (has_some && verdict == policy::ReuseVerdict::show) {
    engine_->count_answer(traits().cache_class, true);
    const auto age = age_of(*http_->stored(), cache_now());
    auto provenance = from_memory(age);
    provenance.stale = policy::freshness_left(http_->stored()->rules, age) <= seconds(0);
    if (provenance.stale) provenance.why_stale = Staleness::accepted;
    return Outcome(shown(*http_->stored(), provenance));
  }
  if (http_->wish().only_if_cached) return Outcome(std::unexpected(with_context(not_cached_error())));
  return std::nullopt;
}

void CallRun::look_up_strictly() {
  if (auto now = strict_now()) {
    outcome_.emplace(*std::move(now));
    return advance(*outcome_ ? Event::hit : Event::failed);
  }
  const auto now = cache_now();
  if (http_->stored() && http_->decide(now) == policy::ReuseVerdict::show_and_refresh) {
    engine_->count_answer(traits().cache_class, true);
    auto provenance = from_memory(age_of(*http_->stored(), now));
    provenance.stale = true;
    provenance.why_stale = Staleness::refreshing;
    outcome_.emplace(shown(*http_->stored(), provenance));
    if (http_->stored()->refresh.take(now)) refresh_behind({});
    return advance(Event::hit);
  }
  if (!http_->can_be_shared()) return advance(Event::leads);
  cache::LookupOptions lookup;
  lookup.max_age = cache::Duration::zero();
  lookup.join = http_->may_join;
  auto found = engine_->cache()->find_or_join(
      key_.view(), tags_.view(), [this] { return std::static_pointer_cast<AnswerCache::Waiter>(self_); },
      lookup);
  if (found.joined()) return advance(Event::joined);
  ticket_ = std::move(found.lead());
  advance(Event::leads);
}

bool CallRun::take_kept(const std::shared_ptr<const Held>& landed) {
  if (!http_->choose(landed.get()) || http_->decide(cache_now()) != policy::ReuseVerdict::show) {
    http_->may_join = false;
    return false;
  }
  auto provenance = from_memory(age_of(*http_->stored(), cache_now()));
  provenance.origin = Origin::server;
  provenance.joined = true;
  outcome_.emplace(shown(*http_->stored(), provenance));
  return true;
}

wats::detail::Landed CallRun::shown(const KeptAnswer& kept, Provenance provenance) const {
  return {shown_of(kept.held), provenance};
}

void CallRun::look_for_validators() {
  if (http_ || !use_.store) return;
  const auto hit = engine_->cache()->peek(key_.view());
  if (!hit.value || !hit.value->follows_http) return;
  http_ = HttpUse::validating();
  http_->choose(hit.value.get());
}

Result<void> CallRun::build_request(WireRequest& out) {
  if (auto built = build(out); !built) return built;
  out.wants_headers = out.wants_headers || use_.store || (engine_->is_strict() && traits().is_write());
  if (http_) {
    http_->ask();
    // A condition on another method means something else.
    if (out.method == Method::get || out.method == Method::head) http_->add_validators(out);
  }
  return {};
}

// --- what the server said

bool CallRun::take_confirmation(const Attempt& over, const WireAnswer& answer) {
  if (!http_ || !http_->is_confirmed_by(answer)) return false;
  take_good(over, answer.status, Report::succeeded);
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->confirmed_by(answer, cache_now(), redress);
  auto provenance = from_memory(is_strict() ? age_of(*kept, cache_now()) : cache::Duration::zero());
  provenance.validated = true;
  outcome_.emplace(shown(*kept, provenance));
  if (http_->may_keep(*kept)) {
    land_kept(std::move(kept));
  } else if (is_strict()) {
    pass_by(true);
  } else {
    land_unkept(*kept);
  }
  advance(Event::answered);
  return true;
}

bool CallRun::ask_unconditionally(const Attempt& over, const WireAnswer& answer) {
  const bool is_reply = answer.status == 304 || answer.status == 412;
  if (!http_ || !is_reply || !http_->forget_conditions()) return false;
  settle_pass(over, Report::succeeded, false);
  tell(over, answer.status, std::nullopt, nullptr);
  abandon_attempts(Errc::cancelled);
  again_at_ = std::chrono::steady_clock::now();
  advance(Event::again);
  return true;
}

void CallRun::forget_what_is_gone(int status) {
  if (!says_gone(status) || !use_.uses_cache) return;
  engine_->cache()->erase(key_.view());
  if (uses_second_level()) engine_->second_level()->erase(engine_->level_key(key_.view()));
  if (!is_strict()) return;
  // A part that was asked for earlier and comes later is refused by its tag.
  const std::string url = target_url();
  if (const auto tag = tag_of(url, url)) engine_->cache()->invalidate(*tag);
}

void CallRun::pass_by(bool drops_stored) {
  // First: who waits looks at what is stored again.
  if (drops_stored) engine_->cache()->erase(key_.view());
  if (!ticket_) return;
  // For nobody but who asked: the others ask for themselves.
  cache::StoreOptions passing;
  passing.is_stale = true;
  ticket_.land(std::make_shared<wats::detail::Held>(), passing);
}

void CallRun::land_unkept(const KeptAnswer& confirmed) {
  cache::StoreOptions passing;
  passing.keep = false;
  // Those who wait take it as it is, so it is an answer and no KeptAnswers.
  if (ticket_) ticket_.land(confirmed.held, passing);
  if (level_use_) engine_->second_level()->erase(engine_->level_key(key_.view()));
}

void CallRun::keep_strictly(const WireAnswer& answer, const Decoded& decoded, const cache::TagSet& learnt) {
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->kept_of(answer, decoded, learnt, cache_now(), redress);
  if (kept && ticket_) return land_kept(std::move(kept));
  // Asked for itself alone.
  if (kept) return store_kept(std::move(kept));
  const bool is_head = traits().method == Method::head;
  const bool is_news = http_->stored() && answer.status == 200;
  if (is_news && is_head && http_->is_same_version(answer)) {
    kept = http_->confirmed_by(answer, cache_now(), redress);
    outcome_.emplace(shown(*kept, Provenance{}));
    if (http_->may_keep(*kept)) return store_kept(std::move(kept));
  }
  // What is stored is not true any more, and what is must not be stored.
  forget_what_is_gone(answer.status);
  pass_by(is_news);
}

void CallRun::land_kept(KeptAnswers::Pointer kept) {
  if (!ticket_) return;
  // Nobody stores or drops anything between this look and the landing: that would void the ticket.
  const auto current = is_strict() ? engine_->cache()->peek(key_.view()).value : nullptr;
  cache::StoreOptions store;
  const auto value = stored_form(std::move(kept), current, store);
  ticket_.land(value, store);
}

void CallRun::store_kept(KeptAnswers::Pointer kept) {
  const auto& asked = http_->asked;
  cache::StoreOptions store;
  auto value = stored_form(std::move(kept), asked.stored, store);
  for (const cache::Tag tag : tags_.view()) store.tags.add(tag);
  store.since = asked.since;
  store.began = asked.at;
  // What came, or was dropped, since this was asked for is newer.
  engine_->cache()->put_if_unchanged(std::string(key_.view()), asked.stored, std::move(value), store);
}

std::shared_ptr<const Held> CallRun::stored_form(KeptAnswers::Pointer kept,
                                                 const std::shared_ptr<const Held>& beside,
                                                 cache::StoreOptions& store) {
  store.tags = kept->tags;
  // By strict rules the time is in what is stored, and this only says when it may be forgotten.
  store.ttl = is_strict() ? seconds(1) + seconds(kept->rules.lifetime) : cache::Duration(use_.ttl);
  store.to_validate = true;
  auto value = beside && beside->follows_http ? std::make_shared<const KeptAnswers>(
                                                    std::move(kept), static_cast<const KeptAnswers&>(*beside))
                                              : std::make_shared<const KeptAnswers>(std::move(kept));
  store.bytes = value->bytes;
  return value;
}

std::shared_ptr<const Held> CallRun::with_validators(const WireAnswer& answer, const Decoded& decoded,
                                                     cache::StoreOptions& store) {
  store.keep = use_.store && !forbids_storing(answer.headers);
  const bool can_be_asked = traits().method == Method::get && answer.status == 200 && !answer.was_redirected;
  if (!store.keep || !can_be_asked || !has_strong_validator(answer)) return decoded.held;
  const auto use = HttpUse::validating();
  const auto kept = use->kept_of(answer, decoded, store.tags, cache_now(),
                                 [](const Held&, const Headers&) { return std::shared_ptr<const Held>(); });
  auto value = std::make_shared<const KeptAnswers>(kept);
  store.bytes = value->bytes;
  store.to_validate = true;
  return value;
}

// --- failures and writes

bool CallRun::stand_in_strictly(const Error& error) {
  const int status = error.http_status();
  if (!stale_is_better(error) || (status != 0 && !policy::is_stand_in_status(status))) return false;
  // Once more: what was changed meanwhile is not shown.
  http_->choose(engine_->cache()->peek(key_.view()).value.get());
  const auto failure =
      status != 0 ? policy::OriginFailure::server_error : policy::OriginFailure::no_connection;
  const auto ceiling = std::chrono::floor<seconds>(engine_->options().cache().stale_if_error);
  if (!http_->may_stand_in(failure, cache_now(), ceiling)) return false;
  auto provenance = from_memory(age_of(*http_->stored(), cache_now()));
  provenance.stale = true;
  provenance.why_stale = Staleness::server_away;
  outcome_.emplace(shown(*http_->stored(), provenance));
  return true;
}

bool CallRun::take_stand_in(const Attempt& over, const WireAnswer& answer, Report report) {
  if (!is_strict() || !policy::is_stand_in_status(answer.status)) return false;
  const Error error = status_error(answer, engine_->transport().place);
  if (!stand_in_strictly(error)) return false;
  take_good(over, answer.status, report);
  // Others look themselves whether it may stand in.
  if (ticket_) static_cast<void>(ticket_.fail(error, cache::Duration::zero()));
  advance(Event::answered);
  return true;
}

bool CallRun::wants_answer_itself(const Error& error) {
  if (!is_strict() || !takes_any_status() || error.http_status() == 0 || is_refresh_) return false;
  http_->may_join = false;
  return true;
}

bool CallRun::follows_strict_rules() const {
  return engine_->is_strict() && traits().changes_everything;
}

std::string CallRun::target_url() const {
  WireRequest wire;
  if (!build(wire)) return {};
  return engine_->transport().base_url + wire.target;
}

void CallRun::add_target_tag() {
  const std::string url = target_url();
  if (const auto tag = tag_of(url, url)) tags_.add(*tag);
}

void CallRun::invalidate_targets(const WireAnswer& answer) {
  if (!engine_->is_strict() || !traits().is_write() || !policy::invalidates(false, answer.status)) return;
  const std::string url = target_url();
  cache::TagSet changed;
  for (const cache::Tag tag : tags_.view()) changed.add(tag);
  for (const std::string_view name : {"Location", "Content-Location"}) {
    const auto location = answer.headers.find(name);
    const auto tag = location ? tag_of(url, *location) : std::nullopt;
    if (tag) changed.add(*tag);
  }
  engine_->changed(changed.view(), {});
}

void CallRun::expect_read() {
  const bool is_raw_post = traits().is_unknown && traits().method == Method::post;
  // A body that was streamed is not in the answer.
  if (!engine_->is_strict() || !is_raw_post || bodies() == Bodies::streamed) return;
  as_read_ = HttpUse::strict_post(own_headers(), engine_->options().cache().targeted_field);
  as_read_->asked.at = cache_now();
  as_read_->asked.since = engine_->cache()->tags().stamp();
}

bool CallRun::is_own_location(const WireAnswer& answer) const {
  if (!as_read_) return false;
  const auto location = answer.headers.find("Content-Location");
  const std::string url = target_url();
  return location && answer.status < 300 && tag_of(url, *location) &&
         tag_of(url, *location) == tag_of(url, url);
}

void CallRun::invalidate_and_keep(const WireAnswer& answer, const Decoded& decoded) {
  const cache::TagTable& changes = engine_->cache()->tags();
  // Another write that ended since this one was sent may be the later of the two.
  const cache::Stamp before = changes.stamp();
  const bool is_overtaken = changes.changed_since(tags_.view(), as_read_->asked.since);
  invalidate_targets(answer);
  // That was the next change, unless one came in between. Any later one makes the answer untrue in turn.
  as_read_->asked.since = before + 1;
  if (!is_overtaken && changes.stamp() == before + 1) keep_as_read(answer, decoded);
}

void CallRun::keep_as_read(const WireAnswer& answer, const Decoded& decoded) {
  http_ = std::move(as_read_);
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->kept_of(answer, decoded, {}, cache_now(), redress);
  if (!kept) return;
  key(key_);
  store_kept(std::move(kept));
}

}  // namespace wats::http::detail
