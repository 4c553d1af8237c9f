// Two levels on one Redis tell each other what they changed.
#include "tests/redis/support.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace wats::cache::test {
namespace {

class TwoLevels : public OnRedis {
 protected:
  void SetUp() override {
    OnRedis::SetUp();
    if (!server_) return;
    a_ = open();
    b_ = open();
    a_->listen(a_ear_);
    b_->listen(b_ear_);
    b_ear_->forget();
  }

  std::shared_ptr<SecondLevel> a_;
  std::shared_ptr<SecondLevel> b_;
  std::shared_ptr<Ear> a_ear_ = std::make_shared<Ear>();
  std::shared_ptr<Ear> b_ear_ = std::make_shared<Ear>();
};

TEST_F(TwoLevels, what_one_changed_the_other_hears_and_does_not_find) {
  keep(*a_, "key", record("value", {product}));
  EXPECT_TRUE(find(*b_, "key").has_value());
  a_->changed(one(product), 0s, nullptr);
  ASSERT_TRUE(b_ear_->hears(product).has_value());
  EXPECT_FALSE(find(*b_, "key").has_value());
  EXPECT_FALSE(find(*a_, "key").has_value());
  EXPECT_EQ(b_->stats().heard, 1U);
  EXPECT_TRUE(comes_true([&] { return a_->stats().told == 1; }));
}

TEST_F(TwoLevels, a_change_is_heard_within_milliseconds) {
  constexpr int times = 50;
  Steady::duration longest{0};
  Steady::duration all{0};
  for (int i = 0; i < times; ++i) {
    const Tag tag("product", std::to_string(i));
    const auto begin = Steady::now();
    a_->changed(one(tag), 0s, nullptr);
    const auto change = b_ear_->hears(tag);
    ASSERT_TRUE(change.has_value());
    longest = std::max(longest, change->at - begin);
    all += change->at - begin;
  }
  std::printf("a change is heard after %.2f ms, at most %.2f ms\n",
              std::chrono::duration<double, std::milli>(all).count() / times,
              std::chrono::duration<double, std::milli>(longest).count());
  EXPECT_LT(longest, 1s);
}

TEST_F(TwoLevels, the_rest_of_a_settling_window_is_passed_on) {
  a_->changed(one(product), 60s, nullptr);
  const auto change = b_ear_->hears(product);
  ASSERT_TRUE(change.has_value());
  EXPECT_LE(change->settling, 60s);
  EXPECT_GT(change->settling, 30s);
}

TEST_F(TwoLevels, others_in_the_process_hear_at_once_but_not_who_changed_it) {
  const auto neighbour = std::make_shared<Ear>();
  a_->listen(neighbour);
  a_ear_->forget();
  a_->changed(one(product), 60s, a_ear_.get());
  EXPECT_EQ(neighbour->heard().size(), 1U);
  // Heard from the log as well by now, and not told twice.
  ASSERT_TRUE(b_ear_->hears(product).has_value());
  synchronize(*a_);
  for (const auto& change : a_ear_->heard())
    EXPECT_EQ(std::count(change.tags.begin(), change.tags.end(), product), 0);
}

TEST_F(TwoLevels, a_listener_that_comes_late_is_told_of_the_windows_that_are_open) {
  a_->changed(one(product), 60s, nullptr);
  a_->changed(one(unit), 0s, nullptr);
  ASSERT_TRUE(b_ear_->hears(unit).has_value());
  for (const auto& level : {a_, b_}) {
    const auto late = std::make_shared<Ear>();
    level->listen(late);
    ASSERT_EQ(late->heard().size(), 1U);
    EXPECT_EQ(late->heard()[0].tags, one(product));
    EXPECT_GT(late->heard()[0].settling, 30s);
  }
}

TEST_F(TwoLevels, a_level_that_comes_late_knows_what_was_changed_before_and_the_windows) {
  keep(*a_, "key", record("value", {product}));
  keep(*a_, "other key", record("value", {unit}));
  a_->changed(one(product), 60s, nullptr);
  ASSERT_TRUE(b_ear_->hears(product).has_value());
  const auto late = open_redis(settings());
  const auto ear = std::make_shared<Ear>();
  late->listen(ear);
  const auto window = ear->hears(product);
  ASSERT_TRUE(window.has_value());
  EXPECT_GT(window->settling, 30s);
  ASSERT_TRUE(is_available(*late));
  EXPECT_FALSE(find(*late, "key").has_value());
  EXPECT_EQ(late->stats().refused, 1U);
  EXPECT_TRUE(find(*late, "other key").has_value());
}

TEST_F(TwoLevels, a_load_that_began_before_somebody_elses_change_is_not_given_after_it) {
  const Stamp since = a_->stamp();
  b_->changed(one(product), 0s, nullptr);
  // Stored before or after it was heard: the same.
  a_->store("early", record("older", {product}), since);
  ASSERT_TRUE(a_ear_->hears(product).has_value());
  a_->store("late", record("older", {product}), since);
  for (const auto& level : {a_, b_}) {
    EXPECT_TRUE(comes_true([&] { return level->stamp() > since; }));
    EXPECT_FALSE(find(*level, "early").has_value());
    EXPECT_FALSE(find(*level, "late").has_value());
  }
}

/// Notes what the level's stamp is while it is told.
class StampReader final : public ChangeListener {
 public:
  explicit StampReader(const SecondLevel& level) : level_(level) {}
  void changed(std::span<const Tag>, Duration) noexcept override { told_at = level_.stamp(); }
  void changed_all(Duration) noexcept override {}

  std::atomic<Stamp> told_at = 0;

 private:
  const SecondLevel& level_;
};

TEST_F(TwoLevels, no_stamp_says_that_a_change_was_heard_before_the_listeners_were_told) {
  const auto reader = std::make_shared<StampReader>(*b_);
  synchronize(*b_);
  b_->listen(reader);
  const Stamp before = b_->stamp();
  a_->changed(one(product), 60s, nullptr);
  ASSERT_TRUE(comes_true([&] { return b_->stamp() > before; }));
  EXPECT_EQ(reader->told_at, before);
}

TEST_F(TwoLevels, a_change_of_many_tags_is_heard_whole) {
  std::vector<Tag> tags;
  for (int i = 0; i < 3000; ++i) tags.emplace_back("product", std::to_string(i));
  a_->changed(tags, 0s, nullptr);
  EXPECT_TRUE(b_ear_->hears(tags.front()).has_value());
  EXPECT_TRUE(b_ear_->hears(tags.back()).has_value());
}

TEST_F(TwoLevels, after_a_second_what_is_in_memory_may_be_of_any_age) {
  EXPECT_TRUE(comes_true([&] { return !a_->oldest_to_show().has_value(); }));
}

TEST_F(TwoLevels, sites_with_other_secrets_share_nothing_and_do_not_disturb) {
  RedisSettings other = settings();
  other.site_key = "another secret of these tests";
  const auto stranger = open(other);
  keep(*a_, "key", record("value", {product}));
  EXPECT_FALSE(find(*stranger, "key").has_value());
  stranger->changed(one(product), 0s, nullptr);
  EXPECT_TRUE(comes_true([&] { return a_->stats().refused > 0; }));
  EXPECT_TRUE(find(*a_, "key").has_value());
}

TEST_F(TwoLevels, closing_tells_what_was_changed_last) {
  a_->changed(one(product), 0s, nullptr);
  a_.reset();
  EXPECT_TRUE(b_ear_->hears(product).has_value());
}

}  // namespace
}  // namespace wats::cache::test
