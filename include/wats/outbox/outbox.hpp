// Outbox: reports handed over are on disk, and reach the server once it can be reached.
#pragma once

#include "wats/core/error.hpp"
#include "wats/outbox/deliver.hpp"
#include "wats/outbox/item.hpp"
#include "wats/outbox/options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wats::outbox {

/// How a report was handed over.
class AddOptions {
 public:
  AddOptions() = default;

  /// See Urgency. A report that others of the same unit wait for is as urgent as the most urgent of them.
  int priority = Urgency::normal;
  /// See Item::source.
  std::string source;
};

/// That a report is on disk.
class Receipt {
 public:
  enum class Kind : std::uint8_t {
    stored,
    known,     ///< the same report waits here already
    sent,      ///< the same report has been sent already
    replaced,  ///< another version under its id waited here or had been sent; this one will be
  };

  std::int64_t number = 0;
  std::string id;
  Kind kind = Kind::stored;
};

/// A durable queue of reports in one folder, which several processes may share.
///
/// The promise: when add() says that a report is stored, it is on disk, outlives crashes and loss of power,
/// and is sent once there is a sender that reaches the server. Its id was fixed before, so that sending it
/// again after an outcome nobody knows has no second effect. What can't be stored is refused by add(), and
/// harms nothing that was. What the server refuses is set aside with its words and blocks nobody.
///
/// Reports of one serial number are sent in the order of hand-over, parts before the units they are in, and a
/// test before its repair even when they were handed over the other way round. All others are sent beside
/// each other, the urgent ones first.
///
/// *Thread safety*: any thread. *Lifetime*: copies share everything; with the last one the outbox closes.
class Outbox {
 public:
  /// Opens or makes it. *Errors*: Errc::invalid_options, Errc::io_error with what to do about a damaged file
  /// or one of a newer version.
  [[nodiscard]] static Result<Outbox> open(Settings settings);

  /// Hands a report over; blocks until it is on disk. *Errors*: Errc::outbox_full when a bound or the disk's
  /// end is reached, Errc::io_error, Errc::invalid_argument for a report that is none: it is then not stored.
  [[nodiscard]] Result<Receipt> add(Report report, AddOptions options = AddOptions());
  /// The same without blocking. *done* is called once, on a thread of the outbox: must not block or throw.
  void add(Report report, AddOptions options, std::function<void(Result<Receipt>)> done);

  [[nodiscard]] Result<Status> status() const;
  [[nodiscard]] Result<std::vector<Item>> list(const Selection& which) const;
  /// *Errors*: Errc::not_found.
  [[nodiscard]] Result<Item> find(std::int64_t number) const;
  /// Its document. *Errors*: Errc::not_found, also when it was sent and only remembered; Errc::io_error where
  /// what is stored is damaged.
  [[nodiscard]] Result<std::string> document(std::int64_t number) const;
  /// Newest first, the last 20 of it.
  [[nodiscard]] Result<std::vector<Attempt>> attempts(std::int64_t number) const;
  /// What people did, newest first.
  [[nodiscard]] Result<std::vector<AuditEntry>> audit(std::size_t most = 100) const;

  // What people do. Each tells how many reports it was done to, and keeps who did it and why. A report that
  // is being sent is left alone.

  /// Holds pending reports back.
  [[nodiscard]] Result<std::size_t> hold(const Selection& which, const std::string& why);
  /// Lets held reports go.
  [[nodiscard]] Result<std::size_t> release(const Selection& which, const std::string& why);
  /// Has quarantined reports, and those that wait after a failure, sent again now.
  [[nodiscard]] Result<std::size_t> retry(const Selection& which, const std::string& why);
  /// Throws reports away.
  [[nodiscard]] Result<std::size_t> drop(const Selection& which, const std::string& why);
  /// Puts another document in the place of one that is pending, held or quarantined, and has it sent. Its id
  /// must be the same. *Errors*: Errc::not_found, Errc::conflict while it is being sent.
  [[nodiscard]] Result<void> edit(std::int64_t number, Report report, const std::string& why);

  /// Begins to send through *deliver* on a thread of its own; once.
  void start_sending(std::shared_ptr<Deliver> deliver);
  /// Blocks until nothing is pending or being sent that could be now, or *limit* is over. True: nothing is.
  [[nodiscard]] bool wait_until_drained(std::chrono::milliseconds limit);
  /// Sends no more: what is under way has until *limit* to end, and is taken back then. Idempotent; also
  /// done, with a second's limit, with the last copy.
  void stop_sending(std::chrono::milliseconds limit);

 private:
  class Shared;
  explicit Outbox(std::shared_ptr<Shared> shared) noexcept : shared_(std::move(shared)) {}

  std::shared_ptr<Shared> shared_;
};

}  // namespace wats::outbox
