#include "policy/contact_preferences.h"

#include <gmock/gmock.h>

#include "policy/policy_bed.h"

namespace commsd::policy::test {
namespace {

class ContactPreferencesTest : public PolicyBed {
 protected:
  ContactPreferences::Standing standing() {
    auto found = executor_.run(contacts_->check(contact()));
    if (!found) ADD_FAILURE() << found.error().message;
    return found.value_or(ContactPreferences::Standing());
  }
};

TEST_F(ContactPreferencesTest, TheLastWordCountsAndKeepsItsId) {
  EXPECT_FALSE(standing().consent);
  const std::string id = record(contact(), "implied").id;
  EXPECT_EQ(record(contact(), "express").id, id);
  EXPECT_EQ(standing().consent->type, "express");
  EXPECT_TRUE(*executor_.run(contacts_->revoke(contact(), "tok_1")));
  EXPECT_FALSE(standing().valid);
  EXPECT_FALSE(*executor_.run(contacts_->revoke(contact(), "tok_1"))) << "it was revoked before";
  EXPECT_EQ(record(contact()).id, id);
  EXPECT_TRUE(standing().valid);
  EXPECT_FALSE(standing().consent->revoked_at);
}

TEST_F(ContactPreferencesTest, ARefusalOfSomebodyWhoNeverAgreedIsKept) {
  EXPECT_FALSE(*executor_.run(contacts_->revoke(contact(), "tok_1")));
  ASSERT_TRUE(standing().consent);
  EXPECT_EQ(standing().consent->status, "revoked");
  EXPECT_EQ(standing().consent->type, "");
}

TEST_F(ContactPreferencesTest, NeitherTheStoreNorTheAuditLogHoldsAnAddress) {
  record(contact());
  record(contact(plugin::ChannelKind::email));
  ASSERT_TRUE(executor_.run(contacts_->block(contact(), "commsctl")));
  const auto entries = executor_.run(audit_->list("org_1", 0, 100));
  ASSERT_EQ(entries->size(), 3U);
  for (const store::AuditEntry& entry : *entries) {
    const std::string line = entry.action + entry.target + entry.details_json + entry.actor;
    EXPECT_EQ(line.find("4155552671"), std::string::npos);
    EXPECT_EQ(line.find("ada@"), std::string::npos);
    EXPECT_EQ(line.find(contacts_->hash(number)), std::string::npos);
  }
}

TEST_F(ContactPreferencesTest, WhatIsNoAddressOfTheChannelIsRefused) {
  ContactPreferences::Contact wrong = contact();
  wrong.address = "ada@example.com";
  EXPECT_EQ(executor_.run(contacts_->record(wrong, {"express", "", "", {}}, "")).error().code,
            ErrorCode::invalid_argument);
  wrong = contact(plugin::ChannelKind::email);
  wrong.address = number;
  EXPECT_EQ(executor_.run(contacts_->revoke(wrong, "")).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(executor_.run(contacts_->check(wrong)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(executor_.run(contacts_->opt_in(contact(), "")).error().code, ErrorCode::not_found);
  const auto past =
      executor_.run(contacts_->record(contact(), {"express", "", "", clock_.now()}, ""));
  EXPECT_EQ(past.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace commsd::policy::test
