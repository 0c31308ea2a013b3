#include "store/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "store/fixture.h"
#include "store/merkle_tree.h"
#include "store/setting_repository.h"

namespace commsd::store::test {
namespace {

Sha256 leaf_of(const std::string& data) {
  return sha256(std::string(1, '\0') + data);
}

// The tree of the reference implementation's own tests (google/certificate-transparency,
// merkletree/merkle_tree_test.cc).
TEST(MerkleTree, AgreesWithTheReference) {
  const std::string inputs[] = {std::string(),
                                std::string(1, '\0'),
                                "\x10",
                                "\x20\x21",
                                "\x30\x31",
                                "\x40\x41\x42\x43",
                                "\x50\x51\x52\x53\x54\x55\x56\x57",
                                "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  MerkleTree tree;
  EXPECT_EQ(to_hex(tree.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  std::vector<std::string> roots;
  for (const std::string& input : inputs) {
    tree.append(leaf_of(input));
    roots.push_back(to_hex(tree.root()));
  }
  EXPECT_EQ(roots[0], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(roots[1], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  EXPECT_EQ(roots[2], "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(roots[7], "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  EXPECT_EQ(tree.size(), 8);
}

class AuditLogTest : public StoreTest {
 protected:
  void write(int count) {
    for (int number = 0; number < count; ++number) {
      UnitOfWork unit;
      log_->add_entry(unit, {"org_1", "tok_1", "agent_provisioned", "agt_" + std::to_string(number),
                             R"({"channel":"sms"})"});
      ASSERT_TRUE(committed(std::move(unit)));
    }
  }
  /// The verdict after `sql` was run behind our back.
  AuditLog::Verdict after(const std::string& sql) {
    store_.reset();
    execute_aside(path_, sql);
    restart();
    return get(log_->verify());
  }
  void restart() {
    reopen();
    log_.emplace(*store_, clock_, ids_);
  }

  std::optional<AuditLog> log_{std::in_place, *store_, clock_, ids_};
};

TEST_F(AuditLogTest, NumbersAndVerifies) {
  EXPECT_TRUE(get(log_->verify()).intact);
  write(10);
  const AuditLog::Verdict verdict = get(log_->verify({0, 4, 10}));
  EXPECT_TRUE(verdict.intact) << verdict.fault;
  EXPECT_EQ(verdict.size, 10);
  ASSERT_EQ(verdict.earlier.size(), 3u);
  EXPECT_EQ(verdict.earlier[2], verdict.root);
  EXPECT_NE(verdict.earlier[1], verdict.root);
  write(5);
  EXPECT_EQ(get(log_->verify({10})).earlier[0], verdict.root);
  EXPECT_EQ(get(log_->list("org_1", 12, 10)).size(), 3u);
  EXPECT_EQ(get(log_->list("org_2", 0, 10)).size(), 0u);
}

TEST_F(AuditLogTest, AUnitThatIsUndoneLeavesNoGap) {
  write(1);
  UnitOfWork unit;
  log_->add_entry(unit, {"", "system", "never", "", ""});
  SettingRepository::add_claim(unit, "", "claimed", "1", 1);
  UnitOfWork twin = unit;
  EXPECT_TRUE(committed(std::move(unit)));
  EXPECT_FALSE(committed(std::move(twin)));
  write(1);
  const AuditLog::Verdict verdict = get(log_->verify());
  EXPECT_TRUE(verdict.intact) << verdict.fault;
  EXPECT_EQ(verdict.size, 3);
}

Task<void> write_many(Store& store, const AuditLog& log, int caller, int times, int& left,
                      Completion<bool> all_done) {
  for (int time = 0; time < times; ++time) {
    UnitOfWork unit;
    log.add_entry(unit, {"org_1", "tok_" + std::to_string(caller), "did", "it", ""});
    // Every third is undone, to leave a gap if one can be left.
    if (time % 3 == 2) SettingRepository::add_claim(unit, "", "taken", "1", 1);
    const Result<UnitOutcome> outcome = co_await store.commit(std::move(unit));
    EXPECT_TRUE(outcome && outcome->committed == (time % 3 != 2));
  }
  if (--left == 0) all_done.complete(true);
}

Task<bool> wait_for(Completion<bool> all_done) {
  co_return co_await all_done;
}

TEST_F(AuditLogTest, IsGaplessUnderConcurrency) {
  UnitOfWork unit;
  SettingRepository::add_claim(unit, "", "taken", "1", 1);
  ASSERT_TRUE(committed(std::move(unit)));
  int left = 64;
  const Completion<bool> all_done;
  for (int caller = 0; caller < 64; ++caller) {
    spawn(executor_, write_many(*store_, *log_, caller, 30, left, all_done));
  }
  executor_.run(wait_for(all_done));
  const AuditLog::Verdict verdict = get(log_->verify());
  EXPECT_TRUE(verdict.intact) << verdict.first_bad << verdict.fault;
  EXPECT_EQ(verdict.size, 64 * 20);
}

TEST_F(AuditLogTest, FindsEveryTampering) {
  write(8);
  const std::string good = get(log_->verify()).root;
  const std::pair<std::string, std::string> tamperings[] = {
      {"UPDATE audit SET actor = 'tok_2' WHERE sequence = 5;",
       "UPDATE audit SET actor = 'tok_1' WHERE sequence = 5;"},
      {"UPDATE audit SET at = at + 1 WHERE sequence = 5;",
       "UPDATE audit SET at = at - 1 WHERE sequence = 5;"},
      {"UPDATE audit SET org_id = 'org_2' WHERE sequence = 5;",
       "UPDATE audit SET org_id = 'org_1' WHERE sequence = 5;"},
      {"UPDATE audit SET action = 'nothing' WHERE sequence = 5;",
       "UPDATE audit SET action = 'agent_provisioned' WHERE sequence = 5;"},
      {"UPDATE audit SET target = NULL WHERE sequence = 5;",
       "UPDATE audit SET target = 'agt_4' WHERE sequence = 5;"},
      {"UPDATE audit SET details_json = NULL WHERE sequence = 5;",
       "UPDATE audit SET details_json = '{\"channel\":\"sms\"}' WHERE sequence = 5;"},
      // a boundary moved from one field to the next
      {"UPDATE audit SET actor = 'tok_1agent', action = '_provisioned' WHERE sequence = 5;",
       "UPDATE audit SET actor = 'tok_1', action = 'agent_provisioned' WHERE sequence = 5;"},
      {std::string("UPDATE audit SET leaf = ") +
           (on_postgres() ? "decode(repeat('00', 32), 'hex')" : "zeroblob(32)") +
           " WHERE sequence = 5;",
       ""}};
  for (const auto& [tampering, repair] : tamperings) {
    const AuditLog::Verdict verdict = after(tampering);
    EXPECT_FALSE(verdict.intact) << tampering;
    EXPECT_EQ(verdict.first_bad, 5) << tampering;
    EXPECT_EQ(verdict.size, 4);
    if (repair.empty()) continue;
    EXPECT_EQ(after(repair).root, good) << repair;
  }
}

TEST_F(AuditLogTest, FindsRemovedAndSwappedRows) {
  write(8);
  const std::string swap =
      "UPDATE audit SET sequence = -1 WHERE sequence = 4;"
      "UPDATE audit SET sequence = 4 WHERE sequence = 5;"
      "UPDATE audit SET sequence = 5 WHERE sequence = -1;";
  EXPECT_EQ(after(swap).first_bad, 4);
  EXPECT_TRUE(after(swap).intact);
  EXPECT_EQ(after("DELETE FROM audit WHERE sequence = 3;").first_bad, 3);
}

TEST_F(AuditLogTest, AnOldRootShowsALostTailAndRewrittenHistory) {
  write(8);
  const std::string kept = get(log_->verify()).root;
  EXPECT_TRUE(after("DELETE FROM audit WHERE sequence > 6;").intact);
  const AuditLog::Verdict shorter = get(log_->verify({8}));
  EXPECT_FALSE(shorter.intact);
  EXPECT_EQ(shorter.first_bad, 7);
  write(2);  // the intruder fills it up again, with correct hashes
  const AuditLog::Verdict rewritten = get(log_->verify({8}));
  EXPECT_TRUE(rewritten.intact);
  EXPECT_NE(rewritten.earlier[0], kept);
}

}  // namespace
}  // namespace commsd::store::test
