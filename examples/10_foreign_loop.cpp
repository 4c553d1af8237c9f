// A program with an event loop of its own, here poll(): answers come to its thread through a queue and a
// pipe.
#include "wats/wats.hpp"

#include <functional>
#include <iostream>
#include <mutex>
#include <poll.h>
#include <queue>
#include <string>
#include <unistd.h>

namespace {

/// Work for the loop's thread, given by any.
class Inbox {
 public:
  Inbox() : ready_(::pipe(pipe_) == 0) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox() {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

  [[nodiscard]] bool ready() const { return ready_; }
  /// To be polled for reading.
  [[nodiscard]] int descriptor() const { return pipe_[0]; }

  void give(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      works_.push(std::move(work));
    }
    const char wake = 1;
    if (::write(pipe_[1], &wake, 1) < 0) std::cerr << "the loop can't be woken\n";
  }

  void run_one() {
    char wake = 0;
    if (::read(pipe_[0], &wake, 1) != 1) return;
    std::function<void()> work;
    {
      const std::lock_guard lock(mutex_);
      work = std::move(works_.front());
      works_.pop();
    }
    work();
  }

 private:
  int pipe_[2] = {-1, -1};
  bool ready_;
  std::mutex mutex_;
  std::queue<std::function<void()>> works_;
};

}  // namespace

int main() {
  using Version = wats::Result<wats::Answer<std::string>>;
  Inbox inbox;
  if (!inbox.ready()) return 1;
  // After what its handlers use: destroyed before it, and with it every handler that is still to come.
  const wats::Client client(wats::load_options().value());

  bool done = false;
  bool good = false;
  // The handler runs on the client's thread and only hands over.
  client.server().version()([&](Version version) {
    inbox.give([&done, &good, version = std::move(version)] {
      std::cout << (version ? **version : version.error().message()) << "\n";
      good = version.has_value();
      done = true;
    });
  });

  while (!done) {
    pollfd waiting{.fd = inbox.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 1000) > 0) inbox.run_one();
  }
  return good ? 0 : 1;
}
