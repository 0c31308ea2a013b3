#include "telemetry/metrics.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <variant>

#include "telemetry/log.h"

namespace commsd::telemetry {

namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

void append_number(std::string& out, double number) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  out.append(text, error == std::errc() ? end : text);
}

/// Label values escape backslash, quote and line feed (exposition format 0.0.4).
void append_label_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

/// Help texts escape backslash and line feed only.
void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_sample(std::string& out, std::string_view name, const Labels& labels,
                   std::string_view bound, double value) {
  out += name;
  if (!labels.empty() || !bound.empty()) {
    out += '{';
    bool first = true;
    for (const auto& [key, content] : labels) {
      if (!first) out += ',';
      first = false;
      (out += key) += "=\"";
      append_label_value(out, content);
      out += '"';
    }
    if (!bound.empty()) {
      if (!first) out += ',';
      ((out += "le=\"") += bound) += '"';
    }
    out += '}';
  }
  out += ' ';
  append_number(out, value);
  out += '\n';
}

bool same_labels(const Labels& left, std::initializer_list<Label> right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](const auto& a, const Label& b) {
           return a.first == b.first && a.second == b.second;
         });
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  for (std::size_t at = 0; at < counts.size(); ++at) {
    counts[at] = counts_[at].load(std::memory_order_relaxed);
  }
  return counts;
}

std::vector<double> duration_buckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

struct Metrics::Series {
  Labels labels;
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;

  void append(std::string& out, const std::string& name) const {
    if (counter) append_sample(out, name, labels, {}, static_cast<double>(counter->value()));
    if (gauge) append_sample(out, name, labels, {}, static_cast<double>(gauge->value()));
    if (!histogram) return;
    const std::vector<std::uint64_t> counts = histogram->counts();
    std::uint64_t total = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
      total += counts[at];
      std::string bound = "+Inf";
      if (at < histogram->bounds().size()) {
        bound.clear();
        append_number(bound, histogram->bounds()[at]);
      }
      append_sample(out, name + "_bucket", labels, bound, static_cast<double>(total));
    }
    append_sample(out, name + "_sum", labels, {}, histogram->sum());
    append_sample(out, name + "_count", labels, {}, static_cast<double>(total));
  }
};

struct Metrics::Family {
  Kind kind;
  std::string name;
  std::string help;
  std::vector<std::unique_ptr<Series>> series;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Series& Metrics::series(Kind kind, std::string_view name, std::string_view help,
                                 std::initializer_list<Label> labels, std::vector<double> bounds) {
  const std::lock_guard lock(mutex_);
  auto place = std::lower_bound(families_.begin(), families_.end(), name,
                                [](const std::unique_ptr<Family>& family, std::string_view wanted) {
                                  return family->name < wanted;
                                });
  if (place == families_.end() || (*place)->name != name) {
    place = families_.insert(
        place, std::make_unique<Family>(Family{kind, std::string(name), std::string(help), {}}));
  }
  Family& family = **place;
  if (family.kind != kind) {
    log::error("metric_registered_as_two_kinds", {{"metric", name}});
    std::abort();
  }
  for (const auto& known : family.series) {
    if (same_labels(known->labels, labels)) return *known;
  }
  auto added = std::make_unique<Series>();
  const bool full = family.series.size() >= max_series;
  for (const auto& [key, value] : labels) {
    added->labels.emplace_back(key, full ? std::string_view("other") : value);
  }
  if (full) {
    for (const auto& known : family.series) {
      if (known->labels == added->labels) return *known;
    }
  }
  switch (kind) {
    case Kind::counter:
      added->counter = std::make_unique<Counter>();
      break;
    case Kind::gauge:
      added->gauge = std::make_unique<Gauge>();
      break;
    case Kind::histogram:
      // one family, one set of bounds: sums over series of other bounds would be wrong
      if (!family.series.empty()) bounds = family.series.front()->histogram->bounds();
      added->histogram = std::make_unique<Histogram>(std::move(bounds));
      break;
  }
  family.series.push_back(std::move(added));
  return *family.series.back();
}

Counter& Metrics::counter(std::string_view name, std::string_view help,
                          std::initializer_list<Label> labels) {
  return *series(Kind::counter, name, help, labels, {}).counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help,
                      std::initializer_list<Label> labels) {
  return *series(Kind::gauge, name, help, labels, {}).gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help,
                              std::vector<double> bounds, std::initializer_list<Label> labels) {
  return *series(Kind::histogram, name, help, labels, std::move(bounds)).histogram;
}

std::string Metrics::render() const {
  constexpr std::string_view kinds[] = {"counter", "gauge", "histogram"};
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& family : families_) {
    ((out += "# HELP ") += family->name) += ' ';
    append_help(out, family->help);
    ((out += "\n# TYPE ") += family->name) += ' ';
    (out += kinds[static_cast<std::size_t>(family->kind)]) += '\n';
    for (const auto& series : family->series) series->append(out, family->name);
  }
  return out;
}

Metrics& metrics() {
  static Metrics instance;
  return instance;
}

}  // namespace commsd::telemetry
