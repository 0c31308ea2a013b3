#include "mcp/uri_template.h"

#include <gtest/gtest.h>

namespace commsd::mcp {
namespace {

UriTemplate made(std::string_view text) {
  auto parsed = UriTemplate::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return std::move(*parsed);
}

TEST(UriTemplate, MatchesAndExpands) {
  const UriTemplate inbox = made("comms://agents/{agentId}/inbox");
  const auto values = inbox.match("comms://agents/agt_1/inbox");
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(values->at("agentId"), "agt_1");
  EXPECT_EQ(inbox.expand(*values), "comms://agents/agt_1/inbox");
  EXPECT_TRUE(inbox.has_variable("agentId"));
  EXPECT_FALSE(inbox.has_variable("inbox"));

  const UriTemplate thread = made("comms://threads/{agentId}/{contact}");
  EXPECT_EQ(thread.match("comms://threads/a/b")->at("contact"), "b");
}

TEST(UriTemplate, DecodesAndEncodesValues) {
  const UriTemplate message = made("x:/m/{id}");
  for (const std::string value : {"a b", "a/b", "50%", "ä", "{id}"}) {
    const std::string uri = message.expand({{"id", value}});
    const auto values = message.match(uri);
    ASSERT_TRUE(values.has_value()) << uri;
    EXPECT_EQ(values->at("id"), value);
  }
}

TEST(UriTemplate, MatchesNothingElse) {
  const UriTemplate inbox = made("comms://agents/{agentId}/inbox");
  for (const char* uri :
       {"", "comms://agents/", "comms://agents//inbox", "comms://agents/a/b/inbox",
        "comms://agents/a/inbox/", "comms://agents/a/inbox?x", "COMMS://agents/a/inbox",
        "comms://agents/%zz/inbox", "comms://agents/%/inbox", "comms://agents/%0a/inbox",
        "comms://agents/%ff/inbox", "comms://agents/a/inboxes", "comms://agents/{agentId}/inbox"}) {
    EXPECT_FALSE(inbox.match(uri).has_value()) << uri;
  }
  // Another spelling of the same value would be a second address of the same thing.
  EXPECT_FALSE(inbox.match("comms://agents/%61/inbox").has_value());
}

TEST(UriTemplate, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* text : {"", "{a}", "comms", "x:/{a}{b}", "x:/{a}b", "x:/{a}/{a}", "x:/{",
                           "x:/{}", "x:/{+a}", "x:/{a,b}", "x:/{a*}"}) {
    EXPECT_FALSE(UriTemplate::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace commsd::mcp
