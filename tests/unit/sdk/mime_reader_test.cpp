#include <comms/cpp/mime.hpp>
#include <comms/cpp/mime_reader.hpp>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using comms::mime::decode_base64;
using comms::mime::decode_quoted_printable;
using comms::mime::decode_words;
using comms::mime::Parameters;
using comms::mime::read_message;
using comms::mime::to_utf8;
using comms::mime::valid_utf8;

const std::string replacement = "\xef\xbf\xbd";

TEST(MimeReader, OnlyUtf8ComesOut) {
  EXPECT_EQ(valid_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
            "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(valid_utf8("\xc3"), replacement);
  EXPECT_EQ(valid_utf8("\xc0\xaf"), replacement + replacement) << "longer than it need be";
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), replacement + replacement + replacement) << "a surrogate";
  EXPECT_EQ(valid_utf8("\xf5\x80\x80\x80").size(), 12U);
  EXPECT_EQ(valid_utf8(std::string_view("\0", 1)), replacement);
}

TEST(MimeReader, DecodesWhatMailersWrite) {
  EXPECT_EQ(decode_base64("aGVs\r\n bG8="), "hello");
  EXPECT_EQ(decode_base64("aGVsbG8"), "hello") << "without padding";
  EXPECT_EQ(decode_base64("a"), "");
  EXPECT_EQ(decode_quoted_printable("a=3Db=\r\nc= \n=C3=A9"), "a=bc\xc3\xa9");
  EXPECT_EQ(decode_quoted_printable("100=% =4"), "100=% =4") << "no encoding at all";
  EXPECT_EQ(decode_quoted_printable("a="), "a");
}

TEST(MimeReader, KnowsTheCharsetsOfMailAndNoOthers) {
  EXPECT_EQ(to_utf8("\xe9\x80", "iso-8859-1"), "\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(to_utf8("\xf0\xd2", "KOI8-R"), "\xd0\x9f\xd1\x80");
  EXPECT_EQ(to_utf8("\x1b$B$\"\x1b(B", "iso-2022-jp"), "\xe3\x81\x82");
  EXPECT_EQ(to_utf8("\xe0", "windows-1255"), "\xd7\x90") << "its converter keeps a letter back";
  EXPECT_EQ(to_utf8("\x82", "shift_jis"), replacement) << "half a letter";
  EXPECT_EQ(to_utf8("\xe9", "iso-2022-cn-ext"), replacement);
  EXPECT_EQ(to_utf8("\xe9", "utf-8//TRANSLIT"), replacement);
}

TEST(MimeReader, ReadsEncodedWords) {
  EXPECT_EQ(decode_words("=?utf-8?Q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe_?= aus"),
            "Gr\xc3\xbc\xc3\x9f"
            "e  aus");
  EXPECT_EQ(decode_words("a =?iso-8859-1*de?B?6Q==?= b"), "a \xc3\xa9 b");
  EXPECT_EQ(decode_words("=?utf-8?Q?never ends"), "=?utf-8?Q?never ends");
  EXPECT_EQ(decode_words("2 =? 3 ?= 4"), "2 =? 3 ?= 4");
}

TEST(MimeReader, ReadsParameters) {
  const Parameters plain("Multipart/Mixed; boundary=\"a;b\\\"c\" ; x = y");
  EXPECT_EQ(plain.value(), "multipart/mixed");
  EXPECT_EQ(plain["boundary"], "a;b\"c");
  EXPECT_EQ(plain["x"], "y");
  EXPECT_EQ(plain["absent"], "");
  EXPECT_EQ(Parameters("a; name*=iso-8859-1'de'%e9.txt")["name"], "\xc3\xa9.txt");
  EXPECT_EQ(Parameters("a; name*0*=UTF-8''%C3%A9; name*1=\".txt\"")["name"], "\xc3\xa9.txt");
  EXPECT_EQ(Parameters("a; name=\"=?utf-8?B?w6k=?=.txt\"")["name"], "\xc3\xa9.txt");
  EXPECT_EQ(Parameters("a;;; =; name")["name"], "");
}

TEST(MimeReader, ReadsWhatTheWriterWrites) {
  comms::testing::FakeHost fake;
  fake.crypto = comms::testing::openssl_crypto();
  const comms::Host host(fake.raw());
  const std::string data("\0\r\n--=_", 7);
  const comms_str to[] = {comms::str("\"Doe, J\" <to@example.org>")};
  const comms_kv headers[] = {{comms::str("In-Reply-To"), comms::str("<first@example.org>")}};
  comms_media files[2] = {};
  files[0].filename = comms::str(
      "\xc3\x9c"
      "bersicht \"1\".pdf");
  files[0].content_type = comms::str("application/pdf");
  files[0].data = comms::bytes(data);
  files[1].content_id = comms::str("logo@example.org");
  files[1].content_type = comms::str("image/png");
  comms::EmailMessage message;
  message.from = "J\xc3\xbcrgen <from@example.com>";
  message.to = comms::Strings(to, 1);
  message.subject =
      "Gr\xc3\xbc\xc3\x9f"
      "e";
  message.text = "two\nlines \xf0\x9f\x98\x80";
  message.html = "<p>one</p>";
  message.headers = comms::Pairs(headers, 1);
  message.attachments = comms::MediaList(files, 2);
  const comms::mime::Composed written = comms::mime::compose(host, message);

  const comms::mime::ReadMessage read = read_message(written.text);
  EXPECT_EQ(read.from, message.from);
  EXPECT_EQ(read.subject, message.subject);
  EXPECT_EQ(read.message_id, '<' + written.message_id + '>');
  EXPECT_EQ(read.in_reply_to, "<first@example.org>");
  EXPECT_EQ(read.text, "two\r\nlines \xf0\x9f\x98\x80");
  EXPECT_EQ(read.html, message.html);
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[0].content_id, "logo@example.org");
  EXPECT_EQ(read.files[1].filename, comms::view(files[0].filename));
  EXPECT_EQ(read.files[1].data, data);
}

TEST(MimeReader, AForwardedMailIsAFile) {
  const auto read = read_message(
      "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: inner\r\n\r\nx\r\n"
      "--b--\r\n");
  ASSERT_EQ(read.files.size(), 1U);
  EXPECT_EQ(read.files[0].content_type, "message/rfc822");
  EXPECT_EQ(read.files[0].data, "Subject: inner\r\n\r\nx");
  EXPECT_EQ(read.text, "");
}

TEST(MimeReader, IsBounded) {
  std::string nested;
  for (int i = 0; i < 100; ++i) {
    const std::string name = 'b' + std::to_string(i);
    nested += "Content-Type: multipart/mixed; boundary=" + name + "\n\n--" + name + "\n";
  }
  EXPECT_LE(read_message(nested).files.size(), 1U) << "what is too deep is one file";
  std::string many = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 1000; ++i) many += "--b\nContent-Type: image/png\n\nx\n";
  EXPECT_LE(read_message(many).files.size(), comms::mime::most_parts);
  for (const char* odd : {"", "\n", ":", "a", "Content-Type:\n\nx", "Content-Type: ;;;\n\nx",
                          "Content-Type: multipart/mixed\n\nx", " folded\n\nx"}) {
    EXPECT_LE(read_message(odd).files.size(), 1U) << odd;
  }
}

}  // namespace
