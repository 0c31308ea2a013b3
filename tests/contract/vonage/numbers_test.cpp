#include "fixture.h"

namespace {

class VonageNumbers : public VonageTest {
 protected:
  OpResult buy(std::string_view number = "", std::uint32_t flags = 0, const char* country = "US") {
    comms_number_query query{};
    query.size = sizeof query;
    query.country = comms::str(country);
    query.number = comms::str(number);
    query.flags = flags;
    return run(&comms_telephony::buy_number, static_cast<const comms_number_query*>(&query));
  }
  OpResult release(std::string_view id) {
    return run(&comms_telephony::release_number, comms::str(id));
  }
};

const char* const kOffers =
    R"({"count":2,"numbers":[{"country":"US","msisdn":"14155550111","cost":"0.90",)"
    R"("features":["SMS","VOICE"]},{"country":"US","msisdn":"14155550112","cost":"1.00",)"
    R"("features":["VOICE","MMS"]}]})";

TEST_F(VonageNumbers, BuysTheFirstOnOffer) {
  host.answer(200, kOffers);
  host.answer(200, R"({"error-code":"200","error-code-label":"success"})");
  const OpResult result = buy();
  EXPECT_EQ(result.field("number"), "+14155550111");
  EXPECT_EQ(result.field("id"), "US-14155550111");
  EXPECT_EQ(result.field("capabilities"), "sms,voice");
  EXPECT_EQ(result.field("monthly_cost_micros"), "900000");
  EXPECT_EQ(result.field("currency"), "EUR");
  EXPECT_EQ(host.requests[1].body, "country=US&msisdn=14155550111");
}

TEST_F(VonageNumbers, ListsWithoutBuying) {
  start(config(R"(,"currency":"USD")"));
  host.answer(200, kOffers);
  const OpResult result = buy("", COMMS_NUMBER_SEARCH_ONLY);
  EXPECT_EQ(host.requests.size(), 1u);
  EXPECT_EQ(result.fields.size(), 8u);
  EXPECT_EQ(result.field("currency"), "USD");
}

TEST_F(VonageNumbers, BuysNoOtherThanTheOneThatWasNamed) {
  host.answer(200, kOffers);
  EXPECT_EQ(buy("+14155550199").status, COMMS_NOT_FOUND);
  EXPECT_EQ(host.requests.size(), 1u);
}

TEST_F(VonageNumbers, SeesTheRefusalInsideASuccess) {
  host.answer(200, kOffers);
  host.answer(200, R"({"error-code":"420","error-code-label":"method failed"})");
  OpResult result = buy();
  EXPECT_EQ(result.status, COMMS_REJECTED);
  EXPECT_THAT(result.error.remedy, HasSubstr("taken"));
  host.answer(200, kOffers);
  host.answer(200, R"({"error-code":"401","error-code-label":"authentication failed"})");
  EXPECT_EQ(buy().status, COMMS_UNAUTHENTICATED);
  // Nothing says that it was refused, so it may be ours.
  for (const char* nonsense : {"", "<html>", "{}"}) {
    host.answer(200, kOffers);
    host.answer(200, nonsense);
    EXPECT_EQ(buy().status, COMMS_AMBIGUOUS) << nonsense;
  }
}

TEST_F(VonageNumbers, NeedsACountryAndAnIdOfItsOwnMaking) {
  EXPECT_EQ(buy("", 0, "").status, COMMS_INVALID);
  for (const char* id : {"", "US", "US-", "-14155550111"}) {
    EXPECT_EQ(release(id).status, COMMS_INVALID) << id;
  }
  EXPECT_TRUE(host.requests.empty());
}

TEST_F(VonageNumbers, GivesBackOnlyWhatItOwns) {
  host.answer(200, R"({"count":0,"numbers":[]})");
  EXPECT_EQ(release("US-14155550111").status, COMMS_OK) << "gone already";
  host.answer(200, "<html>");
  EXPECT_NE(release("US-14155550111").status, COMMS_OK) << "a list that was not read";
  host.answer(200, R"({"numbers":[{"country":"US","msisdn":"14155550111","app_id":"a1"}]})");
  host.answer(200, R"({"error-code":"200"})");
  host.answer(200, R"({"id":"a1","name":"somebody's own"})");
  EXPECT_EQ(release("US-14155550111").status, COMMS_OK);
  EXPECT_EQ(host.requests.back().method, "GET") << "another's application stays";
}

}  // namespace
