// The decision table: every state with every event.
#include "src/http/pipeline.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace wats::http::detail {
namespace {

std::vector<State> states() {
  return {State::ready,      State::waiting, State::fetching, State::admitting,
          State::attempting, State::pausing, State::done};
}
std::vector<Event> events() {
  return {Event::hit,       Event::joined,    Event::leads,   Event::may_be_kept,
          Event::fetched,   Event::not_there, Event::landed,  Event::load_failed,
          Event::abandoned, Event::admitted,  Event::refused, Event::again,
          Event::due,       Event::answered,  Event::failed,  Event::gave_up};
}

TEST(Pipeline, a_hit_is_answered_without_sending) {
  EXPECT_EQ(decide(State::ready, Event::hit), (Transition{State::done, Action::answer}));
}

TEST(Pipeline, a_miss_is_admitted_then_sent_then_answered) {
  EXPECT_EQ(decide(State::ready, Event::leads), (Transition{State::admitting, Action::admit}));
  EXPECT_EQ(decide(State::admitting, Event::admitted), (Transition{State::attempting, Action::send}));
  EXPECT_EQ(decide(State::attempting, Event::answered), (Transition{State::done, Action::answer}));
}

TEST(Pipeline, a_second_level_is_asked_before_the_server) {
  EXPECT_EQ(decide(State::ready, Event::may_be_kept), (Transition{State::fetching, Action::fetch}));
  EXPECT_EQ(decide(State::fetching, Event::fetched), (Transition{State::done, Action::answer}));
  EXPECT_EQ(decide(State::fetching, Event::not_there), (Transition{State::admitting, Action::admit}));
}

TEST(Pipeline, what_fails_for_now_is_tried_again_after_a_pause_and_another_admission) {
  EXPECT_EQ(decide(State::attempting, Event::again), (Transition{State::pausing, Action::pause}));
  EXPECT_EQ(decide(State::pausing, Event::due), (Transition{State::admitting, Action::admit}));
}

TEST(Pipeline, an_open_breaker_fails_a_call_that_asks_for_its_turn) {
  EXPECT_EQ(decide(State::admitting, Event::refused), (Transition{State::done, Action::fail}));
}

TEST(Pipeline, who_joined_an_abandoned_load_asks_again) {
  EXPECT_EQ(decide(State::waiting, Event::abandoned), (Transition{State::ready, Action::look_up}));
}

TEST(Pipeline, who_joined_shares_answer_and_failure) {
  EXPECT_EQ(decide(State::waiting, Event::landed), (Transition{State::done, Action::answer}));
  EXPECT_EQ(decide(State::waiting, Event::load_failed), (Transition{State::done, Action::fail}));
}

TEST(Pipeline, giving_up_ends_every_call_that_is_under_way) {
  for (const State state : states()) {
    if (state == State::done) continue;
    EXPECT_EQ(decide(state, Event::gave_up), (Transition{State::done, Action::fail}));
  }
}

TEST(Pipeline, nothing_happens_after_the_end) {
  for (const Event event : events()) {
    EXPECT_EQ(decide(State::done, event), (Transition{State::done, Action::none}));
  }
}

TEST(Pipeline, an_event_out_of_place_changes_nothing) {
  std::size_t listed = 0;
  for (const State state : states()) {
    for (const Event event : events()) {
      const Transition then = decide(state, event);
      if (then.action == Action::none) {
        EXPECT_EQ(then.next, state);
      } else {
        ++listed;
      }
    }
  }
  EXPECT_EQ(listed, rules.size());
}

TEST(Pipeline, only_calls_that_were_sent_can_be_answered_by_the_server) {
  for (const State state : states()) {
    EXPECT_EQ(decide(state, Event::answered).action == Action::answer, state == State::attempting);
  }
}

}  // namespace
}  // namespace wats::http::detail
