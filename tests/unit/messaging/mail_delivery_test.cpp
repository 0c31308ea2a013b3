#include "messaging/mail_delivery.h"

#include <gmock/gmock.h>

namespace commsd::messaging::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

plugin::ProviderEvent mail(plugin::KeyValues extra = {}) {
  plugin::ProviderEvent event;
  event.event_id = "E1";
  event.vendor_id = "V1";
  event.from = "eve@example.com";
  event.to = "First@One.example";
  event.subject = "Hi";
  event.text = "hello";
  event.html = "<p>hello</p>";
  event.media = {{"https://vendor.example/1", "image/png", "a.png", 3, {}}};
  event.extra = std::move(extra);
  return event;
}

TEST(MailDelivery, IsForThoseThatTheProviderNames) {
  EXPECT_THAT(recipients_of(mail({{"recipients", "Ada <ADA@one.example>, bob@one.example,, x"},
                                  {"to_all", "list@two.example"},
                                  {"cc", "carl@one.example"}})),
              ElementsAre("ada@one.example", "bob@one.example"));
}

TEST(MailDelivery, IsForThoseItIsOpenlySentToWhenTheProviderNamesNobody) {
  const plugin::KeyValues open = {{"to_all", "\"B, b\" <bob@one.example>"},
                                  {"cc", "carl@one.example"}};
  EXPECT_THAT(recipients_of(mail(open)),
              ElementsAre("bob@one.example", "carl@one.example", "first@one.example"));
  plugin::KeyValues none = open;
  none.emplace_back("recipients", "");
  EXPECT_EQ(recipients_of(mail(none)).size(), 3u);
  EXPECT_THAT(recipients_of(mail()), ElementsAre("first@one.example"));
}

TEST(MailDelivery, NamesNoMoreThanAHundred) {
  std::string all;
  for (int i = 0; i < 500; ++i) all += "a" + std::to_string(i) + "@one.example,";
  EXPECT_EQ(recipients_of(mail({{"recipients", all}})).size(), 100u);
}

TEST(MailDelivery, HidesWhomElseItIsFor) {
  plugin::ProviderEvent event = mail({{"recipients", "a@one.example"}, {"cc", "b@one.example"}});
  hide_recipients(event);
  EXPECT_EQ(event.extra, (plugin::KeyValues{{"cc", "b@one.example"}}));
}

TEST(MailDelivery, HasTheKeyOfItsMailHoweverItComes) {
  const plugin::ProviderEvent first = mail({{"message_id", "<1@example.com>"}});
  const std::string key = mail_key("key", first);
  EXPECT_EQ(key.size(), 64u);
  plugin::ProviderEvent again = first;
  again.event_id = "E2";
  again.vendor_id = "V2";
  again.to = "bob@one.example";
  again.media[0].url = "https://vendor.example/2";
  again.extra.emplace_back("recipients", "bob@one.example");
  EXPECT_EQ(mail_key("key", again), key);
  EXPECT_NE(mail_key("another key", first), key);
}

TEST(MailDelivery, AnotherMailHasAnotherKey) {
  const plugin::ProviderEvent first = mail({{"message_id", "<1@example.com>"}});
  const std::string key = mail_key("key", first);
  for (std::string plugin::ProviderEvent::*member :
       {&plugin::ProviderEvent::from, &plugin::ProviderEvent::subject, &plugin::ProviderEvent::text,
        &plugin::ProviderEvent::html}) {
    plugin::ProviderEvent other = first;
    other.*member += "x";
    EXPECT_NE(mail_key("key", other), key);
  }
  plugin::ProviderEvent moved = first;  // the same letters, elsewhere
  moved.subject += moved.text;
  moved.text.clear();
  EXPECT_NE(mail_key("key", moved), key);
  plugin::ProviderEvent larger = first;
  larger.media[0].size = 4;
  EXPECT_NE(mail_key("key", larger), key);
  EXPECT_NE(mail_key("key", mail({{"message_id", "<2@example.com>"}})), key);
}

TEST(MailDelivery, AMailWithoutAMessageIdHasNoKey) {
  EXPECT_THAT(mail_key("key", mail()), IsEmpty());
  EXPECT_THAT(mail_key("key", mail({{"message_id", ""}})), IsEmpty());
}

}  // namespace
}  // namespace commsd::messaging::test
