#include <comms/cpp/crypto.hpp>
#include <comms/cpp/form.hpp>
#include <comms/cpp/json.hpp>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

TEST(Form, EncodesAndDecodes) {
  Form form;
  form.add("To", "+15550100").add("Body", "a b&c=d é").add("Body", "2").add_nonempty("None", "");
  EXPECT_EQ(form.text(), "To=%2B15550100&Body=a%20b%26c%3Dd%20%C3%A9&Body=2");
  Form back("To=%2B15550100&Body=a+b%26c%3Dd&Body=2&&Empty=&Alone&Bad=%zz%4");
  EXPECT_EQ(back.get("To"), "+15550100");
  EXPECT_EQ(back.get("Body"), "a b&c=d");
  EXPECT_EQ(back.get("Bad"), "%zz%4");
  EXPECT_TRUE(back.has("Empty"));
  EXPECT_TRUE(back.has("Alone"));
  EXPECT_FALSE(back.has("Other"));
  EXPECT_EQ(back.fields().size(), 6u);
}

TEST(Form, EscapesXml) {
  EXPECT_EQ(xml_escape("<a&\"'\x01>"), "&lt;a&amp;&quot;&apos;&gt;");
}

TEST(HttpInput, FindsHeadersAndQuery) {
  comms_kv headers[] = {{str("X-Sig"), str("abc")}};
  comms_http_in in{};
  in.size = sizeof in;
  in.url = str("https://x.example/hook?a=1&b=%20");
  in.headers = headers;
  in.header_count = 1;
  HttpIn request = from_c(Lent{}, &in);
  EXPECT_EQ(request.header("x-sig"), "abc");
  EXPECT_EQ(request.header("x-other"), "");
  EXPECT_EQ(request.query().get("b"), " ");
}

TEST(Json, WritesAnything) {
  comms_str names[] = {str("a"), str("\"b\"\n")};
  JsonObject object;
  object.put("s", Strings(names, 2)).put("n", -3).put("d", 0.5).put("b", true).put("z", nullptr);
  object.put_nonempty("none", std::string()).put("o", JsonObject().put("x", JsonArray().add(1)));
  EXPECT_EQ(object.text(),
            R"({"s":["a","\"b\"\u000a"],"n":-3,"d":0.5,"b":true,"z":null,"o":{"x":[1]}})");
}

TEST(Json, ReadsThroughTheService) {
  testing::FakeHost fake;
  Host host(fake.raw());
  Json json(host, R"({"data":[{"id":"m1","n":7,"ok":true,"x/y":"\u00e9"}],"f":1.5,"f":2.5})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json.at("/data/0/id").text(), "m1");
  EXPECT_EQ(json.at("/data/0/n").text(), "7");
  EXPECT_EQ(json.at("/data/0/x~1y").text(), "é");
  EXPECT_TRUE(json["data"].at("/0/ok").boolean());
  EXPECT_EQ(json["f"].number(), 2.5);
  EXPECT_EQ(json["data"].size(), 1u);
  EXPECT_EQ(json["no"]["such"].at("/thing").text("none"), "none");
  std::string keys;
  for (JsonNode member : json.at("/data/0")) keys += member.key() + ",";
  EXPECT_EQ(keys, "id,n,ok,x/y,");
  for (std::string_view bad : {"", "{", "[1,]", "{\"a\"}", "tru", "1 2", "\"\n\"", "01x"}) {
    EXPECT_FALSE(Json(host, bad)) << bad;
  }
}

TEST(Crypto, DigestsAndEncodings) {
  testing::FakeHost fake;
  fake.crypto = testing::openssl_crypto();
  Crypto crypto{Host(fake.raw())};
  // RFC 4231 test case 2 and RFC 2202 test case 2
  EXPECT_EQ(hex(crypto.hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(crypto.hmac_sha1("Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(crypto.base64("ab"), "YWI=");
  EXPECT_EQ(crypto.base64("\xff\xfe", COMMS_BASE64_URL | COMMS_BASE64_UNPADDED), "__4");
  EXPECT_EQ(crypto.from_base64("YWI"), "ab");
  EXPECT_EQ(crypto.from_base64("Y!I="), std::nullopt);
  EXPECT_EQ(crypto.jwt(COMMS_JWT_HS256, "k", "{}").rfind("eyJhbGciOiJIUzI1NiI", 0), 0u);
  EXPECT_THROW(crypto.jwt(COMMS_JWT_RS256, "no key", "{}"), Error);
  EXPECT_TRUE(crypto.equal("a", "a"));
  EXPECT_FALSE(crypto.equal("", ""));
}

}  // namespace
}  // namespace comms
