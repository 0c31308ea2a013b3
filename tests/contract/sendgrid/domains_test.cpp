#include "fixture.h"

namespace {

using testing::HasSubstr;

class SendgridDomainTest : public SendgridTest {
 protected:
  OpResult verify() { return verify_domain("example.com"); }
  OpResult status() { return domain_status("example.com"); }
  static std::string domain(int id, bool valid, const std::string& name = "example.com") {
    return R"({"id":)" + std::to_string(id) + R"(,"domain":")" + name + R"(","valid":)" +
           (valid ? "true" : "false") +
           R"(,"dns":{"mail_server":{"valid":true,"type":"mx","host":"em.example.com",)"
           R"("data":"mx.sendgrid.net"},"dkim":{"valid":false,"type":"txt",)"
           R"("host":"m1._domainkey.example.com","data":"k=rsa; p=x"}}})";
  }
};

TEST_F(SendgridDomainTest, TellsEveryRecord) {
  host.answer(200, '[' + domain(7, false) + ']');
  host.answer(200, domain(7, false));
  const OpResult result = status();
  const comms::Fields expected = {{"domain_id", "7"},
                                  {"status", "pending"},
                                  {"dns_type", "MX"},
                                  {"dns_name", "em.example.com"},
                                  {"dns_value", "mx.sendgrid.net"},
                                  {"dns_priority", "10"},
                                  {"dns_status", "verified"},
                                  {"dns_type", "TXT"},
                                  {"dns_name", "m1._domainkey.example.com"},
                                  {"dns_value", "k=rsa; p=x"},
                                  {"dns_status", "pending"}};
  EXPECT_EQ(result.fields, expected);
  EXPECT_EQ(host.requests[0].url,
            kApi + "/v3/whitelabel/domains?domain=example.com&limit=50&offset=0");
  EXPECT_EQ(host.requests[1].url, kApi + "/v3/whitelabel/domains/7");
  EXPECT_EQ(host.requests.size(), 2u) << "changes nothing";
}

TEST_F(SendgridDomainTest, AddsADomainOnce) {
  host.answer(200, '[' + domain(1, true, "mail.example.com") + ']');
  host.answer(201, domain(8, false));
  host.answer(200, R"({"id":8,"valid":false})");
  host.answer(200, domain(8, false));
  EXPECT_EQ(verify().field("domain_id"), "8");
  EXPECT_EQ(host.requests[1].method, "POST");
  EXPECT_EQ(host.requests[1].body, R"({"domain":"example.com","automatic_security":true})");
  EXPECT_EQ(host.requests[1].flags & COMMS_HTTP_IDEMPOTENT, 0u);
  EXPECT_EQ(host.requests[2].url, kApi + "/v3/whitelabel/domains/8/validate");
  EXPECT_NE(host.requests[2].flags & COMMS_HTTP_IDEMPOTENT, 0u);
}

TEST_F(SendgridDomainTest, TakesTheValidOneOfSeveral) {
  host.answer(200, '[' + domain(1, false) + ',' + domain(2, true) + ',' + domain(3, false) + ']');
  host.answer(200, domain(2, true));
  const OpResult result = verify();
  EXPECT_EQ(result.field("domain_id"), "2");
  EXPECT_EQ(result.field("status"), "verified");
  EXPECT_EQ(host.requests.size(), 2u) << "what is verified is not asked for again";
}

TEST_F(SendgridDomainTest, UnknownAndBrokenAreTwoThings) {
  host.answer(200, "[]");
  EXPECT_EQ(status().status, COMMS_NOT_FOUND);
  for (const char* broken : {"", "{}", "<html>", "[{", "7"}) {
    host.answer(200, broken);
    EXPECT_EQ(verify().status, COMMS_INTERNAL) << broken;
  }
  host.answer(200, "[]");
  host.answer(201, "{}");
  EXPECT_EQ(verify().status, COMMS_AMBIGUOUS) << "it may be there";
  host.answer(200, '[' + domain(7, false) + ']');
  host.answer(500, R"({"errors":[{"message":"internal error getting TXT"}]})");
  EXPECT_EQ(verify().status, COMMS_UNAVAILABLE);
  host.answer(403, R"({"errors":[{"message":"access forbidden"}]})");
  const OpResult denied = verify();
  EXPECT_EQ(denied.status, COMMS_DENIED);
  EXPECT_THAT(denied.error.remedy, HasSubstr("Sender Authentication"));
}

}  // namespace
