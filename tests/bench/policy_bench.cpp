#include <string>

#include <benchmark/benchmark.h>

#include "embedded/content_filter.h"
#include "policy/compliance_engine.h"
#include "policy/content_filter.h"

// What the rules cost a send: the content filter over a text, and the hours of a country.

namespace commsd::policy {
namespace {

std::string clean_text(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "Your order 48213 arrives at 9:30; the f*e is paid. ";
  return text.substr(0, size);
}

void content_filter(benchmark::State& state) {
  const ContentFilter filter = ContentFilter::standard();
  const std::string text = clean_text(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(filter.check(text));
}
BENCHMARK(content_filter)->Arg(160)->Arg(1600)->Unit(benchmark::kMicrosecond);

/// What the lists cost a start, and what is kept of them.
void content_filter_build(benchmark::State& state) {
  PhraseFiles files;
  for (const embedded::File& file : embedded::content_filter::files()) {
    files.emplace_back(file.name, *read_phrases(file.text, std::string(file.name)));
  }
  for (auto _ : state) benchmark::DoNotOptimize(build_matcher(files));
  const PhraseTable table = build_matcher(files)->table();
  state.counters["states"] = static_cast<double>(table.states());
  state.counters["edges"] = static_cast<double>(table.edges());
  state.counters["bytes"] = static_cast<double>(table.bytes());
}
BENCHMARK(content_filter_build)->Unit(benchmark::kMillisecond);

void evaluate(benchmark::State& state, const char* number) {
  const ComplianceEngine engine(RulePack::standard(), PhoneNumbers::standard());
  Situation situation;
  situation.to = number;
  situation.from = "+12125550123";
  for (auto _ : state) benchmark::DoNotOptimize(engine.evaluate(situation, 1'795'608'000'000));
}
BENCHMARK_CAPTURE(evaluate, one_zone, "+33612345678")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(evaluate, every_zone_of_the_us, "+18005550123")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace commsd::policy
