// Every operation that has a card, from the service to the server's store and back.
#include "tests/support/server_fixture.hpp"
#include "wats/op/all.hpp"
#include "wats/service/reports.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wats {
namespace {

using testing::ServerFixture;

constexpr const char* report_text = R"({
  "type": "T", "id": "00000000-0000-4000-8000-000000000001", "pn": "PN-1", "sn": "SN-1", "rev": "R0",
  "processCode": 10, "result": "F", "machineName": "ST-1", "location": "Bench", "purpose": "Production",
  "start": "2026-02-03T09:15:00Z", "uut": {"user": "op1", "execTime": 4.2},
  "root": {"id": 0, "group": "M", "stepType": "SequenceCall", "name": "Main", "status": "F",
           "seqCall": {"path": "p/", "name": "line.seq", "version": "1.0"},
           "steps": [{"id": 1, "group": "M", "stepType": "ET_NLT", "name": "Voltage", "status": "F",
                      "numericMeas": [{"compOp": "GELE", "status": "F", "unit": "V", "value": 4.7,
                                       "lowLimit": 4.9, "highLimit": 5.1}]}]},
  "miscInfos": [{"description": "Firmware", "text": "2.1.0"}],
  "subUnits": [{"partType": "Module", "pn": "MOD-2", "rev": "A", "sn": "M77"}]})";

class EveryOperation : public ServerFixture {
 protected:
  void SetUp() override {
    ServerFixture::SetUp();
    server::SeedSpec processes;
    processes.products = 0;
    ASSERT_TRUE(server_->seed(processes));
  }
};

TEST_F(EveryOperation, goes_to_the_server_and_back) {
  const Client client(options());
  EXPECT_FALSE(client.server().version().value()->empty());
  const auto processes = client.processes().list().value();
  ASSERT_FALSE(processes->empty());

  const Product added = add_product("PN-1", 2);
  Product changed = added;
  changed.description = "zweite Hälfte \u2713";
  EXPECT_EQ(client.products().update(changed).value()->description, changed.description);
  EXPECT_EQ(client.products().find("PN-1").value()->description, changed.description);
  EXPECT_EQ(client.products().find_revision("PN-1", "R1").value()->revision, "R1");
  EXPECT_EQ(client.products().list().value()->size(), 1U);

  auto report = ReportDocument::parse(report_text).value();
  EXPECT_EQ(client.reports().submit(report).value()->id, report.id());
  const auto headers = client.reports().query(report_field::serial_number == "SN-1").value();
  ASSERT_EQ(headers->size(), 1U);
  EXPECT_EQ(headers->at(0).part_number, "PN-1");

  EXPECT_EQ(client.units().find("SN-1", "PN-1").value()->serial_number, "SN-1");
  EXPECT_TRUE(client.units().set_phase("SN-1", "PN-1", UnitPhase::production_repair).get());
  EXPECT_EQ(client.units().find("SN-1", "PN-1").value()->unit_phase_id, UnitPhase::production_repair);
  EXPECT_TRUE(client.units().verify("SN-1", "PN-1").get());

  // A card that this test forgets would never be seen by the validator of the recorded traffic either.
  op::All::for_each([&]<class Op>() {
    EXPECT_GT(calls(std::string(Op::card.id)), 0U) << Op::card.id << " was not called";
  });
}

}  // namespace
}  // namespace wats
