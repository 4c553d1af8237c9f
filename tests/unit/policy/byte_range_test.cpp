// Which bytes a range means, and whether a stored part has them.
#include "wats/policy/byte_range.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace wats::policy {
namespace {

using Form = ByteRange::Form;
using Kind = RangeAnswer::Kind;

TEST(ByteRange, is_read_where_it_is_a_single_one) {
  struct Row {
    const char* what;
    std::string_view value;
    std::optional<ByteRange> range;
  };
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  const Row rows[] = {
      {"first and last", "bytes=0-1", ByteRange{Form::between, 0, 1}},
      {"one byte", "bytes=5-5", ByteRange{Form::between, 5, 5}},
      {"from", "bytes=5-", ByteRange{Form::from, 5, 0}},
      {"suffix", "bytes=-5", ByteRange{Form::suffix, 0, 5}},
      {"an empty suffix", "bytes=-0", ByteRange{Form::suffix, 0, 0}},
      {"another case and space", " BYTES= 0-1 ", ByteRange{Form::between, 0, 1}},
      {"numbers beyond all files", "bytes=0-99999999999999999999", ByteRange{Form::between, 0, most}},
      {"several", "bytes=0-1,3-4", {}},
      {"backwards", "bytes=4-3", {}},
      {"another unit", "items=0-1", {}},
      {"no unit", "0-1", {}},
      {"no range", "bytes=", {}},
      {"no dash", "bytes=5", {}},
      {"only a dash", "bytes=-", {}},
      {"two dashes", "bytes=0-1-2", {}},
      {"letters", "bytes=a-b", {}},
      {"letters behind", "bytes=0-b", {}},
      {"a sign", "bytes=+0-1", {}},
      {"space within", "bytes=0 - 1", {}},
      {"space for '='", "bytes 0-1", {}},
      {"empty", "", {}},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_range(row.value), row.range) << row.what;
}

TEST(ContentRange, is_read_where_it_agrees_with_itself) {
  struct Row {
    const char* what;
    std::string_view value;
    std::optional<ContentRange> range;
  };
  const Row rows[] = {
      {"a part", "bytes 4-9/10", ContentRange{4, 9, 10}},
      {"of an unknown whole", "bytes 4-9/*", ContentRange{4, 9, {}}},
      {"another case", "Bytes 0-0/1", ContentRange{0, 0, 1}},
      {"of a 416", "bytes */10", {}},
      {"backwards", "bytes 9-4/10", {}},
      {"behind the end", "bytes 4-10/10", {}},
      {"no whole", "bytes 4-9", {}},
      {"an empty whole", "bytes 4-9/", {}},
      {"no dash", "bytes 4/10", {}},
      {"a dash behind the slash", "bytes 4/1-0", {}},
      {"letters", "bytes a-b/c", {}},
      {"another unit", "items 4-9/10", {}},
      {"no unit", "4-9/10", {}},
      {"numbers beyond all files", "bytes 0-18446744073709551615/*", {}},
      {"a whole beyond all files", "bytes 0-1/18446744073709551615", {}},
      {"empty", "", {}},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_content_range(row.value), row.range) << row.what;
}

struct SliceRow {
  const char* what;
  std::string_view range;
  RangeAnswer answer;
};

template <std::size_t N>
void check_slices(const StoredPart& part, const SliceRow (&rows)[N]) {
  for (const SliceRow& row : rows) {
    const auto range = parse_range(row.range);
    ASSERT_TRUE(range.has_value()) << row.what;
    EXPECT_EQ(resolve_range(*range, part), row.answer) << row.what;
  }
}

TEST(StoredRange, of_the_whole) {
  const SliceRow rows[] = {
      {"the beginning", "bytes=0-1", {Kind::contained, 0, 2, 0}},
      {"from the second on", "bytes=1-", {Kind::contained, 1, 10, 1}},
      {"the last", "bytes=-1", {Kind::contained, 10, 1, 10}},
      {"all", "bytes=0-", {Kind::contained, 0, 11, 0}},
      {"to beyond the end", "bytes=9-100", {Kind::contained, 9, 2, 9}},
      {"to the largest number", "bytes=9-99999999999999999999", {Kind::contained, 9, 2, 9}},
      {"more at the end than there is", "bytes=-100", {Kind::contained, 0, 11, 0}},
      {"behind the end", "bytes=11-", {Kind::not_satisfiable}},
      {"between behind the end", "bytes=11-12", {Kind::not_satisfiable}},
      {"nothing at the end", "bytes=-0", {Kind::not_satisfiable}},
  };
  check_slices(whole_content(11), rows);
}

TEST(StoredRange, of_nothing) {
  const SliceRow rows[] = {
      {"from the beginning", "bytes=0-", {Kind::not_satisfiable}},
      {"at the end", "bytes=-5", {Kind::not_satisfiable}},
  };
  check_slices(whole_content(0), rows);
}

TEST(StoredRange, of_a_part_whose_length_is_not_what_it_says) {
  const StoredPart part = partial_content({4, 9, 10}, 5);
  const SliceRow rows[] = {
      {"the same range again", "bytes=-5", {Kind::contained, 0, 5, 4}},
      {"bytes within", "bytes=6-8", {Kind::contained, 2, 3, 6}},
      {"from one on", "bytes=6-", {Kind::contained, 2, 3, 6}},
      {"the last", "bytes=-1", {Kind::contained, 4, 1, 8}},
      {"more at the end than is stored", "bytes=-6", {Kind::not_contained}},
      {"what is missing", "bytes=9-9", {Kind::not_contained}},
      {"before it", "bytes=3-5", {Kind::not_contained}},
      {"behind the whole", "bytes=10-", {Kind::not_satisfiable}},
  };
  check_slices(part, rows);
}

TEST(StoredRange, of_a_part_in_the_middle) {
  const StoredPart part = partial_content({4, 7, 10}, 4);
  const SliceRow rows[] = {
      {"all of it", "bytes=4-7", {Kind::contained, 0, 4, 4}},
      {"one byte more", "bytes=4-8", {Kind::not_contained}},
      {"from one on", "bytes=4-", {Kind::not_contained}},
      {"at the end", "bytes=-1", {Kind::not_contained}},
  };
  check_slices(part, rows);
}

TEST(StoredRange, of_a_part_of_an_unknown_whole) {
  const StoredPart part = partial_content({0, 4, {}}, 5);
  const SliceRow rows[] = {
      {"within", "bytes=1-4", {Kind::contained, 1, 4, 1}},
      {"beyond", "bytes=4-5", {Kind::not_contained}},
      {"behind", "bytes=5-", {Kind::not_contained}},
      {"at the end", "bytes=-1", {Kind::not_contained}},
      {"nothing at the end", "bytes=-0", {Kind::not_satisfiable}},
  };
  check_slices(part, rows);
}

}  // namespace
}  // namespace wats::policy
