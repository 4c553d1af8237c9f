#include "apps/wats/demo/progress.hpp"

#include <cstdio>
#include <utility>

namespace wats::demo {

void Milestones::reached_next() {
  const std::lock_guard lock(mutex_);
  ++count_;
  changed_.notify_all();
}

bool Milestones::wait_for(std::uint32_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return count_ >= count || stopped_; });
  return !stopped_;
}

void Milestones::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

ProgressLine::ProgressLine(std::function<std::string()> describe, bool is_terminal,
                           std::chrono::milliseconds patience)
    : describe_(std::move(describe)),
      is_terminal_(is_terminal),
      patience_(patience),
      thread_([this] { loop(); }) {}

ProgressLine::~ProgressLine() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    ending_.notify_all();
  }
  thread_.join();
  if (drawn_ || patience_ == patience_.zero()) draw(true);
}

void ProgressLine::loop() {
  using namespace std::chrono_literals;
  const auto pause = is_terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(3000);
  std::unique_lock lock(mutex_);
  const auto ended = [this] { return ended_; };
  if (patience_ > pause && ending_.wait_for(lock, patience_ - pause, ended)) return;
  while (!ending_.wait_for(lock, pause, ended)) draw(false);
}

void ProgressLine::draw(bool last) {
  drawn_ = true;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
  const std::string text = describe_();
  // A carriage return and "erase to the end" draw over the line before.
  std::fprintf(stderr, "%s  %-56s %6.1f s%s", is_terminal_ ? "\r\033[K" : "", text.c_str(), elapsed.count(),
               !is_terminal_ || last ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace wats::demo
