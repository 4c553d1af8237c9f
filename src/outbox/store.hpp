// Store: what an outbox's writer does to the tables, each step within the transaction of a batch.
#pragma once

#include "src/outbox/payload.hpp"
#include "src/storage/connection.hpp"
#include "wats/outbox/deliver.hpp"
#include "wats/outbox/options.hpp"
#include "wats/outbox/outbox.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wats::outbox::detail {

/// The 16 bytes of a UUID as text; empty for what is none. And back, in lower case.
[[nodiscard]] std::string id_bytes(std::string_view uuid);
[[nodiscard]] std::string id_text(std::string_view bytes);

/// The lane of a serial number. Two that share one by chance only wait for each other.
[[nodiscard]] std::int64_t lane_of(std::string_view serial_number);

/// A report as a row, made by the thread that hands it over.
struct Draft {
  /// *Errors*: Errc::invalid_argument.
  [[nodiscard]] static Result<Draft> of(Report report, AddOptions options, std::int64_t most_bytes);

  Format format = Format::wsjf;
  ReportType type = ReportType::test;
  int priority = Urgency::normal;
  std::string id;
  std::string repaired;
  std::string serial;
  std::string part;
  std::string source;
  std::int64_t lane = 0;
  std::vector<std::int64_t> needed_lanes;
  std::int64_t start_ms = 0;
  std::int64_t bytes = 0;
  Digest digest{};
  std::string body;
};

/// A report that a sender has taken.
struct Claimed {
  std::int64_t number = 0;
  std::int64_t version = 0;
  int doubts = 0;
  std::string id;
  Format format = Format::wsjf;
  std::int64_t start_ms = 0;
  std::int64_t added_ms = 0;
  std::int64_t bytes = 0;
  std::string digest;
  std::string body;
  /// Somebody has let it go: the clock guard says no more.
  bool is_unguarded = false;
};

/// What becomes of a claimed report.
struct Verdict {
  enum class Kind : std::uint8_t { sent, put_back, again, hold, quarantine };

  Kind kind = Kind::put_back;
  /// again, hold: when it is looked at next.
  std::optional<std::int64_t> due_ms;
  std::string reason;
  /// What is kept of the attempt; nothing of one that says nothing about the report.
  std::optional<Attempt> attempt;
  /// again: it counts against the report.
  bool counts = false;
};

/// Bounds, as the settings give them, and who does what people do.
struct Bounds {
  std::int64_t max_items = 0;
  std::int64_t max_bytes = 0;
  /// Of what is stored while the disk is full; 0: it is not.
  std::int64_t most_stored_bytes = 0;
};

/// *Thread safety*: one thread. *Errors*: SQLite::Exception from all; a transaction that threw is rolled back
/// as a whole and may be tried again.
class Store {
 public:
  /// *tells*: somebody wants the events.
  Store(storage::Connection& database, bool tells) : database_(database), tells_(tells) {}

  /// To be called when a transaction has begun, and before it is committed.
  void begin(const Bounds& bounds, std::int64_t now_ms);
  void end();
  /// Of the transaction, in order.
  [[nodiscard]] std::vector<Event>& events() noexcept { return events_; }

  // --- handing over
  /// *Errors*: Errc::outbox_full; nothing was changed then.
  [[nodiscard]] Result<Receipt> add(const Draft& draft);

  /// A report of another database in the state it had there. False: it is known here.
  bool take_over(const Draft& draft, State state, const std::string& reason, std::int64_t added_ms);

  // --- sending
  [[nodiscard]] std::int64_t register_sender(std::int64_t pid);
  /// False: others have taken this one for dead.
  [[nodiscard]] bool beat(std::int64_t owner, const std::string& pause);
  [[nodiscard]] std::vector<std::int64_t> other_senders(std::int64_t owner);
  /// Its reports are pending again.
  void remove_sender(std::int64_t owner);
  /// Senders not heard of since.
  [[nodiscard]] std::vector<std::int64_t> silent_senders(std::int64_t since_ms);
  /// At most *most*, and no more once *most_bytes* are reached.
  [[nodiscard]] std::vector<Claimed> claim(std::int64_t owner, std::size_t most, std::int64_t most_bytes);
  /// False: somebody else has it by now; nothing was changed.
  bool finish(std::int64_t owner, const Claimed& claimed, const Verdict& verdict);
  /// When the next report that waits for its time is due.
  [[nodiscard]] std::optional<std::int64_t> next_due();

  // --- people
  [[nodiscard]] std::size_t hold(const std::vector<std::int64_t>& numbers, const std::string& why);
  [[nodiscard]] std::size_t release(const std::vector<std::int64_t>& numbers, const std::string& why);
  [[nodiscard]] std::size_t retry(const std::vector<std::int64_t>& numbers, const std::string& why);
  [[nodiscard]] std::size_t drop(const std::vector<std::int64_t>& numbers, const std::string& why);
  [[nodiscard]] Result<void> edit(std::int64_t number, const Draft& draft, const std::string& why);

  // --- keeping house
  /// Forgets sent reports beyond the bounds, some at a time; true: there are more.
  [[nodiscard]] bool forget_sent(std::int64_t before_ms, std::int64_t most_sent);
  /// Holds what was handed over before; some at a time.
  void hold_old(std::int64_t before_ms, const std::string& why);
  /// The clock was put back: nothing is due later than this.
  void bring_due_forward(std::int64_t latest_ms);

 private:
  struct Row {
    std::int64_t number = 0;
    State state = State::pending;
    std::int64_t lane = 0;
    std::int64_t rank = 0;
    std::int64_t stored = 0;
    std::string id;
  };
  struct Total {
    std::int64_t items = 0;
    std::int64_t bytes = 0;
  };

  [[nodiscard]] std::int64_t next_number();
  [[nodiscard]] const std::array<Total, state_count>& totals();
  void count(State state, std::int64_t items, std::int64_t bytes);
  void move(const Row& row, State to);
  [[nodiscard]] std::optional<Error> refusal_of(std::int64_t stored);
  [[nodiscard]] std::optional<Row> row_of(std::int64_t number);
  void note(std::int64_t number, const std::string& id, State state, const std::string& reason);

  Receipt replace(const Draft& draft, const Row& row);
  void put_document(std::int64_t number, const Draft& draft);
  void insert(const Draft& draft, std::int64_t number, std::int64_t rank, bool is_blocked);
  [[nodiscard]] std::int64_t rank_for(const Draft& draft, std::int64_t number);

  // Lanes (lanes.cpp).
  [[nodiscard]] bool is_lane_taken(std::int64_t lane, std::int64_t before_rank);
  void settle(std::int64_t number);
  /// Those that come next behind this place, because something left it or came to it.
  void settle_behind(std::int64_t lane, std::int64_t rank);

  void set_state(const Row& row, State to, std::optional<std::int64_t> due_ms, const std::string& reason);
  void keep_attempt(std::int64_t number, const Attempt& attempt);
  void wake_due();
  void write_audit(const Row& row, const char* action, const std::string& why, bool keeps_document);

  storage::Connection& database_;
  const bool tells_;
  Bounds bounds_;
  std::int64_t now_ms_ = 0;
  std::optional<std::int64_t> next_number_;
  std::optional<std::array<Total, state_count>> totals_;
  std::array<Total, state_count> deltas_{};
  std::vector<Event> events_;
};

}  // namespace wats::outbox::detail
