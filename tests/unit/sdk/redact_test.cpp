#include <comms/cpp/redact.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Redact, TakesOutWhatIsPersonal) {
  EXPECT_EQ(redact("'To' +12125550100 is wrong"), "'To' [number] is wrong");
  EXPECT_EQ(redact("(212) 555-0100, sir"), "[number], sir");
  EXPECT_EQ(redact("to=12125550100"), "to=[number]");
  EXPECT_EQ(redact("mail ada@example.test now"), "mail [address] now");
  EXPECT_EQ(redact("<https://example.test/a?b=c> fails"), "<[url]> fails");
}

TEST(Redact, LeavesTheRest) {
  for (const char* text :
       {"", " ", "error 21610", "HTTP 404 (not found)", "at most 1600", "+ - ."}) {
    EXPECT_EQ(redact(text), text);
  }
}

TEST(Redact, TokensAndControlCharactersGo) {
  EXPECT_EQ(redact("bad path /waInstance1/send/" + std::string(50, 'a')), "bad path [...]");
  EXPECT_EQ(redact(std::string("id ") + std::string(36, 'b')), "id " + std::string(36, 'b'));
  EXPECT_EQ(redact("a\x1b[2Jb\nc"), "a [2Jb c");
}

TEST(Redact, AVendorMayHaveLongerCodes) {
  EXPECT_EQ(redact("(#131047) to 14155550100", 6), "(#131047) to [number]");
}

}  // namespace
}  // namespace comms
