#include "base/run_on.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/manual_executor.h"

namespace commsd {
namespace {

/// Says where it was destroyed.
struct Burden {
  explicit Burden(std::vector<Executor*>& all) : freed(&all) {}
  Burden(Burden&& other) noexcept : freed(std::exchange(other.freed, nullptr)) {}
  Burden& operator=(Burden&&) = delete;
  ~Burden() {
    if (freed) freed->push_back(Executor::current());
  }
  std::vector<Executor*>* freed;
};

class RunOnTest : public testing::Test {
 protected:
  Task<std::string> work(Burden burden) {
    const Burden held = std::move(burden);
    ran_.push_back(Executor::current());
    co_await sleep_for(std::chrono::seconds(1));
    ran_.push_back(Executor::current());
    if (fails_) throw std::runtime_error("as the test asked");
    co_return "done";
  }
  Task<void> call(std::string& said) {
    Task<std::string> working = work(Burden(freed_));
    try {
      Task<std::string> aside = run_on(other_, std::move(working));
      said = co_await std::move(aside);
    } catch (const std::runtime_error& error) {
      said = error.what();
    }
    ran_.push_back(Executor::current());
  }
  /// Each in turn, until nothing is left to do.
  std::string run() {
    std::string said;
    spawn(home_, call(said));
    home_.run_ready();
    other_.run_ready();
    EXPECT_EQ(said, "");
    other_.advance(std::chrono::seconds(1));
    EXPECT_EQ(said, "") << "what comes of it is for the caller's executor";
    home_.run_ready();
    return said;
  }

  ManualExecutor home_;
  ManualExecutor other_;
  bool fails_ = false;
  std::vector<Executor*> ran_;
  std::vector<Executor*> freed_;
};

TEST_F(RunOnTest, AllOfTheTaskIsDoneAndFreedThereAndTheCallerGoesOnWhereItWas) {
  EXPECT_EQ(run(), "done");
  EXPECT_EQ(ran_, (std::vector<Executor*>{&other_, &other_, &home_}));
  EXPECT_EQ(freed_, (std::vector<Executor*>{&other_}));
}

TEST_F(RunOnTest, AnExceptionReachesTheCallerWhereItWas) {
  fails_ = true;
  EXPECT_EQ(run(), "as the test asked");
  EXPECT_EQ(ran_, (std::vector<Executor*>{&other_, &other_, &home_}));
  EXPECT_EQ(freed_, (std::vector<Executor*>{&other_}));
}

}  // namespace
}  // namespace commsd
