// Session: the clients of one sequence, what they ask, and a record of all they were told.
#pragma once

#include "tests/property/invalidation/oracle.hpp"
#include "tests/property/invalidation/plants.hpp"
#include "tests/property/invalidation/request_text.hpp"
#include "tests/property/invalidation/truths.hpp"
#include "tests/property/invalidation/world.hpp"
#include "tests/support/answered_to.hpp"
#include "tests/support/hand_clock.hpp"
#include "tests/support/relay.hpp"
#include "wats/client.hpp"
#include "wats/server/server.hpp"

#include <boost/asio/use_future.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wats::testing {

/// A server with a relay before it, for one sequence after the other.
class Stage {
 public:
  /// *keeps_back*: reports show only when they are let in by hand.
  explicit Stage(bool keeps_back);

  static constexpr const char* token_a = "YTp0b2tlbg==";
  static constexpr const char* token_b = "Yjp0b2tlbg==";

  const bool keeps_back;
  server::Server server;
  std::unique_ptr<Relay> relay;
};

/// How a call is waited for.
enum class Way : std::uint8_t { blocking, token };

/// What surrounds a call.
class Manner {
 public:
  Manner() = default;
  CallOptions options;
  Way way = Way::blocking;
  /// Something was planned that may make it fail.
  bool may_fail = false;
};

/// What was counted of one operation.
class Tally {
 public:
  std::uint64_t answered = 0;
  /// Of these.
  std::uint64_t from_memory = 0;
  std::uint64_t from_second_level = 0;
  std::uint64_t joined = 0;
  /// Not there, conflict and other refusals that are answers of the server.
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;

  Tally& operator+=(const Tally& other);
};
using Tallies = std::map<std::string, Tally, std::less<>>;

/// *Thread safety*: call() from any thread, the rest one thread at a time.
class Session {
 public:
  static constexpr std::chrono::hours endless{24 * 366};

  /// *Lifetime*: stage, world and plant outlive it. No plant: the cards as they are.
  Session(Stage& stage, World& world, const Plant* plant);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  template <op::Operation Op>
  void call(Who who, const Op& request, const Manner& manner);

  /// Time passes for caches and windows. Reports that are kept back longer than their windows are let in
  /// before.
  void advance(std::chrono::seconds by);
  /// Lets in the reports that are kept back.
  void let_in();
  /// Nothing is under way any more, and nothing kept back.
  void come_to_rest();
  /// Longer than any answer lives.
  void outlive_all();

  [[nodiscard]] Relay& relay() const { return *stage_.relay; }
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const Client& client(Who who) const { return *clients_[static_cast<std::size_t>(who)]; }

  /// What was wrong, in the order of time.
  [[nodiscard]] std::vector<std::string> problems() const;
  /// Every call, in the order of time.
  [[nodiscard]] std::string story() const;
  [[nodiscard]] const Tallies& tallies() const { return tallies_; }
  [[nodiscard]] std::size_t reads() const { return reads_.size(); }

 private:
  template <op::Operation Op>
  [[nodiscard]] auto ask(Who who, const Op& request, const Manner& manner) const;
  template <op::Operation Op>
  [[nodiscard]] static auto waited_for(Call<typename Op::Answer> call, const Manner& manner);
  template <op::Operation Op>
  void add_read(SeenRead seen, const Op& request, const Result<Answer<typename Op::Answer>>& result,
                bool may_fail);
  template <op::Operation Op>
  void add_write(SeenWrite seen, const Result<Answer<typename Op::Answer>>& result, bool may_fail);
  void count(std::string_view operation, const Provenance* provenance, const Error* error);
  void quiet();
  [[nodiscard]] ClientOptions options_of(Who who) const;

  Stage& stage_;
  World& world_;
  const Plant* const plant_;
  const Time began_;
  const std::shared_ptr<HandClock> clock_ = std::make_shared<HandClock>();
  std::array<std::shared_ptr<PlantedLevel>, 2> levels_;
  std::array<std::optional<Client>, clients> clients_;
  bool has_to_be_newest_ = false;

  mutable std::mutex mutex_;  // guards what follows
  std::vector<SeenRead> reads_;
  std::vector<SeenWrite> writes_;
  std::vector<std::string> unexpected_;
  Tallies tallies_;
  /// By client, when it posted first of what is kept back.
  std::map<Who, HandClock::time_point> kept_back_;
};

// --- what follows is for the compiler

template <op::Operation Op>
auto Session::waited_for(Call<typename Op::Answer> call, const Manner& manner) {
  auto prepared = std::move(call).with(manner.options);
  if (manner.way == Way::blocking) return prepared.get();
  return std::move(prepared)(boost::asio::use_future).get();
}

template <op::Operation Op>
auto Session::ask(Who who, const Op& request, const Manner& manner) const {
  if (plant_ == nullptr) return waited_for<Op>(client(who).call(request), manner);
  if (plant_->skips_settling)
    return waited_for<Op>(client(who).call(Planted<Op, false>(request, *plant_)), manner);
  return waited_for<Op>(client(who).call(Planted<Op, true>(request, *plant_)), manner);
}

template <op::Operation Op>
void Session::call(Who who, const Op& request, const Manner& manner) {
  const auto begin = [&](auto seen) {
    seen.who = who;
    seen.operation = Op::card.id;
    seen.text = text_of(request);
    return seen;
  };
  if constexpr (Op::card.is_read()) {
    SeenRead seen = begin(SeenRead());
    seen.start = std::chrono::steady_clock::now();
    const auto result = ask(who, request, manner);
    seen.end = std::chrono::steady_clock::now();
    add_read(std::move(seen), request, result, manner.may_fail);
  } else {
    SeenWrite seen = begin(SeenWrite());
    seen.start = std::chrono::steady_clock::now();
    if (Op::card.settling > std::chrono::seconds(0) && stage_.keeps_back) {
      const std::lock_guard lock(mutex_);
      kept_back_.emplace(who, clock_->now());
    }
    const auto result = ask(who, request, manner);
    seen.end = std::chrono::steady_clock::now();
    add_write<Op>(std::move(seen), result, manner.may_fail);
  }
}

template <op::Operation Op>
void Session::add_read(SeenRead seen, const Op& request, const Result<Answer<typename Op::Answer>>& result,
                       bool may_fail) {
  using Value = typename Op::Answer;
  const Errc code = result ? Errc{} : result.error().code();
  const std::lock_guard lock(mutex_);
  count(Op::card.id, result ? &result->provenance() : nullptr, result ? nullptr : &result.error());
  if (!result && code != Errc::not_found) {
    if (!may_fail && code != Errc::not_cached)
      unexpected_.push_back(seen.text + ": " + result.error().message());
    return;
  }
  std::shared_ptr<Value> value;
  if (result) {
    value = std::make_shared<Value>(result->copy());
    seen.given_to = take_mark(*value);
    seen.provenance = result->provenance();
  }
  seen.groups = Truth<Op>::groups(request);
  seen.has_to_be_newest = has_to_be_newest_;
  seen.shows = [request, value](const demo::Rows& rows, demo::Decoder& decoder) {
    const auto right = Truth<Op>::answer(request, rows, decoder);
    return value && right ? *value == *right : !value && !right;
  };
  seen.words = [value] { return value ? model::to_json(*value) : std::string("not found"); };
  reads_.push_back(std::move(seen));
}

template <op::Operation Op>
void Session::add_write(SeenWrite seen, const Result<Answer<typename Op::Answer>>& result, bool may_fail) {
  const std::lock_guard lock(mutex_);
  count(Op::card.id, result ? &result->provenance() : nullptr, result ? nullptr : &result.error());
  seen.outcome = result ? "done" : result.error().message();
  // An attempt that nobody waits for any more may still be on its way.
  seen.done = may_fail ? Time::max() : seen.end;
  const int status = result ? 200 : result.error().http_status();
  if (!may_fail && (status < 200 || status >= 500)) unexpected_.push_back(seen.text + ": " + seen.outcome);
  writes_.push_back(std::move(seen));
}

}  // namespace wats::testing
