// Sending: what becomes of reports by what the server does.
#include "tests/unit/outbox/support.hpp"

#include <algorithm>
#include <thread>

namespace wats::outbox::test {
namespace {

class Sending : public Box {
 protected:
  /// Sends until *is_done*.
  template <class Done>
  void send_until(ScriptedDelivery::Judge judge, Done is_done) {
    delivery_ = std::make_shared<ScriptedDelivery>(std::move(judge));
    outbox().start_sending(delivery_);
    for (int i = 0; i < 2000 && !is_done(); ++i) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(is_done());
    outbox().stop_sending(1s);
  }
};

TEST_F(Sending, tells_each_change_after_it_is_on_disk) {
  std::mutex mutex;
  std::vector<std::string> heard;
  auto with = settings();
  with.on_event = [&](const Event& event) {
    const std::lock_guard lock(mutex);
    heard.push_back(std::to_string(event.number) + " " + std::string(name(event.state)));
  };
  open(with);
  add(report(1));
  drain();
  close();
  EXPECT_EQ(heard, (std::vector<std::string>{"1 pending", "1 sending", "1 sent"}));
}

TEST_F(Sending, sets_a_refused_report_aside_with_the_server_s_words_and_goes_on) {
  open();
  add(report(1, "A"));
  add(report(2, "A"));
  drain([](const Delivery& delivery) {
    return delivery.id == uuid(1) ? outcome(Fate::refused, "400: there is no process 7", 400)
                                  : Outcome(Fate::sent);
  });
  EXPECT_EQ(count(State::sent), 1);
  const auto aside = outbox().list(Selection(State::quarantined)).value();
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(aside[0].id, uuid(1));
  EXPECT_EQ(aside[0].reason, "400: there is no process 7");
  const auto attempts = outbox().attempts(1).value();
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].http_status, 400);

  EXPECT_EQ(outbox().retry(Selection(State::quarantined), "the process is there now").value(), 1U);
  EXPECT_EQ(drain(), std::vector{uuid(1)});
  EXPECT_EQ(outbox().audit().value().front().why, "the process is there now");
}

TEST_F(Sending, sends_a_doubtful_report_again_under_its_id) {
  open();
  add(report(1));
  std::atomic<int> times = 0;
  send_until(
      [&](const Delivery&) { return ++times < 3 ? outcome(Fate::doubtful, "timeout") : Outcome(Fate::sent); },
      [&] {
        wall_.advance(10ms);
        return count(State::sent) == 1;
      });
  EXPECT_EQ(delivery_->ids(), (std::vector{uuid(1), uuid(1), uuid(1)}));
  EXPECT_EQ(outbox().find(1)->attempts, 3);
}

TEST_F(Sending, keeps_everything_while_the_token_is_refused_and_says_why) {
  open();
  for (int n = 1; n <= 3; ++n) add(report(n));
  send_until([](const Delivery&) { return outcome(Fate::unauthorized, "401: the token is refused", 401); },
             [&] { return outbox().status()->pause == "401: the token is refused"; });
  EXPECT_EQ(count(State::pending), 3);
  EXPECT_EQ(drain().size(), 3U);
}

TEST_F(Sending, holds_a_report_of_the_future_until_its_time_has_come) {
  open();
  Report future = report(1);
  future.start = Timestamp(wall_.now() + 2h);
  add(future);
  add(report(2));
  send_until([](const Delivery&) { return Outcome(Fate::sent); }, [&] { return count(State::held) == 1; });
  EXPECT_NE(outbox().find(1)->reason.find("in the future"), std::string::npos);
  wall_.advance(2h + 1s);
  send_until([](const Delivery&) { return Outcome(Fate::sent); }, [&] { return count(State::sent) == 2; });
}

TEST_F(Sending, sends_a_report_of_the_future_that_somebody_released) {
  open();
  Report future = report(1);
  future.start = Timestamp(wall_.now() + 2h);
  add(future);
  send_until([](const Delivery&) { return Outcome(Fate::sent); }, [&] { return count(State::held) == 1; });
  EXPECT_EQ(outbox().release(Selection({1}), "the clock was right").value(), 1U);
  EXPECT_EQ(drain().size(), 1U);
}

TEST_F(Sending, goes_on_with_what_a_dead_sender_had_under_way) {
  open();
  add(report(1));
  class Silent final : public Deliver {
   public:
    void start(Delivery, Done done) override {
      const std::lock_guard lock(mutex_);
      ends_.push_back(std::move(done));
    }
    void stop() noexcept override {
      const std::lock_guard lock(mutex_);
      for (auto& end : ends_) end(Outcome(Fate::taken_back));
    }

   private:
    std::mutex mutex_;
    std::vector<Done> ends_;
  };
  outbox().start_sending(std::make_shared<Silent>());
  while (count(State::sending) == 0) std::this_thread::yield();
  outbox().stop_sending(10ms);
  EXPECT_EQ(count(State::pending), 1) << "taken back";
  EXPECT_EQ(drain(), std::vector{uuid(1)});
}

TEST_F(Sending, of_two_senders_of_one_outbox_each_report_is_sent_by_one) {
  open();
  auto second = Outbox::open(settings());
  ASSERT_TRUE(second);
  for (int n = 1; n <= 200; ++n) add(report(n, "SN-" + std::to_string(n % 20)));
  const auto a = std::make_shared<ScriptedDelivery>();
  const auto b = std::make_shared<ScriptedDelivery>();
  outbox().start_sending(a);
  second->start_sending(b);
  EXPECT_TRUE(outbox().wait_until_drained(20s));
  auto ids = a->ids();
  std::ranges::copy(b->ids(), std::back_inserter(ids));
  std::ranges::sort(ids);
  EXPECT_EQ(ids.size(), 200U);
  EXPECT_TRUE(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_F(Sending, forgets_what_was_sent_long_ago) {
  auto with = settings();
  with.max_sent = 2;
  open(with);
  for (int n = 1; n <= 5; ++n) add(report(n));
  drain();
  EXPECT_EQ(count(State::sent), 5);
  add(report(6));
  send_until([](const Delivery&) { return Outcome(Fate::sent); }, [&] { return count(State::sent) <= 3; });
}

}  // namespace
}  // namespace wats::outbox::test
