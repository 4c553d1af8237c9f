// Sequence: a random story of reads, writes and failures, all of it made from one seed.
#pragma once

#include "tests/property/invalidation/dice.hpp"
#include "tests/property/invalidation/session.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wats::testing {

/// One request of any operation, made and ready to be sent.
class Action {
 public:
  std::string text;
  bool is_read = false;
  bool is_live = false;
  std::function<void(Session&, Who, const Manner&)> play;
};

/// One operation as the story knows it.
class Actor {
 public:
  std::string_view id;
  bool is_read = false;
  std::function<Action(World&, Dice&)> draw;
};

/// Every operation there is (op/all.hpp).
[[nodiscard]] const std::vector<Actor>& all_actors();

enum class Kind : std::uint8_t {
  read,
  write,
  /// Several reads and writes by two threads.
  together,
  /// A write ends, and a second read begins, while the answer to a first read is under way.
  read_overtaken,
  /// Reads before and after a write has its effect, and all of them before it ends.
  write_watched,
  advance,
  let_in,
};

/// What happens in a step follows from its seed and from what the server knows then, so that steps can be
/// left out.
class Step {
 public:
  Kind kind = Kind::read;
  std::uint64_t seed = 0;
};

class Sequence {
 public:
  explicit Sequence(std::uint64_t seed);

  std::uint64_t seed;
  std::size_t products = 1;
  std::size_t units = 1;
  /// Reports show only when they are let in.
  bool keeps_back = false;
  /// Part of the calls for which failures are planned.
  std::size_t fault_percent = 0;
  /// All of them, or a write and a read that it makes untrue, and few besides: these meet oftener.
  std::vector<const Actor*> reads;
  std::vector<const Actor*> writes;
  std::vector<Step> steps;
};

/// Plays *sequence* with a session of its own; at the end every client asks everything again, and once more
/// when no older answer lives any more.
void play(const Sequence& sequence, Session& session);

}  // namespace wats::testing
