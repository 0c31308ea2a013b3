#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>
#include <comms/cpp/storage.hpp>
#include <comms/cpp/telephony.hpp>
#include <comms/cpp/whatsapp.hpp>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

struct Account {
  Account(const Host& h, const Config& c) : host(h), key(c.required("api_key")) {
    if (key == "throw") throw 7;
    if (key == "standard") throw std::invalid_argument("not this key");
  }
  Outcome<Done> probe() {
    return get("https://v.example/me").then([](const HttpResponse& r) -> Outcome<Done> {
      if (!r.ok()) return r.error();
      return Done{};
    });
  }
  void quiesce() { host.log(COMMS_LOG_INFO, "quiesced"); }

  Host host;
  std::string key;
};

class Mail final : public EmailProvider {
 public:
  explicit Mail(Account& account) : account_(account) {}

  Outcome<Receipt> send(const EmailMessage& m) override {
    if (m.subject == "throw") throw std::runtime_error("oops");
    if (m.subject == "refuse") return Error(COMMS_REJECTED, "no", "E1", "change it");
    return post("https://v.example/emails")
        .bearer(account_.key)
        .idempotency_key(m.idempotency_key)
        .json(JsonObject().put("to", m.to).put("subject", m.subject))
        .then([](const HttpResponse& r) -> Outcome<Receipt> {
          if (!r.ok()) return r.error("/code", "/message");
          if (r.body() == "throw") throw std::runtime_error("oops");
          return Receipt{r.json()["id"].text(), "queued", 1500, "USD"};
        });
  }
  /// Two requests: create, then read.
  Outcome<Fields> verify_domain(std::string_view domain) override {
    std::string name(domain);
    return post("https://v.example/domains")
        .json(JsonObject().put("name", name))
        .then([name](const HttpResponse& r) -> Outcome<Fields> {
          if (!r.ok()) return r.error();
          return get("https://v.example/domains/" + r.json()["id"].text())
              .then([name](const HttpResponse& again) -> Outcome<Fields> {
                if (!again.ok()) return again.error();
                Fields fields{{"status", "pending"}};
                add_dns_record(fields, "TXT", name, again.json()["value"].text());
                return fields;
              });
        });
  }
  Outcome<Events> fetch_inbound(std::string_view id) override {
    Event event(COMMS_EVENT_MESSAGE_IN);
    event.vendor_id = id;
    event.media.push_back({"", "text/plain", "a.txt", "", "data"});
    event.extra.emplace_back("message_id", "<1@x>");
    return Events{event};
  }
  bool verify_webhook(const HttpIn& in) override {
    if (in.body == "throw") throw 1;
    Crypto crypto(account_.host);
    return crypto.equal(in.header("x-sig"), hex(crypto.hmac_sha256(account_.key, in.body)));
  }
  Events parse_webhook(const HttpIn& in) override {
    if (in.body != "good") throw Error(COMMS_INVALID);
    return {Event(COMMS_EVENT_MESSAGE_STATUS), Event(COMMS_EVENT_MESSAGE_IN)};
  }
  Reply webhook_reply(const HttpIn&, std::int32_t kind) override {
    return {"kind " + std::to_string(kind), "text/plain"};
  }

 private:
  Account& account_;
};

class Phone final : public TelephonyProvider {
 public:
  explicit Phone(Account&) {}
  Outcome<Blob> fetch_media(std::string_view url) override {
    return get(std::string(url)).follow().download();
  }
  Outcome<Fields> buy_number(const NumberQuery&) override { return poll(0); }
  Reply render(const Verbs& verbs) override {
    std::string body;
    for (const Verb& v : verbs) body += std::to_string(v.kind) + std::string(v.text) + ";";
    return {body, "text/xml"};
  }

 private:
  static Outcome<Fields> poll(int round) {
    if (round == 3) return Fields{{"number", "+15550100"}};
    return after(1000, [round] { return poll(round + 1); });
  }
};

class Chat final : public WhatsappProvider {
 public:
  explicit Chat(Account&) {}
};

const comms_plugin* entry() {
  return plugin_of<Account, Mail, Phone, Chat>(1, "com.example.test", "1.0.0");
}

class ProviderTest : public ::testing::Test {
 protected:
  testing::OpResult send(std::string_view subject, std::string_view idempotency_key = {}) {
    comms_str to[] = {str("a@x.example")};
    comms_email_message message{};
    message.size = sizeof message;
    message.to = to;
    message.to_count = 1;
    message.subject = str(subject);
    message.idempotency_key = str(idempotency_key);
    return host.run([&](comms_op* op) { return email()->send(plugin.self, op, &message); });
  }
  const comms_email* email() { return plugin.slot<comms_email>(COMMS_SLOT_EMAIL); }
  const comms_telephony* phone() { return plugin.slot<comms_telephony>(COMMS_SLOT_TELEPHONY); }

  static testing::FakeHost& with_crypto(testing::FakeHost& host) {
    host.crypto = testing::openssl_crypto();
    return host;
  }

  testing::FakeHost host;
  testing::Plugin plugin{with_crypto(host), entry(), R"({"api_key":"key"})"};
};

TEST_F(ProviderTest, SendsAndReports) {
  host.answer(200, R"({"id":"m1"})");
  auto result = send("Hi", "k1");
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.vendor_id, "m1");
  EXPECT_EQ(result.cost_micros, 1500);
  EXPECT_EQ(result.currency, "USD");
  ASSERT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(host.requests[0].body, R"({"to":["a@x.example"],"subject":"Hi"})");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Bearer key");
  EXPECT_EQ(host.requests[0].header("Idempotency-Key"), "k1");
  EXPECT_EQ(host.requests[0].flags, std::uint32_t{COMMS_HTTP_IDEMPOTENT});
  EXPECT_EQ(host.released, 1);
}

TEST_F(ProviderTest, TellsTheVendorsOwnError) {
  host.answer(422, R"({"code":"bad_to","message":"no such box"})");
  auto result = send("Hi");
  EXPECT_EQ(result.status, COMMS_REJECTED);
  EXPECT_EQ(result.error.vendor_code, "bad_to");
  EXPECT_NE(result.error.message.find("no such box"), std::string::npos);
  host.answer(429, "", {{"Retry-After", "3"}});
  EXPECT_EQ(send("Hi").error.retry_after_ms, 3000u);
  auto refused = send("refuse");
  EXPECT_EQ(refused.status, COMMS_REJECTED);
  EXPECT_EQ(refused.error.remedy, "change it");
}

TEST_F(ProviderTest, LostAnswersAreAmbiguousWithoutAKey) {
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send("Hi").status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send("Hi", "k").status, COMMS_UNAVAILABLE);
  host.answer(500, "");
  EXPECT_EQ(send("Hi").status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_UNAVAILABLE);
  EXPECT_EQ(send("Hi").status, COMMS_UNAVAILABLE);
}

TEST_F(ProviderTest, ExceptionsStopAtTheBorder) {
  EXPECT_EQ(send("throw").status, COMMS_INTERNAL);
  host.answer(200, "throw");
  EXPECT_EQ(send("Hi").status, COMMS_AMBIGUOUS);  // the vendor may well have sent it
  host.answer(200, "throw");
  EXPECT_EQ(send("Hi", "k").status, COMMS_INTERNAL);
  EXPECT_EQ(host.released, 2);
}

TEST_F(ProviderTest, ChainsRequests) {
  host.answer(201, R"({"id":"d1"})");
  host.answer(200, R"({"value":"v=1"})");
  auto result = host.run(
      [&](comms_op* op) { return email()->verify_domain(plugin.self, op, str("x.example")); });
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(host.requests[1].url, "https://v.example/domains/d1");
  EXPECT_EQ(result.field("dns_value"), "v=1");
  EXPECT_EQ(result.field("dns_name"), "x.example");
}

TEST_F(ProviderTest, WaitsWithoutSleeping) {
  comms_number_query query{};
  query.size = sizeof query;
  auto before = host.now_ms;
  auto result =
      host.run([&](comms_op* op) { return phone()->buy_number(plugin.self, op, &query); });
  EXPECT_EQ(result.field("number"), "+15550100");
  EXPECT_EQ(host.now_ms - before, 3000);
  EXPECT_EQ(host.released, 3);
}

TEST_F(ProviderTest, StreamsDownloads) {
  host.answers.push_back({200, {"ab", "cd", ""}, {{"Content-Type", "image/png"}}, COMMS_OK});
  auto fetch = [&](comms_op* op) {
    return phone()->fetch_media(plugin.self, op, str("https://m"));
  };
  auto result = host.run(fetch);
  EXPECT_EQ(result.status, COMMS_OK);
  EXPECT_EQ(result.data, "abcd");
  EXPECT_EQ(result.field("content_type"), "image/png");
  EXPECT_EQ(host.requests[0].flags,
            std::uint32_t{COMMS_HTTP_STREAM | COMMS_HTTP_FOLLOW | COMMS_HTTP_IDEMPOTENT});
  host.answers.push_back({404, {"not", " here"}, {}, COMMS_OK});
  result = host.run(fetch);
  EXPECT_EQ(result.status, COMMS_NOT_FOUND);
  EXPECT_EQ(result.data, "");
}

TEST_F(ProviderTest, FetchesInboundEvents) {
  auto result =
      host.run([&](comms_op* op) { return email()->fetch_inbound(plugin.self, op, str("in1")); });
  ASSERT_EQ(result.events.size(), 1u);
  EXPECT_EQ(result.events[0].text["vendor_id"], "in1");
  EXPECT_EQ(result.events[0].text["extra.message_id"], "<1@x>");
  EXPECT_EQ(result.events[0].media, std::vector<std::string>{"data"});
}

TEST_F(ProviderTest, WebhooksFailClosed) {
  std::string signature = hex(Crypto(Host(host.raw())).hmac_sha256("key", "good"));
  comms_kv headers[] = {{str("X-Sig"), str(signature)}};
  comms_http_in in{};
  in.size = sizeof in;
  in.headers = headers;
  in.header_count = 1;
  in.body = bytes("good");
  EXPECT_EQ(email()->verify_webhook(plugin.self, &in), COMMS_OK);
  in.body = bytes("goo");
  EXPECT_EQ(email()->verify_webhook(plugin.self, &in), COMMS_DENIED);
  in.body = bytes("throw");
  EXPECT_EQ(email()->verify_webhook(plugin.self, &in), COMMS_DENIED);

  testing::OpResult seen;
  comms_emit emit = testing::FakeHost::emit(seen);
  EXPECT_EQ(email()->parse_webhook(plugin.self, &in, &emit), COMMS_INVALID);
  EXPECT_TRUE(seen.events.empty());
  in.body = bytes("good");
  EXPECT_EQ(email()->parse_webhook(plugin.self, &in, &emit), COMMS_OK);
  EXPECT_EQ(seen.events.size(), 2u);

  std::string body, type;
  email()->webhook_reply(plugin.self, &in, COMMS_EVENT_MESSAGE_IN, testing::FakeHost::sink(body),
                         testing::FakeHost::sink(type));
  EXPECT_EQ(body, "kind 1");
  EXPECT_EQ(type, "text/plain");
}

TEST_F(ProviderTest, RendersVerbsOfALaterHost) {
  struct LaterVerb {  // a host whose verbs have grown: the stride is the first one's size
    comms_verb verb;
    std::uint64_t added;
  } verbs[2] = {};
  for (auto& v : verbs) v.verb.size = sizeof(LaterVerb);
  verbs[0].verb.kind = COMMS_VERB_SAY;
  verbs[0].verb.text = str("hello");
  verbs[1].verb.kind = COMMS_VERB_HANGUP;
  std::string body, type;
  EXPECT_EQ(phone()->render(plugin.self, &verbs[0].verb, 2, testing::FakeHost::sink(body),
                            testing::FakeHost::sink(type)),
            COMMS_OK);
  EXPECT_EQ(body, "1hello;10;");
}

TEST_F(ProviderTest, OffersWhatIsOverriddenAndNothingElse) {
  EXPECT_NE(email()->send, nullptr);
  EXPECT_EQ(email()->find_message, nullptr);
  EXPECT_EQ(phone()->send_message, nullptr);
  EXPECT_EQ(phone()->verify_webhook, nullptr);
  EXPECT_EQ(plugin.slot<comms_whatsapp>(COMMS_SLOT_WHATSAPP)->send, nullptr);
  EXPECT_EQ(plugin.slot<void>(COMMS_SLOT_STORAGE), nullptr);
  EXPECT_EQ(plugin.slot<void>("nonsense"), nullptr);
  EXPECT_EQ((plugin_of<Account, Mail>(2, "a", "1")), nullptr);
}

TEST_F(ProviderTest, ProbesAndQuiesces) {
  host.answer(401, "");
  auto probe = [&](comms_op* op) { return plugin.plugin->probe(plugin.self, op); };
  EXPECT_EQ(host.run(probe).status, COMMS_UNAUTHENTICATED);
  host.answer(204, "");
  EXPECT_EQ(host.run(probe).status, COMMS_OK);
  plugin.plugin->quiesce(plugin.self);
  EXPECT_EQ(host.log, std::vector<std::string>{"quiesced"});
}

TEST_F(ProviderTest, RefusesAHostWithoutResults) {
  comms_host poor = *host.raw();
  poor.service = [](const comms_host*, const char*) -> const void* { return nullptr; };
  Status told = COMMS_OK;
  comms_report report{
      &told, [](void* ctx, const comms_error* e) { *static_cast<Status*>(ctx) = e->status; }};
  void* self = nullptr;
  EXPECT_EQ(entry()->create(&poor, str("{}"), &report, &self), COMMS_INTERNAL);
  EXPECT_EQ(told, COMMS_INTERNAL);
  EXPECT_EQ(self, nullptr);
}

TEST_F(ProviderTest, RefusesBadConfiguration) {
  for (auto [config, status] : {std::pair("{}", COMMS_INVALID),
                                {"garbage", COMMS_INVALID},
                                {R"({"api_key":""})", COMMS_INVALID},
                                {R"({"api_key":"standard"})", COMMS_INVALID},
                                {R"({"api_key":"throw"})", COMMS_INTERNAL}}) {
    testing::Plugin bad(host, entry(), config);
    EXPECT_EQ(bad.status, status) << config;
    EXPECT_FALSE(bad.error.message.empty()) << config;
  }
}

}  // namespace
}  // namespace comms
