// The demonstration's key trace: cacheable reads only, in the order they began, a line each.
#include "apps/wats/demo/key_trace.hpp"

#include "tests/unit/demo/support.hpp"

#include <gtest/gtest.h>

namespace wats::demo {
namespace {

TEST(KeyTrace, has_a_line_for_each_cacheable_read_in_the_order_they_began) {
  demo::Run run;
  run.name = "all";
  // As the calls ended.
  run.events = {read_event(op::ProductList(), 20, 30, "[]"),
                write_event(op::ProductSave(Product("B")), 5, 31),
                read_event(op::ProductGet("A"), 10, 40, product_doc("A", "x")),
                read_event(op::ProductionVerifyUnit("S", "A"), 11, 41, ""),
                read_event(op::ProductGet("A"), 42, 43, product_doc("A", "x"), Source::memory)};
  EXPECT_EQ(key_trace(Workload::line(), run),
            "# cacheable reads of the workload line, seed 42, run all\n"
            "product_get A\n"
            "product_list\n"
            "product_get A\n");
}

TEST(KeyTrace, a_key_is_one_line) {
  demo::Run run;
  run.events = {read_event(op::ProductGet("A\r\nB"), 1, 2, "")};
  EXPECT_TRUE(key_trace(Workload::line(), run).ends_with("\nproduct_get A  B\n"));
}

}  // namespace
}  // namespace wats::demo
