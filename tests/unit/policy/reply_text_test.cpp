#include "policy/reply_text.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

TEST(ReplyText, OwnWordsStandAboveWhatIsQuotedOrSigned) {
  EXPECT_EQ(own_words("Stop\n"), "Stop");
  EXPECT_EQ(own_words("Stop\r\n\r\n> You will\r\n> like it"), "Stop");
  EXPECT_EQ(own_words("Stop\n\nOn 3 May 2026, Ada <ada@example.com> wrote:\n> Hi"), "Stop");
  EXPECT_EQ(own_words("Stop\n\nAm 03.05.26 schrieb Ada <ada@example.com>:\nHi"), "Stop");
  EXPECT_EQ(own_words("Stop\n-- \nEve"), "Stop");
  EXPECT_EQ(own_words("Stop\n\n-----Original Message-----\nFrom: Ada"), "Stop");
  EXPECT_EQ(own_words("> only a quote"), "");
  EXPECT_EQ(own_words(""), "");
  EXPECT_EQ(own_words("Dear all:\nplease call"), "Dear all:\nplease call");
}

TEST(ReplyText, TheFirstLineIsTheFirstThatIsNotBlank) {
  EXPECT_EQ(first_line("\n\n Stop \nEve"), "Stop");
  EXPECT_EQ(first_line("Stop"), "Stop");
  EXPECT_EQ(first_line(" \n "), "");
}

}  // namespace
}  // namespace commsd::policy
