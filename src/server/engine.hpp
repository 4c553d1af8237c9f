// Engine: carries requests out, whatever brought them here.
#pragma once

#include "src/server/counters.hpp"
#include "src/server/gate.hpp"
#include "src/server/registry.hpp"
#include "src/server/request.hpp"
#include "src/server/store.hpp"
#include "wats/server/options.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace wats::server {

class Engine {
 public:
  /// *store* must outlive the engine.
  Engine(const Options& options, std::vector<std::string> tokens, Store& store);

  /// A request after the checks at the door.
  struct Admitted {
    enum class Kind : std::uint8_t { operation, metrics, live, ready };
    Kind kind = Kind::operation;
    std::size_t operation = 0;     ///< index of the registry; its size: none
    std::optional<Reply> refusal;  ///< set: this is the answer
    Incoming incoming;
    bool accepts_gzip = false;
    const Fault* fault = nullptr;
    std::chrono::nanoseconds delay{0};

    [[nodiscard]] bool is_counted() const { return kind == Kind::operation; }
  };

  /// Checks, routes and throws the dice. *Thread safety*: one thread at a time.
  [[nodiscard]] Admitted admit(Request request, RateWindow::TimePoint now);
  /// Carries an admitted request out. *done* is called here or on a thread of the store.
  void run(Admitted admitted, OnReply done);
  /// Carries out an operation of the registry as a request would, without the door. *Thread safety*: any
  /// thread.
  void call(std::size_t operation, Incoming incoming, OnReply done);
  /// The same for a write, checked in the calling thread: writes of one thread are carried out in their
  /// order.
  void write(std::size_t operation, const Incoming& incoming, OnReply done);

  [[nodiscard]] Gate& gate() { return gate_; }
  [[nodiscard]] Counters& counters() { return counters_; }
  [[nodiscard]] const Registry& registry() const { return registry_; }
  [[nodiscard]] Store& store() { return store_; }

 private:
  void route(Admitted& admitted, const Request& request, RateWindow::TimePoint now);
  [[nodiscard]] const Fault* draw_fault(std::size_t operation);

  Settings settings_;
  std::chrono::nanoseconds latency_;
  std::chrono::nanoseconds jitter_;
  std::vector<Fault> faults_;
  Registry registry_;
  Gate gate_;
  Counters counters_;
  Store& store_;
  std::mt19937_64 dice_;
};

}  // namespace wats::server
