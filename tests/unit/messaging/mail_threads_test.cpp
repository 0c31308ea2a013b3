#include "messaging/mail_threads.h"

#include "messaging/messaging_bed.h"
#include "messaging/threads.h"
#include "store/channel_repository.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* guest = "guest@example.com";
constexpr const char* other = "other@example.org";

class MailThreadsTest : public MessagingBed {
 protected:
  MailThreadsTest() {
    store::UnitOfWork unit;
    store::ChannelRepository::add_create(
        unit, {"org_1", "agt_1", "email", "ada@one.example", "first", "", "active"});
    EXPECT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  SendRequest mail(std::string subject, std::string answered = {}) const {
    SendRequest request = this->request("Hello");
    request.content.channel = plugin::ChannelKind::email;
    request.content.to = guest;
    request.content.subject = std::move(subject);
    request.in_reply_to = std::move(answered);
    return request;
  }

  /// The item it became.
  store::InboxItem receive(const std::string& id, const std::string& from, plugin::KeyValues extra,
                           std::string subject = "Booking") {
    plugin::ProviderEvent event = text_event(id, from, "text");
    event.to = "ada@one.example";
    event.subject = std::move(subject);
    event.extra = std::move(extra);
    vendor_->events = {std::move(event)};
    WebhookCall call;
    call.agent_id = "agt_1";
    call.channel = plugin::ChannelKind::email;
    EXPECT_TRUE(executor_.run(inbound_->handle(std::move(call))));
    return waiting().back();
  }

  std::string header(const std::string& name) const {
    for (const auto& [key, value] : vendor_->log.back().message.headers) {
      if (key == name) return value;
    }
    return {};
  }
};

TEST_F(MailThreadsTest, AFirstMailHasAnIdAndNothingElse) {
  const std::string id = sent(mail("Booking")).message.id;
  EXPECT_EQ(header("Message-ID"), '<' + id + "@one.example>");
  EXPECT_EQ(header("In-Reply-To"), "");
  EXPECT_EQ(header("References"), "");
}

TEST_F(MailThreadsTest, AnAnswerNamesWhatItAnswers) {
  const auto item = receive(
      "M1", guest,
      {{"message_id", "<3@mail.example>"}, {"references", "<1@mail.example> <2@mail.example>"}});
  const auto outcome = sent(mail("", item.id));
  EXPECT_EQ(outcome.subject, "Re: Booking");
  EXPECT_EQ(vendor_->log.back().message.subject, "Re: Booking");
  EXPECT_EQ(header("In-Reply-To"), "<3@mail.example>");
  EXPECT_EQ(header("References"), "<1@mail.example> <2@mail.example> <3@mail.example>");
}

TEST_F(MailThreadsTest, ASubjectThatAnswersMeansTheNewestMail) {
  receive("M1", guest, {{"message_id", "<1@mail.example>"}});
  clock_.advance(std::chrono::seconds(1));
  receive("M2", guest, {{"message_id", "<2@mail.example>"}, {"in_reply_to", "<1@mail.example>"}});
  sent(mail("Re: Booking"));
  EXPECT_EQ(header("In-Reply-To"), "<2@mail.example>");
  EXPECT_EQ(header("References"), "<1@mail.example> <2@mail.example>");
  sent(mail("Something new"));
  EXPECT_EQ(header("In-Reply-To"), "") << "another subject begins another conversation";
  EXPECT_TRUE(sent(mail("Re: Booking")).deduplicated) << "its place is no part of what it says";
  const auto answer = mail("Booking", waiting().front().id);
  EXPECT_EQ(sent(answer).subject, "Re: Booking");
  EXPECT_EQ(header("In-Reply-To"), "<1@mail.example>");
}

TEST_F(MailThreadsTest, GoesOnWithWhatTheAgentWrote) {
  const std::string first = sent(mail("Booking")).message.id;
  sent(mail("Re: Booking"));
  EXPECT_EQ(header("In-Reply-To"), '<' + first + "@one.example>");
  const auto outcome = send(mail(""));
  ASSERT_FALSE(outcome) << "bodies are not kept, so its subject is not known any more";
  EXPECT_NE(outcome.error().message.find("'subject'"), std::string::npos);
}

TEST_F(MailThreadsTest, AnswersAreJoinedByWhatTheyNameFirst) {
  const std::string id = sent(mail("Booking")).message.id;
  const std::string ours = '<' + id + "@one.example>";
  EXPECT_EQ(receive("M1", other, {{"message_id", "<1@m.example>"}, {"in_reply_to", ours}}).thread,
            guest)
      << "written from another mailbox";
  EXPECT_EQ(receive("M2", other, {{"references", ours + " <lost@m.example>"}}).thread, guest);
  EXPECT_EQ(receive("M3", other, {{"in_reply_to", "<1@m.example>"}}).thread, guest)
      << "an answer to the answer";
  EXPECT_EQ(receive("M4", other, {{"in_reply_to", "<strange@m.example>"}}).thread, other);
  EXPECT_EQ(receive("M5", "Other@Example.org", {}).thread, other);
  const Threads threads(*store_, ContactIds("key"));
  const auto view =
      executor_.run(threads.find("org_1", "agt_1", threads.contacts().seal("org_1", guest), {}));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->entries.size(), 4U);
}

TEST_F(MailThreadsTest, AVendorsOwnIdLeadsToTheThreadToo) {
  const auto outcome = sent(mail("Booking"));
  plugin::ProviderEvent event = status_event(outcome.message.vendor_id, "sent");
  event.extra = {{"message_id", "<0100@vendor.example>"}};
  vendor_->events = {std::move(event)};
  WebhookCall call;
  call.agent_id = "agt_1";
  call.channel = plugin::ChannelKind::email;
  ASSERT_TRUE(executor_.run(inbound_->handle(std::move(call))));
  EXPECT_EQ(receive("M1", other, {{"in_reply_to", "<0100@vendor.example>"}}).thread, guest);
}

TEST_F(MailThreadsTest, OnlyMailsOfTheAgentAreAnswered) {
  const auto item = receive("M1", guest, {{"message_id", "<1@mail.example>"}});
  ASSERT_TRUE(webhook(text_event("SM1", "+14155552671", "hi")));
  for (const std::string& answered : {std::string("in_none"), waiting().back().id}) {
    const auto outcome = send(mail("Re: x", answered));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::not_found);
    EXPECT_FALSE(outcome.error().remedy.empty());
  }
  SendRequest sms = request("hi");
  sms.in_reply_to = item.id;
  EXPECT_EQ(send(sms).error().code, ErrorCode::unsupported);
}

TEST_F(MailThreadsTest, HostileHeadersComeToNothing) {
  const auto item = receive("M1", guest,
                            {{"message_id", "<a@x>\r\nBcc: all@example.com"},
                             {"references", "<x\r\nBcc: all@example.com> <good@mail.example>"}});
  const auto outcome = sent(mail("", item.id));
  EXPECT_EQ(outcome.message.state, "submitted");
  EXPECT_EQ(header("In-Reply-To"), "<a@x>");
  EXPECT_EQ(header("References"), "<good@mail.example> <a@x>");
}

}  // namespace
}  // namespace commsd::messaging::test
