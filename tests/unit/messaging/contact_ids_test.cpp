#include "messaging/contact_ids.h"

#include <gtest/gtest.h>

namespace commsd::messaging {
namespace {

const std::string address = "+14155552671";

TEST(ContactIds, LeadBackToTheAddress) {
  const ContactIds ids("key");
  for (const std::string& contact : {address, std::string("a@example.org"), std::string("x")}) {
    const std::string id = ids.seal("org_1", contact);
    EXPECT_EQ(ids.open("org_1", id), contact);
    EXPECT_EQ(ids.seal("org_1", contact), id) << "a thread has one address";
    EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
              std::string::npos);
  }
}

TEST(ContactIds, AreOfOneOrganizationAndOneServer) {
  const ContactIds ids("key");
  const std::string id = ids.seal("org_1", address);
  EXPECT_NE(ids.seal("org_2", address), id);
  EXPECT_FALSE(ids.open("org_2", id).has_value());
  EXPECT_FALSE(ContactIds("other").open("org_1", id).has_value());
}

TEST(ContactIds, TakeNothingElse) {
  const ContactIds ids("key");
  const std::string id = ids.seal("org_1", address);
  for (std::size_t i = 0; i < id.size(); ++i) {
    std::string changed = id;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(ids.open("org_1", changed), address) << i;
  }
  for (const std::string& text :
       {std::string(), std::string("A"), id.substr(0, 10), id.substr(0, 22), id + "A",
        std::string(1000, 'A'), address, std::string("%%%")}) {
    EXPECT_FALSE(ids.open("org_1", text).has_value()) << text;
  }
}

}  // namespace
}  // namespace commsd::messaging
