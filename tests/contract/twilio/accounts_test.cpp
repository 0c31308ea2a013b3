#include "fixture.h"

namespace {

const std::string kAccounts = "https://api.twilio.com/2010-04-01/Accounts";
const std::string kSub = "ACffffffffffffffffffffffffffffffff";

std::string account(const std::string& name, const std::string& status = "active") {
  return R"({"sid":")" + kSub + R"(","auth_token":"sub0token0sub0token","friendly_name":")" + name +
         R"(","status":")" + status + R"("})";
}

class AccountsTest : public TwilioTest {
 protected:
  AccountsTest() { start(); }
  static comms_account_request request(std::string_view name) {
    comms_account_request r{};
    r.size = sizeof r;
    r.name = comms::str(name);
    r.client_ref = comms::str("acq_1");
    return r;
  }
  OpResult create(std::string_view name) {
    const comms_telephony& slot = telephony();
    const comms_account_request r = request(name);
    return host.run([&](comms_op* op) { return slot.create_account(plugin->self, op, &r); });
  }
  OpResult find(std::string_view name) {
    const comms_telephony& slot = telephony();
    const comms_account_request r = request(name);
    return host.run([&](comms_op* op) { return slot.find_account(plugin->self, op, &r); });
  }
  OpResult close(std::string_view id) {
    const comms_telephony& slot = telephony();
    return host.run(
        [&](comms_op* op) { return slot.close_account(plugin->self, op, comms::str(id)); });
  }
};

TEST_F(AccountsTest, MakesASubAccountWithSettingsOfItsOwn) {
  host.answer(201, account("Acme [acq_1]"));
  const OpResult made = create("Acme");
  EXPECT_EQ(made.status, COMMS_OK);
  EXPECT_EQ(host.requests.back().url, kAccounts + ".json");
  EXPECT_EQ(sent().get("FriendlyName"), "Acme [acq_1]");
  EXPECT_EQ(made.field("id"), kSub);
  EXPECT_EQ(made.field("config.account_sid"), kSub);
  EXPECT_EQ(made.field("config.auth_token"), "sub0token0sub0token");
}

TEST_F(AccountsTest, CutsLongNamesAndKeepsTheReference) {
  host.answer(201, account("x"));
  create(std::string(100, 'n'));
  const std::string name = sent().get("FriendlyName");
  EXPECT_EQ(name.size(), 64U);
  EXPECT_THAT(name, testing::EndsWith(" [acq_1]"));
}

TEST_F(AccountsTest, FindsTheOneThatWasMade) {
  host.answer(200, R"({"accounts":[)" + account("Acme [acq_1]", "closed") + "," +
                       account("Acme [acq_1]") + "]}");
  const OpResult found = find("Acme");
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.field("id"), kSub);
  EXPECT_EQ(host.requests.back().url, kAccounts + ".json?FriendlyName=Acme%20%5Bacq_1%5D");
  host.answer(200, R"({"accounts":[)" + account("Acme [acq_1]", "closed") + "]}");
  EXPECT_EQ(find("Acme").status, COMMS_NOT_FOUND);
}

TEST_F(AccountsTest, ClosesForGood) {
  host.answer(200, account("Acme [acq_1]", "closed"));
  EXPECT_EQ(close(kSub).status, COMMS_OK);
  EXPECT_EQ(host.requests.back().url, kAccounts + "/" + kSub + ".json");
  EXPECT_EQ(sent().get("Status"), "closed");
  host.answer(404, R"({"code":20404,"message":"not found"})");
  EXPECT_EQ(close(kSub).status, COMMS_OK) << "gone is closed";
  host.answer(401, R"({"code":20003,"message":"no"})");
  EXPECT_EQ(close(kSub).status, COMMS_UNAUTHENTICATED);
  EXPECT_EQ(close("").status, COMMS_INVALID);
}

TEST_F(AccountsTest, DoesNotKnowWhetherALostOneWasMade) {
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(create("Acme").status, COMMS_AMBIGUOUS);
  host.answer(500, "");
  EXPECT_EQ(create("Acme").status, COMMS_AMBIGUOUS);
}

}  // namespace
