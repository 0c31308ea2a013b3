#include "fixture.h"

namespace {

class GreenapiSenderTest : public GreenapiTest {
 protected:
  OpResult register_sender(const char* url) {
    comms_whatsapp_sender s{};
    s.size = sizeof s;
    s.number = comms::str(kFrom);
    s.message_url = comms::str(url);
    return run<const comms_whatsapp_sender*>(&comms_whatsapp::register_sender, &s);
  }
  OpResult find(std::string_view text, std::string_view id = "", std::string_view to = kTo) {
    comms_find what{};
    what.size = sizeof what;
    what.vendor_id = comms::str(id);
    what.to = comms::str(to);
    what.text = comms::str(text);
    what.after_ms = host.now_ms - 90'000;
    what.before_ms = host.now_ms + 60'000;
    return run<const comms_find*>(&comms_whatsapp::find_message, &what);
  }
  std::string sent(const std::string& id, const std::string& more, std::int64_t age_s = 10) const {
    return R"({"type":"outgoing","idMessage":")" + id + R"(","timestamp":)" +
           std::to_string(host.now_ms / 1000 - age_s) +
           R"(,"chatId":"14155550101@c.us","statusMessage":"delivered","sendByApi":true,)" + more +
           '}';
  }
  const std::string hola_ = R"("typeMessage":"textMessage","textMessage":"hola")";
};

TEST_F(GreenapiSenderTest, SetsTheWebhookAndTellsTheState) {
  host.answer(200, R"({"saveSettings":true})");
  host.answer(200, R"({"phone":"14155550100","stateInstance":"authorized"})");
  const OpResult result = register_sender("https://c.test/webhooks/a/whatsapp");
  EXPECT_EQ(result.field("status"), "online");
  EXPECT_EQ(result.field("id"), "7103000000");
  EXPECT_EQ(host.requests[0].url, method_url("setSettings"));
  EXPECT_EQ(host.requests[0].body,
            R"({"webhookUrl":"https://c.test/webhooks/a/whatsapp","webhookUrlToken":")" +
                kWebhookToken +
                R"(","incomingWebhook":"yes","outgoingWebhook":"yes","stateWebhook":"yes",)"
                R"("outgoingMessageWebhook":"no","outgoingAPIMessageWebhook":"no"})");
  EXPECT_EQ(host.requests[1].url, method_url("getWaSettings"));
}

TEST_F(GreenapiSenderTest, GivesACodeToLinkThePhone) {
  host.answer(200, R"({"phone":"","stateInstance":"notAuthorized"})");
  host.answer(200, R"({"status":true,"code":"GAPI2015"})");
  const OpResult result = register_sender("");
  EXPECT_EQ(result.field("status"), "verification_needed");
  EXPECT_EQ(result.field("link_code"), "GAPI2015");
  EXPECT_EQ(host.requests[1].body, R"({"phoneNumber":14155550100})");
}

TEST_F(GreenapiSenderTest, RefusesAnotherNumbersInstance) {
  host.answer(200, R"({"phone":"14155550177","stateInstance":"authorized"})");
  EXPECT_EQ(register_sender("").status, COMMS_REJECTED);
  host.answer(200, R"({"saveSettings":false})");
  EXPECT_EQ(register_sender("https://c.test/").status, COMMS_REJECTED);
  start(R"({"id_instance":"7103000000","api_token":")" + kApiToken + "\"}");
  EXPECT_EQ(register_sender("https://c.test/").status, COMMS_INVALID) << "nobody could be believed";
}

TEST_F(GreenapiSenderTest, FindsByIdInTheChat) {
  host.answer(200, sent("M1", hola_));
  const OpResult result = find("", "M1");
  EXPECT_EQ(result.vendor_id, "M1");
  EXPECT_EQ(result.message_status, "delivered");
  EXPECT_EQ(host.requests[0].url, method_url("getMessage"));
  EXPECT_EQ(host.requests[0].body, R"({"chatId":"14155550101@c.us","idMessage":"M1"})");
  EXPECT_EQ(find("", "M1", "").status, COMMS_UNSUPPORTED);
}

TEST_F(GreenapiSenderTest, FindsByContentInJournalAndQueue) {
  host.answer(200, '[' + sent("M0", R"("textMessage":"other")") + ',' + sent("M1", hola_) + ',' +
                       sent("M2", hola_, 3600) + ']');
  host.answer(200, "[]");
  EXPECT_EQ(find("hola").vendor_id, "M1");
  EXPECT_EQ(host.requests[0].url, method_url("lastOutgoingMessages") + "?minutes=2");
  EXPECT_EQ(host.requests[1].url, method_url("showMessagesQueue"));

  const std::string waiting =
      R"({"messageID":"Q1","type":"sendMessage","body":{"chatId":"14155550101@c.us","message":"hola"}})";
  host.answer(200, "[]");
  host.answer(200, '[' + waiting + ']');
  const OpResult queued = find("hola");
  EXPECT_EQ(queued.vendor_id, "Q1");
  EXPECT_EQ(queued.message_status, "queued");

  host.answer(200, "[]");
  host.answer(
      200,
      R"([{"messageID":"Q2","type":"sendFileByUrl","body":{"chatId":"14155550101@c.us","caption":"hola"}}])");
  EXPECT_EQ(find("hola").vendor_id, "Q2");

  host.answer(200, '[' + sent("M1", hola_) + ']');
  host.answer(200, '[' + waiting + ']');
  EXPECT_EQ(find("hola").status, COMMS_UNSUPPORTED) << "which of the two it is, nobody can tell";
}

TEST_F(GreenapiSenderTest, SaysThereIsNoneOnlyWhenBothWereRead) {
  host.answer(200, "[]");
  host.answer(200, "[]");
  EXPECT_EQ(find("hola").status, COMMS_NOT_FOUND);
  for (const char* broken : {"", "{}", "<html>", "[{"}) {
    host.answer(200, broken);
    EXPECT_NE(find("hola").status, COMMS_NOT_FOUND) << broken;
    host.answer(200, "[]");
    host.answer(200, broken);
    EXPECT_NE(find("hola").status, COMMS_NOT_FOUND) << broken;
  }
  host.answer(500, "");
  EXPECT_EQ(find("hola").status, COMMS_UNAVAILABLE);
}

TEST_F(GreenapiSenderTest, DownloadsAFileWithoutCredentials) {
  host.answer(200, "PNG", {{"content-type", "image/png"}});
  const OpResult result = run<comms_str>(&comms_whatsapp::fetch_media,
                                         comms::str("https://sw-media.storage.net/1.png"));
  EXPECT_EQ(result.data, "PNG");
  EXPECT_EQ(result.field("content_type"), "image/png");
  EXPECT_TRUE(host.requests[0].headers.empty());
}

}  // namespace
