#include "policy/opt_out_intent.h"

#include <gtest/gtest.h>

namespace commsd::policy {
namespace {

TEST(OptOutIntent, FindsAWishToBeLeftAloneInManyLanguages) {
  const OptOutIntent intent = OptOutIntent::standard();
  for (const char* text :
       {"please stop texting me", "Stop messaging me!!", "pls dont call me again",
        "take me off your list", "I don't want any more texts", "Remove my number now",
        "s t o p  t e x t i n g  me", "ST0P texting me", "how do I unsubscribe?",
        "dejen de enviarme mensajes", "arrêtez de m'envoyer des SMS",
        "bitte keine Nachrichten mehr", "non voglio più ricevere messaggi",
        "não me enviem mais mensagens", "geen berichten meer aub",
        "proszę nie piszcie do mnie więcej", "תפסיקו לשלוח לי הודעות", "もう連絡しないでください",
        "توقفوا عن ارسال الرسائل"}) {
    EXPECT_TRUE(intent.possible_opt_out(text)) << text;
  }
}

TEST(OptOutIntent, LeavesOtherMessagesAlone) {
  const OptOutIntent intent = OptOutIntent::standard();
  for (const char* text :
       {"", "please stop by at noon", "Can you call me at 5?", "don't stop texting me", "thanks!",
        "the bus does not stop here", "I will text you the number", "Don't call me before 9",
        "Wann kommt die Lieferung?", "¿A qué hora abren?", "merci, à demain", "何時に着きますか"}) {
    EXPECT_FALSE(intent.possible_opt_out(text)) << text;
  }
}

TEST(OptOutIntent, ABrokenFileIsNamedByItsLine) {
  for (const char* yaml :
       {"category: a\nphrases:\n  - \"(a\"\n", "category: a\nphrases:\n  - \"{b}\"\n",
        "category: a\nphrases:\n  - \"!!\"\n", "phrases: [a]\n"}) {
    const auto intent = OptOutIntent::parse(yaml);
    ASSERT_FALSE(intent) << yaml;
    EXPECT_NE(intent.error().message.find("opt_out_intent.yaml"), std::string::npos);
  }
}

}  // namespace
}  // namespace commsd::policy
