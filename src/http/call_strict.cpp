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

/// Whatever is stored, fresh or not.
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
    const auto most = policy::DeltaSeconds(static_cast<std::uint32_t>(
        std::min<std::int64_t>(std::chrono::floor<seconds>(*limit).count(), policy::longest_delta.count())));
    wish.max_age = wish.max_age ? std::min(*wish.max_age, most) : most;
  }
  http_ = std::move(use);
  use_.uses_cache = use_.look_up = use_.join = use_.store = true;
  key(key_);
}

std::optional<wats::detail::Outcome> CallRun::strict_now() {
  const auto hit = engine_->cache()->find(key_.view(), whatever_there_is());
  const bool has_some = http_->choose(hit.value.get());
  const auto verdict = has_some ? http_->decide(cache_now()) : policy::ReuseVerdict::validate;
  if (has_some && verdict == policy::ReuseVerdict::show) {
    engine_->count_answer(traits().cache_class, true);
    return Outcome(shown(*http_->stored(), from_memory(age_of(*http_->stored(), cache_now()))));
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
  const auto hit = engine_->cache()->find(key_.view(), whatever_there_is());
  if (!hit.value || !hit.value->follows_http) return;
  http_ = HttpUse::validating();
  http_->choose(hit.value.get());
}

Result<void> CallRun::build_request(WireRequest& out) {
  if (auto built = build(out); !built) return built;
  out.wants_headers = out.wants_headers || use_.store;
  if (http_) {
    http_->ask();
    http_->add_validators(out);
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
  land_kept(std::move(kept));
  advance(Event::answered);
  return true;
}

void CallRun::keep_strictly(const WireAnswer& answer, const Decoded& decoded, const cache::TagSet& learnt) {
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->kept_of(answer, decoded, learnt, cache_now(), redress);
  if (kept && ticket_) return land_kept(std::move(kept));
  // Asked for itself alone.
  if (kept) return store_kept(std::move(kept));
  // Those who wait for it ask for themselves.
  ticket_ = AnswerCache::Ticket();
  if (!http_->stored() || answer.status != 200) return;
  if (traits().method == Method::head && http_->is_same_version(answer.headers)) {
    kept = http_->confirmed_by(answer, cache_now(), redress);
    outcome_.emplace(shown(*kept, Provenance{}));
    return store_kept(std::move(kept));
  }
  // What is stored is not true any more, and what is must not be stored.
  engine_->cache()->erase(key_.view());
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
  engine_->cache()->put(std::string(key_.view()), std::move(value), store);
}

std::shared_ptr<const Held> CallRun::stored_form(KeptAnswers::Pointer kept, cache::StoreOptions& store) {
  store.tags = kept->tags;
  // By strict rules the time is in what is stored, and this only says when it may be forgotten.
  store.ttl = is_strict() ? seconds(1) + seconds(kept->rules.lifetime) : cache::Duration(use_.ttl);
  const auto current =
      is_strict() ? engine_->cache()->find(key_.view(), whatever_there_is()) : AnswerCache::Hit();
  auto value = current.value && current.value->follows_http
                   ? std::make_shared<const KeptAnswers>(std::move(kept),
                                                         static_cast<const KeptAnswers&>(*current.value))
                   : std::make_shared<const KeptAnswers>(std::move(kept));
  store.bytes = value->bytes;
  return value;
}

std::shared_ptr<const Held> CallRun::with_validators(const WireAnswer& answer, const Decoded& decoded,
                                                     cache::StoreOptions& store) {
  policy::Directives directives;
  bool has_validator = false;
  answer.headers.for_each([&](std::string_view name, std::string_view value) {
    if (same_name(name, "Cache-Control")) directives.add(value);
    has_validator = has_validator || same_name(name, "ETag") || same_name(name, "Last-Modified");
  });
  store.keep = use_.store && !directives.no_store;
  if (!store.keep || !has_validator) return decoded.held;
  const auto use = HttpUse::validating();
  const auto kept = use->kept_of(answer, decoded, store.tags, cache_now(),
                                 [](const Held&, const Headers&) { return std::shared_ptr<const Held>(); });
  auto value = std::make_shared<const KeptAnswers>(kept);
  store.bytes = value->bytes;
  return value;
}

// --- failures and writes

bool CallRun::stand_in_strictly(const Error& error) {
  if (!stale_is_better(error)) return false;
  if (!http_->stored()) {
    const auto hit = engine_->cache()->find(key_.view(), whatever_there_is());
    http_->choose(hit.value.get());
  }
  const auto failure =
      error.http_status() >= 500 ? policy::OriginFailure::server_error : policy::OriginFailure::no_connection;
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
  if (!stand_in_strictly(status_error(answer, engine_->transport().place))) return false;
  take_good(over, answer.status, report);
  ticket_ = AnswerCache::Ticket();
  advance(Event::answered);
  return true;
}

bool CallRun::follows_strict_rules() const {
  return engine_->is_strict() && traits().changes_everything;
}

void CallRun::add_target_tag() {
  WireRequest wire;
  if (!build(wire)) return;
  const std::string url = engine_->transport().base_url + wire.target;
  if (const auto tag = tag_of(url, url)) tags_.add(*tag);
}

void CallRun::invalidate_targets(const WireAnswer& answer, const Decoded& decoded) {
  if (!policy::invalidates(false, answer.status)) return;
  WireRequest wire;
  if (!build(wire)) return;
  const std::string url = engine_->transport().base_url + wire.target;
  cache::TagSet changed;
  for (const cache::Tag tag : tags_.view()) changed.add(tag);
  bool is_own = false;
  for (const std::string_view name : {"Location", "Content-Location"}) {
    const auto location = answer.headers.find(name);
    const auto tag = location ? tag_of(url, *location) : std::nullopt;
    if (!tag) continue;
    changed.add(*tag);
    is_own = name == "Content-Location" && tag == tag_of(url, url);
  }
  engine_->changed(changed.view(), {});
  if (is_own && traits().method == Method::post && traits().is_unknown) keep_as_read(answer, decoded);
}

void CallRun::keep_as_read(const WireAnswer& answer, const Decoded& decoded) {
  http_ = HttpUse::strict_post(own_headers(), engine_->options().cache().targeted_field);
  const auto redress = [this](const Held& held, const Headers& headers) {
    return with_headers(held, headers);
  };
  auto kept = http_->kept_of(answer, decoded, {}, cache_now(), redress);
  if (!kept) return;
  key(key_);
  store_kept(std::move(kept));
}

}  // namespace wats::http::detail
