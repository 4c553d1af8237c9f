// The texts that faults and seeds are told in.
#include "wats/server/fault.hpp"
#include "wats/server/seed.hpp"

#include <gtest/gtest.h>

namespace wats::server {
namespace {

TEST(FaultText, every_kind_is_read) {
  const auto faults =
      Fault::parse("drop=product_get:5,half=*:0.5,status=product_save:503:100,garbage=*:1,huge=*:2:64");
  ASSERT_TRUE(faults.has_value()) << faults.error().message();
  ASSERT_EQ(faults->size(), 5U);
  EXPECT_EQ(faults->at(0).kind, Fault::Kind::drop);
  EXPECT_EQ(faults->at(0).operation, "product_get");
  EXPECT_EQ(faults->at(0).probability, 5);
  EXPECT_EQ(faults->at(1).probability, 0.5);
  EXPECT_EQ(faults->at(2).status, 503);
  EXPECT_EQ(faults->at(4).megabytes, 64U);
}

TEST(FaultText, what_is_wrong_is_an_error_that_names_it) {
  for (const std::string text :
       {"", "explode=*:1", "drop", "drop=", "drop=*", "drop=nothing:1", "drop=*:101", "drop=*:-1", "drop=*:x",
        "status=*:200:1", "status=*:1", "huge=*:1:0", "drop=*:1,"}) {
    const auto faults = Fault::parse(text);
    ASSERT_FALSE(faults.has_value()) << text;
    EXPECT_EQ(faults.error().code(), Errc::invalid_options);
  }
  EXPECT_NE(Fault::parse("drop=nothing:1").error().what().find("there is no operation nothing"),
            std::string::npos);
}

TEST(SeedText, names_and_lists_are_read) {
  EXPECT_EQ(SeedSpec::parse("line")->reports, 2000U);
  EXPECT_EQ(SeedSpec::parse("empty")->products, 0U);
  const auto spec =
      SeedSpec::parse("reports=20000:/tmp/a.json,products=7,seed=9,steps=3,revisions=2,processes=5");
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->reports, 20000U);
  EXPECT_EQ(spec->report_file, "/tmp/a.json");
  EXPECT_EQ(spec->products, 7U);
  EXPECT_EQ(spec->seed, 9U);
  EXPECT_EQ(spec->steps, 3U);
  EXPECT_EQ(spec->revisions_per_product, 2U);
  EXPECT_EQ(spec->processes, 5U);
}

TEST(SeedText, what_is_not_understood_is_named) {
  for (const std::string text : {"lines", "reports=x", "reports=-1", "units=5", "reports=1,=2"}) {
    const auto spec = SeedSpec::parse(text);
    ASSERT_FALSE(spec.has_value()) << text;
    EXPECT_NE(spec.error().what().find("not understood"), std::string::npos);
  }
}

}  // namespace
}  // namespace wats::server
