// Progress: how far a run is, for people who wait for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace wats::demo {

/// How many units have been built, for those who act at a certain one.
/// *Thread safety*: any thread.
class Milestones {
 public:
  void reached_next();
  /// Blocks until *count* are reached. False: stopped before.
  [[nodiscard]] bool wait_for(std::uint32_t count);
  /// Lets everybody who waits go.
  void stop();
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<std::uint32_t> count_{0};
  std::atomic<bool> stopped_{false};
};

/// Shows a line that is drawn anew on a terminal, or a line every few seconds elsewhere, as long as it lives.
class ProgressLine {
 public:
  /// *describe* is called from a thread of its own. *is_terminal*: of stderr. *patience*: nothing is shown
  /// before, and nothing at all of what is over by then.
  ProgressLine(std::function<std::string()> describe, bool is_terminal,
               std::chrono::milliseconds patience = {});
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Draws for the last time and ends the line, if there is one.
  ~ProgressLine();

 private:
  void loop();
  void draw(bool last);

  std::function<std::string()> describe_;
  bool is_terminal_;
  std::chrono::milliseconds patience_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;
  bool drawn_ = false;
  std::thread thread_;
};

}  // namespace wats::demo
