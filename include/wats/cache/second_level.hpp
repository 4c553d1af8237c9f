// A second level: where answers are kept outside of the process, for its next start or for its peers.
#pragma once

#include "wats/cache/clock.hpp"
#include "wats/cache/tags.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wats::cache {

/// A time that several processes agree on.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// What is kept under a key: an answer as it came, and what decides whether it may be shown.
class Record {
 public:
  std::string bytes;
  /// When its load began. In the future (a clock was set back): it is not shown.
  WallTime born;
  /// Fresh until born + ttl.
  std::chrono::milliseconds ttl{0};
  /// So long after that it is worth keeping, for days on which the server can't be asked.
  std::chrono::milliseconds kept_stale{0};
  /// All of them, those learnt from the answer too.
  std::vector<Tag> tags;
};

/// Hears from a second level what others changed. *Thread safety*: called on any thread, without a lock.
class ChangeListener {
 public:
  ChangeListener() = default;
  ChangeListener(const ChangeListener&) = delete;
  ChangeListener& operator=(const ChangeListener&) = delete;
  virtual ~ChangeListener() = default;

  /// *settling*: so long from now on the server may still show the older state.
  virtual void changed(std::span<const Tag> tags, Duration settling) noexcept = 0;
  /// Anything may have changed: news were missed, or nobody knows what a write did.
  virtual void changed_all(Duration settling) noexcept = 0;
};

/// Counts since it was opened, and what there is now.
struct SecondLevelStats {
  /// Finds that brought a record, fresh or stale.
  std::uint64_t found = 0;
  std::uint64_t missed = 0;
  /// Records that were there and were not given: changed since, out of time, forged, not readable.
  std::uint64_t refused = 0;
  /// Finds that ended because it was away or broken, those that were not even tried included.
  std::uint64_t failed = 0;
  std::uint64_t stored = 0;
  /// Not stored: changed since the load began, too large, away or too busy.
  std::uint64_t dropped = 0;
  /// Changes told to others, and heard of from others.
  std::uint64_t told = 0;
  std::uint64_t heard = 0;
  /// Stored now, where it is known.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  bool is_available = false;
};

/// Keeps records by key. None of its members waits for disk or network, throws or fails a call: what it can't
/// do it leaves, and the server is asked. What was given to changed() before a find() or store() is seen by
/// it, so that nobody finds what he himself has changed.
///
/// *Thread safety*: every member may be called from any thread.
class SecondLevel {
 public:
  using Found = std::function<void(std::optional<Record>)>;

  SecondLevel() = default;
  SecondLevel(const SecondLevel&) = delete;
  SecondLevel& operator=(const SecondLevel&) = delete;
  virtual ~SecondLevel() = default;

  /// A text that is the same for the same secret wherever this level is shared, and tells nothing of it: for
  /// keys.
  [[nodiscard]] virtual std::string identity(std::string_view secret) const = 0;

  /// How long who has called find() should wait before asking elsewhere.
  [[nodiscard]] virtual Duration patience() const noexcept = 0;

  /// What is in memory and older than this must not be shown now, since changes by others may go unheard.
  /// Nothing: they are heard, or there are no others.
  [[nodiscard]] virtual std::optional<Duration> oldest_to_show() const noexcept = 0;

  /// Now, in the order of changes; take it before a load begins.
  [[nodiscard]] virtual Stamp stamp() const noexcept = 0;

  /// *found* is called once, on a thread of the level or on this one, with what is stored and no older than
  /// its time allows; it must not throw and does little.
  virtual void find(std::string key, Found found) = 0;

  /// Keeps the record unless one of its tags was changed after *since*.
  virtual void store(std::string key, Record record, Stamp since) = 0;
  virtual void erase(std::string key) = 0;

  /// Drops what carries one of the tags, and tells everybody but *from*, in this process and in others.
  virtual void changed(std::span<const Tag> tags, Duration settling, const ChangeListener* from) = 0;
  /// The same for everything.
  virtual void changed_all(Duration settling, const ChangeListener* from) = 0;

  /// *listener* hears of changes as long as it lives. One that comes late is first told of the windows that
  /// are still open.
  virtual void listen(std::weak_ptr<ChangeListener> listener) = 0;

  [[nodiscard]] virtual SecondLevelStats stats() const = 0;
};

}  // namespace wats::cache
