#include "tests/property/invalidation/sequence.hpp"

#include "tests/property/invalidation/instances.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <map>
#include <utility>

namespace wats::testing {
namespace {

using namespace std::chrono_literals;

template <op::Operation Op>
Actor actor_of() {
  Actor actor;
  actor.id = Op::card.id;
  actor.is_read = Op::card.is_read();
  actor.draw = [](World& world, Dice& dice) {
    const Op request = Instances<Op>::draw(world, dice);
    Action action;
    action.text = text_of(request);
    action.is_read = Op::card.is_read();
    action.is_live = Op::card.cache_class == CacheClass::live;
    action.play = [request](Session& session, Who who, const Manner& manner) {
      session.call(who, request, manner);
    };
    return action;
  };
  return actor;
}

/// All reads or all writes, or the one named and so many others by chance.
std::vector<const Actor*> some_of(Dice& dice, bool reads, std::string_view named, std::size_t others) {
  std::vector<const Actor*> fitting;
  std::vector<const Actor*> chosen;
  for (const Actor& actor : all_actors()) {
    if (actor.is_read == reads) (actor.id == named ? chosen : fitting).push_back(&actor);
  }
  for (; others > 0 && !fitting.empty(); --others) {
    const auto at = fitting.begin() + static_cast<std::ptrdiff_t>(dice.below(fitting.size()));
    chosen.push_back(*at);
    fitting.erase(at);
  }
  return chosen;
}

Kind kind_of(Dice& dice) {
  const std::size_t number = dice.below(100);
  if (number < 40) return Kind::read;
  if (number < 62) return Kind::write;
  if (number < 71) return Kind::together;
  if (number < 83) return Kind::read_overtaken;
  if (number < 88) return Kind::write_watched;
  if (number < 96) return Kind::advance;
  return Kind::let_in;
}

/// Where a stranger has written, less can be said of what others must see.
Who some_client(Dice& dice, bool reads) {
  if (dice.chance(reads ? 25 : 10)) return Who::stranger;
  return dice.chance(55) ? Who::first : Who::second;
}

Fate some_failure(Dice& dice) {
  using What = Fate::Kind;
  static const std::vector<What> kinds = {What::refuse, What::cut_before, What::cut_behind, What::cut_after,
                                          What::half,   What::fail_after, What::garbage};
  return Fate(dice.one_of(kinds), dice.chance(50) ? 503 : dice.chance(50) ? 429 : 500);
}

/// One step after the other.
class Player {
 public:
  Player(const Sequence& sequence, Session& session) : sequence_(sequence), session_(session) {}

  void step(const Step& step) {
    Dice dice(step.seed);
    switch (step.kind) {
      case Kind::read:
        if (dice.chance(35)) return ask(draw(dice, true));
        return one_call(dice, draw(dice, true));
      case Kind::write:
        return one_call(dice, draw(dice, false));
      case Kind::together:
        return together(dice);
      case Kind::read_overtaken:
        return read_overtaken(dice);
      case Kind::write_watched:
        return write_watched(dice);
      case Kind::advance: {
        static const std::vector<std::chrono::seconds> times = {30s, 61s, 61s, 600s};
        return session_.advance(dice.one_of(times));
      }
      case Kind::let_in:
        return session_.let_in();
    }
  }

  void ask_everything() {
    for (const auto& [text, action] : asked_) ask(action);
  }

 private:
  [[nodiscard]] Action draw(Dice& dice, bool read) {
    // What was asked before may be remembered.
    if (read && !asked_.empty() && dice.chance(60))
      return std::next(asked_.begin(), static_cast<std::ptrdiff_t>(dice.below(asked_.size())))->second;
    Action action = dice.one_of(read ? sequence_.reads : sequence_.writes)->draw(session_.world(), dice);
    if (read) asked_.emplace(action.text, action);
    return action;
  }

  [[nodiscard]] static Manner usual(const Action& action) {
    Manner manner;
    if (action.is_live) manner.options.max_age = Session::endless;
    return manner;
  }
  [[nodiscard]] static Manner some_manner(Dice& dice, const Action& action) {
    Manner manner = usual(action);
    if (dice.chance(20)) manner.way = Way::token;
    if (!action.is_read) return manner;
    const std::size_t number = dice.below(100);
    if (number < 5) manner.options.cache = CacheMode::fresh;
    if (number >= 5 && number < 8) manner.options.cache = CacheMode::bypass;
    if (number >= 8 && number < 12) manner.options.cache = CacheMode::only_if_cached;
    if (number >= 12 && number < 16) manner.options.max_age.reset();
    return manner;
  }

  /// By every client.
  void ask(const Action& action) {
    for (const Who who : {Who::first, Who::second, Who::stranger}) action.play(session_, who, usual(action));
  }

  void one_call(Dice& dice, const Action& action) {
    Manner manner = some_manner(dice, action);
    const Who who = some_client(dice, action.is_read);
    if (dice.chance(sequence_.fault_percent)) {
      manner.may_fail = true;
      std::vector<Fate> fates;
      // A call is tried three times.
      for (std::size_t i = 1 + dice.below(3); i > 0; --i) fates.push_back(some_failure(dice));
      session_.relay().plan(fates);
    }
    action.play(session_, who, manner);
    session_.relay().plan({});
  }

  void together(Dice& dice) {
    const bool fails = dice.chance(sequence_.fault_percent);
    std::vector<Fate> fates(8);
    for (Fate& fate : fates) {
      if (fails && dice.chance(30)) fate = some_failure(dice);
      if (dice.chance(40)) fate.before = std::chrono::microseconds(dice.below(800));
      if (dice.chance(40)) fate.after = std::chrono::microseconds(dice.below(800));
    }
    const auto part_of = [&] {
      std::vector<std::function<void()>> part;
      for (std::size_t i = 1 + dice.below(3); i > 0; --i) {
        const Action action = draw(dice, !dice.chance(40));
        Manner manner = some_manner(dice, action);
        manner.may_fail = fails;
        part.emplace_back([this, action, manner, who = some_client(dice, action.is_read)] {
          action.play(session_, who, manner);
        });
      }
      return part;
    };
    const auto here = part_of();
    const auto there = part_of();
    session_.relay().plan(fates);
    auto other = std::async(std::launch::async, [&] {
      for (const auto& each : there) each();
    });
    for (const auto& each : here) each();
    other.get();
    session_.relay().plan({});
  }

  void read_overtaken(Dice& dice) {
    Relay& relay = session_.relay();
    const Action read = draw(dice, true);
    const Action write = draw(dice, false);
    const Who reader = some_client(dice, true);
    const Who later = dice.chance(60) ? reader : some_client(dice, true);
    const Who writer = some_client(dice, false);
    relay.close_gates();
    Fate held;
    held.waits_after = true;
    relay.plan({held});
    auto first = begin(read, reader);
    relay.await([&] { return relay.arrived(Relay::Gate::after) > 0 || is_over(first); });
    relay.plan({});
    write.play(session_, writer, usual(write));
    // The second one is answered by memory, asks for itself, or waits for the answer to the first.
    const auto requests = relay.requests();
    const auto joined = session_.client(later).stats().cache().joined;
    auto second = begin(read, later);
    relay.await([&] {
      return is_over(second) || relay.requests() > requests ||
             session_.client(later).stats().cache().joined > joined;
    });
    relay.open(Relay::Gate::after);
    first.get();
    second.get();
    read.play(session_, reader, usual(read));
  }

  void write_watched(Dice& dice) {
    Relay& relay = session_.relay();
    const Action read = draw(dice, true);
    const Action write = draw(dice, false);
    const Who writer = some_client(dice, false);
    const auto look = [&] {
      for (std::size_t i = dice.below(3); i > 0; --i)
        read.play(session_, some_client(dice, true), usual(read));
    };
    relay.close_gates();
    Fate held;
    held.waits_before = held.waits_after = true;
    relay.plan({held});
    auto written = begin(write, writer);
    relay.await([&] { return relay.arrived(Relay::Gate::before) > 0 || is_over(written); });
    look();
    relay.open(Relay::Gate::before);
    relay.await([&] { return relay.arrived(Relay::Gate::after) > 0 || is_over(written); });
    look();
    relay.open(Relay::Gate::after);
    written.get();
    look();
  }

  [[nodiscard]] std::future<void> begin(const Action& action, Who who) {
    return std::async(std::launch::async, [this, action, who] { action.play(session_, who, usual(action)); });
  }
  [[nodiscard]] static bool is_over(const std::future<void>& call) {
    return call.wait_for(0s) == std::future_status::ready;
  }

  const Sequence& sequence_;
  Session& session_;
  /// Every question so far, by its text.
  std::map<std::string, Action> asked_;
};

}  // namespace

const std::vector<Actor>& all_actors() {
  static const std::vector<Actor> actors = [] {
    std::vector<Actor> all;
    op::All::for_each([&]<class Op>() { all.push_back(actor_of<Op>()); });
    return all;
  }();
  return actors;
}

Sequence::Sequence(std::uint64_t number) : seed(number) {
  Dice dice(number);
  products = 2 + dice.below(2);
  units = 1 + dice.below(2);
  keeps_back = dice.chance(50);
  static const std::vector<std::size_t> rates = {0, 0, 15, 35};
  fault_percent = dice.one_of(rates);
  static const std::vector<Edge> edges = [] {
    const auto all = all_edges();
    return std::vector<Edge>(all.begin(), all.end());
  }();
  const bool takes_all = dice.chance(30);
  const Edge& edge = dice.one_of(edges);
  reads = some_of(dice, true, edge.read, takes_all ? all_actors().size() : dice.below(3));
  writes = some_of(dice, false, edge.write, takes_all ? all_actors().size() : dice.below(2));
  const std::size_t length = 8 + dice.below(17);
  for (std::size_t i = 0; i < length; ++i) {
    Step step;
    step.kind = kind_of(dice);
    step.seed = dice.next();
    steps.push_back(step);
  }
}

void play(const Sequence& sequence, Session& session) {
  World& world = session.world();
  Dice dice(sequence.seed);
  for (std::size_t i = 0; i < sequence.products; ++i) {
    if (dice.chance(40)) continue;
    session.call(some_client(dice, false), op::ProductSave(Instances<op::ProductSave>::made(world, dice, i)),
                 {});
    const op::ProductionSetUnitPhase phase(world.serial_number(some(dice, world.units())),
                                           world.part_number(i), UnitPhase::finalized);
    if (dice.chance(70)) session.call(some_client(dice, false), phase, {});
  }
  Player player(sequence, session);
  for (const Step& step : sequence.steps) player.step(step);
  session.come_to_rest();
  player.ask_everything();
  session.outlive_all();
  player.ask_everything();
}

}  // namespace wats::testing
