// The outbox's way to the server, whoever goes it.
#pragma once

#include "wats/outbox/report.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wats::outbox {

/// What became of one delivery.
enum class Fate : std::uint8_t {
  sent,          ///< the server has it
  refused,       ///< it refuses the report for what it says
  doubtful,      ///< it may have it or not, or failed over it: timeout, connection lost, 5xx
  throttled,     ///< it asks for less
  away,          ///< nobody was reached
  unauthorized,  ///< the token is refused: no report's fault
  misdirected,   ///< who answers is not the server: wrong address, a proxy's page
  taken_back,    ///< stop() came first
};

[[nodiscard]] constexpr std::string_view name(Fate fate) noexcept {
  switch (fate) {
    case Fate::sent:
      return "sent";
    case Fate::refused:
      return "refused";
    case Fate::doubtful:
      return "doubtful";
    case Fate::throttled:
      return "throttled";
    case Fate::away:
      return "away";
    case Fate::unauthorized:
      return "unauthorized";
    case Fate::misdirected:
      return "misdirected";
    case Fate::taken_back:
      return "taken back";
  }
  return "";
}

/// One report on its way.
class Delivery {
 public:
  Delivery() = default;

  Format format = Format::wsjf;
  std::string id;
  std::string document;
  /// Handed over just now, not left from yesterday.
  bool is_fresh = true;
};

class Outcome {
 public:
  Outcome() = default;
  explicit Outcome(Fate what) : fate(what) {}

  Fate fate = Fate::doubtful;
  /// 0: no answer came.
  int http_status = 0;
  /// What was met, in one line, the server's words included.
  std::string text;
  std::optional<std::chrono::milliseconds> retry_after;
};

/// Brings reports to the server. *Thread safety*: start() is called by one thread at a time, stop() by any.
class Deliver {
 public:
  using Done = std::function<void(Outcome)>;

  Deliver() = default;
  Deliver(const Deliver&) = delete;
  Deliver& operator=(const Deliver&) = delete;
  virtual ~Deliver() = default;

  /// *done* is called exactly once, from any thread, also from inside.
  virtual void start(Delivery delivery, Done done) = 0;
  /// Ends what is under way soon, with Fate::taken_back or better.
  virtual void stop() noexcept = 0;
  /// How far the station's clock is ahead of the server's, as far as that is known.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> clock_ahead() const { return std::nullopt; }
};

}  // namespace wats::outbox
