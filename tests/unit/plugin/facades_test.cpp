#include "base/manual_executor.h"
#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLimit{1000};

class Facades : public PluginBed {
 protected:
  void SetUp() override {
    install("scripted_v1", "scripted.so");
    config::Config config = configuration();
    use(config, "email", "scripted", R"({"label":"mail"})");
    use(config, "telephony", "scripted-b");
    use(config, "storage", "scripted");
    manager_ = std::make_unique<ProviderManager>(options());
    const Result<void> started = manager_->start(config);
    ASSERT_TRUE(started) << started.error().message;
    ASSERT_TRUE(manager_->email({})) << manager_->states().at(0).reason;
  }

  Result<Receipt> mail(const std::string& text) {
    OutboundMessage message;
    message.channel = ChannelKind::email;
    message.from = "a@example.com";
    message.to = "b@example.com";
    message.text = text;
    return executor_.run(manager_->email({})->send(message, kLimit));
  }

  static Task<void> ask(std::shared_ptr<StorageProvider> storage, std::string key,
                        std::chrono::milliseconds limit,
                        std::optional<Result<StoredObject>>& answer) {
    Task<Result<StoredObject>> asking = storage->get(std::move(key), 0, 0, limit);
    answer = co_await std::move(asking);
  }

  ManualExecutor executor_;
  std::unique_ptr<ProviderManager> manager_;
};

TEST_F(Facades, ReceiptsComeAtOnceAndLater) {
  const Result<Receipt> at_once = mail("ok");
  ASSERT_TRUE(at_once) << at_once.error().message;
  EXPECT_EQ(at_once->vendor_id, "1.0.0:mail:ok");
  EXPECT_EQ(at_once->status, "sent");
  EXPECT_EQ(at_once->cost_micros, 7500);
  EXPECT_EQ(at_once->currency, "USD");
  const Result<Receipt> later = mail("later");
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ(later->vendor_id, "1.0.0:mail:later");
}

TEST_F(Facades, EveryClassOfFailureHasItsCode) {
  const std::pair<int, ErrorCode> classes[] = {
      {COMMS_INVALID, ErrorCode::invalid_argument},
      {COMMS_UNAUTHENTICATED, ErrorCode::unauthenticated},
      {COMMS_DENIED, ErrorCode::permission_denied},
      {COMMS_NOT_FOUND, ErrorCode::not_found},
      {COMMS_RATE_LIMITED, ErrorCode::rate_limited},
      {COMMS_UNAVAILABLE, ErrorCode::unavailable},
      {COMMS_TIMEOUT, ErrorCode::timeout},
      {COMMS_REJECTED, ErrorCode::rejected},
      {COMMS_UNSUPPORTED, ErrorCode::unsupported},
      {COMMS_INTERNAL, ErrorCode::internal},
      {COMMS_AMBIGUOUS, ErrorCode::ambiguous},
      {77, ErrorCode::internal},
  };
  for (const auto& [status, code] : classes) {
    const Result<Receipt> refused = mail("fail:" + std::to_string(status));
    ASSERT_FALSE(refused) << status;
    EXPECT_EQ(refused.error().code, code) << status;
    EXPECT_EQ(refused.error().vendor_code, "E42");
    EXPECT_EQ(refused.error().remedy, "ask for something else");
    EXPECT_EQ(refused.error().retry_after, milliseconds(1500));
    EXPECT_NE(refused.error().message.find("scripted"), std::string::npos);
  }
}

TEST_F(Facades, TheHostEndsWhatNeverEnds) {
  const Result<Receipt> late = mail("never");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code,
            ErrorCode::timeout);  // no request was written, so it is not doubtful
}

TEST_F(Facades, ASecondAnswerIsIgnored) {
  const Result<Receipt> once = mail("twice");
  ASSERT_TRUE(once);
  EXPECT_EQ(once->vendor_id, "1.0.0:mail:twice");
  executor_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(mail("ok"));
}

TEST_F(Facades, AcceptedWithoutAReceiptIsAccepted) {
  const Result<Receipt> silent = mail("silent");
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->vendor_id, "");
  EXPECT_EQ(silent->status, "queued");
}

TEST_F(Facades, LineBreaksNeverReachAHeader) {
  OutboundMessage message;
  message.from = "a@example.com";
  message.to = "b@example.com";
  message.text = "ok";
  const auto refused = [&](const OutboundMessage& bad) {
    const Result<Receipt> receipt = executor_.run(manager_->email({})->send(bad, kLimit));
    return !receipt && receipt.error().code == ErrorCode::invalid_argument;
  };
  EXPECT_FALSE(refused(message));
  for (std::string OutboundMessage::*line :
       {&OutboundMessage::from, &OutboundMessage::to, &OutboundMessage::subject,
        &OutboundMessage::reply_to}) {
    OutboundMessage bad = message;
    bad.*line += "\r\nBcc: c@example.com";
    EXPECT_TRUE(refused(bad));
  }
  OutboundMessage bad = message;
  bad.headers = {{"X-Note", "a\nb"}};
  EXPECT_TRUE(refused(bad));
  bad.headers = {{"X Note:", "a"}};
  EXPECT_TRUE(refused(bad));
  bad.headers.clear();
  bad.attachments = {{"a\r\n.txt", "text/plain", "x"}};
  EXPECT_TRUE(refused(bad));
}

TEST_F(Facades, LookUpTellsKnownFromUnknown) {
  const auto email = manager_->email({});
  EXPECT_TRUE(email->can_look_up());
  EXPECT_FALSE(email->has_idempotency_key());
  LookUp what;
  what.client_reference = "known";
  what.text = "hello";
  const Result<Receipt> found = executor_.run(email->find(what, kLimit));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->vendor_id, "1.0.0:mail:hello");
  what.client_reference = "other";
  EXPECT_EQ(executor_.run(email->find(what, kLimit)).error().code, ErrorCode::not_found);
  EXPECT_FALSE(manager_->telephony({})->can_look_up());
  EXPECT_EQ(executor_.run(manager_->telephony({})->find(what, kLimit)).error().code,
            ErrorCode::unsupported);
}

TEST_F(Facades, WebhooksAreProvenThenRead) {
  const auto email = manager_->email({});
  WebhookRequest request;
  request.method = "POST";
  request.url = "https://comms.example.com/webhooks/a/email";
  request.body = "event-1";
  EXPECT_EQ(email->verify_webhook(request).error().code, ErrorCode::permission_denied);
  request.headers = {{"X-Signature", "wrong"}};
  EXPECT_EQ(email->verify_webhook(request).error().code, ErrorCode::permission_denied);
  request.headers = {{"X-Signature", "right"}};
  EXPECT_TRUE(email->verify_webhook(request));

  const Result<std::vector<ProviderEvent>> events = email->parse_webhook(request);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->at(0).kind, EventKind::message_status);
  EXPECT_EQ(events->at(0).event_id, "event-1");
  EXPECT_FALSE(events->at(0).cost_micros);
  EXPECT_EQ(events->at(1).event_id, "second");
  const WebhookReply reply = email->webhook_reply(request, EventKind::message_status);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "<kind>2");
  EXPECT_EQ(reply.content_type, "text/xml");

  request.body.clear();
  EXPECT_EQ(email->parse_webhook(request).error().code, ErrorCode::invalid_argument);
  // the telephony slot of this plugin lists no webhooks, so it gets none: fail closed
  EXPECT_EQ(manager_->telephony({})->verify_webhook(request).error().code, ErrorCode::unsupported);
}

TEST_F(Facades, FetchAndDomains) {
  const auto email = manager_->email({});
  const auto event = executor_.run(email->fetch_inbound("in-1", kLimit));
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->text, "the whole text");
  const auto handshake = executor_.run(email->fetch_inbound("handshake", kLimit));
  ASSERT_TRUE(handshake);
  EXPECT_FALSE(*handshake);
  EXPECT_EQ(executor_.run(email->fetch_inbound("gone", kLimit)).error().code, ErrorCode::not_found);
  const Result<DomainState> domain = executor_.run(email->verify_domain("example.com", kLimit));
  ASSERT_TRUE(domain);
  EXPECT_EQ(domain->status, "pending");
  ASSERT_EQ(domain->records.size(), 2U);
  EXPECT_EQ(domain->records[1].name, "b");
}

TEST_F(Facades, NumbersAndCalls) {
  const auto telephony = manager_->telephony({});
  EXPECT_EQ(telephony->name(), "scripted-b");
  NumberQuery query;
  query.country = "US";
  const Result<BoughtNumber> bought = executor_.run(telephony->buy_number(query, kLimit));
  ASSERT_TRUE(bought);
  EXPECT_EQ(bought->number, "+15005550006");
  EXPECT_EQ(bought->vendor_id, "PN1");
  query.country = "XX";
  EXPECT_EQ(executor_.run(telephony->buy_number(query, kLimit)).error().code, ErrorCode::not_found);
  query.country = "YY";  // accepted, and no number: it may have been paid for
  EXPECT_EQ(executor_.run(telephony->buy_number(query, kLimit)).error().code, ErrorCode::ambiguous);
  EXPECT_EQ(executor_.run(telephony->make_call(OutboundCall(), kLimit)).error().code,
            ErrorCode::unsupported);
  OutboundMessage message;
  message.text = "ok";
  EXPECT_EQ(executor_.run(telephony->send(message, kLimit))->vendor_id, "1.0.0:b:ok");
}

TEST_F(Facades, StorageRunsOnTheInstancesOwnThreads) {
  const auto storage = manager_->storage({});
  ASSERT_TRUE(storage);
  ASSERT_TRUE(executor_.run(storage->put("media/a", "text/plain", "0123456789", kLimit)));
  const Result<StoredObject> part = executor_.run(storage->get("media/a", 4, 0, kLimit));
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_EQ(part->bytes, "456789");
  EXPECT_EQ(part->byte_count, 10U);
  EXPECT_EQ(part->content_type, "text/plain");
  EXPECT_EQ(executor_.run(storage->get("media/a", 11, 0, kLimit)).error().code,
            ErrorCode::invalid_argument);
  ASSERT_TRUE(executor_.run(storage->remove("media/a", kLimit)));
  EXPECT_EQ(executor_.run(storage->get("media/a", 0, 0, kLimit)).error().code,
            ErrorCode::not_found);
  for (const char* bad : {"", "/a", "a/", "a//b", "../a", "a/./b", "a\nb", "\xff"}) {
    EXPECT_EQ(executor_.run(storage->get(bad, 0, 0, kLimit)).error().code,
              ErrorCode::invalid_argument)
        << bad;
  }
  EXPECT_EQ(*storage->signed_url("a", "GET", std::chrono::seconds(60)),
            "https://objects.invalid/a");
  EXPECT_EQ(storage->signed_url("private", "GET", std::chrono::seconds(60)).error().code,
            ErrorCode::unsupported);
  EXPECT_EQ(storage->signed_url("a", "POST", std::chrono::seconds(60)).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(storage->signed_url("a", "GET", std::chrono::hours(200)).error().code,
            ErrorCode::invalid_argument);
}

TEST_F(Facades, ABlockingCallIsToldThatNobodyWaits) {
  const auto storage = manager_->storage({});
  const auto wait_for = [&](comms_status told) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    Result<StoredObject> object = fail(ErrorCode::not_found, "");
    do {
      object = executor_.run(storage->get("told", 0, 0, kLimit));
    } while ((!object || object->bytes != std::to_string(told)) &&
             std::chrono::steady_clock::now() < give_up);
    ASSERT_TRUE(object) << object.error().message;
    ASSERT_EQ(object->bytes, std::to_string(told));
  };
  const std::chrono::hours patience(24);  // longer than the waiting above moves the clock
  std::optional<Result<StoredObject>> answer;
  Task<void> asking = ask(storage, "endless", patience, answer);
  spawn(executor_, std::move(asking));
  wait_for(COMMS_OK);
  EXPECT_FALSE(answer);
  executor_.advance(patience);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::ambiguous);
  wait_for(COMMS_CANCELLED);
}

}  // namespace
}  // namespace commsd::plugin
