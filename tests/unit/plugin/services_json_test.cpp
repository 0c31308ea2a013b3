#include <memory>

#include <gtest/gtest.h>

#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {
namespace {

using Document = std::unique_ptr<comms_json, decltype(kJsonService.close)>;

Document parse(std::string_view text) {
  comms_json* document = nullptr;
  kJsonService.parse(nullptr, to_bytes(text), &document);
  return Document(document, kJsonService.close);
}

TEST(JsonService, finds_by_pointer_member_and_iteration) {
  const Document json = parse(
      R"({"data":[{"id":"a","n":-7,"f":1.5,"ok":true},{"id":"b"}],"a/b":{"m~n":null},"big":18446744073709551615})");
  ASSERT_TRUE(json);
  const comms_json_node root = kJsonService.root(json.get());
  EXPECT_EQ(kJsonService.type(json.get(), root), COMMS_JSON_OBJECT);
  EXPECT_EQ(kJsonService.count(json.get(), root), 3U);
  EXPECT_EQ(kJsonService.find(json.get(), root, to_str("")), root);

  comms_str text{};
  const auto at = [&](const char* pointer) {
    return kJsonService.find(json.get(), root, to_str(pointer));
  };
  EXPECT_EQ(kJsonService.string(json.get(), at("/data/1/id"), &text), COMMS_OK);
  EXPECT_EQ(view(text), "b");
  std::int64_t integer = 0;
  EXPECT_EQ(kJsonService.integer(json.get(), at("/data/0/n"), &integer), COMMS_OK);
  EXPECT_EQ(integer, -7);
  double number = 0;
  EXPECT_EQ(kJsonService.number(json.get(), at("/data/0/f"), &number), COMMS_OK);
  EXPECT_EQ(number, 1.5);
  EXPECT_EQ(kJsonService.number(json.get(), at("/data/0/n"), &number), COMMS_OK);
  EXPECT_EQ(number, -7.0);
  std::int32_t flag = 0;
  EXPECT_EQ(kJsonService.boolean(json.get(), at("/data/0/ok"), &flag), COMMS_OK);
  EXPECT_EQ(flag, 1);
  EXPECT_EQ(kJsonService.type(json.get(), at("/a~1b/m~0n")), COMMS_JSON_NULL);
  EXPECT_EQ(kJsonService.type(json.get(), at("/big")), COMMS_JSON_NUMBER);

  EXPECT_EQ(kJsonService.string(json.get(), at("/data/0/n"), &text), COMMS_INVALID);
  EXPECT_EQ(kJsonService.integer(json.get(), at("/data/0/f"), &integer), COMMS_INVALID);
  EXPECT_EQ(kJsonService.string(json.get(), at("/nowhere"), &text), COMMS_NOT_FOUND);

  std::string keys;
  for (comms_json_node child = kJsonService.first(json.get(), at("/data/0")); child != 0;
       child = kJsonService.next(json.get(), child)) {
    keys += view(kJsonService.key(json.get(), child));
    keys += ' ';
  }
  EXPECT_EQ(keys, "id n f ok ");
}

TEST(JsonService, pointers_that_lead_nowhere_give_no_node) {
  const Document json = parse(R"({"a":[1,2],"":{"":3}})");
  for (const char* pointer : {"a", "/a/2", "/a/-", "/a/01", "/a/-1", "/a/x", "/b", "/a/0/x", "/~2",
                              "/a/99999999999999999999", "/~"}) {
    EXPECT_EQ(kJsonService.find(json.get(), 1, to_str(pointer)), 0U) << pointer;
  }
  EXPECT_NE(kJsonService.find(json.get(), 1, to_str("//")), 0U);
}

TEST(JsonService, the_last_of_repeated_keys_counts) {
  const Document json = parse(R"({"k":1,"k":2})");
  std::int64_t value = 0;
  kJsonService.integer(json.get(), kJsonService.member(json.get(), 1, to_str("k")), &value);
  EXPECT_EQ(value, 2);
}

TEST(JsonService, refuses_what_is_not_json) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "\"\xff\"", "1 2", "{'a':1}"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
  EXPECT_FALSE(parse(std::string(100, '[') + std::string(100, ']')));
  EXPECT_TRUE(parse(std::string(60, '[') + std::string(60, ']')));
}

TEST(JsonService, TakesALongTextOnlyWhenItIsLongStrings) {
  const std::size_t megabyte = 1024 * 1024;
  EXPECT_TRUE(parse("[\"" + std::string(47 * megabyte, 'x') + "\",1]"));
  EXPECT_FALSE(parse("[\"" + std::string(64 * megabyte, 'x') + "\",1]"));
  std::string values = "[";
  for (std::size_t i = 0; i < 9 * megabyte; ++i) values += "1,";
  EXPECT_FALSE(parse(values + "1]"));
  EXPECT_TRUE(parse(values.substr(0, 2 * megabyte + 1) + "1]"));
}

TEST(JsonService, any_node_number_is_answered_with_nothing) {
  const Document json = parse("[1]");
  comms_str text{};
  for (const comms_json_node node : {comms_json_node{0}, comms_json_node{3}, ~comms_json_node{0}}) {
    EXPECT_EQ(kJsonService.type(json.get(), node), 0);
    EXPECT_EQ(kJsonService.first(json.get(), node), 0U);
    EXPECT_EQ(kJsonService.next(json.get(), node), 0U);
    EXPECT_EQ(kJsonService.count(json.get(), node), 0U);
    EXPECT_EQ(kJsonService.find(json.get(), node, to_str("")), 0U);
    EXPECT_EQ(kJsonService.member(json.get(), node, to_str("a")), 0U);
    EXPECT_EQ(kJsonService.string(json.get(), node, &text), COMMS_NOT_FOUND);
  }
  EXPECT_EQ(kJsonService.root(nullptr), 0U);
  EXPECT_EQ(kJsonService.type(nullptr, 1), 0);
  kJsonService.close(nullptr);
}

}  // namespace
}  // namespace commsd::plugin
