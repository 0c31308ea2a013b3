// Something fails at every step, at the vendor, in the database, or because the process dies there:
// nothing may leak.
#include <gmock/gmock.h>

#include "provisioning/provisioning_bed.h"

namespace commsd::provisioning::test {
namespace {

using Answer = Books::Answer;
using Mode = FailingStore::Mode;

class ProvisioningFaultsTest : public ProvisioningBed {
 protected:
  /// The next `times` operations of that name end so; then all is well.
  void script(const std::string& operation, Answer answer, int times = 1) {
    shop_.books.decide = [operation, answer, left = times](const std::string& name) mutable {
      if (name != operation || left == 0) return Answer::take;
      --left;
      return answer;
    };
  }
  void all_is_well() {
    shop_.books.decide = [](const std::string&) { return Answer::take; };
    store_.heal();
  }
  void restart() {
    clock_.advance(std::chrono::seconds(1));
    all_is_well();
    build();
    settle();
  }
  /// After a fault the same agent can be made, used up and made again.
  void expect_good_as_new(const std::string& what) {
    settle();
    expect_nothing_leaks(what);
    const auto report = executor_.run(service_->report("org_1", "ada"));
    const bool there = report && report->agent.status == "active";
    if (!there) {
      const auto again = provision(everything("ada"));
      ASSERT_TRUE(again) << what << ": " << again.error().message;
    }
    const auto gone = deprovision("ada");
    ASSERT_TRUE(gone) << what << ": " << gone.error().message;
    settle();
    expect_nothing_leaks(what + ", afterwards");
    EXPECT_TRUE(shop_.books.numbers.empty()) << what;
    EXPECT_TRUE(shop_.books.senders.empty()) << what;
    next_life();
  }
  /// A database of its own for each fault: ids of agents are not used twice.
  void next_life() {
    auto opened = store::DatabaseStore::open(
        store::test::load_database(folder_.file("life" + std::to_string(++lives_) + ".db")),
        clock_);
    ASSERT_TRUE(opened);
    store_.real = std::move(*opened);
    store_.heal();
    shop_.books = Books();
    shop_.books.sandbox = false;
    add_organization("org_1");
    build();
  }

  int lives_ = 0;
};

TEST_F(ProvisioningFaultsTest, AtEveryStepOfTheVendor) {
  for (const char* operation : {"verify", "buy", "configure", "register"}) {
    for (const Answer answer :
         {Answer::refuse, Answer::unavailable, Answer::lose, Answer::take_and_lose}) {
      const std::string what =
          std::string(operation) + " ends with " + std::to_string(static_cast<int>(answer));
      script(operation, answer);
      EXPECT_FALSE(provision(everything("ada"))) << what;
      all_is_well();
      expect_good_as_new(what);
    }
  }
}

TEST_F(ProvisioningFaultsTest, WhereSendersCannotBeListedNothingWaits) {
  shop_.books.lists_senders = false;
  for (const Answer answer : {Answer::lose, Answer::take_and_lose}) {
    script("register", answer);
    EXPECT_FALSE(provision(everything("ada")));
    all_is_well();
    settle();
    expect_nothing_leaks("a registration that nobody can look up");
    next_life();
    shop_.books.lists_senders = false;
  }
}

TEST_F(ProvisioningFaultsTest, WhatCannotBeGivenBackNowIsGivenBackLater) {
  for (const Answer answer :
       {Answer::refuse, Answer::unavailable, Answer::lose, Answer::take_and_lose}) {
    const std::string what = "release ends with " + std::to_string(static_cast<int>(answer));
    shop_.books.decide = [answer, releases = 0](const std::string& name) mutable {
      if (name == "configure") return Answer::refuse;
      return name == "release" && ++releases <= 3 ? answer : Answer::take;
    };
    EXPECT_FALSE(provision(everything("ada"))) << what;
    EXPECT_EQ(shop_.books.numbers.empty(), answer == Answer::take_and_lose) << what;
    settle();
    EXPECT_TRUE(shop_.books.numbers.empty()) << what;
    all_is_well();
    expect_good_as_new(what);
  }
}

TEST_F(ProvisioningFaultsTest, AtEveryCommit) {
  for (const Mode mode : {Mode::refuse_once, Mode::lose_once}) {
    for (int commit = 0;; ++commit) {
      ASSERT_LT(commit, 30);
      const std::string what = "commit " + std::to_string(commit) + " fails as " +
                               std::to_string(static_cast<int>(mode));
      const int before = store_.commits;
      store_.fail_at(commit, mode);
      const bool made = provision(everything("ada")).has_value();
      const bool reached = store_.commits - before > commit;
      all_is_well();
      expect_good_as_new(what);
      if (!reached) {
        EXPECT_TRUE(made);
        break;
      }
    }
  }
}

TEST_F(ProvisioningFaultsTest, TheProcessDiesAtEveryCommit) {
  for (const Mode mode : {Mode::dead, Mode::dead_after_saving}) {
    for (int commit = 0;; ++commit) {
      ASSERT_LT(commit, 30);
      const std::string what = "dies at commit " + std::to_string(commit) + " as " +
                               std::to_string(static_cast<int>(mode));
      store_.fail_at(commit, mode);
      // A dead process asks the vendor for nothing more.
      shop_.books.decide = [this](const std::string&) {
        return store_.dead ? Answer::unavailable : Answer::take;
      };
      const bool made = provision(everything("ada")).has_value();
      const bool died = store_.dead;
      restart();
      expect_good_as_new(what);
      if (!died) {
        EXPECT_TRUE(made);
        break;
      }
    }
  }
}

TEST_F(ProvisioningFaultsTest, TheProcessDiesBetweenTheVendorsAnswerAndItsCommit) {
  // The vendor sold, and nothing at all was written down of it.
  shop_.books.decide = [this](const std::string& name) {
    if (name == "buy") store_.dead = true;
    return store_.dead && name != "buy" ? Answer::unavailable : Answer::take;
  };
  EXPECT_FALSE(provision(everything("ada")));
  EXPECT_EQ(shop_.books.numbers.size(), 1U) << "nobody here knows it";
  restart();
  EXPECT_TRUE(shop_.books.numbers.empty()) << "found by its reference and given back";
  expect_good_as_new("between answer and commit");
}

TEST_F(ProvisioningFaultsTest, AVendorThatShowsNoPurchasesLeavesAnOpenQuestion) {
  shop_.books.shows_purchases = false;
  script("buy", Answer::take_and_lose);
  EXPECT_FALSE(provision(request("ada")));
  all_is_well();
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(executor_.run(service_->purchases().recover(100)));
  const store::AcquisitionRepository ledger(store_);
  const auto open = executor_.run(ledger.unsettled("org_1", 10));
  ASSERT_EQ(open->size(), 1U) << "it is shown, and not forgotten";
  EXPECT_EQ(open->front().state, "asked");
}

TEST_F(ProvisioningFaultsTest, DeprovisioningAtEveryCommitAndVendorStep) {
  std::vector<std::pair<Mode, Answer>> faults;
  for (const Mode mode :
       {Mode::refuse_once, Mode::lose_once, Mode::dead, Mode::dead_after_saving}) {
    faults.emplace_back(mode, Answer::take);
  }
  for (const Answer answer : {Answer::refuse, Answer::unavailable, Answer::lose}) {
    faults.emplace_back(Mode::never, answer);
  }
  for (const auto& [mode, answer] : faults) {
    for (int commit = 0; commit < 4; ++commit) {
      const std::string what = "deprovision: commit " + std::to_string(commit) + " as " +
                               std::to_string(static_cast<int>(mode)) + ", release as " +
                               std::to_string(static_cast<int>(answer));
      ASSERT_TRUE(provision(everything("ada"))) << what;
      script("release", answer, 2);
      if (mode != Mode::never) store_.fail_at(commit, mode);
      const auto gone = deprovision("ada");
      restart();
      if (!gone) {
        const auto again = deprovision("ada");
        ASSERT_TRUE(again) << what << ": " << again.error().message;
      }
      settle();
      expect_nothing_leaks(what);
      EXPECT_TRUE(shop_.books.numbers.empty()) << what;
      next_life();
    }
  }
}

TEST_F(ProvisioningFaultsTest, ARefillThatFailsKeepsWhatItHasAndLeaksNothing) {
  for (const char* operation : {"buy", "register"}) {
    for (const Answer answer : {Answer::refuse, Answer::lose, Answer::take_and_lose}) {
      shop_.books.decide = [operation, answer, seen = 0](const std::string& name) mutable {
        return name == operation && ++seen == 2 ? answer : Answer::take;
      };
      EXPECT_FALSE(executor_.run(pools_->refill_senders(actor_, "org_1", "US", 3))) << operation;
      all_is_well();
      settle();
      expect_nothing_leaks(operation);
      EXPECT_EQ(executor_.run(pools_->senders("org_1"))->size(), 1U) << operation;
      const auto filled = executor_.run(pools_->refill_senders(actor_, "org_1", "US", 3));
      ASSERT_TRUE(filled);
      EXPECT_EQ(filled->added, 2);
      next_life();
    }
  }
}

}  // namespace
}  // namespace commsd::provisioning::test
