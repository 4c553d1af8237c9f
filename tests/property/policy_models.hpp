// Which key has to go next, by each policy, as plain as can be.
#pragma once

#include "wats/cache/options.hpp"

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wats::cache::test {

class PolicyModel {
 public:
  using Keys = std::list<std::string>;

  PolicyModel() = default;
  PolicyModel(const PolicyModel&) = delete;
  PolicyModel& operator=(const PolicyModel&) = delete;
  virtual ~PolicyModel() = default;

  virtual void inserted(const std::string& key) = 0;
  virtual void hit(const std::string& key) = 0;
  /// Whatever the reason, also after it was chosen.
  virtual void removed(const std::string& key) = 0;
  /// What goes: one key, rarely two.
  virtual Keys choose() = 0;
  virtual void clear() = 0;
};

class LruModel final : public PolicyModel {
 public:
  void inserted(const std::string& key) override { keys_.push_front(key); }
  void hit(const std::string& key) override {
    keys_.remove(key);
    keys_.push_front(key);
  }
  void removed(const std::string& key) override { keys_.remove(key); }
  Keys choose() override { return {keys_.back()}; }
  void clear() override { keys_.clear(); }

 private:
  Keys keys_;
};

class SieveModel final : public PolicyModel {
 public:
  void inserted(const std::string& key) override {
    keys_.push_front(key);
    used_[key] = false;
  }
  void hit(const std::string& key) override { used_[key] = true; }
  void removed(const std::string& key) override {
    const auto at = std::find(keys_.begin(), keys_.end(), key);
    if (has_hand_ && at == hand_) step();
    keys_.erase(at);
    used_.erase(key);
    if (keys_.empty()) has_hand_ = false;
  }
  Keys choose() override {
    if (!has_hand_) hand_ = std::prev(keys_.end());
    has_hand_ = true;
    while (used_[*hand_]) {
      used_[*hand_] = false;
      step();
      if (!has_hand_) hand_ = std::prev(keys_.end());
      has_hand_ = true;
    }
    return {*hand_};
  }
  void clear() override {
    keys_.clear();
    used_.clear();
    has_hand_ = false;
  }

 private:
  /// From the oldest, at the back, to the newest; then it is nowhere.
  void step() {
    has_hand_ = hand_ != keys_.begin();
    if (has_hand_) --hand_;
  }

  Keys keys_;
  std::map<std::string, bool> used_;
  Keys::iterator hand_;
  bool has_hand_ = false;
};

/// Algorithm 1 of the paper; the size of the cache is what it holds.
class S3FifoModel final : public PolicyModel {
 public:
  void inserted(const std::string& key) override {
    const auto ghost = std::find(ghosts_.begin(), ghosts_.end(), key);
    (ghost != ghosts_.end() ? main_ : small_).push_front(key);
    if (ghost != ghosts_.end()) ghosts_.erase(ghost);
    uses_[key] = 0;
  }
  void hit(const std::string& key) override { uses_[key] = std::min(uses_[key] + 1, 3); }
  void removed(const std::string& key) override {
    small_.remove(key);
    main_.remove(key);
    uses_.erase(key);
  }
  Keys choose() override {
    Keys gone;
    const std::size_t size = small_.size() + main_.size();
    if (10 * small_.size() >= size)
      choose_small(size, gone);
    else
      choose_main(gone);
    return gone;
  }
  void clear() override {
    small_.clear();
    main_.clear();
    ghosts_.clear();
    uses_.clear();
  }

 private:
  void choose_small(std::size_t size, Keys& gone) {
    while (!small_.empty()) {
      const std::string key = small_.back();
      if (uses_[key] <= 1) {
        remember(key, 9 * size / 10);
        gone.push_back(key);
        small_.pop_back();
        return;
      }
      small_.pop_back();
      uses_[key] = 0;
      main_.push_front(key);
      if (10 * main_.size() > 9 * size) choose_main(gone);
    }
  }
  void choose_main(Keys& gone) {
    while (!main_.empty()) {
      const std::string key = main_.back();
      main_.pop_back();
      if (uses_[key] == 0) {
        gone.push_back(key);
        return;
      }
      --uses_[key];
      main_.push_front(key);
    }
  }
  void remember(const std::string& key, std::size_t most) {
    ghosts_.remove(key);
    while (!ghosts_.empty() && ghosts_.size() + 1 > most) ghosts_.pop_back();
    if (most > 0) ghosts_.push_front(key);
  }

  Keys small_;
  Keys main_;
  Keys ghosts_;
  std::map<std::string, int> uses_;
};

inline std::unique_ptr<PolicyModel> model_of(Policy policy) {
  if (policy == Policy::sieve) return std::make_unique<SieveModel>();
  if (policy == Policy::s3_fifo) return std::make_unique<S3FifoModel>();
  return std::make_unique<LruModel>();
}

}  // namespace wats::cache::test
