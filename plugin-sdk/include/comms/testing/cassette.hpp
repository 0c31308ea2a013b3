#pragma once

#include <comms/testing/cassette_file.hpp>
#include <comms/testing/curl.hpp>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/redaction.hpp>

// A recorded conversation with a vendor: replayed in tests, made anew from the real one on demand.
//
//   Cassette tape("tests/cassettes/send.jsonl", library.redaction(config));
//   tape.attach(host);                       // host: a FakeHost; the plugin does its work
//   COMMS_EXPECT_EQ(tape.problems(), "");    // nothing unexpected, nothing missing
//
// Replay, which is the default, touches no network. With COMMS_RECORD=1 in the environment every
// request goes to the address it names and problems() writes the file, without secrets.

namespace comms::testing {

class Cassette {
 public:
  enum class Mode { replay, record };

  static Mode mode_of_environment() {
    const char* record = std::getenv("COMMS_RECORD");
    return record && std::string_view(record) == "1" ? Mode::record : Mode::replay;
  }

  Cassette(std::string file, Redaction redaction, Mode mode = mode_of_environment())
      : file_(std::move(file)), redaction_(std::move(redaction)), mode_(mode) {
    if (mode_ == Mode::replay) tape_ = read_cassette(file_, problems_);
  }
  Cassette(const Cassette&) = delete;  // a host may point here

  void attach(FakeHost& host) {
    host.transport = [this](const SeenRequest& request) { return answer(request); };
  }

  Answer answer(const SeenRequest& request) {
    redaction_.learn(request.headers);
    if (mode_ == Mode::record) {
      Answer answer = CurlExchange::run(request);
      tape_.push_back({request, answer, true});
      return answer;
    }
    const SeenRequest seen = redacted(request);
    for (Exchange& exchange : tape_) {
      if (exchange.used || !same(seen, exchange.request)) continue;
      exchange.used = true;
      Answer answer = exchange.answer;
      for (std::string& piece : answer.pieces) piece = redaction_.restore(piece);
      return answer;
    }
    problems_ += unexpected(seen);
    return {0, {""}, {}, COMMS_UNAVAILABLE};
  }

  /// Empty when every request was on the tape and all of the tape was asked for; else what was not,
  /// a line each. Recording: writes the file, and says why when it cannot.
  std::string problems() {
    if (mode_ == Mode::record) return save();
    std::string out = problems_;
    for (const Exchange& exchange : tape_) {
      if (!exchange.used) out += file_ + ": never came: " + line(exchange.request) + "\n";
    }
    return out;
  }

 private:
  SeenRequest redacted(SeenRequest request) const {
    request.url = redaction_.redact(request.url);
    request.body = redaction_.redact(request.body);
    request.headers = redaction_.redact_headers(request.headers);
    return request;
  }
  static std::string line(const SeenRequest& request) {
    return request.method + " " + request.url + (request.body.empty() ? "" : " " + request.body);
  }
  static bool same(const SeenRequest& a, const SeenRequest& b) {
    return a.method == b.method && a.url == b.url && same_body(a.body, b.body);
  }
  std::string unexpected(const SeenRequest& seen) const {
    std::string out = file_ + ": unexpected: " + line(seen) + "\n";
    for (const Exchange& exchange : tape_) {
      const SeenRequest& known = exchange.request;
      if (known.method != seen.method || known.url != seen.url) continue;
      out += exchange.used ? "  on the tape, but asked before: " : "  on the tape with the body: ";
      out += known.body + "\n";
    }
    return out;
  }
  std::string save() const {
    const std::string short_one = redaction_.too_short();
    if (!short_one.empty()) {
      return file_ + ": not written: the value of " + short_one +
             " is so short that it cannot be found again; record with a longer one\n";
    }
    // Only now is every secret known: the token of a later header came in an earlier body.
    std::vector<Exchange> clean = tape_;
    for (Exchange& exchange : clean) {
      exchange.request = redacted(exchange.request);
      exchange.answer.headers = redaction_.redact_headers(exchange.answer.headers);
      for (std::string& piece : exchange.answer.pieces) piece = redaction_.redact(piece);
    }
    return write_cassette(file_, clean) ? "" : file_ + ": cannot be written\n";
  }

  std::string file_;
  Redaction redaction_;
  Mode mode_;
  std::vector<Exchange> tape_;
  std::string problems_;
};

}  // namespace comms::testing
