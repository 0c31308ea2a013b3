#include "messaging/threads.h"

#include <set>

#include "messaging/contact_links.h"
#include "messaging/messaging_bed.h"
#include "store/call_repository.h"

namespace commsd::messaging::test {
namespace {

constexpr const char* contact = "+14155552671";
constexpr const char* mailbox = "guest@example.com";

class ThreadsTest : public MessagingBed {
 protected:
  ThreadsTest() { links_.emplace(*store_, *audit_, clock_, ids_); }

  Result<Threads::View> find(const std::string& org_id, const std::string& agent_id,
                             const std::string& id, Threads::Page page = {}) {
    return executor_.run(threads_.find(org_id, agent_id, id, std::move(page)));
  }
  Result<Threads::View> find(const std::string& name, Threads::Page page = {}) {
    return find("org_1", "agt_1", threads_.contacts().seal("org_1", name), std::move(page));
  }
  Result<ContactLinks::Contact> link(std::vector<std::string> addresses) {
    return executor_.run(links_->link({"org_1", "agt_1", "tok"}, std::move(addresses)));
  }
  Result<ContactLinks::Contact> unlink(std::string address) {
    return executor_.run(links_->unlink({"org_1", "agt_1", "tok"}, std::move(address)));
  }

  /// A mail, as the pipeline stores it.
  void mail(const std::string& id, const std::string& from) {
    store::InboxItem item;
    item.id = id;
    item.org_id = "org_1";
    item.agent_id = "agt_1";
    item.channel = "email";
    item.provider = "first";
    item.from_address = from;
    item.received_at = clock_.now();
    store::UnitOfWork unit;
    store::InboxRepository::add_item(unit, item);
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }
  void call(const std::string& id, bool inbound) {
    store::Call call;
    call.id = id;
    call.org_id = "org_1";
    call.agent_id = "agt_1";
    call.direction = inbound ? "inbound" : "outbound";
    call.purpose = inbound ? "conversation" : "voice_message";
    call.from_address = inbound ? contact : "+14155550100";
    call.to_address = inbound ? "+14155550100" : contact;
    call.state = "completed";
    call.created_at = clock_.now();
    call.updated_at = call.created_at;
    store::UnitOfWork unit;
    store::CallRepository::add_accept(unit, call, {});
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit)))->committed);
  }

  Threads threads_{*store_, ContactIds("key")};
  std::optional<ContactLinks> links_;
};

TEST_F(ThreadsTest, ShowBothWaysNewestFirst) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  ASSERT_TRUE(webhook(text_event("SM2", "+14155550199", "somebody else")));
  clock_.advance(std::chrono::seconds(1));
  const std::string sent_id = sent(request("hello")).message.id;
  const auto view = find(contact);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->name, contact);
  EXPECT_EQ(view->addresses, std::vector<std::string>{contact});
  ASSERT_EQ(view->entries.size(), 2U);
  EXPECT_EQ(view->entries[0].id, sent_id);
  EXPECT_FALSE(view->entries[0].inbound);
  EXPECT_EQ(view->entries[0].state, "submitted");
  EXPECT_TRUE(view->entries[1].inbound);
  EXPECT_EQ(view->entries[1].state, "waiting");
  EXPECT_EQ(view->next, "");
}

TEST_F(ThreadsTest, AreOfOneAgentAndOneOrganization) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  const std::string id = threads_.contacts().seal("org_1", contact);
  ASSERT_TRUE(find("org_1", "agt_1", id));
  for (const auto& view :
       {find("org_1", "agt_2", id), find("org_2", "agt_1", id),
        find("org_2", "agt_1", threads_.contacts().seal("org_2", contact)),
        find("org_1", "agt_1", contact), find("org_1", "agt_1", ""),
        find("org_1", "agt_1", threads_.contacts().seal("org_1", "+14155550111"))}) {
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().code, ErrorCode::not_found);
  }
}

TEST_F(ThreadsTest, HoldCallsAndVoiceMessages) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  clock_.advance(std::chrono::seconds(1));
  call("call_1", true);
  clock_.advance(std::chrono::seconds(1));
  call("call_2", false);
  const auto view = find(contact);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->entries.size(), 3U);
  EXPECT_EQ(view->entries[0].id, "call_2");
  EXPECT_TRUE(view->entries[0].is_call);
  EXPECT_FALSE(view->entries[0].inbound);
  EXPECT_EQ(view->entries[0].channel, "voice");
  EXPECT_EQ(view->entries[1].id, "call_1");
  EXPECT_TRUE(view->entries[1].inbound);
}

TEST_F(ThreadsTest, MailboxesDifferInCaseOnly) {
  mail("in_1", "Guest@Example.COM");
  mail("in_2", mailbox);
  const auto view = find(mailbox);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->entries.size(), 2U);
  EXPECT_EQ(waiting().front().thread, mailbox);
}

TEST_F(ThreadsTest, OneIsMadeOfLinkedAddresses) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  clock_.advance(std::chrono::seconds(1));
  mail("in_2", mailbox);
  ASSERT_EQ(find(contact)->entries.size(), 1U) << "nothing is guessed";
  const auto linked = link({contact, "Guest@example.com"});
  ASSERT_TRUE(linked) << linked.error().message;
  EXPECT_EQ(linked->addresses.size(), 2U);
  // Under its own name, and under those that were given out before.
  for (const std::string& name : {linked->id, std::string(contact), std::string(mailbox)}) {
    const auto view = find(name);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->name, linked->id);
    ASSERT_EQ(view->entries.size(), 2U);
    EXPECT_EQ(view->entries[0].channel, "email");
    EXPECT_EQ(view->entries[1].channel, "sms");
  }
  for (const store::InboxItem& item : waiting()) EXPECT_EQ(item.thread, linked->id);
  EXPECT_EQ(history(sent(request("hello")).message.id).thread, linked->id);
  EXPECT_EQ(find("org_1", "agt_2", threads_.contacts().seal("org_1", linked->id)).error().code,
            ErrorCode::not_found)
      << "another agent's contact";
}

TEST_F(ThreadsTest, ContactsThatShareAnAddressBecomeOne) {
  const auto first = link({contact, mailbox});
  clock_.advance(std::chrono::seconds(1));
  const auto second = link({"+14155550111", "other@example.com"});
  ASSERT_TRUE(first && second);
  const auto both = link({mailbox, "+14155550111"});
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->id, first->id);
  EXPECT_EQ(both->addresses.size(), 4U);
  EXPECT_TRUE(link({mailbox, contact})) << "again is harmless";
}

TEST_F(ThreadsTest, AnAddressIsTakenOutAgain) {
  ASSERT_TRUE(webhook(text_event("SM1", contact, "hi")));
  mail("in_2", mailbox);
  const auto linked = link({contact, mailbox, "other@example.com"});
  ASSERT_TRUE(linked);
  const auto two = unlink(mailbox);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->id, linked->id);
  EXPECT_EQ(two->addresses.size(), 2U);
  EXPECT_EQ(find(mailbox)->entries.size(), 1U);
  const auto none = unlink(contact);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->id, "") << "one address alone is no linked contact";
  EXPECT_EQ(find(contact)->name, contact);
  EXPECT_EQ(unlink(contact).error().code, ErrorCode::not_found);
  EXPECT_EQ(unlink("other@example.com").error().code, ErrorCode::not_found);
}

TEST_F(ThreadsTest, OnlyAddressesAreLinkedAndNotTooMany) {
  std::vector<std::string> many;
  for (int i = 0; i < 21; ++i) many.push_back("a" + std::to_string(i) + "@example.com");
  for (const auto& addresses : std::vector<std::vector<std::string>>{{},
                                                                     {contact},
                                                                     {contact, contact},
                                                                     {contact, "nobody"},
                                                                     {mailbox, "GUEST@example.com"},
                                                                     many}) {
    EXPECT_EQ(link(addresses).error().code, ErrorCode::invalid_argument);
  }
  many.resize(15);
  ASSERT_TRUE(link(many));
  std::vector<std::string> more;
  for (int i = 0; i < 6; ++i) more.push_back("b" + std::to_string(i) + "@example.com");
  ASSERT_TRUE(link(more));
  EXPECT_EQ(link({many.front(), more.front()}).error().code, ErrorCode::invalid_argument);
}

TEST_F(ThreadsTest, PagesShowEverythingOnce) {
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(webhook(text_event("SM" + std::to_string(i), contact, "hi")));
    if (i % 2 == 0) clock_.advance(std::chrono::seconds(1));  // some at the same moment
  }
  mail("in_x", mailbox);
  ASSERT_TRUE(link({contact, mailbox}));
  std::set<std::string> seen;
  Threads::Page page{3, {}};
  for (int pages = 0; pages < 3; ++pages) {
    const auto view = find(contact, page);
    ASSERT_TRUE(view);
    for (const auto& entry : view->entries) EXPECT_TRUE(seen.insert(entry.id).second);
    EXPECT_EQ(view->next.empty(), pages == 2);
    page.before = view->next;
  }
  EXPECT_EQ(seen.size(), 8U);
  for (const char* before : {"x", "1", ".in_1", "1x.in_1"}) {
    EXPECT_EQ(find(contact, {3, before}).error().code, ErrorCode::invalid_argument) << before;
  }
}

}  // namespace
}  // namespace commsd::messaging::test
