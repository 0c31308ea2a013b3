#include <fstream>
#include <sstream>

#include <comms/cpp/json.hpp>

#include "fixture.h"

namespace {

class SignatureTest : public TwilioTest {
 protected:
  SignatureTest() {
    std::ifstream file(TWILIO_VECTORS);
    std::stringstream text;
    text << file.rdbuf();
    const comms::Host cpp(host.raw());
    const comms::Json json(cpp, text.str());
    EXPECT_EQ(json["token"].text(), kToken);
    for (const comms::JsonNode v : json["vectors"]) {
      names.push_back(v["name"].text());
      vectors.push_back({v["method"].text(), v["url"].text(), v["content_type"].text(),
                         v["signature"].text(), v["body"].text(), std::nullopt});
    }
  }

  bool accepts(const Webhook& webhook) {
    const bool by_telephony = webhook.use([&](const comms_http_in* in) {
      return telephony().verify_webhook(plugin->self, in) == COMMS_OK;
    });
    const bool by_whatsapp = webhook.use([&](const comms_http_in* in) {
      return whatsapp().verify_webhook(plugin->self, in) == COMMS_OK;
    });
    EXPECT_EQ(by_telephony, by_whatsapp);
    return by_telephony;
  }

  std::vector<std::string> names;
  std::vector<Webhook> vectors;
};

TEST_F(SignatureTest, AcceptsWhatTwiliosPackageSigned) {
  ASSERT_GE(vectors.size(), 19u);
  for (std::size_t i = 0; i < vectors.size(); ++i) EXPECT_TRUE(accepts(vectors[i])) << names[i];
}

TEST_F(SignatureTest, RefusesEverySignatureWithOneBitChanged) {
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    for (std::size_t at = 0; at < vectors[i].signature.size(); ++at) {
      Webhook changed = vectors[i];
      changed.signature[at] = static_cast<char>(changed.signature[at] ^ 1);
      EXPECT_FALSE(accepts(changed)) << names[i] << ", character " << at;
    }
  }
}

TEST_F(SignatureTest, RefusesEveryBodyWithOneBitChanged) {
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    for (std::size_t at = 0; at < vectors[i].body.size(); ++at) {
      Webhook changed = vectors[i];
      changed.body[at] = static_cast<char>(changed.body[at] ^ 1);
      EXPECT_FALSE(accepts(changed)) << names[i] << ", byte " << at;
    }
  }
}

TEST_F(SignatureTest, RefusesAnotherUrl) {
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    Webhook changed = vectors[i];
    changed.url.back() = static_cast<char>(changed.url.back() ^ 1);
    EXPECT_FALSE(accepts(changed)) << names[i];
    changed = vectors[i];
    changed.url += changed.url.find('?') == std::string::npos ? "?ref=stolen" : "&ref=stolen";
    EXPECT_FALSE(accepts(changed)) << names[i];
  }
}

TEST_F(SignatureTest, RefusesWhatIsNotSigned) {
  for (const Webhook& vector : vectors) {
    Webhook unsigned_one = vector;
    unsigned_one.signature.clear();
    EXPECT_FALSE(accepts(unsigned_one));
    unsigned_one.signature = "====";
    EXPECT_FALSE(accepts(unsigned_one));
  }
}

TEST_F(SignatureTest, RefusesAnotherAccountsToken) {
  plugin = std::make_unique<comms::testing::Plugin>(
      host, load_twilio(),
      R"({"account_sid":")" + kAccount + R"(","auth_token":"another0token0another0token0"})");
  for (const Webhook& vector : vectors) EXPECT_FALSE(accepts(vector));
}

TEST_F(SignatureTest, RefusesABodyTheSignatureDoesNotCover) {
  // The signature of the bare URL, with a body of a type whose fields are not signed.
  Webhook bare;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "POST without a body") bare = vectors[i];
  }
  ASSERT_TRUE(accepts(bare));
  bare.body = R"({"forged":true})";
  for (const char* type : {"application/json", "text/plain", "multipart/form-data", ""}) {
    bare.type = type;
    EXPECT_FALSE(accepts(bare)) << type;
  }
}

TEST_F(SignatureTest, RefusesAUrlThatIsNone) {
  Webhook odd = vectors.front();
  for (const char* url : {"", "/webhooks/agent_1/sms", "://", "https://"}) {
    odd.url = url;
    EXPECT_FALSE(accepts(odd)) << url;
  }
}

}  // namespace
