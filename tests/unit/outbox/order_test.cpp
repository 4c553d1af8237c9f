// Who goes first.
#include "tests/unit/outbox/support.hpp"

#include <algorithm>
#include <thread>

namespace wats::outbox::test {
namespace {

class Order : public Box {
 protected:
  /// One report after the other: only then is there one order.
  void open() {
    auto one = settings();
    one.drain.most_in_flight = 1;
    Box::open(one);
  }
  static std::vector<std::string> ids(std::initializer_list<int> numbers) {
    std::vector<std::string> made;
    for (const int n : numbers) made.push_back(uuid(n));
    return made;
  }
};

TEST_F(Order, urgent_reports_go_first_and_then_the_older) {
  open();
  add(report(1), 5);
  add(report(2), 10);
  add(report(3), 1);
  add(report(4), 5);
  EXPECT_EQ(drain(), ids({3, 1, 4, 2}));
}

TEST_F(Order, reports_of_one_unit_go_in_the_order_of_hand_over) {
  open();
  add(report(1, "A"));
  add(report(2, "A"));
  add(report(3, "B"));
  add(report(4, "A"), 1);
  const auto item = outbox().find(2);
  ASSERT_TRUE(item);
  EXPECT_TRUE(item->waits_for_others);
  // The urgent one lends its urgency to those before it.
  EXPECT_EQ(drain(), ids({1, 2, 4, 3}));
}

TEST_F(Order, a_test_goes_before_its_repair_whichever_came_first) {
  open();
  add(repair(1, 2, "A"));
  add(report(9, "A"));
  add(report(2, "A"));
  EXPECT_EQ(drain(), ids({2, 1, 9}));
}

TEST_F(Order, parts_go_before_the_unit_they_are_in) {
  open();
  Report unit = report(1, "UNIT");
  unit.sub_units = {"PART-1", "PART-2"};
  add(report(2, "PART-1"), 10);
  add(unit, 1);
  add(report(3, "PART-2"), 10) /* handed over late, but not begun after the unit's */;
  EXPECT_EQ(drain(), ids({2, 3, 1}));
}

TEST_F(Order, a_later_report_of_a_part_does_not_hold_the_unit_up) {
  open();
  Report unit = report(1, "UNIT");
  unit.sub_units = {"PART"};
  add(unit);
  Report later = report(2, "PART");
  later.start = Timestamp::parse("2026-02-03T09:15:01Z").value();
  add(later, 10);
  EXPECT_EQ(drain(), ids({1, 2}));
}

TEST_F(Order, what_is_held_or_refused_lets_the_others_pass_and_comes_back_to_its_place) {
  open();
  add(report(1, "A"));
  add(report(2, "A"));
  EXPECT_EQ(outbox().hold(Selection({1}), "a look first").value(), 1U);
  add(report(3, "A"));
  EXPECT_EQ(outbox().release(Selection(State::held), "looked").value(), 1U);
  EXPECT_EQ(drain(), ids({1, 2, 3}));
}

TEST_F(Order, of_one_unit_only_one_is_on_its_way) {
  Box::open();
  for (int n = 1; n <= 40; ++n) add(report(n, n % 2 == 0 ? "A" : "B"));
  std::vector<std::string> under_way;
  std::mutex mutex;
  std::vector<Deliver::Done> ends;

  class Slow final : public Deliver {
   public:
    Slow(std::mutex& m, std::vector<std::string>& w, std::vector<Done>& e) : mutex_(m), way_(w), ends_(e) {}
    void start(Delivery delivery, Done done) override {
      const std::lock_guard lock(mutex_);
      way_.push_back(delivery.document);
      ends_.push_back(std::move(done));
    }
    void stop() noexcept override {}

   private:
    std::mutex& mutex_;
    std::vector<std::string>& way_;
    std::vector<Done>& ends_;
  };
  outbox().start_sending(std::make_shared<Slow>(mutex, under_way, ends));
  std::size_t ended = 0;
  std::size_t most = 0;
  while (outbox().status()->backlog() > 0) {
    std::vector<Deliver::Done> now;
    {
      const std::lock_guard lock(mutex);
      now.swap(ends);
    }
    most = std::max(most, now.size());
    ended += now.size();
    for (auto& end : now) end(Outcome(Fate::sent));
    std::this_thread::yield();
  }
  EXPECT_EQ(ended, 40U);
  EXPECT_LE(most, 2U) << "there are two units";
}

}  // namespace
}  // namespace wats::outbox::test
