// Handing reports over: what is stored, what is refused, what is known already.
#include "tests/unit/outbox/support.hpp"

#include <thread>

namespace wats::outbox::test {
namespace {

class HandOver : public Box {};

TEST_F(HandOver, stores_a_report_that_is_there_after_the_next_start) {
  open();
  const auto receipt = add(report(1, "SN-7"), 3);
  EXPECT_EQ(receipt.kind, Receipt::Kind::stored);
  EXPECT_EQ(receipt.id, uuid(1));
  close();
  open();
  const auto item = outbox().find(receipt.number);
  ASSERT_TRUE(item);
  EXPECT_EQ(item->id, uuid(1));
  EXPECT_EQ(item->state, State::pending);
  EXPECT_EQ(item->serial_number, "SN-7");
  EXPECT_EQ(item->part_number, "PN-1");
  EXPECT_EQ(item->priority, 3);
  EXPECT_EQ(item->added, wall_.now());
  EXPECT_EQ(outbox().document(receipt.number).value(), report(1).document);
}

TEST_F(HandOver, knows_a_report_that_waits_and_one_that_was_sent) {
  open();
  const auto first = add(report(1));
  const auto again = add(report(1));
  EXPECT_EQ(again.kind, Receipt::Kind::known);
  EXPECT_EQ(again.number, first.number);
  EXPECT_EQ(drain().size(), 1U);
  EXPECT_EQ(add(report(1)).kind, Receipt::Kind::sent);
  EXPECT_EQ(outbox().status()->backlog(), 0);
}

TEST_F(HandOver, sends_another_version_under_the_same_id_in_the_place_of_the_older) {
  open();
  add(report(1));
  Report newer = report(1);
  newer.document += " ";
  EXPECT_EQ(add(newer).kind, Receipt::Kind::replaced);
  drain();
  EXPECT_EQ(delivery_->documents(), std::vector{newer.document});
  Report newest = report(1);
  newest.document += "  ";
  EXPECT_EQ(add(newest).kind, Receipt::Kind::replaced) << "the older one was sent";
  drain();
  EXPECT_EQ(delivery_->documents(), std::vector{newest.document});
}

TEST_F(HandOver, refuses_what_is_no_report) {
  open();
  const auto refusal_of = [&](auto change, AddOptions options = AddOptions()) {
    Report bad = report(1);
    change(bad, options);
    const auto refused = outbox().add(bad, options);
    EXPECT_FALSE(refused);
    return refused ? Errc::io_error : refused.error().code();
  };
  EXPECT_EQ(refusal_of([](Report& r, auto&) { r.id = "7"; }), Errc::invalid_argument);
  EXPECT_EQ(refusal_of([](Report& r, auto&) { r.serial_number.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(refusal_of([](Report& r, auto&) { r.document.clear(); }), Errc::invalid_argument);
  EXPECT_EQ(refusal_of([](Report&, AddOptions& o) { o.priority = 0; }), Errc::invalid_argument);
  EXPECT_EQ(refusal_of([](Report&, AddOptions& o) { o.priority = 11; }), Errc::invalid_argument);
  EXPECT_EQ(outbox().status()->backlog(), 0);
}

TEST_F(HandOver, refuses_what_passes_a_bound_and_takes_again_once_there_is_room) {
  auto bounded = settings();
  bounded.max_items = 2;
  open(bounded);
  add(report(1));
  add(report(2));
  const auto refused = outbox().add(report(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::outbox_full);
  EXPECT_NE(refused.error().message().find("max_items"), std::string::npos) << refused.error().message();
  EXPECT_EQ(add(report(1)).kind, Receipt::Kind::known) << "takes no room";
  drain();
  EXPECT_EQ(add(report(3)).kind, Receipt::Kind::stored);
}

TEST_F(HandOver, bounds_what_is_stored_in_bytes) {
  auto bounded = settings();
  bounded.max_bytes = 300;
  bounded.max_document_bytes = 1000;
  open(bounded);
  int stored = 0;
  while (outbox().add(report(stored + 1))) ++stored;
  EXPECT_GE(stored, 2);
  EXPECT_LE(outbox().status()->of(State::pending).bytes, 300);
  Report large = report(99);
  large.document.assign(1001, 'x');
  const auto refused = outbox().add(large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_argument);
}

TEST_F(HandOver, takes_reports_of_many_threads_and_of_callers_that_do_not_wait) {
  constexpr int threads = 8;
  constexpr int each = 50;
  open();
  std::atomic<int> stored = 0;
  {
    std::vector<std::jthread> producers;
    for (int t = 0; t < threads; ++t) {
      producers.emplace_back([&, t] {
        for (int n = 0; n < each; ++n) {
          if (n % 2 == 0) {
            if (outbox().add(report(t * each + n + 1))) ++stored;
          } else {
            outbox().add(report(t * each + n + 1), AddOptions(), [&](const Result<Receipt>& result) {
              if (result) ++stored;
            });
          }
        }
      });
    }
  }
  close();
  EXPECT_EQ(stored, threads * each);
  open();
  EXPECT_EQ(count(State::pending), threads * each);
}

TEST_F(HandOver, reads_what_a_document_says_of_other_reports) {
  const auto document = ReportDocument::parse(
      R"({"type":"R","id":"c0ffee00-1111-4222-8333-444455556666","pn":"P","sn":"S","rev":"A","processCode":500,)"
      R"("start":"2026-02-03T13:00:00.000+01:00","uur":{"user":"t","refUUT":"5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d"},)"
      R"("subUnits":[{"idx":0,"sn":"S"},{"idx":1,"sn":"M1","failures":[{"code":"x"}]},{"sn":null},{"pn":"Q"},{"sn":"M2"}]})");
  ASSERT_TRUE(document);
  const Report made = from(*document);
  EXPECT_EQ(made.id, "c0ffee00-1111-4222-8333-444455556666");
  EXPECT_EQ(made.type, ReportType::repair);
  EXPECT_EQ(made.start, Timestamp::parse("2026-02-03T12:00:00Z").value());
  EXPECT_EQ(made.repaired_test, "5a2b6c1e-7d34-4f0a-9c55-0e1f2a3b4c5d");
  EXPECT_EQ(made.sub_units, (std::vector<std::string>{"M1", "M2"})) << "the unit itself is no part of it";
  EXPECT_EQ(made.document, document->text());
}

TEST_F(HandOver, opens_no_other_program_s_database_and_none_of_a_newer_version) {
  open();
  close();
  const auto file = folder_.file("outbox") + "/outbox.db";
  const auto set = [&](const std::string& pragma) {
    const std::string command = "/usr/bin/python3 -c \"import sqlite3; c=sqlite3.connect('" + file +
                                "'); c.execute('PRAGMA " + pragma + "'); c.commit()\"";
    ASSERT_EQ(std::system(command.c_str()), 0);
  };
  set("user_version=99");
  auto newer = Outbox::open(settings());
  ASSERT_FALSE(newer);
  EXPECT_NE(newer.error().message().find("version 99"), std::string::npos) << newer.error().message();
  set("application_id=1");
  EXPECT_FALSE(Outbox::open(settings()));
}

TEST_F(HandOver, refuses_settings_that_can_t_work) {
  EXPECT_EQ(Outbox::open(Settings()).error().code(), Errc::invalid_options);
  auto bad = settings();
  bad.drain.most_in_flight = 0;
  EXPECT_EQ(Outbox::open(bad).error().code(), Errc::invalid_options);
  bad = settings();
  bad.max_items = -1;
  EXPECT_EQ(Outbox::open(bad).error().code(), Errc::invalid_options);
}

}  // namespace
}  // namespace wats::outbox::test
