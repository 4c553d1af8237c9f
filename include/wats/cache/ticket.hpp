// The right and duty to load a value, and the answer to a lookup that may give it.
#pragma once

#include "wats/cache/flight.hpp"
#include "wats/cache/hit.hpp"
#include "wats/cache/options.hpp"
#include "wats/cache/tags.hpp"

#include <cassert>
#include <memory>
#include <optional>
#include <utility>

namespace wats::cache {

/// Held by whoever loads the value of a key. End it with land() or fail(), from any thread; destroyed unused,
/// it tells everybody who waits `abandoned`. Empty after it was used, and when it was moved from. Thread
/// safety: one thread at a time. Lifetime: may outlive the cache.
template <class Core>
class BasicTicket {
 public:
  using Pointer = typename Core::Pointer;
  using Landing = typename Core::OneLanding;

  BasicTicket() = default;
  BasicTicket(std::shared_ptr<Core> core, typename Core::FlightPointer flight)
      : core_(std::move(core)), flight_(std::move(flight)) {}
  BasicTicket(BasicTicket&&) noexcept = default;
  BasicTicket& operator=(BasicTicket&& other) noexcept {
    if (this != &other) {
      abandon();
      core_ = std::move(other.core_);
      flight_ = std::move(other.flight_);
    }
    return *this;
  }
  ~BasicTicket() { abandon(); }

  [[nodiscard]] explicit operator bool() const noexcept { return flight_ != nullptr; }

  /// What is to be loaded. Lifetime: the ticket's, until it is used.
  [[nodiscard]] const auto& key() const noexcept { return flight_->key; }

  /// The stamp taken before the load began.
  [[nodiscard]] Stamp stamp() const noexcept { return flight_->stamp; }

  /// Lets one more wait for this load, who gets its value in any case: for the one who started it.
  /// *max_age*: what stands in for it, if it fails, is younger.
  void add_waiter(typename Core::WaiterPointer waiter, std::optional<Duration> max_age = std::nullopt) {
    core_->add_leader(flight_, std::move(waiter), max_age);
  }

  /// Stores a value that may be shown where the load fails or takes long, if it may be stored; the load goes
  /// on.
  bool keep_meanwhile(Pointer value, const StoreOptions& options) {
    return core_->keep_meanwhile(flight_, std::move(value), options);
  }

  /// Stores the value if it may be stored and hands it to everybody who waits; true: it was stored.
  bool land(Pointer value, const StoreOptions& options = {}) {
    assert(flight_ && "a ticket is used once");
    const auto [core, flight] = take();
    return core->land(flight, std::move(value), options);
  }

  /// Tells everybody who waits why there is no value; nothing is stored. Gives back what one is told who
  /// wants nothing as old as *max_age*: with Staleness::if_error that may be the value there was before.
  template <class Failure>
  Landing fail(Failure&& reason, std::optional<Duration> max_age = std::nullopt) {
    assert(flight_ && "a ticket is used once");
    const auto [core, flight] = take();
    return core->end(flight, Landing(std::forward<Failure>(reason)), max_age);
  }

 private:
  std::pair<std::shared_ptr<Core>, typename Core::FlightPointer> take() noexcept {
    return {std::move(core_), std::move(flight_)};
  }
  void abandon() noexcept {
    if (!flight_) return;
    const auto [core, flight] = take();
    core->end(flight, Landing(), std::nullopt);
  }

  std::shared_ptr<Core> core_;
  typename Core::FlightPointer flight_;
};

/// One of the three: a hit, a load that was joined (the waiter will be told), a load to do. A hit with a load
/// to do (only where Options::stale says so) is shown at once, and loaded anew behind.
template <class Core, class Value>
class BasicLookup {
 public:
  BasicLookup(Hit<Value> hit, BasicTicket<Core> ticket) : hit_(std::move(hit)), ticket_(std::move(ticket)) {}

  [[nodiscard]] const Hit<Value>& hit() const noexcept { return hit_; }
  [[nodiscard]] bool joined() const noexcept { return !hit_ && !leads_; }
  /// Empty unless the caller is to load; move it to where the load ends.
  [[nodiscard]] BasicTicket<Core>& lead() noexcept { return ticket_; }

 private:
  Hit<Value> hit_;
  BasicTicket<Core> ticket_;
  bool leads_ = static_cast<bool>(ticket_);
};

}  // namespace wats::cache
