#include "messaging/postal_footer.h"

#include <gtest/gtest.h>

namespace commsd::messaging {
namespace {

const std::string address = "Example Inc.\n1 Main Street\nSpringfield, IL 62701";

plugin::OutboundMessage mail(std::string text, std::string html) {
  plugin::OutboundMessage mail;
  mail.channel = plugin::ChannelKind::email;
  mail.text = std::move(text);
  mail.html = std::move(html);
  append_postal_address(mail, address);
  return mail;
}

TEST(PostalFooter, EndsBothTextsOnce) {
  plugin::OutboundMessage sent = mail("Offers!", "<html><body><p>Offers!</p></BODY></html>");
  EXPECT_EQ(sent.text, "Offers!\n\n" + address + '\n');
  EXPECT_EQ(sent.html,
            "<html><body><p>Offers!</p><p>Example Inc.<br>1 Main Street<br>Springfield, IL "
            "62701</p></BODY></html>");
  const plugin::OutboundMessage once = sent;
  append_postal_address(sent, address);
  EXPECT_EQ(sent.text, once.text);
  EXPECT_EQ(sent.html, once.html);
}

TEST(PostalFooter, WhatTheAuthorWroteCounts) {
  EXPECT_EQ(mail("From EXAMPLE INC., 1 Main Street, Springfield IL 62701.", "").text,
            "From EXAMPLE INC., 1 Main Street, Springfield IL 62701.");
  const std::string html = "<div>Example Inc.</div><div>1 Main Street</div>Springfield, IL 62701";
  EXPECT_EQ(mail("", html).html, html);
}

TEST(PostalFooter, APartThatIsNotThereStaysAway) {
  EXPECT_EQ(mail("", "<p>x</p>").text, "");
  EXPECT_EQ(mail("x", "").html, "");
  plugin::OutboundMessage none = mail("x", "");
  none.text = "x";
  append_postal_address(none, "");
  EXPECT_EQ(none.text, "x");
}

TEST(PostalFooter, IsTextAndNoMarkup) {
  plugin::OutboundMessage mail;
  mail.html = "<p>x</p>";
  const std::string odd = "A & B <script>\n1 \"Main\" Street, O'Fallon";
  append_postal_address(mail, odd);
  const std::string once =
      "<p>x</p><p>A &amp; B &lt;script&gt;<br>1 &quot;Main&quot; Street, O&#39;Fallon</p>";
  EXPECT_EQ(mail.html, once);
  append_postal_address(mail, odd);
  EXPECT_EQ(mail.html, once);
  // As an author may have written it, who escapes less.
  mail.html = "<p>A &amp; B &lt;script><br>1 \"Main\" Street<br/>O'Fallon</p>";
  const std::string written = mail.html;
  append_postal_address(mail, odd);
  EXPECT_EQ(mail.html, written);
}

}  // namespace
}  // namespace commsd::messaging
