// What people do to reports.
#include "tests/unit/outbox/support.hpp"

namespace wats::outbox::test {
namespace {

class People : public Box {};

TEST_F(People, edit_a_report_and_who_did_it_is_kept) {
  open();
  add(report(1));
  Report better = report(1);
  better.document = R"({"better":true})";
  ASSERT_TRUE(outbox().edit(1, better, "wrong operator"));
  EXPECT_EQ(outbox().document(1).value(), better.document);
  const auto audit = outbox().audit().value();
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].action, "edit");
  EXPECT_EQ(audit[0].why, "wrong operator");
  EXPECT_FALSE(audit[0].who.empty());
  drain();
  EXPECT_EQ(delivery_->documents(), std::vector{better.document});
}

TEST_F(People, can_t_edit_another_report_into_it_nor_what_was_sent) {
  open();
  add(report(1));
  EXPECT_EQ(outbox().edit(1, report(2), "").error().code(), Errc::invalid_argument);
  EXPECT_EQ(outbox().edit(9, report(2), "").error().code(), Errc::not_found);
  drain();
  EXPECT_EQ(outbox().edit(1, report(1), "").error().code(), Errc::not_found);
}

TEST_F(People, drop_reports_and_the_next_goes) {
  open();
  add(report(1, "A"));
  add(report(2, "A"));
  EXPECT_EQ(outbox().drop(Selection({1, 7}), "a test run").value(), 1U);
  EXPECT_EQ(outbox().find(1).error().code(), Errc::not_found);
  EXPECT_EQ(drain(), std::vector{uuid(2)});
  EXPECT_EQ(outbox().audit().value().front().id, uuid(1));
}

TEST_F(People, find_reports_by_state_id_and_serial_number) {
  open();
  for (int n = 1; n <= 5; ++n) add(report(n, n == 4 ? "X" : "Y"));
  EXPECT_EQ(outbox().hold(Selection({2, 3}), "later").value(), 2U);
  EXPECT_EQ(outbox().list(Selection(State::held)).value().size(), 2U);
  Selection by_id;
  by_id.id = uuid(5);
  EXPECT_EQ(outbox().list(by_id).value().at(0).number, 5);
  Selection by_serial;
  by_serial.serial_number = "X";
  EXPECT_EQ(outbox().list(by_serial).value().at(0).number, 4);
  Selection newest;
  newest.newest_first = true;
  newest.most = 2;
  EXPECT_EQ(outbox().list(newest).value().at(1).number, 4);
  newest.after = 4;
  EXPECT_EQ(outbox().list(newest).value().at(0).number, 3);
}

TEST_F(People, see_totals_and_the_oldest) {
  open();
  const auto first = wall_.now();
  add(report(1, "A"));
  wall_.advance(1h);
  add(report(2, "A"));
  auto status = outbox().status().value();
  EXPECT_EQ(status.backlog(), 2);
  EXPECT_EQ(status.oldest, first);
  EXPECT_GT(status.of(State::pending).bytes, 0);
  EXPECT_EQ(outbox().drop(Selection({1}), "").value(), 1U);
  status = outbox().status().value();
  EXPECT_EQ(status.oldest, first + 1h);
  drain();
  status = outbox().status().value();
  EXPECT_FALSE(status.oldest);
  EXPECT_EQ(status.of(State::sent).items, 1);
  EXPECT_EQ(status.of(State::sent).bytes, 0);
}

}  // namespace
}  // namespace wats::outbox::test
