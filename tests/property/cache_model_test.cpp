// The cache against a slow and simple reference that is told the same story, step by random step. RapidCheck
// draws the story, shrinks one that fails to its few steps and prints the seed: RC_PARAMS="seed=N" plays it
// again.
#include "tests/property/cache_reference.hpp"
#include "tests/unit/cache/support.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wats::cache::test {
namespace {

void assert_same(const Stats& cache, const Stats& reference) {
  RC_ASSERT(cache.fresh == reference.fresh);
  RC_ASSERT(cache.stale == reference.stale);
  RC_ASSERT(cache.negative == reference.negative);
  RC_ASSERT(cache.joined == reference.joined);
  RC_ASSERT(cache.misses == reference.misses);
  RC_ASSERT(cache.loads == reference.loads);
  RC_ASSERT(cache.load_failures == reference.load_failures);
  RC_ASSERT(cache.inserts == reference.inserts);
  RC_ASSERT(cache.refused == reference.refused);
  RC_ASSERT(cache.entries == reference.entries);
  RC_ASSERT(cache.bytes == reference.bytes);
  for (std::size_t i = 0; i < cause_count; ++i) {
    RC_ASSERT(cache.removed_by[i].entries == reference.removed_by[i].entries);
    RC_ASSERT(cache.removed_by[i].bytes == reference.removed_by[i].bytes);
  }
}

class Story {
 public:
  explicit Story(const Plan& plan)
      : plan_(plan),
        cache_({.max_entries = plan.max_entries,
                .max_bytes = plan.max_bytes,
                .ttl = plan.ttl,
                .negative_ttl = 1s,
                .stale = {.if_error = plan.kept},
                .policy = plan.policy,
                .shards = 1,
                .now = clock_.function(),
                .tag_slots = 65536}),
        reference_(plan, IntCache::weight_of("", 1) - 1) {}

  void step() {
    const std::string key = "key" + std::to_string(below(plan_.keys));
    switch (below(20)) {
      case 0:
      case 1:
      case 2:
        put(key);
        break;
      case 3:
      case 4:
      case 5:
      case 6:
      case 7:
        find(key);
        break;
      case 8:
      case 9:
      case 10:
      case 11:
        ask(key);
        break;
      case 12:
      case 13:
      case 14:
        land();
        break;
      case 15:
        clock_.advance(std::chrono::milliseconds(below(400)));
        break;
      case 16:
        invalidate();
        break;
      case 17:
        RC_ASSERT(cache_.erase(key) == reference_.erase(key, clock_.now()));
        break;
      case 18:
        rare();
        break;
      default:
        find("key" + std::to_string(below(3)));
        break;
    }
    assert_same(cache_.stats(), reference_.stats);
  }

 private:
  // Evenly, whatever the size RapidCheck is at.
  static int below(int bound) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, std::max(bound, 1)));
  }

  static std::set<int> some_tags() {
    std::set<int> tags;
    for (int i = below(4); i > 0; --i) tags.insert(below(5));
    return tags;
  }
  static Tag tag(int number) { return Tag("tag", std::to_string(number)); }
  static TagSet as_set(const std::set<int>& tags) {
    TagSet set;
    for (const int number : tags) set.add(tag(number));
    return set;
  }
  static StoreOptions some_options(const std::set<int>& tags) {
    StoreOptions options;
    options.tags = as_set(tags);
    options.bytes = 1U + static_cast<std::size_t>(below(below(20) == 0 ? 100000 : 1000));
    if (below(3) == 0) options.ttl = std::chrono::milliseconds(below(3000));
    return options;
  }

  void put(const std::string& key) {
    const auto tags = some_tags();
    const StoreOptions options = some_options(tags);
    ++value_;
    if (below(8) == 0) {
      // Nothing weighs a byte, and lives as long as nothing does.
      StoreOptions of_nothing;
      of_nothing.tags = options.tags;
      RC_ASSERT(cache_.put(key, nullptr, of_nothing) ==
                reference_.put(key, std::nullopt, 1, 1s, tags, clock_.now()));
      return;
    }
    RC_ASSERT(cache_.put(key, number(value_), options) ==
              reference_.put(key, value_, options.bytes, options.ttl, tags, clock_.now()));
  }

  void find(const std::string& key) {
    LookupOptions options;
    if (below(4) == 0) options.max_age = std::chrono::milliseconds(below(1000));
    if (below(4) == 0) options.max_stale = std::chrono::milliseconds(below(2000));
    const auto hit = cache_.find(key, options);
    // Longer than it is kept nothing is found: it has been removed, or may be at any time.
    const auto expected =
        reference_.find(key, clock_.now(), options.max_age, std::min(options.max_stale, plan_.kept));
    if (!expected) ++reference_.stats.misses;
    RC_ASSERT(static_cast<bool>(hit) == expected.has_value());
    if (!expected) return;
    RC_ASSERT((hit.value ? std::optional(*hit.value) : std::nullopt) == expected->value);
    RC_ASSERT(hit.is_stale == (clock_.now() >= expected->expires));
    RC_ASSERT(hit.age == clock_.now() - expected->born);
  }

  void ask(const std::string& key) {
    const auto tags = some_tags();
    const TagSet set = as_set(tags);
    auto lookup = cache_.find_or_join(key, set.view(), std::make_shared<Recorder>());
    auto expected = reference_.find(key, clock_.now(), {}, 0s);
    if (!expected) expected = reference_.find_instead(key, clock_.now());
    if (expected) {
      RC_ASSERT(static_cast<bool>(lookup.hit()));
      RC_ASSERT((lookup.hit().value ? std::optional(*lookup.hit().value) : std::nullopt) == expected->value);
      return;
    }
    const auto led = reference_.lead_or_join(key, tags, clock_.now());
    RC_ASSERT(static_cast<bool>(lookup.lead()) == led.has_value());
    RC_ASSERT(lookup.joined() == !led.has_value());
    if (led) tickets_.emplace_back(*led, std::move(lookup.lead()));
  }

  void land() {
    if (tickets_.empty()) return;
    const auto chosen = tickets_.begin() + below(static_cast<int>(tickets_.size()));
    auto [load, ticket] = std::move(*chosen);
    tickets_.erase(chosen);
    if (below(5) == 0) {
      fail(load, ticket);
      return;
    }
    const auto tags = some_tags();
    const StoreOptions options = some_options(tags);
    ++value_;
    RC_ASSERT(ticket.land(number(value_), options) ==
              reference_.land(load, value_, options.bytes, options.ttl, tags, clock_.now()));
  }

  /// What was stored before stands in for it, if it is not too old.
  void fail(int load, IntCache::Ticket& ticket) {
    const std::string key = ticket.key();
    const auto landing = ticket.fail(std::exception_ptr());
    const auto expected = reference_.fail(load, key, clock_.now());
    RC_ASSERT((landing.kind == LandingKind::value) == expected.has_value());
    if (expected)
      RC_ASSERT((landing.value ? std::optional(*landing.value) : std::nullopt) == expected->value);
    RC_ASSERT(cache_.stats().rescued == reference_.stats.rescued);
  }

  void invalidate() {
    const int number = below(5);
    if (below(3) == 0) {
      const TimePoint until = clock_.now() + std::chrono::milliseconds(below(500));
      cache_.tags().settle(one(tag(number)), until);
      reference_.settle(number, until);
    } else {
      cache_.invalidate(tag(number));
      reference_.invalidate(number);
    }
  }

  void rare() {
    if (const int choice = below(6); choice == 0) {
      cache_.clear();
      reference_.clear();
    } else if (choice == 1) {
      const auto entries = static_cast<std::size_t>(below(static_cast<int>(plan_.max_entries) + 1));
      const std::size_t bytes = plan_.max_bytes / static_cast<std::size_t>(1 + below(3));
      cache_.resize(entries, bytes);
      reference_.resize(entries, bytes, clock_.now());
    } else {
      RC_ASSERT(cache_.purge() == reference_.purge(clock_.now()));
    }
  }

  Plan plan_;
  FakeClock clock_;
  IntCache cache_;
  Reference reference_;
  std::vector<std::pair<int, IntCache::Ticket>> tickets_;
  int value_ = 0;
};

class CacheModel : public testing::TestWithParam<Plan> {};

TEST_P(CacheModel, does_what_the_reference_does) {
  EXPECT_TRUE(rc::check(GetParam().name, [] {
    Story story(GetParam());
    for (int step = *rc::gen::inRange(0, 600); step > 0; --step) story.step();
  }));
}

std::vector<Plan> plans() {
  std::vector<Plan> all;
  for (const auto& [policy, name] : {std::pair(Policy::lru, "lru"), std::pair(Policy::sieve, "sieve"),
                                     std::pair(Policy::s3_fifo, "s3_fifo")}) {
    const std::string of = std::string("_by_") + name;
    all.push_back({"roomy" + of, policy, 1000, 1U << 24U, 2s, 50});
    all.push_back({"few_entries" + of, policy, 7, 1U << 24U, 2s, 30});
    all.push_back({"few_bytes" + of, policy, 1000, 6000, 2s, 30});
    all.push_back({"one_entry" + of, policy, 1, 1U << 24U, 500ms, 4});
    all.push_back({"long_lived" + of, policy, 20, 20000, 1h, 40});
    all.push_back({"kept_when_stale" + of, policy, 20, 1U << 24U, 1s, 30, 2s});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Plans, CacheModel, testing::ValuesIn(plans()),
                         [](const auto& plan) { return plan.param.name; });

}  // namespace
}  // namespace wats::cache::test
