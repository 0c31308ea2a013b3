#include "messaging/whatsapp_window.h"

#include "messaging/messaging_bed.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class WhatsappWindowTest : public MessagingBed {
 protected:
  WhatsappWindowTest() {
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "whatsapp", "+14155550100", "first", "XE1", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  SendRequest text(const std::string& words) const {
    SendRequest request = this->request(words);
    request.content.channel = plugin::ChannelKind::whatsapp;
    return request;
  }
  void hear(const std::string& id, const std::string& from = "+14155552671") {
    vendor_->events = {text_event(id, from, "hi")};
    WebhookCall call;
    call.agent_id = "agt_1";
    call.channel = plugin::ChannelKind::whatsapp;
    ASSERT_TRUE(executor_.run(inbound_->handle(std::move(call))));
  }
};

TEST_F(WhatsappWindowTest, OwnWordsNeedAContactWhoWrote) {
  const auto refused = send(text("hello"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_NE(refused.error().message.find("whatsapp_window"), std::string::npos);
  EXPECT_NE(refused.error().remedy.find("templateId"), std::string::npos);
  EXPECT_EQ(vendor_->asked, 0);
  hear("SM1");
  EXPECT_EQ(sent(text("hello")).message.state, "submitted");
}

TEST_F(WhatsappWindowTest, ClosesADayAfterTheLastMessage) {
  hear("SM1");
  clock_.advance(hours(23));
  hear("SM2");
  clock_.advance(hours(24) - seconds(1));
  EXPECT_TRUE(send(text("in time")));
  clock_.advance(seconds(1));
  EXPECT_FALSE(send(text("too late")));
}

TEST_F(WhatsappWindowTest, IsOfOneContactAndOfWhatsappOnly) {
  hear("SM1", "+14155550199");
  EXPECT_FALSE(send(text("hello")));
  ASSERT_TRUE(webhook(text_event("SM2", "+14155552671", "by SMS")));
  EXPECT_FALSE(send(text("hello")));
  EXPECT_TRUE(send(request("an SMS needs no window")));
}

TEST_F(WhatsappWindowTest, ATemplateNeedsNone) {
  SendRequest request = text("");
  request.content.template_id = "HX1";
  request.content.template_variables = {{"1", "Saturday"}};
  EXPECT_EQ(sent(request).message.state, "submitted");
  EXPECT_EQ(vendor_->log[0].message.template_id, "HX1");
}

TEST_F(WhatsappWindowTest, MediaNeedsOneToo) {
  SendRequest request = text("");
  request.content.media_urls = {"https://example.com/a.png"};
  EXPECT_FALSE(send(request));
  hear("SM1");
  EXPECT_TRUE(send(request));
}

TEST_F(WhatsappWindowTest, IsLookedAtWhenAScheduledMessageIsSent) {
  hear("SM1");
  SendRequest request = text("tomorrow");
  request.send_at = clock_.now() + 25 * std::int64_t{3'600'000};
  const std::string id = sent(request).message.id;
  clock_.advance(hours(25));
  pass(seconds(2));
  EXPECT_EQ(stored(id).state, "failed");
  EXPECT_NE(stored(id).failure_remedy.find("templateId"), std::string::npos);
}

}  // namespace
}  // namespace commsd::messaging::test
