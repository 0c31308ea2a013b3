#pragma once

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/form.hpp>
#include <comms/slot/telephony.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "plugin_fixture.h"

using testing::HasSubstr;
using testing::Not;

inline const std::string kFrom = "+14155550100", kTo = "+14155550101";
inline const std::string kApplication = "0b1c2d3e-0000-4000-8000-0123456789ab";
inline const std::string kSecret = "mock-signature-secret-0123456789";
inline const std::string kApiSecret = "mock-api-secret-0123456789";

/// A private key in PEM, made once.
inline const std::string& private_key() {
  static const std::string pem = [] {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    EVP_PKEY_free(key);
    return text;
  }();
  return pem;
}

class VonageTest : public PluginTest<comms_telephony> {
 protected:
  VonageTest() : PluginTest(COMMS_SLOT_TELEPHONY) {}

  /// `more` is the rest of the configuration, `,"name":"value"`.
  static std::string config(const std::string& more = "", std::string key = private_key()) {
    for (std::size_t at = key.find('\n'); at != std::string::npos; at = key.find('\n', at)) {
      key.replace(at, 1, "\\n");
    }
    return R"({"api_key":"abcd1234","api_secret":")" + kApiSecret + R"(","application_id":")" +
           kApplication + R"(","signature_secret":")" + kSecret + R"(","private_key":")" + key +
           '"' + more + '}';
  }
  std::string usual_config() const override { return config(); }

  OpResult send(std::string_view body = "hello") {
    comms_sms sms{};
    sms.size = sizeof sms;
    sms.from = comms::str(kFrom);
    sms.to = comms::str(kTo);
    sms.body = comms::str(body);
    sms.client_ref = comms::str("att_1");
    return run(&comms_telephony::send_message, static_cast<const comms_sms*>(&sms));
  }
  OpResult find_call(std::string_view id) {
    comms_find what{};
    what.size = sizeof what;
    what.vendor_id = comms::str(id);
    return run(&comms_telephony::find_call, static_cast<const comms_find*>(&what));
  }

  /// Signed as Vonage signs it, at `unix_seconds`.
  Webhook signed_webhook(const std::string& body, std::int64_t unix_seconds,
                         const std::string& secret = kSecret,
                         std::int32_t algorithm = COMMS_JWT_HS256) {
    const comms::Host services(host.raw());
    const comms::Crypto crypto(services);
    const std::string claims = R"({"iat":)" + std::to_string(unix_seconds) +
                               R"(,"jti":"j1","iss":"Vonage","payload_hash":")" +
                               comms::hex(crypto.sha256(body)) + R"(","application_id":")" +
                               kApplication + R"("})";
    Webhook webhook;
    webhook.body = body;
    webhook.headers = {{"authorization", "Bearer " + crypto.jwt(algorithm, secret, claims)}};
    return webhook;
  }
  Webhook signed_webhook(const std::string& body) {
    return signed_webhook(body, host.now_ms / 1000);
  }
  SeenEvent event_of(const std::string& body) {
    const Parsed parsed = parse(signed_webhook(body));
    EXPECT_EQ(parsed.status, COMMS_OK) << body;
    EXPECT_EQ(parsed.events.size(), 1u) << body;
    return parsed.events.empty() ? SeenEvent{} : parsed.events[0];
  }
};
