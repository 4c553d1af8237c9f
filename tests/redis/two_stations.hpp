// Two levels on one Redis, the reports of the one and the ear of the other.
#pragma once

#include "tests/redis/support.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache::test {

class TwoStations : public OnRedis {
 protected:
  void SetUp() override {
    OnRedis::SetUp();
    if (!server_) return;
    a_ = open(with_reports());
    b_ = open();
    b_->listen(b_ear_);
    b_ear_->forget();
  }

  [[nodiscard]] RedisSettings with_reports() {
    RedisSettings settings = this->settings();
    settings.report = [reports = reports_](std::string_view text) {
      const std::lock_guard lock(reports->mutex);
      reports->texts.emplace_back(text);
    };
    return settings;
  }
  /// One after another, each on a line.
  [[nodiscard]] std::string reports() const {
    const std::lock_guard lock(reports_->mutex);
    std::string all;
    for (const auto& text : reports_->texts) all += text + "\n";
    return all;
  }
  void wait_until_both_are_away() {
    EXPECT_TRUE(is_away(*a_));
    EXPECT_TRUE(is_away(*b_));
  }
  void wait_until_both_are_back() {
    EXPECT_TRUE(is_available(*a_));
    EXPECT_TRUE(is_available(*b_));
  }
  [[nodiscard]] std::string stored_key() const {
    const std::string keys = server_->run({"KEYS", "wats:v:*"});
    return keys.substr(0, keys.find('\n'));
  }

  class Reports {
   public:
    std::mutex mutex;
    std::vector<std::string> texts;
  };
  std::shared_ptr<Reports> reports_ = std::make_shared<Reports>();
  std::shared_ptr<SecondLevel> a_;
  std::shared_ptr<SecondLevel> b_;
  std::shared_ptr<Ear> b_ear_ = std::make_shared<Ear>();
};

}  // namespace wats::cache::test
