#include "fixture.h"

namespace {

constexpr const char* kBoundary = "xYzZY";

class SendgridInboundTest : public SendgridTest {
 protected:
  static std::string part(const std::string& disposition, const std::string& data,
                          const std::string& type = "") {
    return std::string("--") + kBoundary + "\r\nContent-Disposition: form-data; " + disposition +
           (type.empty() ? "" : "\r\nContent-Type: " + type) + "\r\n\r\n" + data + "\r\n";
  }
  static std::string field(const std::string& name, const std::string& data) {
    return part("name=\"" + name + '"', data);
  }
  static std::string end() { return std::string("--") + kBoundary + "--\r\n"; }

  static Webhook form(const std::string& body, const std::string& boundary = kBoundary) {
    Webhook webhook;
    webhook.headers = {{"Content-Type", "multipart/form-data; boundary=" + boundary}};
    webhook.body = body;
    return webhook;
  }
  SeenEvent mail(const std::string& fields) {
    const Parsed parsed = parse(form(fields + end()));
    EXPECT_EQ(parsed.status, COMMS_OK);
    EXPECT_EQ(parsed.events.size(), 1u);
    return parsed.events.empty() ? SeenEvent{} : parsed.events[0];
  }
  /// As in "Example Default Payload" of the setup page.
  const std::string headers_ =
      "Received: by mx0047p1mdw1.sendgrid.net with SMTP id 6WCVv7KAWn\n"
      "From: =?utf-8?Q?G=C3=A4ste?= <guest@example.org>\nTo: Agent <agent@example.com>\n"
      "Cc: other@example.com\nMessage-ID: <m1@example.org>\nIn-Reply-To: <m0@example.com>\n"
      "References: <a@example.com>\n <m0@example.com>\nSubject: Hi\n"
      "Content-Type: application/pdf; name=x.pdf\n";
  const std::string envelope_ = R"({"to":["agent@example.com"],"from":"bounces+7@example.org"})";
};

TEST_F(SendgridInboundTest, ReadsAMailThatWasTakenApart) {
  const SeenEvent seen = mail(
      field("headers", headers_) + field("envelope", envelope_) + field("subject", "Gr\xfc\xdf") +
      field("text", "t\xe9xt") + field("html", "<b>h\xc3\xa9</b>") + field("SPF", "pass") +
      field("dkim", "{@example.org : pass}") + field("spam_score", "2.5") +
      field("charsets", R"({"subject":"iso-8859-1","text":"windows-1252","html":"UTF-8"})"));
  EXPECT_EQ(seen.kind, COMMS_EVENT_MESSAGE_IN);
  EXPECT_EQ(seen.flags, 0u);
  EXPECT_EQ(seen.text.at("from"), "guest@example.org");
  EXPECT_EQ(seen.text.at("to"), "agent@example.com");
  EXPECT_EQ(seen.text.at("subject"), "Grüß");
  EXPECT_EQ(seen.text.at("text"), "téxt");
  EXPECT_EQ(seen.text.at("html"), "<b>hé</b>");
  EXPECT_EQ(seen.text.at("extra.message_id"), "<m1@example.org>");
  EXPECT_EQ(seen.text.at("extra.in_reply_to"), "<m0@example.com>");
  EXPECT_EQ(seen.text.at("extra.references"), "<a@example.com> <m0@example.com>");
  EXPECT_EQ(seen.text.at("extra.to_all"), "Agent <agent@example.com>");
  EXPECT_EQ(seen.text.at("extra.recipients"), "agent@example.com");
  EXPECT_EQ(seen.text.at("extra.cc"), "other@example.com");
  EXPECT_EQ(seen.text.at("extra.spf_verdict"), "pass");
  EXPECT_EQ(seen.text.at("extra.dkim_verdict"), "{@example.org : pass}");
  EXPECT_EQ(seen.text.at("extra.spam_score"), "2.5");
  EXPECT_EQ(seen.text.at("event_id").size(), 64u);
  EXPECT_EQ(seen.text.at("vendor_id"), seen.text.at("event_id"));
  EXPECT_TRUE(seen.media.empty()) << "the type of the whole is that of no file";
}

TEST_F(SendgridInboundTest, ReadsFilesAsBytes) {
  const std::string data("\x00\xff\r\n--x\r\n\r\n", 11);
  const SeenEvent seen = mail(
      field("headers", headers_) + field("attachments", "3") +
      field("attachment-info", R"({"attachment1":{"filename":"a.bin","type":"image/png",)"
                               R"("content-id":"<ii_1>"},"attachment3":{"type":"text/csv"}})") +
      part(R"(name="attachment1"; filename="a.bin")", data, "application/octet-stream") +
      part(R"(name="attachment2"; filename="say \"hi\".txt")", "", "text/plain") +
      field("attachment3", "1,2"));
  ASSERT_EQ(seen.media.size(), 3u);
  EXPECT_EQ(seen.media[0], data);
  EXPECT_EQ(seen.media[1], "");
  EXPECT_EQ(seen.media[2], "1,2");
}

TEST_F(SendgridInboundTest, NamesFilesAsTheirPartOrTheListDoes) {
  struct Seen {
    std::string name, type, id;
  };
  std::vector<Seen> files;
  const comms_emit emit{
      &files, [](void* ctx, const comms_event* event) {
        for (std::size_t i = 0; i < event->media_count; ++i) {
          const comms_media& file = event->media[i];
          static_cast<std::vector<Seen>*>(ctx)->push_back(
              {std::string(comms::view(file.filename)), std::string(comms::view(file.content_type)),
               std::string(comms::view(file.content_id))});
        }
      }};
  const comms_email& table = slot();
  const Webhook webhook = form(
      field("headers", headers_) +
      field("attachment-info",
            R"({"attachment1":{"filename":"a.png","type":"image/png","content-id":"<ii_1>"}})") +
      field("content-ids", R"({"ii_2":"attachment2"})") +
      part(R"(name="attachment1"; filename="b.png")", "x", "application/octet-stream") +
      part(R"(name="attachment2"; filename="c.gif")", "x", "image/gif") +
      field("attachment3", "x") + end());
  EXPECT_EQ(webhook.use([&](const comms_http_in* in) {
    return table.parse_webhook(plugin->self, in, &emit);
  }),
            COMMS_OK);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].name + '|' + files[0].type + '|' + files[0].id, "b.png|image/png|ii_1");
  EXPECT_EQ(files[1].name + '|' + files[1].type + '|' + files[1].id, "c.gif|image/gif|ii_2");
  EXPECT_EQ(files[2].name + '|' + files[2].type + '|' + files[2].id, "|application/octet-stream|");
}

TEST_F(SendgridInboundTest, ReadsAMailThatCameWhole) {
  const std::string raw =
      "From: guest@example.org\r\nTo: list@example.org\r\nSubject: =?utf-8?B?w7w=?=\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbody\r\n--b\r\n"
      "Content-Type: image/png; name=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAE=\r\n"
      "--b--\r\n";
  const SeenEvent seen = mail(field("email", raw) + field("envelope", envelope_) +
                              field("subject", "not this") + field("text", "nor this"));
  EXPECT_EQ(seen.text.at("from"), "guest@example.org");
  EXPECT_EQ(seen.text.at("to"), "agent@example.com");
  EXPECT_EQ(seen.text.at("subject"), "ü");
  EXPECT_EQ(seen.text.at("text"), "body");
  ASSERT_EQ(seen.media.size(), 1u);
  EXPECT_EQ(seen.media[0], std::string("\x00\x01", 2));
}

TEST_F(SendgridInboundTest, KnowsAMailAgain) {
  const std::string same = field("headers", headers_) + field("envelope", envelope_);
  const std::string id = mail(same).text.at("event_id");
  EXPECT_EQ(mail(same + field("spam_score", "7")).text.at("event_id"), id);
  EXPECT_NE(mail(field("headers", headers_ + "X: y\n") + field("envelope", envelope_))
                .text.at("event_id"),
            id);
  EXPECT_NE(mail(field("headers", headers_) + field("envelope", R"({"to":["b@example.com"]})"))
                .text.at("event_id"),
            id)
      << "the same mail to another address";
}

TEST_F(SendgridInboundTest, TellsWhoSentItAsWellAsItCan) {
  const auto from = [this](const std::string& header, const std::string& more) {
    return mail(field("headers", "X: y\n" + header) + more).text.at("from");
  };
  EXPECT_EQ(from("From: A <a@example.org>\n", field("envelope", envelope_)), "a@example.org");
  EXPECT_EQ(from("", field("from", "B <b@example.org>") + field("envelope", envelope_)),
            "b@example.org");
  EXPECT_EQ(from("From: a@example.org, b@example.org\n", field("envelope", envelope_)),
            "bounces+7@example.org");
  EXPECT_EQ(from("From: undisclosed\n", ""), "");
}

TEST_F(SendgridInboundTest, ReadsNothingRatherThanHalf) {
  const std::string whole = field("headers", headers_) + field("text", "all of it") + end();
  for (std::size_t size = 0; size < whole.size() - 2; ++size) {
    const Parsed parsed = parse(form(whole.substr(0, size)));
    EXPECT_EQ(parsed.status, COMMS_INVALID) << size;
    EXPECT_TRUE(parsed.events.empty());
  }
  EXPECT_EQ(parse(form(whole.substr(0, whole.size() - 2))).status, COMMS_OK)
      << "the last line break may be missing";
  for (const char* other : {"", "other", "xYzZ", "\"\"", "xYzZY--"}) {
    EXPECT_EQ(parse(form(whole, other)).status, COMMS_INVALID) << other;
  }
  EXPECT_EQ(parse(form(end())).status, COMMS_INVALID);
  EXPECT_EQ(parse(form(field("subject", "x") + end())).status, COMMS_INVALID);
}

TEST_F(SendgridInboundTest, TakesWhatIsBrokenInsideForWhatItIs) {
  for (const char* broken : {"", "{", "[]", "7", "null", "<html>", R"({"to":7,"text":[]})"}) {
    const SeenEvent seen = mail(
        field("headers", "From: g@example.org\nTo: a@example.com\n") + field("text", "\xff") +
        field("charsets", broken) + field("envelope", broken) + field("attachment-info", broken) +
        field("content-ids", broken) + part(R"(name="attachment1"; filename="f")", "x"));
    EXPECT_EQ(seen.text.at("from"), "g@example.org") << broken;
    EXPECT_EQ(seen.text.at("text"), "\xef\xbf\xbd");
    EXPECT_EQ(seen.media.size(), 1u);
  }
}

TEST_F(SendgridInboundTest, IsBoundedInItsParts) {
  std::string many = field("headers", headers_);
  for (int i = 0; i < 1000; ++i) {
    many += part("name=\"f" + std::to_string(i) + "\"; filename=\"f\"", "x");
  }
  EXPECT_EQ(parse(form(many + end())).status, COMMS_INVALID);
}

TEST_F(SendgridInboundTest, BelievesNoFieldThatAMailWrote) {
  const std::string forged = field("envelope", R"({"to":["other@example.com"]})");
  EXPECT_EQ(parse(form(field("headers", headers_) + field("text", "x\r\n" + forged) +
                       field("envelope", envelope_) + end()))
                .status,
            COMMS_INVALID);
}

}  // namespace
