// Header fields: names in any case, order kept, and nothing that would break out of a line.
#include "wats/core/headers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wats {
namespace {

TEST(Headers, are_found_by_name_in_any_case) {
  Headers headers;
  EXPECT_TRUE(headers.empty());
  headers.add("Content-Type", "text/plain");
  headers.add("Foo", "1");
  headers.add("foo", " 2\t");
  EXPECT_EQ(headers.find("content-type"), "text/plain");
  EXPECT_EQ(headers.find("FOO"), "1");
  EXPECT_EQ(headers.joined("Foo"), "1, 2");
  EXPECT_EQ(headers.joined("Bar"), "");
  EXPECT_FALSE(headers.has("Fo"));
  EXPECT_FALSE(headers.find("Fooo"));
}

TEST(Headers, keep_their_order_and_empty_values) {
  Headers headers;
  headers.add("B", "2");
  headers.add("A", "");
  headers.add("B", "1");
  std::string seen;
  headers.for_each([&](std::string_view name, std::string_view value) {
    seen.append(name).append("=").append(value).append(";");
  });
  EXPECT_EQ(seen, "B=2;A=;B=1;");
  headers.remove("b");
  EXPECT_EQ(headers.text(), "A: \r\n");
}

TEST(Headers, let_no_text_break_out_of_its_line) {
  Headers headers;
  headers.add("A", "1\r\nEvil: 2\nX");
  EXPECT_EQ(headers.find("A"), "1  Evil: 2 X");
  EXPECT_FALSE(headers.has("Evil"));
  headers.add("B: 1\r\nEvil", "3");
  EXPECT_FALSE(headers.has("B"));
  EXPECT_FALSE(headers.has("Evil"));
  EXPECT_TRUE(headers.has("")) << "whoever sends it sees that there was one";
}

TEST(Headers, read_what_they_write) {
  Headers headers;
  headers.add("A", "1: 2");
  headers.add("B", "");
  EXPECT_EQ(Headers::from_text(headers.text()), headers);
  const Headers odd = Headers::from_text("A:1\nno line\n: x\nb c: 2\r\nD : 3\nE:\t4");
  EXPECT_EQ(odd.text(), "A: 1\r\nE: 4\r\n");
}

}  // namespace
}  // namespace wats
