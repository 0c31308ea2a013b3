#include "messaging/whatsapp_templates.h"

#include <gmock/gmock.h>

#include "messaging/messaging_bed.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class WhatsappTemplatesTest : public MessagingBed {
 protected:
  WhatsappTemplatesTest() {
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "whatsapp", "+14155550100", "first", "XE1", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
    outbound_->set_templates(&templates_);
    vendor_->has_templates = true;
    vendor_->templates = {{"HX1", "welcome", "en", "approved", "utility", ""},
                          {"HX2", "welcome", "pt_BR", "approved", "utility", ""},
                          {"HX3", "offer", "en", "rejected", "marketing", "misleading"}};
  }
  SendRequest template_of(const std::string& id, const std::string& language = "") const {
    SendRequest request = this->request("");
    request.content.channel = plugin::ChannelKind::whatsapp;
    request.content.template_id = id;
    request.content.language = language;
    request.content.template_variables = {{"1", std::to_string(++serial_)}};
    return request;
  }

  WhatsappTemplates templates_{providers_, clock_};
  mutable int serial_ = 0;
};

TEST_F(WhatsappTemplatesTest, WhatIsThereIsSent) {
  EXPECT_TRUE(send(template_of("HX1")));
  EXPECT_TRUE(send(template_of("welcome", "en")));
  EXPECT_TRUE(send(template_of("welcome", "pt-br"))) << "as others write the language";
  EXPECT_EQ(vendor_->template_lists, 1) << "the list is kept";
}

TEST_F(WhatsappTemplatesTest, WhatIsNotThereIsRefusedWithWhatIs) {
  const auto refused = send(template_of("wellcome"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rejected);
  EXPECT_EQ(refused.error().rule, "whatsapp_template");
  EXPECT_THAT(refused.error().message, HasSubstr("welcome (en), welcome (pt_BR)"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("offer"))) << "nobody could send it";
  EXPECT_FALSE(send(template_of("welcome", "de")));
  EXPECT_EQ(vendor_->asked, 0) << "nothing was sent";
}

TEST_F(WhatsappTemplatesTest, ANameOfSeveralLanguagesNeedsOne) {
  const auto refused = send(template_of("welcome"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("en pt_BR"));
}

TEST_F(WhatsappTemplatesTest, OneThatIsNotApprovedIsAsGoodAsOwnWords) {
  const auto refused = send(template_of("offer"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().rule, "whatsapp_window");
  EXPECT_THAT(refused.error().message, HasSubstr("rejected at the vendor (misleading)"));
  vendor_->events = {text_event("SM1", "+14155552671", "hi")};
  WebhookCall call;
  call.agent_id = "agt_1";
  call.channel = plugin::ChannelKind::whatsapp;
  ASSERT_TRUE(executor_.run(inbound_->handle(std::move(call))));
  EXPECT_TRUE(send(template_of("offer")));
}

TEST_F(WhatsappTemplatesTest, ANewOneIsKnownWithinSeconds) {
  EXPECT_FALSE(send(template_of("news")));
  vendor_->templates.push_back({"HX4", "news", "en", "approved", "marketing", ""});
  EXPECT_FALSE(send(template_of("news"))) << "the vendor is not asked for every wrong name";
  EXPECT_EQ(vendor_->template_lists, 1);
  clock_.advance(seconds(10));
  EXPECT_TRUE(send(template_of("news")));
}

TEST_F(WhatsappTemplatesTest, OneThatIsGoneIsKnownWithinMinutes) {
  EXPECT_TRUE(send(template_of("HX1")));
  vendor_->templates.erase(vendor_->templates.begin());
  EXPECT_TRUE(send(template_of("HX1"))) << "then the vendor refuses it";
  clock_.advance(minutes(5));
  EXPECT_FALSE(send(template_of("HX1")));
}

TEST_F(WhatsappTemplatesTest, AVendorThatDoesNotTellDecidesItself) {
  vendor_->templates_fault.emplace();
  vendor_->templates_fault->code = ErrorCode::unavailable;
  EXPECT_TRUE(send(template_of("anything")));
  vendor_->has_templates = false;
  EXPECT_TRUE(send(template_of("anything")));
}

TEST_F(WhatsappTemplatesTest, WhatWasKnownOutlivesAVendorThatDoesNotAnswer) {
  EXPECT_TRUE(send(template_of("HX1")));
  vendor_->templates_fault.emplace();
  vendor_->templates_fault->code = ErrorCode::unavailable;
  clock_.advance(hours(1));
  EXPECT_TRUE(send(template_of("HX1")));
}

}  // namespace
}  // namespace commsd::messaging::test
