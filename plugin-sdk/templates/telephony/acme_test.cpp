#include <comms/cpp/json.hpp>
#include <comms/slot/telephony.h>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <comms/testing/webhook.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

void sends_finds_and_calls() {
  FakeHost host;
  Cassette tape(COMMS_CASSETTES "/calls_and_messages.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* phone = plugin.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);

  comms_sms sms{};
  sms.size = sizeof sms;
  sms.from = comms::str("+14155550100");
  sms.to = comms::str("+14155550101");
  sms.body = comms::str("Hello");
  sms.client_ref = comms::str("attempt-1");
  sms.idempotency_key = comms::str("key-1");
  OpResult sent =
      host.run([&](comms_op* op) { return phone->send_message(plugin.self, op, &sms); });
  COMMS_EXPECT_EQ(sent.status, COMMS_OK);
  COMMS_EXPECT(!sent.vendor_id.empty());

  comms_find what{};
  what.size = sizeof what;
  what.client_ref = sms.client_ref;
  OpResult found =
      host.run([&](comms_op* op) { return phone->find_message(plugin.self, op, &what); });
  COMMS_EXPECT_EQ(found.vendor_id, sent.vendor_id);

  comms_call call{};
  call.size = sizeof call;
  call.from = sms.from;
  call.to = sms.to;
  call.answer_url = comms::str("https://comms.example/webhooks/agent/voice");
  call.client_ref = comms::str("attempt-2");
  call.ring_timeout_ms = 30000;
  OpResult called =
      host.run([&](comms_op* op) { return phone->make_call(plugin.self, op, &call); });
  COMMS_EXPECT_EQ(called.status, COMMS_OK);
  const std::string id = called.vendor_id;
  OpResult ended =
      host.run([&](comms_op* op) { return phone->end_call(plugin.self, op, comms::str(id)); });
  COMMS_EXPECT_EQ(ended.status, COMMS_OK);
  COMMS_EXPECT_EQ(tape.problems(), "");
}

void tells_failures_apart() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* phone = plugin.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  comms_sms sms{};
  sms.size = sizeof sms;
  for (auto [status, expected] : {std::pair(401, COMMS_UNAUTHENTICATED),
                                  {422, COMMS_REJECTED},
                                  {429, COMMS_RATE_LIMITED},
                                  {500, COMMS_AMBIGUOUS},
                                  {200, COMMS_AMBIGUOUS}}) {
    host.answer(status, "{}");
    OpResult result =
        host.run([&](comms_op* op) { return phone->send_message(plugin.self, op, &sms); });
    COMMS_EXPECT_EQ(result.status, expected);
  }
}

void believes_signed_webhooks_only() {
  FakeHost host;
  host.crypto = openssl_crypto();
  Plugin plugin(host, library.plugin(), config);
  const auto* phone = plugin.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  const comms::Host services(host.raw());
  const std::string secret = comms::Config(services, config).text("webhook_secret");

  WebhookRequest webhook;
  webhook.body =
      R"({"type":"message","event_id":"e1","id":"m_2","from":"+14155550101","to":"+14155550100","text":"Hi"})";
  webhook.headers = {
      {"x-signature", comms::hex(comms::Crypto(services).hmac_sha256(secret, webhook.body))}};
  COMMS_EXPECT_EQ(phone->verify_webhook(plugin.self, webhook.c()), COMMS_OK);
  OpResult parsed;
  const comms_emit emit = FakeHost::emit(parsed);
  COMMS_EXPECT_EQ(phone->parse_webhook(plugin.self, webhook.c(), &emit), COMMS_OK);
  COMMS_EXPECT_EQ(parsed.events.size(), 1u);
  COMMS_EXPECT_EQ(parsed.events.at(0).text["text"], "Hi");

  webhook.body += " ";
  COMMS_EXPECT_EQ(phone->verify_webhook(plugin.self, webhook.c()), COMMS_DENIED);
  webhook.headers.clear();
  COMMS_EXPECT_EQ(phone->verify_webhook(plugin.self, webhook.c()), COMMS_DENIED);
  webhook.body = "no JSON";
  COMMS_EXPECT_EQ(phone->parse_webhook(plugin.self, webhook.c(), &emit), COMMS_INVALID);
}

void speaks_the_language_of_the_vendor() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* phone = plugin.slot<comms_telephony>(COMMS_SLOT_TELEPHONY);
  comms_verb verbs[2] = {};
  verbs[0].size = verbs[1].size = sizeof(comms_verb);
  verbs[0].kind = COMMS_VERB_SAY;
  verbs[0].text = comms::str("Good \"day\"");
  verbs[1].kind = COMMS_VERB_HANGUP;
  std::string body, type;
  COMMS_EXPECT_EQ(phone->render(plugin.self, verbs, 2, FakeHost::sink(body), FakeHost::sink(type)),
                  COMMS_OK);
  COMMS_EXPECT_EQ(body, R"([{"say":"Good \"day\""},{"hangup":true}])");
  COMMS_EXPECT_EQ(type, "application/json");
  verbs[1].kind = COMMS_VERB_GATHER;
  COMMS_EXPECT_EQ(phone->render(plugin.self, verbs, 2, FakeHost::sink(body), FakeHost::sink(type)),
                  COMMS_UNSUPPORTED);
}

}  // namespace

int main() {
  sends_finds_and_calls();
  tells_failures_apart();
  believes_signed_webhooks_only();
  speaks_the_language_of_the_vendor();
  return failures() != 0;
}
