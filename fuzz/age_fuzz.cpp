// Any fields of an answer: their order does not matter, what is learnt from them stays within its bounds, and
// a stored answer only gets worse with age.
#include "wats/policy/reuse.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace wats::policy;
using std::chrono::seconds;
using Fields = std::vector<std::pair<std::string, std::string_view>>;

constexpr std::chrono::sys_seconds arrival =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);
constexpr std::string_view targeted = "Wats-Cache-Control";

void require(bool holds) {
  if (!holds) std::abort();
}

/// Lines "name: value"; a letter alone stands for a name, so that the fuzzer finds them sooner.
Fields fields_of(std::string_view text) {
  constexpr std::string_view names[] = {"Age",  "Date",   "Expires", "Last-Modified", "Cache-Control",
                                        "Vary", "Pragma", "ETag",    "Content-Range", targeted};
  Fields fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const bool is_short = colon == 1 && line[0] >= '0' && line[0] <= '9';
    fields.emplace_back(is_short ? names[line[0] - '0'] : line.substr(0, colon), line.substr(colon + 1));
  }
  return fields;
}

template <class Range>
AnswerFacts facts_of(int status, const Range& fields, std::string_view own) {
  AnswerFacts facts(status, arrival, own);
  for (const auto& [name, value] : fields) facts.note(name, value);
  return facts;
}

bool same(const AnswerFacts& a, const AnswerFacts& b) {
  return a.directives() == b.directives() && a.age() == b.age() && a.date() == b.date() &&
         a.expires() == b.expires() && a.has_expires() == b.has_expires() &&
         a.last_modified() == b.last_modified() && a.has_last_modified() == b.has_last_modified() &&
         a.varies_on_everything() == b.varies_on_everything() && a.has_vary() == b.has_vary() &&
         a.has_etag() == b.has_etag() && a.pragma_no_cache() == b.pragma_no_cache() &&
         a.has_content_range() == b.has_content_range();
}

int rank(ReuseVerdict verdict) {
  return verdict == ReuseVerdict::show ? 0 : verdict == ReuseVerdict::show_and_refresh ? 1 : 2;
}

void check_wish(const Stored& stored, seconds age, const Wish& wish) {
  const ReuseVerdict verdict = decide_reuse(stored, age, wish);
  const bool is_fresh = age < seconds(stored.lifetime);
  if (verdict == ReuseVerdict::show || verdict == ReuseVerdict::show_and_refresh) {
    require(!wish.no_cache && !wish.no_store && !stored.needs_validation);
    require(is_fresh || !stored.never_stale);
    // Stale only where the request or the answer says that this will do.
    require(is_fresh || wish.max_stale || stored.stale_while_revalidate.count() > 0);
    require(!wish.max_age || age <= *wish.max_age || (is_fresh && stored.immutable));
  }
  require(!wish.only_if_cached || verdict == ReuseVerdict::show || verdict == ReuseVerdict::not_there);
  for (const auto failure : {OriginFailure::no_connection, OriginFailure::server_error}) {
    const bool stands_in = may_stand_in(stored, age, failure, seconds(60), wish);
    require(!stands_in || is_fresh || !stored.never_stale);
    require(!stands_in || (!wish.no_cache && !wish.no_store && !stored.needs_validation));
  }
}

void check_ageing(const Stored& stored, const Wish& wish) {
  const auto born = age_of(stored, seconds(0));
  require(born >= seconds(0) && born <= seconds(longest_delta) && stored.lifetime <= longest_delta);
  int before = 0;
  bool stood_in = true;
  const auto lifetime = seconds(stored.lifetime);
  const auto window = lifetime + seconds(stored.stale_while_revalidate);
  std::vector<seconds> ages{born,   lifetime - seconds(1), lifetime, lifetime + seconds(1),
                            window, window + seconds(1)};
  std::ranges::sort(ages);
  for (const seconds age : ages) {
    const ReuseVerdict verdict = decide_reuse(stored, age, {});
    require(rank(verdict) >= before);
    before = rank(verdict);
    const bool stands_in = may_stand_in(stored, age, OriginFailure::no_connection, seconds(60), {});
    require(stood_in || !stands_in);
    require(stands_in || !may_stand_in(stored, age, OriginFailure::server_error, seconds(60), {}));
    stood_in = stands_in;
    check_wish(stored, age, {});
    check_wish(stored, age, wish);
  }
}

void check_answer(int status, const Fields& fields) {
  const AnswerFacts facts = facts_of(status, fields, {});
  Fields backward = fields;
  std::ranges::reverse(backward);
  require(same(facts, facts_of(status, backward, {})));
  for (auto& [name, value] : backward) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  backward.emplace_back("X-Other", "max-age=1");
  require(same(facts, facts_of(status, backward, {})));
  if (may_store({.has_range = facts.has_content_range()}, facts)) {
    require(!facts.directives().no_store || facts.directives().must_understand);
    require(!facts.varies_on_everything() && status != 304);
  }
  // What stands for another method's target is stored only where GET's answer would be.
  if (may_store({.method = MethodKind::post, .is_its_own_location = true}, facts))
    require(may_store({}, facts));
  for (const auto& [name, value] : fields) {
    require(!is_stored_field(name, std::string("close, ").append(name)) ||
            name.find_first_of(", \t") < name.size() || name.empty());
    require(!is_updated_by_304(name, value) || is_stored_field(name, value));
  }

  const Stored stored = make_stored(facts, arrival - std::chrono::milliseconds(1500), arrival);
  const Wish wish = make_wish(facts.directives(), facts.pragma_no_cache());
  check_ageing(stored, wish);
  if (facts.age() == longest_delta)
    require(decide_reuse(stored, age_of(stored, seconds(0)), {}) != ReuseVerdict::show);

  const AnswerFacts ours = facts_of(status, fields, targeted);
  if (!ours.is_targeted()) require(same(facts, ours));
  check_ageing(make_stored(ours, arrival, arrival), wish);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr int statuses[] = {200, 204, 206, 304, 404, 500, 503, 599};
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_answer(statuses[data[0] % 8U], fields_of(text));
  return 0;
}
