#include "tape.h"

#include <chrono>
#include <filesystem>
#include <sstream>

namespace comms::check {
namespace {

using testing::Answer;
using testing::Cassette;
using testing::Exchange;
using testing::SeenRequest;

constexpr Rule kRecording{
    "docs/guides/testing.md: a recording holds every request of its test and nothing else",
    "record it again: COMMS_RECORD=1 plugin-check --cassettes FOLDER --config FILE --include TEST"};

bool recording() {
  return Cassette::mode_of_environment() == Cassette::Mode::record;
}

}  // namespace

Tape* Tape::find(Context& test, const std::string& name) {
  if (test.cassettes.empty()) return nullptr;
  const std::filesystem::path file = std::filesystem::path(test.cassettes) / (name + ".jsonl");
  if (!recording() && !std::filesystem::exists(file)) return nullptr;
  return new Tape(test, file.string());  // see the class: it stays
}

Tape::Tape(Context& test, const std::string& file)
    : test_(test),
      redaction_(test.plugin.elf.manifest, test.config.json),
      cassette_(file, redaction_) {
  if (recording()) return;
  std::string problems;
  exchanges_ = testing::read_cassette(file, problems);
  for (const Exchange& exchange : exchanges_) {
    answers_.push_back(exchange.answer);
    for (std::string& piece : answers_.back().pieces) piece = redaction_.restore(piece);
  }
}

void Tape::play(CheckedHost& host, Play how) {
  if (recording()) {  // vendors refuse signatures of another day
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    host.fake.now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  }
  if (how == Play::once || recording()) {
    cassette_.attach(host.fake);
  } else {
    host.fake.transport = [this](const SeenRequest& request) { return again(request); };
  }
}

void Tape::check() {
  std::istringstream problems(cassette_.problems());
  for (std::string line; std::getline(problems, line);) test_.fail(kRecording, line);
}

Answer Tape::again(const SeenRequest& request) const {
  const std::string url = redaction_.redact(request.url), body = redaction_.redact(request.body);
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    const SeenRequest& known = exchanges_[i].request;
    if (known.method == request.method && known.url == url &&
        testing::same_body(known.body, body)) {
      return answers_[i];
    }
  }
  return {0, {""}, {}, COMMS_UNAVAILABLE};
}

}  // namespace comms::check
