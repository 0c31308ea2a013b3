#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commsd::telemetry {

/// Only goes up. [any thread, lock-free]
class Counter {
 public:
  void add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<std::uint64_t> value_{0};  // own cache line: counters are hot
};

/// Goes up and down. [any thread, lock-free]
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  void subtract(std::int64_t by = 1) { value_.fetch_sub(by, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<std::int64_t> value_{0};
};

/// Counts observations by size. [any thread, lock-free]
class Histogram {
 public:
  /// `bounds`: upper limits of the buckets in rising order; one more for everything above is added.
  explicit Histogram(std::vector<double> bounds);

  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  std::vector<std::uint64_t> counts() const;  // per bucket, not summed up; bounds().size() + 1
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

/// Seconds, from 1 ms to 60 s: for requests and vendor calls.
std::vector<double> duration_buckets();

using Label = std::pair<std::string_view, std::string_view>;

/// The process's metrics and their Prometheus text.
///
///     Counter& sent = metrics.counter("commsd_messages_sent_total", "Messages a vendor took.",
///                                     {{"channel", "sms"}});
///     sent.add();
///
/// Resolve the handle once and keep it: asking takes a lock and a search, using it does not. The
/// same name and labels give the same handle, which lives as long as the registry. Label values
/// are bounded sets (channel, slot, code), never ids or addresses: a name keeps at most
/// `max_series` label sets, and further ones share a series whose values are all "other".
class Metrics {
 public:
  static constexpr std::size_t max_series = 200;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// [any thread] `name`: [a-zA-Z_:][a-zA-Z0-9_:]*, counters end in _total, times are in seconds.
  /// A name asked for as two kinds of metric ends the process: that is a fault in our code.
  Counter& counter(std::string_view name, std::string_view help,
                   std::initializer_list<Label> labels = {});
  Gauge& gauge(std::string_view name, std::string_view help,
               std::initializer_list<Label> labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::vector<double> bounds,
                       std::initializer_list<Label> labels = {});

  /// [any thread] Prometheus text exposition format 0.0.4. Names in order; series that were
  /// resolved are shown even when they are zero, so that a rate has something to start from.
  std::string render() const;

 private:
  enum class Kind { counter, gauge, histogram };
  struct Series;
  struct Family;

  Series& series(Kind kind, std::string_view name, std::string_view help,
                 std::initializer_list<Label> labels, std::vector<double> bounds);

  mutable std::mutex mutex_;  // guards the list of families; values are atomics
  std::vector<std::unique_ptr<Family>> families_;  // sorted by name
};

/// The registry that /metrics shows. Code under test takes a Metrics& instead.
Metrics& metrics();

}  // namespace commsd::telemetry
