#include <comms/cpp/crypto.hpp>
#include <comms/cpp/json_writer.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "fixture.h"

namespace {

using testing::HasSubstr;

template <class T, void (*destroy)(T*)>
struct Destroy {
  void operator()(T* it) const { destroy(it); }
};
using Key = std::unique_ptr<EVP_PKEY, Destroy<EVP_PKEY, EVP_PKEY_free>>;

Key make_key() {
  return Key(EVP_RSA_gen(2048));
}

std::string certificate_of(EVP_PKEY* key) {
  const std::unique_ptr<X509, Destroy<X509, X509_free>> made(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
  X509_set_pubkey(made.get(), key);
  X509_sign(made.get(), key, EVP_sha256());
  const std::unique_ptr<BIO, Destroy<BIO, BIO_free_all>> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), made.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

class SnsTest : public SesTest {
 protected:
  static constexpr const char* certificate_url =
      "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem";
  static constexpr const char* timestamp = "2023-11-14T22:13:20.000Z";  // the host's time

  std::string sign(const std::string& text) const {
    const std::unique_ptr<EVP_MD_CTX, Destroy<EVP_MD_CTX, EVP_MD_CTX_free>> context(
        EVP_MD_CTX_new());
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, data, text.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                   text.size());
    return comms::Crypto(comms::Host(host.raw())).base64(signature);
  }

  std::string notification(const std::string& message, const std::string& url = certificate_url) {
    const std::string text = "Message\n" + message + "\nMessageId\nm1\nTimestamp\n" + timestamp +
                             "\nTopicArn\n" + topic + "\nType\nNotification\n";
    comms::JsonObject body;
    body.put("Type", "Notification").put("MessageId", "m1").put("TopicArn", topic);
    body.put("Message", message).put("Timestamp", timestamp).put("SignatureVersion", "2");
    body.put("Signature", sign(text)).put("SigningCertURL", url);
    return body.text();
  }

  comms_status verify(std::string_view body) { return email().verify_webhook(self(), in(body)); }
  comms_status parse(std::string_view body) {
    parsed = OpResult();
    const comms_emit emit = comms::testing::FakeHost::emit(parsed);
    return email().parse_webhook(self(), in(body), &emit);
  }
  OpResult fetch(std::string_view webhook) {
    const comms_email& slot = email();
    return host.run(
        [&](comms_op* op) { return slot.fetch_inbound(plugin->self, op, comms::str(webhook)); });
  }

  Key key = make_key();
  OpResult parsed;

 private:
  void* self() {
    email();
    return plugin->self;
  }
  const comms_http_in* in(std::string_view body) {
    request_ = {};
    request_.size = sizeof request_;
    request_.method = comms::str("POST");
    request_.body = comms::bytes(body);
    return &request_;
  }
  comms_http_in request_{};
};

TEST_F(SnsTest, TheCertificateIsFetchedOnceFromTheRegionOfTheTopic) {
  const std::string body =
      notification(R"({"eventType":"Delivery","delivery":{},"mail":{"messageId":"id-1"}})");
  EXPECT_EQ(verify(body), COMMS_OK);
  EXPECT_EQ(parse(body), COMMS_OK);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].flags, COMMS_EVENT_NEEDS_FETCH);
  EXPECT_EQ(parsed.events[0].text.at("event_id"), "m1");
  host.answer(200, certificate_of(key.get()));
  const OpResult fetched = fetch(parsed.events[0].text.at("vendor_id"));
  EXPECT_EQ(fetched.status, COMMS_OK) << fetched.error.message;
  ASSERT_EQ(fetched.events.size(), 1U);
  EXPECT_EQ(fetched.events[0].text.at("status"), "delivered");
  ASSERT_EQ(host.requests.size(), 1U);
  EXPECT_EQ(host.requests[0].url, certificate_url);
  EXPECT_EQ(parse(body), COMMS_OK);
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(parsed.events[0].text.at("status"), "delivered") << "at once";
  EXPECT_EQ(host.requests.size(), 1U);
}

TEST_F(SnsTest, NoOtherPlaceIsAskedForACertificate) {
  for (const char* url : {"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123.pem",
                          "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
                          "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
                          "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
                          "https://sns.eu-west-1.amazonaws.com/../a.pem",
                          "https://sns.eu-west-1.amazonaws.com/?a=.pem",
                          "https://sns.eu-west-1.amazonaws.com/.pem", ""}) {
    const std::string body = notification("{}", url);
    EXPECT_EQ(verify(body), COMMS_DENIED) << url;
    EXPECT_NE(parse(body), COMMS_OK) << url;
    EXPECT_EQ(fetch(body).status, COMMS_DENIED) << url;
  }
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(SnsTest, AnotherKeyProvesNothing) {
  const std::string body = notification(R"({"eventType":"Send","mail":{"messageId":"id-1"}})");
  const Key other = make_key();
  host.answer(200, certificate_of(other.get()));
  EXPECT_EQ(fetch(body).status, COMMS_DENIED);
  EXPECT_EQ(verify(body), COMMS_DENIED);
}

TEST_F(SnsTest, AMessageThatIsTooOldIsRefused) {
  const std::string body = notification("{}");
  host.now_ms += std::int64_t{4} * 86'400'000;
  EXPECT_EQ(verify(body), COMMS_DENIED);
  host.now_ms -= std::int64_t{5} * 86'400'000;
  EXPECT_EQ(verify(body), COMMS_DENIED) << "and one of tomorrow";
}

}  // namespace
