// The way of a call as a table: what happens in each state on each event. No I/O, no clock, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wats::http::detail {

enum class State : std::uint8_t {
  ready,       ///< about to ask the cache
  waiting,     ///< somebody else asks the same; waits for that answer
  fetching,    ///< asks the second level of the cache
  admitting,   ///< waits for its turn to send
  attempting,  ///< sent, waits for the server
  pausing,     ///< waits until it is time to try again
  done,
};

enum class Event : std::uint8_t {
  hit,          ///< the cache answered
  joined,       ///< the same is being asked already
  leads,        ///< this call has to ask, for itself or for all
  may_be_kept,  ///< the same, and a second level may have the answer
  fetched,      ///< the second level had it
  not_there,    ///< the second level has nothing good, or takes too long
  landed,       ///< the one it waited for has an answer
  load_failed,  ///< the one it waited for failed
  abandoned,    ///< the one it waited for gave up
  admitted,     ///< its turn to send
  refused,      ///< the breaker lets nothing through
  again,        ///< the attempt failed, and another is worth making later
  due,          ///< later is now
  answered,     ///< the server answered and the answer is good
  failed,       ///< the server or the way to it failed
  gave_up,      ///< deadline, cancellation, client closed
};

enum class Action : std::uint8_t {
  none,     ///< the event comes too late and changes nothing
  look_up,  ///< ask the cache
  wait,     ///< wait for the joined load
  fetch,    ///< ask the second level
  admit,    ///< ask for a turn to send
  send,     ///< send the request
  pause,    ///< wait until it is time for the next attempt
  answer,   ///< complete with the answer
  fail,     ///< complete with the error
};

struct Transition {
  State next;
  Action action;
  friend constexpr bool operator==(const Transition&, const Transition&) noexcept = default;
};

struct Rule {
  State state;
  Event event;
  Transition then;
};

/// Every pair that is not listed is an event that comes too late: nothing happens.
inline constexpr auto rules = std::to_array<Rule>({
    {State::ready, Event::hit, {State::done, Action::answer}},
    {State::ready, Event::joined, {State::waiting, Action::wait}},
    {State::ready, Event::leads, {State::admitting, Action::admit}},
    {State::ready, Event::may_be_kept, {State::fetching, Action::fetch}},
    {State::ready, Event::failed, {State::done, Action::fail}},
    {State::ready, Event::gave_up, {State::done, Action::fail}},
    {State::waiting, Event::landed, {State::done, Action::answer}},
    {State::waiting, Event::load_failed, {State::done, Action::fail}},
    {State::waiting, Event::abandoned, {State::ready, Action::look_up}},
    {State::waiting, Event::gave_up, {State::done, Action::fail}},
    {State::fetching, Event::fetched, {State::done, Action::answer}},
    {State::fetching, Event::not_there, {State::admitting, Action::admit}},
    {State::fetching, Event::failed, {State::done, Action::fail}},
    {State::fetching, Event::gave_up, {State::done, Action::fail}},
    {State::admitting, Event::admitted, {State::attempting, Action::send}},
    {State::admitting, Event::refused, {State::done, Action::fail}},
    {State::admitting, Event::failed, {State::done, Action::fail}},
    {State::admitting, Event::gave_up, {State::done, Action::fail}},
    {State::attempting, Event::answered, {State::done, Action::answer}},
    {State::attempting, Event::failed, {State::done, Action::fail}},
    {State::attempting, Event::again, {State::pausing, Action::pause}},
    {State::attempting, Event::gave_up, {State::done, Action::fail}},
    {State::pausing, Event::due, {State::admitting, Action::admit}},
    {State::pausing, Event::gave_up, {State::done, Action::fail}},
});

inline constexpr std::size_t state_count = static_cast<std::size_t>(State::done) + 1;
inline constexpr std::size_t event_count = static_cast<std::size_t>(Event::gave_up) + 1;

namespace table {

using Table = std::array<std::array<Transition, event_count>, state_count>;

constexpr Table make() {
  Table table{};
  for (std::size_t state = 0; state < state_count; ++state) {
    for (auto& cell : table[state]) cell = {static_cast<State>(state), Action::none};
  }
  for (const Rule& rule : rules) {
    table[static_cast<std::size_t>(rule.state)][static_cast<std::size_t>(rule.event)] = rule.then;
  }
  return table;
}

inline constexpr Table transitions = make();

}  // namespace table

/// What to do next.
[[nodiscard]] constexpr Transition decide(State state, Event event) noexcept {
  return table::transitions[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

}  // namespace wats::http::detail
