#include "telemetry/metrics.h"

#include <thread>

#include <gtest/gtest.h>

namespace commsd::telemetry {
namespace {

TEST(Metrics, RendersCountersAndGaugesInOrder) {
  Metrics metrics;
  metrics.gauge("commsd_streams", "Open streams.").set(-2);
  metrics.counter("commsd_messages_sent_total", "Messages a vendor took.", {{"channel", "sms"}})
      .add(3);
  metrics.counter("commsd_messages_sent_total", "Messages a vendor took.", {{"channel", "email"}});
  EXPECT_EQ(metrics.render(),
            "# HELP commsd_messages_sent_total Messages a vendor took.\n"
            "# TYPE commsd_messages_sent_total counter\n"
            "commsd_messages_sent_total{channel=\"sms\"} 3\n"
            "commsd_messages_sent_total{channel=\"email\"} 0\n"
            "# HELP commsd_streams Open streams.\n"
            "# TYPE commsd_streams gauge\n"
            "commsd_streams -2\n");
}

TEST(Metrics, GivesTheSameHandleForTheSameLabels) {
  Metrics metrics;
  Counter& one = metrics.counter("a_total", "A.", {{"x", "1"}});
  Counter& two = metrics.counter("a_total", "A.", {{"x", "1"}});
  EXPECT_EQ(&one, &two);
  EXPECT_NE(&one, &metrics.counter("a_total", "A.", {{"x", "2"}}));
}

TEST(Metrics, EscapesLabelsAndHelp) {
  Metrics metrics;
  metrics.counter("a_total", "Back\\slash\nline", {{"x", "quote\" back\\ line\n"}}).add();
  EXPECT_EQ(metrics.render(),
            "# HELP a_total Back\\\\slash\\nline\n# TYPE a_total counter\n"
            "a_total{x=\"quote\\\" back\\\\ line\\n\"} 1\n");
}

TEST(Metrics, SumsHistogramBucketsUp) {
  Metrics metrics;
  Histogram& latency = metrics.histogram("call_seconds", "Calls.", {0.1, 1}, {{"slot", "email"}});
  latency.observe(0.1);  // a bound belongs to its bucket
  latency.observe(0.5);
  latency.observe(7.5);
  EXPECT_EQ(metrics.render(),
            "# HELP call_seconds Calls.\n# TYPE call_seconds histogram\n"
            "call_seconds_bucket{slot=\"email\",le=\"0.1\"} 1\n"
            "call_seconds_bucket{slot=\"email\",le=\"1\"} 2\n"
            "call_seconds_bucket{slot=\"email\",le=\"+Inf\"} 3\n"
            "call_seconds_sum{slot=\"email\"} 8.1\n"
            "call_seconds_count{slot=\"email\"} 3\n");
}

TEST(Metrics, BoundsTheNumberOfSeries) {
  Metrics metrics;
  for (int number = 0; number < 1000; ++number) {
    metrics.counter("a_total", "A.", {{"x", std::to_string(number)}}).add();
  }
  const std::string text = metrics.render();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_EQ(lines, 2 + static_cast<std::ptrdiff_t>(Metrics::max_series) + 1);
  EXPECT_NE(text.find("a_total{x=\"other\"} 800\n"), std::string::npos);
}

TEST(Metrics, LosesNoIncrementAmongThreads) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&metrics] {
      for (int round = 0; round < 1000; ++round) {
        metrics.counter("a_total", "A.").add();
        metrics.histogram("h", "H.", duration_buckets()).observe(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.counter("a_total", "A.").value(), 4000U);
  EXPECT_EQ(metrics.histogram("h", "H.", {}).sum(), 4000);
}

}  // namespace
}  // namespace commsd::telemetry
