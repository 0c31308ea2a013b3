#include "telemetry/trace.h"

#include <gtest/gtest.h>

namespace commsd::telemetry {
namespace {

constexpr std::string_view sample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, ReadsAndWritesTheHeader) {
  const auto context = TraceContext::parse(sample);
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->traceparent(), sample);
  EXPECT_EQ(context->trace_id_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(Trace, ReadsLaterVersionsByTheirFirstFields) {
  EXPECT_TRUE(TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what"));
}

TEST(Trace, RefusesWhatTheRecommendationRefuses) {
  for (const std::string_view text :
       {"", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(TraceContext::parse(text)) << text;
  }
}

TEST(Trace, ChildrenKeepTheTraceAndChangeTheSpan) {
  SeededRandom random(7);
  const TraceContext root = TraceContext::start(random);
  const TraceContext child = root.child(random);
  EXPECT_EQ(root.trace_id, child.trace_id);
  EXPECT_NE(root.span_id, child.span_id);
  EXPECT_TRUE(TraceContext::parse(child.traceparent()));
}

}  // namespace
}  // namespace commsd::telemetry
