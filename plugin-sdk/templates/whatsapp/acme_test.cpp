#include <comms/cpp/json.hpp>
#include <comms/slot/whatsapp.h>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <comms/testing/webhook.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

void sends_and_finds_messages() {
  FakeHost host;
  Cassette tape(COMMS_CASSETTES "/send.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* whatsapp = plugin.slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP);

  comms_whatsapp_message message{};
  message.size = sizeof message;
  message.from = comms::str("+14155550100");
  message.to = comms::str("+14155550101");
  message.body = comms::str("Hello");
  message.client_ref = comms::str("attempt-1");
  message.idempotency_key = comms::str("key-1");
  OpResult sent = host.run([&](comms_op* op) { return whatsapp->send(plugin.self, op, &message); });
  COMMS_EXPECT_EQ(sent.status, COMMS_OK);
  COMMS_EXPECT(!sent.vendor_id.empty());

  comms_find what{};
  what.size = sizeof what;
  what.client_ref = message.client_ref;
  OpResult found =
      host.run([&](comms_op* op) { return whatsapp->find_message(plugin.self, op, &what); });
  COMMS_EXPECT_EQ(found.vendor_id, sent.vendor_id);

  const comms_kv name{comms::str("1"), comms::str("Ana")};
  message.template_id = comms::str("welcome");
  message.language = comms::str("es");
  message.variables = &name;
  message.variable_count = 1;
  message.client_ref = comms::str("attempt-2");
  OpResult templated =
      host.run([&](comms_op* op) { return whatsapp->send(plugin.self, op, &message); });
  COMMS_EXPECT_EQ(templated.status, COMMS_OK);
  COMMS_EXPECT_EQ(tape.problems(), "");
}

void tells_what_to_do_outside_the_window() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* whatsapp = plugin.slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP);
  comms_whatsapp_message message{};
  message.size = sizeof message;
  host.answer(422, R"({"code":"outside_window","message":"the window is closed"})");
  OpResult result =
      host.run([&](comms_op* op) { return whatsapp->send(plugin.self, op, &message); });
  COMMS_EXPECT_EQ(result.status, COMMS_REJECTED);
  COMMS_EXPECT_EQ(result.error.vendor_code, "outside_window");
  COMMS_EXPECT(result.error.remedy.find("template") != std::string::npos);
}

void tells_failures_apart() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* whatsapp = plugin.slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP);
  comms_whatsapp_message message{};
  message.size = sizeof message;
  for (auto [status, expected] : {std::pair(401, COMMS_UNAUTHENTICATED),
                                  {422, COMMS_REJECTED},
                                  {429, COMMS_RATE_LIMITED},
                                  {500, COMMS_AMBIGUOUS},
                                  {200, COMMS_AMBIGUOUS}}) {
    host.answer(status, "{}");
    OpResult result =
        host.run([&](comms_op* op) { return whatsapp->send(plugin.self, op, &message); });
    COMMS_EXPECT_EQ(result.status, expected);
  }
}

void believes_signed_webhooks_only() {
  FakeHost host;
  host.crypto = openssl_crypto();
  Plugin plugin(host, library.plugin(), config);
  const auto* whatsapp = plugin.slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP);
  const comms::Host services(host.raw());
  const std::string secret = comms::Config(services, config).text("webhook_secret");

  WebhookRequest webhook;
  webhook.body = R"({"type":"status","event_id":"e1","id":"m_1","ref":"r1","status":"delivered"})";
  const std::string signature =
      comms::hex(comms::Crypto(services).hmac_sha256(secret, webhook.body));
  webhook.headers = {{"x-signature", signature}};
  COMMS_EXPECT_EQ(whatsapp->verify_webhook(plugin.self, webhook.c()), COMMS_OK);
  OpResult parsed;
  const comms_emit emit = FakeHost::emit(parsed);
  COMMS_EXPECT_EQ(whatsapp->parse_webhook(plugin.self, webhook.c(), &emit), COMMS_OK);
  COMMS_EXPECT_EQ(parsed.events.size(), 1u);
  COMMS_EXPECT_EQ(parsed.events.at(0).text["status"], "delivered");

  webhook.body += " ";
  COMMS_EXPECT_EQ(whatsapp->verify_webhook(plugin.self, webhook.c()), COMMS_DENIED);
  webhook.headers.clear();
  COMMS_EXPECT_EQ(whatsapp->verify_webhook(plugin.self, webhook.c()), COMMS_DENIED);
  webhook.body = "no JSON";
  COMMS_EXPECT_EQ(whatsapp->parse_webhook(plugin.self, webhook.c(), &emit), COMMS_INVALID);
}

}  // namespace

int main() {
  sends_and_finds_messages();
  tells_what_to_do_outside_the_window();
  tells_failures_apart();
  believes_signed_webhooks_only();
  return failures() != 0;
}
