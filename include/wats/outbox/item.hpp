// What an outbox tells of the reports in it.
#pragma once

#include "wats/outbox/report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::outbox {

/// A moment by the station's clock.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// What becomes of a report: pending, sending, sent; or set aside, and back to pending by people.
enum class State : std::uint8_t {
  pending,      ///< waits for its turn
  sending,      ///< a sender has it; after a crash somebody else sends it again under the same id
  sent,         ///< the server has it; kept for a while without its document
  held,         ///< somebody, or the clock guard, holds it back
  quarantined,  ///< the server refuses it
};
inline constexpr std::size_t state_count = 5;

[[nodiscard]] constexpr std::string_view name(State state) noexcept {
  switch (state) {
    case State::pending:
      return "pending";
    case State::sending:
      return "sending";
    case State::sent:
      return "sent";
    case State::held:
      return "held";
    case State::quarantined:
      return "quarantined";
  }
  return "";
}

/// How urgent a report is: 1 goes first, 10 last.
class Urgency {
 public:
  static constexpr int first = 1;
  static constexpr int last = 10;
  static constexpr int normal = 5;
};

/// One report in the outbox.
class Item {
 public:
  Item() = default;

  /// Its number here, in the order of hand-over.
  std::int64_t number = 0;
  std::string id;
  State state = State::pending;
  Format format = Format::wsjf;
  std::string serial_number;
  std::string part_number;
  ReportType type = ReportType::test;
  /// As the report tells it.
  WallTime start;
  int priority = Urgency::normal;
  WallTime added;
  /// When its state changed last.
  WallTime changed;
  /// Not sent before this; nothing: as soon as it is its turn.
  std::optional<WallTime> due;
  /// Another report of the same unit, of its parts or of the test it repairs goes first.
  bool waits_for_others = false;
  int attempts = 0;
  /// Of the document, and what it takes on disk.
  std::int64_t bytes = 0;
  std::int64_t stored_bytes = 0;
  /// Why it is held or quarantined, or what its last attempt met. The server's words are among it: escape
  /// before showing.
  std::string reason;
  /// Where it came from, for example the name of a file; empty: from a program.
  std::string source;
};

/// One attempt that did not succeed.
class Attempt {
 public:
  Attempt() = default;

  WallTime at;
  std::chrono::milliseconds took{0};
  /// 0: no answer came.
  int http_status = 0;
  /// What was met, in one line; the server's words are among it: escape before showing.
  std::string text;
};

/// What people did to a report.
class AuditEntry {
 public:
  AuditEntry() = default;

  WallTime at;
  std::int64_t number = 0;
  /// Of the report, which may be gone.
  std::string id;
  /// hold, release, retry, drop, edit.
  std::string action;
  std::string who;
  std::string why;
};

/// How an outbox stands.
class Status {
 public:
  struct Count {
    std::int64_t items = 0;
    /// On disk.
    std::int64_t bytes = 0;
  };

  Status() = default;

  [[nodiscard]] const Count& of(State state) const noexcept {
    return counts[static_cast<std::size_t>(state)];
  }
  /// Pending and being sent.
  [[nodiscard]] std::int64_t backlog() const noexcept {
    return of(State::pending).items + of(State::sending).items;
  }

  Count counts[state_count];
  /// When the oldest report that is not yet sent was handed over.
  std::optional<WallTime> oldest;
  /// Of the database with its log.
  std::int64_t file_bytes = 0;
  /// Bound of what may be stored, 0 for none.
  std::int64_t max_bytes = 0;
  std::int64_t max_items = 0;
  /// The disk was full: only small reports are taken, into a reserve.
  bool on_reserve = false;
  /// Why nothing is sent at the moment; empty: something may be.
  std::string pause;
  /// Processes that send from this outbox now.
  int senders = 0;
};

/// Which reports are meant.
class Selection {
 public:
  Selection() = default;
  explicit Selection(State which) : state(which) {}
  explicit Selection(std::vector<std::int64_t> which) : numbers(std::move(which)) {}

  std::optional<State> state;
  /// Empty: any.
  std::vector<std::int64_t> numbers;
  std::string id;
  std::string serial_number;
  /// Numbers above this one: for reading on.
  std::int64_t after = 0;
  std::size_t most = 100;
  bool newest_first = false;
};

}  // namespace wats::outbox
