#include "plugin/operation_turns.h"

#include <gtest/gtest.h>

namespace commsd::plugin {
namespace {

using Turn = OperationTurns::Turn;

TEST(OperationTurns, FirstComeFirstServed) {
  OperationTurns turns(2, 8);
  EXPECT_TRUE(turns.try_take());
  EXPECT_TRUE(turns.try_take());
  EXPECT_FALSE(turns.try_take());
  const auto first = turns.wait();
  const auto second = turns.wait();
  turns.give_back();
  EXPECT_TRUE(first->completed());
  EXPECT_FALSE(second->completed());
  turns.give_back();
  EXPECT_TRUE(second->completed());
  EXPECT_EQ(turns.under_way(), 2U);
  turns.give_back();
  turns.give_back();
  EXPECT_EQ(turns.under_way(), 0U);
  EXPECT_TRUE(turns.try_take());
}

TEST(OperationTurns, WhoGaveUpIsPassedOver) {
  OperationTurns turns(1, 8);
  ASSERT_TRUE(turns.try_take());
  const auto gone = turns.wait();
  const auto waits = turns.wait();
  EXPECT_TRUE(gone->complete(Turn::late));
  turns.give_back();
  EXPECT_TRUE(waits->completed());
  EXPECT_EQ(turns.under_way(), 1U);
}

TEST(OperationTurns, AFullQueueSaysSo) {
  OperationTurns turns(1, 2);
  ASSERT_TRUE(turns.try_take());
  const auto first = turns.wait();
  ASSERT_TRUE(turns.wait());
  EXPECT_FALSE(turns.wait());
  first->complete(Turn::cancelled);
  EXPECT_TRUE(turns.wait()) << "who gave up is in nobody's way";
}

TEST(OperationTurns, AHeldTurnIsGivenBack) {
  OperationTurns turns(1, 2);
  ASSERT_TRUE(turns.try_take());
  { const OperationTurns::Held held(turns); }
  EXPECT_EQ(turns.under_way(), 0U);
  const auto at_once = turns.wait();
  EXPECT_TRUE(at_once->completed());
}

}  // namespace
}  // namespace commsd::plugin
