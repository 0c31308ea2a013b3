#pragma once

#include "email_fixture.h"

inline const std::string kApiKey = "SG.an-api-key-of-nobody";
inline const std::string kPassword = "a-password-of-our-own-0123456789";
inline const std::string kApi = "https://api.sendgrid.com";

inline std::string base64(std::string_view data) {
  std::string text((data.size() + 2) / 3 * 4, '\0');
  std::size_t size = 0;
  comms::testing::table_encode(comms::bytes(data), 0, text.data(), text.size(), &size);
  return text;
}

/// A key as SendGrid makes one for each webhook.
class SigningKey {
 public:
  SigningKey() : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free) {}

  std::string public_key() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    const std::string text =
        base64({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return text;
  }
  std::string sign(const std::string& data) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> ctx(EVP_MD_CTX_new(),
                                                                      &EVP_MD_CTX_free);
    unsigned char raw[80];
    std::size_t size = sizeof raw;
    if (EVP_DigestSignInit(ctx.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(ctx.get(), raw, &size, comms::bytes(data).ptr, data.size()) != 1) {
      throw std::runtime_error("cannot sign");
    }
    return base64({reinterpret_cast<const char*>(raw), size});
  }

 private:
  comms::testing::Key key_;
};

class SendgridTest : public EmailTest {
 protected:
  std::string config(const std::string& more = "") const {
    return R"({"api_key":")" + kApiKey + R"(","webhook_public_key":")" + events_key.public_key() +
           '"' + more + '}';
  }
  std::string usual_config() const override { return config(); }

  /// A webhook as `key` signs it, at the time of the host and `skew_s` seconds.
  Webhook signed_webhook(const SigningKey& key, const std::string& type, const std::string& body,
                         std::int64_t skew_s = 0) const {
    const std::string time = std::to_string(host.now_ms / 1000 + skew_s);
    Webhook webhook;
    webhook.body = body;
    webhook.headers = {{"Content-Type", type},
                       {"X-Twilio-Email-Event-Webhook-Signature", key.sign(time + body)},
                       {"X-Twilio-Email-Event-Webhook-Timestamp", time}};
    return webhook;
  }

  const SigningKey events_key, mail_key;
};
