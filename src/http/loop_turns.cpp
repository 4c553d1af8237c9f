// The calls of a loop that wait for their turn to send, the most urgent first.
#include "src/http/loop.hpp"
#include "wats/http/detail/call_run.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace wats::http::detail {
namespace {

/// Until the end of a round, however it ends.
class Underway {
 public:
  explicit Underway(bool& is_underway) noexcept : is_underway_(is_underway) { is_underway_ = true; }
  Underway(const Underway&) = delete;
  Underway& operator=(const Underway&) = delete;
  ~Underway() { is_underway_ = false; }

 private:
  bool& is_underway_;
};

}  // namespace

bool Loop::is_held(std::size_t rank) const noexcept {
  return std::any_of(held_until_.begin(), held_until_.begin() + static_cast<std::ptrdiff_t>(rank) + 1,
                     [](const auto& hold) { return hold.has_value(); });
}

void Loop::hold(std::size_t rank, TimePoint until) {
  held_until_[rank] = until;
  arm();
}

void Loop::take_turn() noexcept {
  ++in_flight_;
  admission_->entered();
}

Admitted Loop::admit(CallRun& call, Priority priority) {
  const auto rank = static_cast<std::size_t>(priority);
  const bool is_first =
      std::all_of(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(rank) + 1,
                  [](const auto& queue) { return queue.empty(); });
  Admitted admitted = Admitted::later({});
  if (is_first && has_room() && !is_held(rank)) {
    const auto now = std::chrono::steady_clock::now();
    admitted = admission_->ask(priority, now);
    if (admitted.verdict == Admitted::Verdict::now) take_turn();
    if (admitted.verdict != Admitted::Verdict::later) return admitted;
    hold(rank, now + admitted.wait);
  }
  waiting_[rank].push_back(std::static_pointer_cast<CallRun>(call.shared_from_this()));
  return admitted;
}

Admitted Loop::admit_besides(Priority priority) {
  const bool nobody_waits =
      std::all_of(waiting_.begin(), waiting_.end(), [](const auto& queue) { return queue.empty(); });
  if (!nobody_waits || !has_room()) return Admitted::refused();
  const Admitted admitted = admission_->ask(priority, std::chrono::steady_clock::now());
  if (admitted.verdict == Admitted::Verdict::now) take_turn();
  return admitted;
}

void Loop::release() noexcept {
  --in_flight_;
  admission_->left();
  admit_waiting();
}

void Loop::leave_queue() noexcept {
  std::size_t queued = 0;
  for (const auto& queue : waiting_) queued += queue.size();
  // Most of those that wait are gone: what they leave must not pile up behind one that waits for long.
  if (++gone_ <= queued / 2 || admitting_) return;
  for (auto& queue : waiting_) {
    std::erase_if(queue, [](const std::weak_ptr<CallRun>& waiting) {
      const auto call = waiting.lock();
      return !call || !call->wants_admission();
    });
  }
  gone_ = 0;
}

void Loop::admit_waiting() {
  // A call that ends at once gives its turn back, which comes here again: this round goes on with it.
  if (admitting_) return;
  const Underway admitting(admitting_);
  for (std::size_t rank = 0; rank < waiting_.size() && !held_until_[rank]; ++rank) {
    while (has_room() && !waiting_[rank].empty() && admit_next(rank)) {
    }
    // The most urgent first: nobody overtakes those who still wait.
    if (!waiting_[rank].empty()) break;
  }
}

bool Loop::admit_next(std::size_t rank) {
  auto& queue = waiting_[rank];
  const auto call = queue.front().lock();
  bool is_over = !call || !call->wants_admission();
  if (!is_over) call->guarded([&] { is_over = call->ended_by_now(); });
  if (is_over) {
    queue.pop_front();
    return true;
  }
  const auto now = std::chrono::steady_clock::now();
  const Admitted admitted = admission_->ask(static_cast<Priority>(rank), now);
  if (admitted.verdict == Admitted::Verdict::later) {
    hold(rank, now + admitted.wait);
    return false;
  }
  queue.pop_front();
  if (admitted.verdict == Admitted::Verdict::refused) {
    call->on_refused();
  } else {
    take_turn();
    call->on_admitted(admitted.pass);
  }
  return true;
}

}  // namespace wats::http::detail
