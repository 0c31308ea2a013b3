#include "fixture.h"

namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kForm = "multipart/form-data; boundary=xYzZY";

class SendgridSignatureTest : public SendgridTest {
 protected:
  const std::string batch_ = "[{\"event\":\"delivered\"}]\r\n";
  const std::string mail_ = "--xYzZY\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n" +
                            std::string("\xff\x00\x80", 3) + "\r\n--xYzZY--\r\n";

  static Webhook with_password(const std::string& type, const std::string& body,
                               const std::string& credentials) {
    Webhook webhook;
    webhook.body = body;
    webhook.headers = {{"Content-Type", type}, {"Authorization", "Basic " + base64(credentials)}};
    return webhook;
  }
  void start_with_mail_key() {
    start(config(R"(,"inbound_public_key":")" + mail_key.public_key() +
                 R"(","inbound_password":")" + kPassword + '"'));
  }
};

TEST_F(SendgridSignatureTest, BelievesWhatItsKeySigned) {
  EXPECT_TRUE(is_authentic(signed_webhook(events_key, kJson, batch_)));
  Webhook lower = signed_webhook(events_key, kJson, batch_);
  for (auto& [name, value] : lower.headers) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  EXPECT_TRUE(is_authentic(lower));
  EXPECT_FALSE(is_authentic(signed_webhook(mail_key, kJson, batch_)));
  EXPECT_FALSE(is_authentic(signed_webhook(events_key, kForm, mail_))) << "no key for mail";
  start(R"({"api_key":"SG.a"})");
  EXPECT_FALSE(is_authentic(signed_webhook(events_key, kJson, batch_))) << "no key at all";
}

TEST_F(SendgridSignatureTest, RefusesEveryFlippedBit) {
  const Webhook good = signed_webhook(events_key, kJson, batch_);
  for (std::size_t bit = 0; bit < batch_.size() * 8; ++bit) {
    Webhook changed = good;
    changed.body[bit / 8] = static_cast<char>(changed.body[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(is_authentic(changed)) << bit;
  }
  for (const std::size_t header : {std::size_t{1}, std::size_t{2}}) {
    // The last four characters of base64 have bits that the decoder of these tests does not mind.
    const std::size_t size = good.headers[header].second.size() - (header == 1 ? 4 : 0);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      Webhook changed = good;
      char& c = changed.headers[header].second[bit / 8];
      c = static_cast<char>(c ^ (1 << bit % 8));
      EXPECT_FALSE(is_authentic(changed)) << header << ' ' << bit;
    }
    Webhook without = good;
    without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(header));
    EXPECT_FALSE(is_authentic(without));
  }
}

TEST_F(SendgridSignatureTest, RefusesWhatIsOldOrToCome) {
  for (const std::int64_t skew : {-300, -1, 0, 300}) {
    EXPECT_TRUE(is_authentic(signed_webhook(events_key, kJson, batch_, skew))) << skew;
  }
  for (const std::int64_t skew : {-86'400, -301, 301, 86'400}) {
    EXPECT_FALSE(is_authentic(signed_webhook(events_key, kJson, batch_, skew))) << skew;
  }
  start(config(R"(,"webhook_max_age_s":3600)"));
  EXPECT_TRUE(is_authentic(signed_webhook(events_key, kJson, batch_, -3600)));
  EXPECT_FALSE(is_authentic(signed_webhook(events_key, kJson, batch_, -3601)));
}

TEST_F(SendgridSignatureTest, MailIsBelievedByItsOwnKey) {
  start_with_mail_key();
  EXPECT_TRUE(is_authentic(signed_webhook(mail_key, kForm, mail_)));
  EXPECT_TRUE(is_authentic(signed_webhook(mail_key, "Multipart/Form-Data; boundary=x", mail_)));
  EXPECT_FALSE(is_authentic(signed_webhook(events_key, kForm, mail_)));
  EXPECT_FALSE(is_authentic(with_password(kForm, mail_, "commsd:" + kPassword)))
      << "what is set up to be signed is not believed for less";
}

TEST_F(SendgridSignatureTest, WithoutAKeyMailIsBelievedByThePassword) {
  start(config(R"(,"inbound_password":")" + kPassword + '"'));
  EXPECT_TRUE(is_authentic(with_password(kForm, mail_, "commsd:" + kPassword)));
  EXPECT_TRUE(is_authentic(with_password(kForm, mail_, ':' + kPassword)));
  for (const std::string& wrong :
       {std::string(), std::string(":"), kPassword, std::string("commsd:"),
        "commsd:" + kPassword + 'x', "commsd:" + kPassword.substr(1)}) {
    EXPECT_FALSE(is_authentic(with_password(kForm, mail_, wrong)));
  }
  EXPECT_FALSE(is_authentic(with_password(kJson, batch_, "commsd:" + kPassword)))
      << "events are signed";
  start(config());
  EXPECT_FALSE(is_authentic(with_password(kForm, mail_, "commsd:")));
}

}  // namespace
