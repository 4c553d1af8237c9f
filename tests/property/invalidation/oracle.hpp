// Oracle: judges every answer of a sequence by the version history of the server.
#pragma once

#include "apps/wats/demo/timeline.hpp"
#include "wats/core/answer.hpp"
#include "wats/server/history.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::testing {

using Time = demo::Time;

/// Two clients of one principal, joined by a backplane, and one of another.
enum class Who : std::uint8_t { first, second, stranger };
inline constexpr std::size_t clients = 3;

[[nodiscard]] constexpr std::string_view principal_of(Who who) noexcept {
  return who == Who::stranger ? "B" : "A";
}
[[nodiscard]] constexpr std::string_view name(Who who) noexcept {
  switch (who) {
    case Who::first:
      return "A1";
    case Who::second:
      return "A2";
    case Who::stranger:
      return "B";
  }
  return "";
}

/// A read that was answered.
class SeenRead {
 public:
  SeenRead() = default;
  Who who = Who::first;
  Time start;
  Time end;
  std::string_view operation;
  /// The question, for people.
  std::string text;
  Provenance provenance;
  /// Whom the server gave it to, as far as it says so.
  std::string given_to;
  std::vector<std::string> groups;
  /// Whether it shows what these rows say.
  std::function<bool(const demo::Rows&, demo::Decoder&)> shows;
  /// The answer, for people.
  std::function<std::string()> words;
  /// Nobody wrote for longer than answers live: no older state will do, whoever wrote.
  bool has_to_be_newest = false;
};

/// A write, whatever became of it.
class SeenWrite {
 public:
  SeenWrite() = default;
  Who who = Who::first;
  Time start;
  Time end;
  std::string_view operation;
  std::string text;
  /// How it ended, for people.
  std::string outcome;
  /// When it can have no further effect; not before *end*.
  Time done;
  /// Nobody's call: reports that were posted before show from now on.
  bool is_ingest = false;
};

/// A right answer shows a state that was the server's at some moment between the start of the read and its
/// end. Two answers may be older:
/// - while a write of the other client on the backplane is under way, so may its news be: the state from when
///   it began will do;
/// - what another principal's client wrote nobody tells: such states may be missed, but none that follows a
///   write of the reader's own principal. (A write that takes a name from a product says its id and not the
///   name. Where somebody else had given the product that name, the reader may remember one before it under
///   the name, and misses this write too.)
/// *Lifetime*: the history and the writes outlive it. *Errors*: throws Failure for rows that can't be read.
class Oracle {
 public:
  Oracle(const std::vector<server::RowVersion>& history, const std::vector<SeenWrite>& writes)
      : writes_(writes), index_(history, decoder_) {}

  /// What is wrong with an answer; nothing when it is right.
  [[nodiscard]] std::optional<std::string> problem(const SeenRead& read);

 private:
  /// The moment whose state may be shown at the latest reckoning of the backplane.
  [[nodiscard]] Time news_limit(const SeenRead& read) const;
  /// Whether somebody else than the reader's principal can have made this state.
  [[nodiscard]] bool may_be_foreign(const demo::Timeline::Point& point, std::string_view principal) const;
  /// Whether the reader need not know of this state.
  [[nodiscard]] bool may_be_missed(const demo::Timeline& timeline, std::size_t point,
                                   std::string_view principal) const;
  /// Whether a product has lost its name.
  [[nodiscard]] static bool takes_away(const demo::Timeline& timeline, std::size_t point);

  const std::vector<SeenWrite>& writes_;
  demo::Decoder decoder_;
  demo::HistoryIndex index_;
};

}  // namespace wats::testing
