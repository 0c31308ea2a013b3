#include <comms/cpp/xml_element.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(XmlElement, IsWritten) {
  XmlElement number("Number");
  number.text("+12125550100");
  XmlElement dial("Dial");
  dial.action("https://example.test/a?b=1&c=2").attribute("callerId", "").child(number);
  EXPECT_EQ(dial.str(),
            "<Dial action=\"https://example.test/a?b=1&amp;c=2\" method=\"POST\">"
            "<Number>+12125550100</Number></Dial>");
  EXPECT_EQ(XmlElement("Hangup").str(), "<Hangup/>");
  EXPECT_EQ(xml_response("<Hangup/>"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Hangup/></Response>");
}

TEST(XmlElement, DropsWhatXmlCannotHold) {
  EXPECT_EQ(xml_text("a<b & \"c\" Grüße 😀"), "a&lt;b &amp; &quot;c&quot; Grüße 😀");
  EXPECT_EQ(xml_text(std::string_view("a\0b\x1b", 4)), "ab");
  EXPECT_EQ(xml_text("a\xff"), "a");
  EXPECT_EQ(xml_text("\xed\xa0\x80"), "") << "a surrogate";
  EXPECT_EQ(xml_text("\xef\xbf\xbe"), "") << "U+FFFE";
  EXPECT_EQ(xml_text("\xf0\x9f\x98"), "") << "cut off";
}

TEST(XmlElement, ComplainsAboutWhatIsMissing) {
  EXPECT_EQ(needed("x", "no x"), "x");
  try {
    needed("", "no x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status, COMMS_INVALID);
    EXPECT_EQ(error.message, "no x");
  }
}

}  // namespace
}  // namespace comms
