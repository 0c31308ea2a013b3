#include "messaging/mail_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace commsd::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MailReferences, AreReadFromFoldedLines) {
  EXPECT_THAT(parse_mail_ids("<a@x.example>\r\n\t<b@x.example> (a comment)\r\n <c@x.example>"),
              ElementsAre("a@x.example", "b@x.example", "c@x.example"));
  EXPECT_THAT(parse_mail_ids("<a@x.example><a@x.example>"), ElementsAre("a@x.example"));
  EXPECT_THAT(parse_mail_ids(" bare@x.example "), ElementsAre("bare@x.example"));
}

TEST(MailReferences, NothingThatCouldBecomeAnotherHeaderIsTaken) {
  for (const char* field :
       {"<a@x\r\nBcc: all@x.example>", "<a b@x.example>", "<a@>", "<@x.example>", "<a@b@c>",
        "<a\"@x.example>", "<<a@x.example", "<a@x.example", "", "no id", "<\xc3\xa4@x.example>",
        "<a,b@x.example>"}) {
    EXPECT_THAT(parse_mail_ids(field), IsEmpty()) << field;
  }
  EXPECT_THAT(parse_mail_ids('<' + std::string(500, 'a') + "@x.example>"), IsEmpty());
  std::string many;
  for (int i = 0; i < 500; ++i) many += '<' + std::to_string(i) + "@x.example>";
  EXPECT_EQ(parse_mail_ids(many).size(), 100U);
}

TEST(MailReferences, FitOnALineWithTheFirstAndTheLast) {
  EXPECT_EQ(write_references({}), "");
  EXPECT_EQ(write_references({"a@x", "b@x"}), "<a@x> <b@x>");
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i)
    ids.push_back(std::to_string(i) + std::string(40, 'x') + "@x.example");
  const std::string line = write_references(ids);
  EXPECT_LE(line.size(), longest_references);
  EXPECT_GT(line.size(), longest_references - 60);
  const auto kept = parse_mail_ids(line);
  EXPECT_EQ(kept.front(), ids.front());
  EXPECT_EQ(kept.back(), ids.back());
  EXPECT_EQ(kept[1], ids[ids.size() - kept.size() + 1]) << "the ones in between are left out";
}

TEST(MailReferences, OurIdsAreAtTheSendersDomain) {
  EXPECT_EQ(make_mail_id("msg_1", "ada@one.example"), "msg_1@one.example");
  EXPECT_EQ(make_mail_id("msg_1", "Ada <ada@one.example>"), "msg_1@one.example");
}

TEST(MailReferences, SubjectsAreMarkedOnce) {
  EXPECT_EQ(answer_subject("Booking"), "Re: Booking");
  EXPECT_EQ(answer_subject("re: Booking"), "re: Booking");
  EXPECT_EQ(answer_subject("  Booking "), "Re: Booking");
  EXPECT_TRUE(is_answer("RE: x"));
  EXPECT_FALSE(is_answer("Regarding: x"));
  EXPECT_FALSE(is_answer(""));
}

}  // namespace
}  // namespace commsd::messaging
