#include <cstddef>
#include <cstring>

#include <comms/cpp/call_xml.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

XmlElement named(const Verb& verb) {
  return XmlElement("Own").text(verb.text);
}

XmlElement stream(const Verb& verb) {
  return connect_stream(XmlElement("Stream").attribute("url", verb.url), verb);
}

XmlElement reject(const Verb& verb) {
  return with_reason("Reject", verb);
}

constexpr CallXml dialect{"Acme", named, named, named, named, stream, named, reject};

Verb verb(std::int32_t kind, std::string_view text = {}, std::string_view url = {}) {
  Verb made{};
  made.kind = kind;
  made.text = text;
  made.url = url;
  return made;
}

TEST(CallXml, WritesWhatAllWriteAlikeAndAsksForTheRest) {
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_SAY, "a < b")), "<Own>a &lt; b</Own>");
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_PLAY, {}, "https://a.test/x?y&z")),
            "<Play>https://a.test/x?y&amp;z</Play>");
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_REDIRECT, {}, "https://a.test/")),
            "<Redirect method=\"POST\">https://a.test/</Redirect>");
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_REJECT, "busy")), "<Reject reason=\"busy\"/>");
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_REJECT, "no")), "<Reject reason=\"rejected\"/>");
  EXPECT_EQ(call_xml(dialect, verb(COMMS_VERB_STREAM, {}, "wss://a.test/")),
            "<Connect><Stream url=\"wss://a.test/\"/></Connect>");
  EXPECT_EQ(call_xml(dialect, Verbs{verb(COMMS_VERB_HANGUP), verb(COMMS_VERB_NATIVE, "<X/>")}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Hangup/><X/></Response>");
}

TEST(CallXml, SaysWhatIsMissingAndWhatIsUnknown) {
  try {
    call_xml(dialect, verb(COMMS_VERB_PLAY));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status, COMMS_INVALID);
  }
  try {
    call_xml(dialect, verb(9999));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status, COMMS_UNSUPPORTED);
    EXPECT_EQ(error.message, "Acme has no verb of this kind");
  }
}

TEST(CallXml, TheOneWhoIsDialledIsAskedAboutOnlyWhereThatIsWanted) {
  EXPECT_EQ(dialled_number({}).text("+1").str(), "<Number>+1</Number>");
  EXPECT_EQ(dialled_number("https://a.test/c?a&b").text("+1").str(),
            "<Number url=\"https://a.test/c?a&amp;b\" method=\"POST\">+1</Number>");
  Transfer transfer{};
  transfer.to = "+14155550100";
  transfer.status_url = "https://a.test/s";
  transfer.callee_url = "https://a.test/c";
  EXPECT_NE(transfer_xml(transfer).find("<Number url=\"https://a.test/c\" method=\"POST\" "
                                        "statusCallback=\"https://a.test/s\""),
            std::string::npos);
}

TEST(CallXml, WhatAnOlderHostDoesNotGiveIsAbsent) {
  comms_transfer transfer{};
  transfer.to = str("+1");
  transfer.callee_url = str("https://a.test/c");  // lies behind what an older host filled in
  transfer.size = offsetof(comms_transfer, callee_url);
  EXPECT_EQ(from_c(Lent{}, &transfer).callee_url, "");
  EXPECT_EQ(from_c(Lent{}, &transfer).to, "+1");
  transfer.size = sizeof transfer;
  EXPECT_EQ(from_c(Lent{}, &transfer).callee_url, "https://a.test/c");

  // An array of the released size: its stride is the `size` of its elements.
  constexpr std::size_t released = offsetof(comms_verb, callee_url);
  alignas(comms_verb) unsigned char array[2 * released];
  comms_verb one{};
  one.size = released;
  one.kind = COMMS_VERB_DIAL;
  std::memcpy(array, &one, released);
  one.kind = COMMS_VERB_HANGUP;
  std::memcpy(array + released, &one, released);
  const Verbs verbs = verbs_from_c(reinterpret_cast<const comms_verb*>(array), 2);
  ASSERT_EQ(verbs.size(), 2u);
  EXPECT_EQ(verbs[0].kind, COMMS_VERB_DIAL);
  EXPECT_EQ(verbs[0].callee_url, "");
  EXPECT_EQ(verbs[1].kind, COMMS_VERB_HANGUP);
}

TEST(CallXml, TransfersAnnounceAndTellOfTheLeg) {
  Transfer transfer{};
  transfer.to = "+14155550100";
  transfer.from = "+14155550101";
  EXPECT_NE(
      transfer_xml(transfer).find("<Dial callerId=\"+14155550101\"><Number>+14155550100</Number>"),
      std::string::npos);
  transfer.announce = "One moment";
  transfer.status_url = "https://a.test/s";
  const std::string xml = transfer_xml(transfer);
  EXPECT_LT(xml.find("<Say>One moment</Say>"), xml.find("<Dial"));
  EXPECT_NE(xml.find("statusCallback=\"https://a.test/s\""), std::string::npos);
}

}  // namespace
}  // namespace comms
