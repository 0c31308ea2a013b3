// Threads, linked contacts, files and the postal address through the tools.
#include <gmock/gmock.h>

#include "tools/resource_uris.h"
#include "tools/tools_bed.h"

namespace commsd::tools::test {
namespace {

using messaging::test::text_event;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* contact = "+14155552671";

class ThreadToolsTest : public ToolsBed {
 protected:
  static std::string arguments(const std::string& thread_id, const std::string& more = {}) {
    return R"({"threadId":")" + thread_id + "\"" + more + "}";
  }
  /// The thread that the newest item names.
  std::string thread_id() {
    const auto waiting = call(agent("org_1", "agt_1"), "comms_get_waiting_messages", "{}");
    std::string id;
    const auto answer = JsonDocument::parse(waiting->json);
    answer->root().get("messages")->each([&id](JsonValue item) {
      id = item.string("threadId").value_or("");
    });
    return id;
  }
};

TEST_F(ThreadToolsTest, AThreadIsReadByThoseWhoseItIs) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "the text")));
  const std::string id = thread_id();
  ASSERT_NE(id, "");
  const auto mine = call(agent("org_1", "agt_1"), "comms_get_thread", arguments(id));
  ASSERT_TRUE(mine) << mine.error().message;
  EXPECT_THAT(mine->json, HasSubstr(contact));
  EXPECT_THAT(mine->json, Not(HasSubstr("the text")));
  const auto theirs = R"(,"agentId":"agt_1")";
  EXPECT_TRUE(call(organization("org_1"), "comms_get_thread", arguments(id, theirs)));
  EXPECT_TRUE(call(orchestrator(), "comms_get_thread", arguments(id, theirs)));
  EXPECT_FALSE(call(agent("org_1", "agt_2"), "comms_get_thread", arguments(id)));
  EXPECT_FALSE(call(agent("org_1", "agt_2"), "comms_get_thread", arguments(id, theirs)));
  EXPECT_FALSE(call(organization("org_2"), "comms_get_thread", arguments(id, theirs)));
  EXPECT_FALSE(call(agent("org_2", "agt_3"), "comms_get_thread", arguments(id)));
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_get_thread", arguments("nothing")));
  EXPECT_EQ(call(agent("org_1", "agt_1"), "comms_get_thread", arguments(id, R"(,"before":"x")"))
                .error()
                .code,
            ErrorCode::invalid_argument);
}

TEST_F(ThreadToolsTest, LinkedAddressesAreOneThreadEverywhere) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  const std::string before = thread_id();
  const auto linked = call(agent("org_1", "agt_1"), "comms_link_contact",
                           R"({"addresses":["+14155552671","guest@example.com"]})");
  ASSERT_TRUE(linked) << linked.error().message;
  const std::string id(*JsonDocument::parse(linked->json)->root().string("threadId"));
  EXPECT_NE(id, before);
  const auto found = call(agent("org_1", "agt_1"), "comms_get_thread", arguments(before));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->json, HasSubstr(id)) << "an id that was given before stays good";
  const std::string sent_id = sent(request("hello")).message.id;
  const auto message =
      call(agent("org_1", "agt_1"), "comms_get_message", R"({"messageId":")" + sent_id + "\"}");
  EXPECT_THAT(message->json, HasSubstr("\"threadId\":\"" + id));
  EXPECT_TRUE(call(organization("org_1"), "comms_link_contact",
                   R"({"agentId":"agt_1","action":"unlink","addresses":["guest@example.com"]})"));
  EXPECT_EQ(call(agent("org_1", "agt_1"), "comms_link_contact",
                 R"({"action":"unlink","addresses":["+14155552671"]})")
                .error()
                .code,
            ErrorCode::not_found);
  EXPECT_FALSE(call(organization("org_2"), "comms_link_contact",
                    R"({"agentId":"agt_1","addresses":["+14155552671","a@example.com"]})"));
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_link_contact",
                    R"({"action":"unlink","addresses":["+14155552671","a@example.com"]})"));
}

TEST_F(ThreadToolsTest, AnOrganizationSetsItsOwnPostalAddress) {
  const auto set = call(organization("org_1"), "comms_set_postal_address",
                        R"({"postalAddress":" One Inc. \n\n1 Main Street\nSpringfield "})");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_THAT(set->json, HasSubstr(R"(One Inc.\n1 Main Street\nSpringfield)"));
  for (const char* bad :
       {R"({"postalAddress":"short"})", R"({"postalAddress":"1\n2\n3\n4\n5\n6\n7 Main Street"})",
        R"({"postalAddress":"1 Main Street\u0007 Springfield"})"}) {
    EXPECT_EQ(call(organization("org_1"), "comms_set_postal_address", bad).error().code,
              ErrorCode::invalid_argument)
        << bad;
  }
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_set_postal_address", "{}"));
  EXPECT_FALSE(
      call(organization("org_2"), "comms_set_postal_address", R"({"organizationId":"org_1"})"));
  EXPECT_TRUE(call(orchestrator(), "comms_set_postal_address", R"({"organizationId":"org_1"})"));
  EXPECT_EQ(executor_.run(organizations_->find("org_1"))->postal_address, "");
}

TEST_F(ThreadToolsTest, FilesAreKeptOnlyWhereThereIsAPlaceForThem) {
  const auto shown =
      call(organization("org_1"), "comms_set_media_storage", R"({"agentId":"agt_1"})");
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_THAT(shown->json, HasSubstr(R"("persistent":false)"));
  const auto refused = call(organization("org_1"), "comms_set_media_storage",
                            R"({"agentId":"agt_1","persistent":true})");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("providers.storage"));
  EXPECT_FALSE(call(organization("org_2"), "comms_set_media_storage", R"({"agentId":"agt_1"})"));
  EXPECT_FALSE(call(agent("org_1", "agt_1"), "comms_set_media_storage", R"({"agentId":"agt_1"})"));
}

TEST_F(ThreadToolsTest, AnItemsFilesAreOurLinks) {
  plugin::ProviderEvent event = text_event("SM1", contact, "look");
  event.media.push_back({"https://vendor.example/Media/ME1", "image/png", "", 0});
  ASSERT_TRUE(webhook(std::move(event)));
  const auto waiting = call(agent("org_1", "agt_1"), "comms_get_waiting_messages", "{}");
  EXPECT_THAT(waiting->json, HasSubstr(R"("mediaUrl":"https://comms.example.com/media/inbound/)"));
  EXPECT_THAT(waiting->json, Not(HasSubstr("vendor.example")));
}

}  // namespace
}  // namespace commsd::tools::test
