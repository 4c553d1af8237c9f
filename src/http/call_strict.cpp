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
  if (const auto limit = bounded(options_.max_age)) {
    const auto most = policy::DeltaSeconds(static_cast<std::uint32_t>(std::clamp<std::int64_t>(
        std::chrono::floor<seconds>(*limit).count() - 1, 0, policy::longest_delta.count())));
    wish.max_age = wish.max_age ? std::min(*wish.max_age, most) : most;
  }
  http_ = std::move(use);
  use_.uses_cache = use_.look_up = use_.join = use_.store = true;
  key(key_);
}

std::optional<wats::detail::Outcome> CallRun::strict_now() {
  asked_since_ = engine_->cache()->tags().stamp();
  const auto hit = engine_->cache()->find(key_.view(), whatever_there_is());
  const bool has_some = http_->choose(hit.value.get());
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
  } else {
    pass_by(true);
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

void CallRun::pass_by(bool drops_stored) {
  if (ticket_) {
    // For nobody but who asked: the others ask for themselves.
    cache::StoreOptions passing;
    passing.is_stale = true;
    ticket_.land(std::make_shared<wats::detail::Held>(), passing);
  }
  if (drops_stored) engine_->cache()->erase(key_.view());
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
  if (is_news && is_head && http_->is_same_version(answer.headers)) {
    const auto before = http_->stored();
    kept = http_->confirmed_by(answer, cache_now(), redress);
    outcome_.emplace(shown(*kept, Provenance{}));
    // Unless something newer has come meanwhile.
    http_->choose(engine_->cache()->peek(key_.view()).value.get());
    if (http_->stored() == before && http_->may_keep(*kept)) store_kept(std::move(kept));
    return;
  }
  // What is stored is not true any more, and what is must not be stored.
  pass_by(is_news);
}

void CallRun::land_kept(KeptAnswers::Pointer kept) {
  if (!ticket_) return;
  cache::StoreOptions store;
  const auto value = stored_form(std::move(kept), store);
  ticket_.land(value, store);
}

void CallRun::store_kept(KeptAnswers::Pointer kept) {
  cache::StoreOptions store;
  auto value = stored_form(std::move(kept), store);
  for (const cache::Tag tag : tags_.view()) store.tags.add(tag);
  store.since = asked_since_;
  engine_->cache()->put(std::string(key_.view()), std::move(value), store);
}

std::shared_ptr<const Held> CallRun::stored_form(KeptAnswers::Pointer kept, cache::StoreOptions& store) {
  store.tags = kept->tags;
  // By strict rules the time is in what is stored, and this only says when it may be forgotten.
  store.ttl = is_strict() ? seconds(1) + seconds(kept->rules.lifetime) : cache::Duration(use_.ttl);
  store.to_validate = true;
  const auto current = is_strict() ? engine_->cache()->peek(key_.view()) : AnswerCache::Hit();
  auto value = current.value && current.value->follows_http
                   ? std::make_shared<const KeptAnswers>(std::move(kept),
                                                         static_cast<const KeptAnswers&>(*current.value))
                   : std::make_shared<const KeptAnswers>(std::move(kept));
  store.bytes = value->bytes;
  return value;
}

std::shared_ptr<const Held> CallRun::with_validators(const WireAnswer& answer, const Decoded& decoded,
                                                     cache::StoreOptions& store) {
  store.keep = use_.store && !forbids_storing(answer.headers);
  const bool can_be_asked = traits().method == Method::get && !answer.was_redirected;
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

bool CallRun::is_own_location(const WireAnswer& answer) const {
  if (!engine_->is_strict() || !traits().is_unknown || traits().method != Method::post) return false;
  const auto location = answer.headers.find("Content-Location");
  const std::string url = target_url();
  return location && answer.status < 300 && tag_of(url, *location) &&
         tag_of(url, *location) == tag_of(url, url);
}

void CallRun::keep_as_read(const WireAnswer& answer, const Decoded& decoded) {
  http_ = HttpUse::strict_post(own_headers(), engine_->options().cache().targeted_field);
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->kept_of(answer, decoded, {}, cache_now(), redress);
  if (!kept) return;
  key(key_);
  // After what this write has made untrue; another one that ends meanwhile makes it untrue in turn.
  asked_since_ = engine_->cache()->tags().stamp();
  store_kept(std::move(kept));
}

}  // namespace wats::http::detail
