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

}  // namespace
}  // namespace comms
