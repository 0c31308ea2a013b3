#include "fixture.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Shapes as in the vendor's collection, "Notifications Green API".
std::string incoming(const std::string& data, const std::string& chat = "14155550101@c.us") {
  return R"({"typeWebhook":"incomingMessageReceived","instanceData":{"idInstance":7103000000,)"
         R"("wid":"14155550100@c.us","typeInstance":"whatsapp"},"timestamp":1703014480,)"
         R"("idMessage":"M1","senderData":{"chatId":")" +
         chat + R"(","sender":"14155550101@c.us","senderName":"Ana"},"messageData":)" + data + '}';
}

std::string status(const std::string& more) {
  return R"({"typeWebhook":"outgoingMessageStatus","chatId":"14155550101@c.us",)"
         R"("instanceData":{"idInstance":7103000000,"wid":"14155550100@c.us"},)"
         R"("timestamp":1705901090,"idMessage":"M1",)" +
         more + '}';
}

class GreenapiWebhookTest : public GreenapiTest {
 protected:
  Webhook webhook(const std::string& authorization) {
    Webhook in;
    in.body = incoming(R"({"typeMessage":"textMessage","textMessageData":{"textMessage":"hi"}})");
    if (!authorization.empty()) in.headers = {{"authorization", authorization}};
    return in;
  }
};

TEST_F(GreenapiWebhookTest, BelievesTheTokenOnly) {
  EXPECT_TRUE(is_authentic(webhook(kWebhookToken)));
  EXPECT_TRUE(is_authentic(webhook("Bearer " + kWebhookToken)));
  for (const std::string& wrong :
       {std::string(), std::string("Bearer "), kWebhookToken + "x", kWebhookToken.substr(1),
        "bearer " + kWebhookToken, "Bearer Bearer " + kWebhookToken}) {
    EXPECT_FALSE(is_authentic(webhook(wrong))) << wrong;
  }
  Webhook of_another = webhook(kWebhookToken);
  of_another.body.replace(of_another.body.find("7103000000"), 10, "7103000001");
  EXPECT_FALSE(is_authentic(of_another));
  Webhook by_get = webhook(kWebhookToken);
  by_get.method = "GET";
  EXPECT_FALSE(is_authentic(by_get));
  start(R"({"id_instance":"7103000000","api_token":")" + kApiToken + "\"}");
  EXPECT_FALSE(is_authentic(webhook("")));
  EXPECT_FALSE(is_authentic(webhook("Bearer ")));
}

TEST_F(GreenapiWebhookTest, ReadsText) {
  const SeenEvent e =
      event(incoming(R"({"typeMessage":"textMessage","textMessageData":{"textMessage":"hi 😀"}})"));
  EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_EQ(e.text.at("event_id"), "in:M1");
  EXPECT_EQ(e.text.at("vendor_id"), "M1");
  EXPECT_EQ(e.text.at("from"), kTo);
  EXPECT_EQ(e.text.at("to"), kFrom);
  EXPECT_EQ(e.text.at("text"), "hi 😀");
  EXPECT_EQ(e.text.at("extra.profile_name"), "Ana");
  EXPECT_EQ(e.occurred_at_ms, 1703014480000);
  EXPECT_EQ(
      event(incoming(R"({"typeMessage":"quotedMessage","extendedTextMessageData":{"text":"re"},)"
                     R"("quotedMessage":{"stanzaId":"Q1"}})"))
          .text.at("extra.in_reply_to"),
      "Q1");
}

TEST_F(GreenapiWebhookTest, ReadsFilesAndOtherKinds) {
  const SeenEvent e = event(incoming(
      R"({"typeMessage":"imageMessage","fileMessageData":{"downloadUrl":"https://sw-media.storage.net/1.jpg",)"
      R"("caption":"look","fileName":"1.jpg","mimeType":"image/jpeg"}})"));
  EXPECT_EQ(e.text.at("text"), "look");
  EXPECT_THAT(e.media, ElementsAre("https://sw-media.storage.net/1.jpg"));
  EXPECT_EQ(e.text.at("extra.message_type"), "imageMessage");
  EXPECT_EQ(
      event(incoming(
                R"({"typeMessage":"locationMessage","locationMessageData":{)"
                R"("nameLocation":"Tower","address":"5 Road","latitude":12.5,"longitude":-14}})"))
          .text.at("text"),
      "Tower, 5 Road (12.500000,-14.000000)");
  EXPECT_EQ(
      event(incoming(R"({"typeMessage":"templateButtonsReplyMessage","templateButtonReplyMessage":)"
                     R"({"selectedDisplayText":"Yes"}})"))
          .text.at("text"),
      "Yes");
  EXPECT_EQ(event(incoming(R"({"typeMessage":"contactsArrayMessage","messageData":{"contacts":)"
                           R"([{"vcard":"A"},{"vcard":"B"}]}})"))
                .text.at("text"),
            "A\nB");
  EXPECT_EQ(event(incoming(R"({"typeMessage":"somethingNew"})")).text.at("extra.message_type"),
            "somethingNew");
}

TEST_F(GreenapiWebhookTest, SaysWhatWhatsappDidNotGive) {
  const SeenEvent text = event(
      incoming(R"({"typeMessage":"textMessage","textMessageData":{"textMessage":"{{SWE001}}"}})"));
  EXPECT_EQ(text.text.at("text"), "");
  EXPECT_EQ(text.text.at("error_code"), "SWE001");
  const SeenEvent file = event(incoming(
      R"({"typeMessage":"documentMessage","fileMessageData":{"downloadUrl":"{{SWE002}}","caption":"c"}})"));
  EXPECT_THAT(file.media, IsEmpty());
  EXPECT_EQ(file.text.at("error_code"), "SWE002");
  EXPECT_EQ(file.text.at("text"), "c");
}

TEST_F(GreenapiWebhookTest, LeavesOthersConversationsAlone) {
  const std::string text = R"({"typeMessage":"textMessage","textMessageData":{"textMessage":"x"}})";
  for (const std::string& body :
       {incoming(text, "120363043968066561@g.us"), incoming(R"({"typeMessage":"editedMessage"})"),
        incoming(R"({"typeMessage":"deletedMessage"})"),
        status(R"("status":"sent","sendByApi":false)"), status(R"("status":"somethingNew")"),
        std::string(R"({"typeWebhook":"outgoingAPIMessageReceived","idMessage":"M1"})"),
        std::string(R"({"typeWebhook":"incomingCall","idMessage":"M1"})"),
        std::string(R"({"typeWebhook":"somethingNew"})"), std::string("{}"), std::string("[]")}) {
    const Parsed parsed = parse_body(body);
    EXPECT_EQ(parsed.status, COMMS_OK) << body;
    EXPECT_THAT(parsed.events, IsEmpty()) << body;
  }
}

TEST_F(GreenapiWebhookTest, ReadsStates) {
  for (const char* same : {"sent", "delivered", "read"}) {
    const SeenEvent e =
        event(status(std::string(R"("status":")") + same + R"(","sendByApi":true)"));
    EXPECT_EQ(e.kind, COMMS_EVENT_MESSAGE_STATUS);
    EXPECT_EQ(e.text.at("status"), same);
    EXPECT_EQ(e.text.at("event_id"), std::string("status:M1:") + same);
    EXPECT_EQ(e.text.at("to"), kTo);
  }
  const SeenEvent none = event(status(R"("status":"noAccount")"));
  EXPECT_EQ(none.text.at("status"), "undelivered");
  EXPECT_EQ(none.text.at("error_code"), "noAccount");
  const SeenEvent failed =
      event(status(R"("status":"failed","description":"SWE004: too many for 14155550101@c.us")"));
  EXPECT_EQ(failed.text.at("status"), "failed");
  EXPECT_EQ(failed.text.at("error_code"), "SWE004");
  EXPECT_EQ(failed.text.at("error_message"), "SWE004: too many for [address]");
}

TEST_F(GreenapiWebhookTest, LogsThatThePhoneIsGone) {
  parse_body(R"({"typeWebhook":"stateInstanceChanged","stateInstance":"authorized"})");
  EXPECT_THAT(host.log, IsEmpty());
  parse_body(R"({"typeWebhook":"stateInstanceChanged","stateInstance":"notAuthorized"})");
  parse_body(
      R"({"typeWebhook":"incomingBlock","quotaData":{"status":"CORRESPONDENTS_QUOTA_EXCEEDED",)"
      R"("description":"only 14155550101@c.us"}})");
  EXPECT_THAT(
      host.log,
      ElementsAre("the GREEN-API instance is now notAuthorized: it neither sends nor receives",
                  "the plan of the GREEN-API instance is used up: "
                  "CORRESPONDENTS_QUOTA_EXCEEDED"));
}

TEST_F(GreenapiWebhookTest, RefusesWhatIsNoEvent) {
  for (const std::string& body :
       {std::string(), std::string("x"), std::string("{\"typeWebhook\":"), std::string(100, '['),
        std::string(R"({"typeWebhook":"incomingMessageReceived"})")}) {
    const Parsed parsed = parse_body(body);
    EXPECT_EQ(parsed.status, COMMS_INVALID) << body;
    EXPECT_THAT(parsed.events, IsEmpty());
  }
}

}  // namespace
