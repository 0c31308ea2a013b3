#include "fixture.h"

namespace {

using testing::HasSubstr;

class PostmarkDomainsTest : public PostmarkTest {
 protected:
  OpResult verify() { return verify_domain("example.com"); }
  OpResult status() { return domain_status("example.com"); }
  static std::string listed(const std::string& name, bool verified) {
    return R"({"ID":7,"Name":")" + name + R"(","DKIMVerified":)" + (verified ? "true" : "false") +
           '}';
  }
  const std::string pending_ =
      R"({"ID":7,"Name":"example.com","DKIMVerified":false,"DKIMPendingHost":"k._domainkey",)"
      R"("DKIMPendingTextValue":"k=rsa","ReturnPathDomain":"pm-bounces.example.com",)"
      R"("ReturnPathDomainVerified":false,"ReturnPathDomainCNAMEValue":"pm.mtasv.net"})";
};

TEST_F(PostmarkDomainsTest, TellsWhichRecordsAreMissing) {
  host.answer(200, R"({"Domains":[)" + listed("EXAMPLE.com", false) + "]}");
  host.answer(200, pending_);
  const OpResult result = status();
  const comms::Fields expected = {{"domain_id", "7"},
                                  {"status", "pending"},
                                  {"dns_type", "TXT"},
                                  {"dns_name", "k._domainkey"},
                                  {"dns_value", "k=rsa"},
                                  {"dns_status", "pending"},
                                  {"dns_type", "CNAME"},
                                  {"dns_name", "pm-bounces.example.com"},
                                  {"dns_value", "pm.mtasv.net"},
                                  {"dns_status", "pending"}};
  EXPECT_EQ(result.fields, expected);
  EXPECT_EQ(host.requests[0].url, kApi + "/domains?count=500&offset=0");
  EXPECT_EQ(host.requests[0].header("X-Postmark-Account-Token"), kAccountToken);
  EXPECT_EQ(host.requests[0].header("X-Postmark-Server-Token"), "");
  EXPECT_EQ(host.requests[1].url, kApi + "/domains/7");
  EXPECT_EQ(host.requests.size(), 2u) << "changes nothing";
}

TEST_F(PostmarkDomainsTest, AddsADomainAndAsksForBothChecks) {
  start(config(R"(,"return_path":"bounces")"));
  host.answer(200, R"({"Domains":[]})");
  host.answer(200, pending_);
  host.answer(200, pending_);
  host.answer(200, pending_);
  host.answer(200, pending_);
  EXPECT_EQ(verify().field("status"), "pending");
  EXPECT_EQ(host.requests[1].body,
            R"({"Name":"example.com","ReturnPathDomain":"bounces.example.com"})");
  EXPECT_EQ(host.requests[2].url, kApi + "/domains/7/verifyDkim");
  EXPECT_EQ(host.requests[3].url, kApi + "/domains/7/verifyReturnPath");
  EXPECT_EQ(host.requests[3].method, "PUT");
}

TEST_F(PostmarkDomainsTest, LooksBehindAPage) {
  std::string page = listed("0.example", false);
  for (int i = 1; i < 500; ++i) page += ',' + listed(std::to_string(i) + ".example", false);
  host.answer(200, R"({"Domains":[)" + page + "]}");
  host.answer(200, R"({"Domains":[)" + listed("example.com", true) + "]}");
  host.answer(200, R"({"ID":7,"DKIMVerified":true,"DKIMHost":"h","DKIMTextValue":"v"})");
  EXPECT_EQ(verify().field("status"), "verified");
  EXPECT_EQ(host.requests[1].url, kApi + "/domains?count=500&offset=500");
}

TEST_F(PostmarkDomainsTest, UnknownAndBrokenAreTwoThings) {
  host.answer(200, R"({"Domains":[]})");
  EXPECT_EQ(status().status, COMMS_NOT_FOUND);
  for (const char* broken : {"", "{}", "[]", "<html>", R"({"Domains":)"}) {
    host.answer(200, broken);
    EXPECT_EQ(verify().status, COMMS_INTERNAL) << broken;
  }
  start(R"({"server_token":")" + kServerToken + "\"}");
  const OpResult without = verify();
  EXPECT_EQ(without.status, COMMS_UNAUTHENTICATED);
  EXPECT_THAT(without.error.remedy, HasSubstr("account_token"));
}

}  // namespace
