#include "policy/dnc_import.h"

#include <fstream>

#include <gmock/gmock.h>

#include "policy/policy_bed.h"

namespace commsd::policy::test {
namespace {

using testing::HasSubstr;

class DncImportTest : public PolicyBed {
 protected:
  Result<store::DncList> import(const std::string& content, std::string prefix = {},
                                std::string org_id = {}) {
    const std::string path = folder_.file("list.txt");
    std::ofstream(path) << content;
    return run({std::move(org_id), "Registry", "US", clock_.now() - 1000, std::move(prefix)}, path);
  }
  Result<store::DncList> run(DncImport::Source source, std::string path) {
    const DncImport dnc(*store_, *audit_, clock_, "key");
    return executor_.run(dnc.run(std::move(source), std::move(path), "commsctl"));
  }
  bool listed(const char* address, const char* org = "org_1", const char* agent = "agt_1") {
    const store::AgentRepository agents(*store_);
    const std::string contact = contacts_->hash(address);
    return (*executor_.run(agents.send_context(org, agent, "sms", contact)))->on_dnc_list;
  }
};

TEST_F(DncImportTest, TakesNumbersAsRegistriesWriteThem) {
  const auto list = import("# head\n+14155552671\n\n(415) 555-2672\n415,5552673 # moved\r\n", "+1");
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->entries, 3);
  EXPECT_TRUE(listed("+14155552671"));
  EXPECT_TRUE(listed("+14155552672"));
  EXPECT_TRUE(listed("+14155552673"));
  EXPECT_FALSE(listed("+14155552674"));
  EXPECT_TRUE(listed("+14155552671", "org_2", "agt_2")) << "it is everybody's";
}

TEST_F(DncImportTest, AnImportTakesThePlaceOfTheOneBefore) {
  ASSERT_TRUE(import("+14155552671\n+14155552672\n"));
  ASSERT_TRUE(import("+14155552672\n"));  // in the same millisecond
  EXPECT_FALSE(listed("+14155552671"));
  EXPECT_TRUE(listed("+14155552672"));
  ASSERT_TRUE(executor_.run(lists_->refresh()));
  EXPECT_EQ(lists_->checked_at("org_1", "US", "Registry"), clock_.now() - 1000);
  EXPECT_FALSE(lists_->checked_at("org_1", "CA", "Registry"));
  const store::DncRepository lists(*store_);
  const auto all = executor_.run(lists.all_lists());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().entries, 1);
}

TEST_F(DncImportTest, AListOfOneOrganizationIsNobodyElses) {
  ASSERT_TRUE(import("+14155552671\n", "", "org_1"));
  EXPECT_TRUE(listed("+14155552671"));
  EXPECT_FALSE(listed("+14155552671", "org_2", "agt_2"));
}

TEST_F(DncImportTest, ALongListComesInSeveralUnits) {
  std::string numbers;
  for (int i = 0; i < 1203; ++i) numbers += "+1415" + std::to_string(5'550'000 + i) + "\n";
  const auto list = import(numbers);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->entries, 1203);
  EXPECT_TRUE(listed("+14155550000"));
  EXPECT_TRUE(listed("+14155551202"));
}

TEST_F(DncImportTest, AFaultyListChangesNothing) {
  ASSERT_TRUE(import("+14155552671\n"));
  const auto bad = import("+14155552672\n4155552673\n");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(bad.error().message, HasSubstr("line 2"));
  EXPECT_TRUE(listed("+14155552671"));
  EXPECT_FALSE(listed("+14155552672"));
  EXPECT_FALSE(import(std::string(5000, '1') + "\n", "+1"));

  const std::string path = folder_.file("list.txt");
  EXPECT_EQ(run({"", "Registry", "US", 1, ""}, "list.txt").error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(run({"", "Registry", "US", 1, ""}, path + "x").error().code, ErrorCode::not_found);
  EXPECT_FALSE(run({"", "", "US", 1, ""}, path));
  EXPECT_FALSE(run({"", "Registry", "usa", 1, ""}, path));
  EXPECT_FALSE(run({"", "Registry", "US", clock_.now() + 1, ""}, path));
  EXPECT_TRUE(listed("+14155552671"));
}

}  // namespace
}  // namespace commsd::policy::test
