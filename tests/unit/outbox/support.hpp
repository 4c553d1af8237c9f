// What the tests of the outbox share: reports, a clock that moves by hand, a delivery that does as it is
// told.
#pragma once

#include "tests/support/temporary_folder.hpp"
#include "wats/outbox/outbox.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <iomanip>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace wats::outbox::test {

using namespace std::chrono_literals;

inline std::string uuid(int n) {
  std::ostringstream text;
  text << std::hex << std::setfill('0') << std::setw(8) << n << "-0000-4000-8000-000000000000";
  return text.str();
}

/// A report of a test; its document is short and its own.
inline Report report(int n, const std::string& serial_number = "") {
  Report made;
  made.id = uuid(n);
  made.serial_number = serial_number.empty() ? "SN-" + std::to_string(n) : serial_number;
  made.part_number = "PN-1";
  made.start = Timestamp::parse("2026-02-03T09:15:00Z").value();
  made.document = R"({"id":")" + made.id + R"(","n":)" + std::to_string(n) + "}";
  return made;
}

inline Report repair(int n, int test, const std::string& serial_number) {
  Report made = report(n, serial_number);
  made.type = ReportType::repair;
  made.repaired_test = uuid(test);
  return made;
}

/// *Thread safety*: any thread.
class WallClock {
 public:
  [[nodiscard]] WallTime now() const { return WallTime{std::chrono::milliseconds{now_}}; }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  // 2026-11-20.
  std::atomic<std::int64_t> now_{1'795'000'000'000};
};

/// Answers as *judge* says, at once. *Thread safety*: any thread.
class ScriptedDelivery final : public Deliver {
 public:
  using Judge = std::function<Outcome(const Delivery&)>;

  explicit ScriptedDelivery(Judge judge = [](const Delivery&) { return Outcome(Fate::sent); })
      : judge_(std::move(judge)) {}

  void start(Delivery delivery, Done done) override {
    Outcome outcome = judge_(delivery);
    {
      const std::lock_guard lock(mutex_);
      ids_.push_back(delivery.id);
      documents_.push_back(delivery.document);
    }
    done(std::move(outcome));
  }
  void stop() noexcept override {}
  [[nodiscard]] std::optional<std::chrono::milliseconds> clock_ahead() const override { return ahead; }

  [[nodiscard]] std::vector<std::string> ids() const {
    const std::lock_guard lock(mutex_);
    return ids_;
  }
  [[nodiscard]] std::vector<std::string> documents() const {
    const std::lock_guard lock(mutex_);
    return documents_;
  }

  /// Set before sending begins.
  std::optional<std::chrono::milliseconds> ahead;

 private:
  const Judge judge_;
  mutable std::mutex mutex_;
  std::vector<std::string> ids_;
  std::vector<std::string> documents_;
};

inline Outcome outcome(Fate fate, std::string text, int http_status = 0) {
  Outcome made(fate);
  made.text = std::move(text);
  made.http_status = http_status;
  return made;
}

/// An outbox in a folder of its own.
class Box : public ::testing::Test {
 protected:
  [[nodiscard]] Settings settings() {
    Settings made(folder_.file("outbox"));
    made.reserve_bytes = 0;
    made.wall_now = [this] { return wall_.now(); };
    made.drain.start_spread = 0ms;
    made.drain.base_delay = 1ms;
    made.drain.base_pause = 1ms;
    made.drain.max_pause = 5ms;
    return made;
  }
  void open() { open(settings()); }
  void open(Settings with) {
    auto opened = Outbox::open(std::move(with));
    ASSERT_TRUE(opened) << opened.error().message();
    outbox_.emplace(*std::move(opened));
  }
  void close() { outbox_.reset(); }
  Outbox& outbox() { return *outbox_; }

  Receipt add(Report made, int priority = Urgency::normal) {
    AddOptions options;
    options.priority = priority;
    auto receipt = outbox().add(std::move(made), options);
    EXPECT_TRUE(receipt) << receipt.error().message();
    return receipt ? *receipt : Receipt();
  }
  /// Sends all there is, one after the other, and tells in which order.
  std::vector<std::string> drain(ScriptedDelivery::Judge judge = [](const Delivery&) {
    return Outcome(Fate::sent);
  }) {
    delivery_ = std::make_shared<ScriptedDelivery>(std::move(judge));
    outbox().start_sending(delivery_);
    EXPECT_TRUE(outbox().wait_until_drained(10s));
    outbox().stop_sending(1s);
    return delivery_->ids();
  }
  [[nodiscard]] std::int64_t count(State state) { return outbox().status()->of(state).items; }

  wats::testing::TemporaryFolder folder_;
  WallClock wall_;
  std::shared_ptr<ScriptedDelivery> delivery_;

 private:
  std::optional<Outbox> outbox_;
};

}  // namespace wats::outbox::test
