#include "mcp/paging.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace commsd::mcp {
namespace {

TEST(Paging, CursorsAreOfOneList) {
  for (const std::string position : {"", "3", "a\nb"}) {
    EXPECT_EQ(read_cursor("tools", make_cursor("tools", position)), position);
    EXPECT_FALSE(read_cursor("prompts", make_cursor("tools", position)).has_value());
  }
  for (const char* garbage : {"", "x", "AAAAAAAAAAAA", "1", "=", "ä"}) {
    EXPECT_FALSE(read_cursor("tools", garbage).has_value()) << garbage;
  }
}

TEST(Paging, OnePageHasNoCursor) {
  const PagedList list("tools", {"1", "2"}, 2);
  ASSERT_TRUE(list.page(std::nullopt));
  EXPECT_EQ(*list.page(std::nullopt), R"("tools":[1,2])");
  EXPECT_EQ(*PagedList("tools", {}, 2).page(std::nullopt), R"("tools":[])");
}

TEST(Paging, PagesFollowEachOther) {
  const PagedList list("tools", {"1", "2", "3", "4", "5"}, 2);
  std::optional<std::string> cursor;
  std::string seen;
  int pages = 0;
  do {
    const std::string* page = list.page(cursor);
    ASSERT_TRUE(page);
    const auto document = JsonDocument::parse("{" + *page + "}");
    document->root().get("tools")->each([&](JsonValue item) { seen += item.to_string(); });
    const auto next = document->root().string("nextCursor");
    cursor = next ? std::optional<std::string>(*next) : std::nullopt;
    ++pages;
  } while (cursor);
  EXPECT_EQ(seen, "12345");
  EXPECT_EQ(pages, 3);
}

TEST(Paging, OtherCursorsLeadNowhere) {
  const PagedList list("tools", {"1", "2", "3"}, 2);
  EXPECT_FALSE(list.page("x"));
  EXPECT_FALSE(list.page(""));
  EXPECT_FALSE(list.page(make_cursor("prompts", "1")));
  EXPECT_FALSE(list.page(make_cursor("tools", "2")));
  EXPECT_FALSE(list.page(make_cursor("tools", "-1")));
  EXPECT_FALSE(list.page(make_cursor("tools", "1x")));
}

}  // namespace
}  // namespace commsd::mcp
