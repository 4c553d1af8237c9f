// What becomes of reports when somebody removes or damages the database.
#include "tests/unit/outbox/support.hpp"

#include <filesystem>
#include <fstream>

namespace wats::outbox::test {
namespace {

class OutboxTrouble : public Box {
 protected:
  [[nodiscard]] std::string database() const { return folder_.file("outbox") + "/outbox.db"; }
};

TEST_F(OutboxTrouble, puts_a_database_back_that_was_removed_under_it) {
  open();
  add(report(1));
  for (const char* const ending : {"", "-wal", "-shm"}) std::filesystem::remove(database() + ending);
  EXPECT_EQ(add(report(2)).kind, Receipt::Kind::stored);
  close();
  open();
  EXPECT_EQ(count(State::pending), 2);
  EXPECT_EQ(outbox().list(Selection()).value().at(0).id, uuid(1));
}

TEST_F(OutboxTrouble, sets_a_damaged_database_aside_and_goes_on) {
  open();
  add(report(1));
  close();
  std::ofstream(database(), std::ios::binary | std::ios::trunc) << std::string(8192, 'x');
  open();
  EXPECT_TRUE(std::filesystem::exists(database() + ".damaged-1"));
  EXPECT_EQ(add(report(2)).kind, Receipt::Kind::stored);
  close();
  open();
  EXPECT_EQ(count(State::pending), 1);
}

}  // namespace
}  // namespace wats::outbox::test
