#include "src/http/http_use.hpp"

#include "wats/policy/cache_control.hpp"
#include "wats/policy/vary.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

namespace wats::http::detail {
namespace {

using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::system_clock;

/// Behind the selection of a part: no line that names a field begins so.
constexpr std::string_view of_part = "\npart";

/// The values of all lines of a name; they look at *headers*.
std::vector<std::string_view> lines_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> lines;
  headers.for_each([&](std::string_view each, std::string_view value) {
    if (same_name(each, name)) lines.push_back(value);
  });
  return lines;
}

policy::MethodKind kind_of(Method method) noexcept {
  if (method == Method::get) return policy::MethodKind::get;
  return method == Method::head ? policy::MethodKind::head : policy::MethodKind::read_only;
}

/// The fields that are kept of an answer. *targeted*: the field that counts in place of Cache-Control.
Headers kept_headers(const Headers& all, std::string_view targeted) {
  const std::string connection = all.joined("Connection");
  auto cache_control = lines_of(all, "Cache-Control");
  for (const std::string_view line : lines_of(all, targeted)) cache_control.push_back(line);
  Headers kept;
  all.for_each([&](std::string_view name, std::string_view value) {
    const bool is_withheld =
        std::any_of(cache_control.begin(), cache_control.end(),
                    [&](std::string_view line) { return policy::withholds_field(line, name); });
    if (!is_withheld && policy::is_stored_field(name, connection)) kept.add(name, value);
  });
  return kept;
}

/// The stored fields, and in place of some of them those of the answer that confirms them.
Headers merged(const Headers& stored, const Headers& news) {
  const std::string connection = news.joined("Connection");
  const auto replaces = [&](std::string_view name) {
    return news.has(name) && policy::is_updated_by_304(name, connection);
  };
  Headers all;
  stored.for_each([&](std::string_view name, std::string_view value) {
    // Both tell of the moment when the stored answer came.
    const bool is_past = same_name(name, "Age") || same_name(name, "Date");
    if (!is_past && !replaces(name)) all.add(name, value);
  });
  news.for_each([&](std::string_view name, std::string_view value) {
    if (policy::is_updated_by_304(name, connection)) all.add(name, value);
  });
  return all;
}

policy::Validators validators_of(const Headers& headers) {
  policy::Validators validators;
  validators.etag = headers.find("ETag").value_or("");
  validators.last_modified = headers.find("Last-Modified").value_or("");
  const auto length = headers.find("Content-Length").value_or("");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), number);
  if (error == std::errc() && end == length.data() + length.size()) validators.content_length = number;
  return validators;
}

/// What weak and strong validators have in common (RFC 9110 section 8.8.3.2).
std::string_view opaque_of(std::string_view etag) noexcept {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

}  // namespace

bool forbids_storing(const Headers& headers) noexcept {
  policy::Directives directives;
  headers.for_each([&](std::string_view name, std::string_view value) {
    if (same_name(name, "Cache-Control")) directives.add(value);
  });
  return directives.no_store;
}

std::chrono::seconds age_of(const KeptAnswer& kept, cache::TimePoint now) noexcept {
  return policy::age_of(kept.rules, std::max(now - kept.came, cache::Duration::zero()));
}

std::unique_ptr<HttpUse> HttpUse::strict(Method method, const Headers* own, std::string_view targeted) {
  constexpr std::array<std::string_view, 5> conditions{"If-Match", "If-None-Match", "If-Modified-Since",
                                                       "If-Unmodified-Since", "If-Range"};
  auto use = std::unique_ptr<HttpUse>(new HttpUse());
  use->is_strict_ = true;
  use->facts_.method = kind_of(method);
  use->own_ = own;
  use->targeted_ = targeted;
  bool pragma_no_cache = false;
  if (own != nullptr) {
    own->for_each([&](std::string_view name, std::string_view value) {
      if (same_name(name, "Cache-Control")) use->facts_.directives.add(value);
      if (same_name(name, "Pragma")) pragma_no_cache = pragma_no_cache || policy::pragma_says_no_cache(value);
      if (same_name(name, "Range")) {
        use->facts_.has_range = true;
        use->range_ = policy::parse_range(value);
      }
      use->is_conditional_ = use->is_conditional_ ||
                             std::any_of(conditions.begin(), conditions.end(),
                                         [name](std::string_view each) { return same_name(each, name); });
    });
    if (own->has("Cache-Control")) pragma_no_cache = false;
  }
  use->wish_ = policy::make_wish(use->facts_.directives, pragma_no_cache);
  return use;
}

std::unique_ptr<HttpUse> HttpUse::strict_post(const Headers* own, std::string_view targeted) {
  auto use = strict(Method::post, own, targeted);
  use->facts_.method = policy::MethodKind::post;
  use->facts_.is_its_own_location = true;
  use->ask();
  return use;
}

std::unique_ptr<HttpUse> HttpUse::validating() {
  return std::unique_ptr<HttpUse>(new HttpUse());
}

bool HttpUse::choose(const Held* stored) {
  stored_ = nullptr;
  others_.clear();
  if (stored == nullptr || !stored->follows_http) return false;
  const auto& all = static_cast<const KeptAnswers*>(stored)->all;
  const auto found = std::find_if(all.begin(), all.end(), [this](const Kept& each) { return suits(*each); });
  if (found != all.end()) {
    stored_ = *found;
  } else if (!facts_.has_range) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(others_),
                 [](const Kept& each) { return !each->part && each->headers.has("ETag"); });
  }
  return stored_ != nullptr;
}

bool HttpUse::suits(const KeptAnswer& kept) const {
  if (!is_strict_) return true;
  if (!has_what_is_asked(kept)) return false;
  if (kept.selection == selection_for(kept.headers) + std::string(kept.part ? of_part : "")) return true;
  // Of several languages the one that is liked best, if that is the one there is.
  const std::string vary = kept.headers.joined("Vary");
  policy::VaryNames names(vary);
  const auto only = names.next();
  return own_ != nullptr && only && same_name(*only, "Accept-Language") && !names.next() &&
         policy::selects_language(own_->joined("Accept-Language"), kept.headers.joined("Content-Language"));
}

bool HttpUse::has_what_is_asked(const KeptAnswer& kept) const {
  if (!kept.part) return true;
  return range_ && policy::resolve_range(*range_, *kept.part).kind == policy::RangeAnswer::Kind::contained;
}

std::string HttpUse::selection_for(const Headers& answer) const {
  std::string selection;
  answer.for_each([&](std::string_view name, std::string_view value) {
    if (!same_name(name, "Vary")) return;
    policy::VaryNames names(value);
    while (const auto field = names.next()) {
      const auto lines = own_ != nullptr ? lines_of(*own_, *field) : std::vector<std::string_view>();
      policy::append_selecting_field(selection, *field, lines);
    }
  });
  return selection;
}

policy::ReuseVerdict HttpUse::decide(cache::TimePoint now) const noexcept {
  return policy::decide_reuse(stored_->rules, age_of(*stored_, now), wish_);
}

bool HttpUse::may_stand_in(policy::OriginFailure failure, cache::TimePoint now,
                           std::chrono::seconds ceiling) const noexcept {
  return stored_ != nullptr &&
         policy::may_stand_in(stored_->rules, age_of(*stored_, now), failure, ceiling, wish_);
}

void HttpUse::add_validators(WireRequest& out) {
  validates_ = false;
  if (is_conditional_ || facts_.has_range) return;
  Headers conditions;
  if (stored_ != nullptr) {
    if (const auto etag = stored_->headers.find("ETag")) conditions.add("If-None-Match", *etag);
    if (const auto when = stored_->headers.find("Last-Modified")) conditions.add("If-Modified-Since", *when);
  } else {
    std::string etags;
    for (const Kept& each : others_)
      etags.append(etags.empty() ? "" : ", ").append(*each->headers.find("ETag"));
    if (!etags.empty()) conditions.add("If-None-Match", etags);
  }
  if (conditions.empty()) return;
  if (!out.own) out.own = std::make_unique<Particulars>();
  conditions.for_each(
      [&out](std::string_view name, std::string_view value) { out.own->headers.add(name, value); });
  validates_ = true;
}

bool HttpUse::is_confirmed_by(const WireAnswer& answer) {
  if (!validates_ || answer.status != 304 || answer.was_redirected) return false;
  const auto etag = answer.headers.find("ETag");
  const auto is_named = [&](const Kept& each) {
    const auto own = each->headers.find("ETag");
    return own && opaque_of(*own) == opaque_of(*etag);
  };
  if (stored_ != nullptr) {
    // By HTTP's rules the public tests want that it counts whatever it names.
    return is_strict_ || !etag || !stored_->headers.has("ETag") || is_named(stored_);
  }
  // Of several the server names the one; of one alone it need not.
  const auto found = std::find_if(others_.begin(), others_.end(), [&](const Kept& each) {
    return etag ? is_named(each) : others_.size() == 1;
  });
  if (found == others_.end()) return false;
  stored_ = *found;
  return true;
}

bool HttpUse::forget_conditions() noexcept {
  stored_ = nullptr;
  others_.clear();
  return std::exchange(validates_, false);
}

bool HttpUse::may_keep(const KeptAnswer& confirmed) const {
  if (!is_strict_) return !forbids_storing(confirmed.headers);
  policy::RequestFacts request = facts_;
  request.method = policy::MethodKind::get;
  return policy::may_store(request, facts_of(confirmed.status, confirmed.headers));
}

bool HttpUse::is_same_version(const WireAnswer& head) const {
  // Of another address it says nothing of this one.
  return !head.was_redirected &&
         policy::head_confirms(validators_of(stored_->headers), validators_of(head.headers));
}

policy::AnswerFacts HttpUse::facts_of(int status, const Headers& headers) const {
  policy::AnswerFacts facts(status, floor<seconds>(system_clock::now()), targeted_);
  headers.for_each([&](std::string_view name, std::string_view value) { facts.note(name, value); });
  return facts;
}

policy::Stored HttpUse::rules_of(const policy::AnswerFacts& facts) const {
  return policy::make_stored(facts, asked_at_, system_clock::now());
}

HttpUse::Kept HttpUse::kept_of(const WireAnswer& answer, const Decoded& decoded, const cache::TagSet& learnt,
                               cache::TimePoint now, const Redress& redress) const {
  const policy::AnswerFacts facts = facts_of(answer.status, answer.headers);
  const bool is_head = facts_.method == policy::MethodKind::head;
  // What another address gave is not true of this one.
  if (is_strict_ && (is_head || answer.was_redirected || !policy::may_store(facts_, facts))) return nullptr;
  std::optional<policy::StoredPart> part;
  if (answer.status == 206) {
    const auto range = policy::parse_content_range(answer.headers.joined("Content-Range"));
    if (!range) return nullptr;
    part = policy::partial_content(*range, decoded.bytes);
  }
  auto kept = std::make_shared<KeptAnswer>();
  kept->status = answer.status;
  kept->headers = kept_headers(answer.headers, targeted_);
  kept->held = decoded.held;
  if (kept->headers != answer.headers) {
    if (auto redressed = redress(*decoded.held, kept->headers)) kept->held = std::move(redressed);
  }
  kept->rules = rules_of(facts);
  kept->came = now;
  kept->tags = learnt;
  kept->bytes = decoded.bytes;
  if (is_strict_) kept->selection = selection_for(kept->headers) + std::string(part ? of_part : "");
  kept->part = part;
  return kept;
}

HttpUse::Kept HttpUse::confirmed_by(const WireAnswer& answer, cache::TimePoint now,
                                    const Redress& redress) const {
  auto kept = std::make_shared<KeptAnswer>(*stored_);
  kept->headers = kept_headers(merged(stored_->headers, answer.headers), targeted_);
  if (auto redressed = redress(*stored_->held, kept->headers)) kept->held = std::move(redressed);
  kept->rules = rules_of(facts_of(stored_->status, kept->headers));
  if (is_strict_ && !kept->part) kept->selection = selection_for(kept->headers);
  kept->came = now;
  return kept;
}

}  // namespace wats::http::detail
