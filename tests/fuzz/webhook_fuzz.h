#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>

extern "C" const comms_plugin* comms_plugin_entry(std::uint32_t, std::uint32_t);

/// A request as anybody on the internet may send it, read from one input: path and query on the
/// first line, then lines "name: value", an empty line, and the body byte for byte.
class FuzzedRequest {
 public:
  explicit FuzzedRequest(std::string_view input) {
    url_ = "https://comms.example.com/webhooks/" + std::string(line(input));
    while (!input.empty()) {
      const std::string_view text = line(input);
      if (text.empty()) break;
      const std::size_t colon = text.find(": ");
      if (colon == std::string_view::npos) continue;
      headers_.push_back({comms::str(text.substr(0, colon)), comms::str(text.substr(colon + 2))});
    }
    in_.size = sizeof in_;
    in_.method = comms::str(input.empty() ? "GET" : "POST");
    in_.url = comms::str(url_);
    in_.remote_ip = comms::str("192.0.2.1");
    in_.headers = headers_.data();
    in_.header_count = headers_.size();
    in_.body = comms::bytes(input);
  }
  FuzzedRequest(const FuzzedRequest&) = delete;

  const comms_http_in* get() const { return &in_; }

 private:
  static std::string_view line(std::string_view& rest) {
    const std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    return text;
  }

  std::string url_;
  std::vector<comms_kv> headers_;
  comms_http_in in_{};
};

/// One plugin, whose slots are fed with the same request. No input is authentic, because no input
/// can be signed without the secret of `config`; what is parsed gives well-formed events or none.
class WebhookFuzzer {
 public:
  explicit WebhookFuzzer(const char* config) {
    host_.crypto = comms::testing::openssl_crypto();
    plugin_ = std::make_unique<comms::testing::Plugin>(host_, comms_plugin_entry(1, 0), config);
    if (plugin_->status != COMMS_OK) std::abort();
  }

  template <class Table>
  void feed(const char* slot, const FuzzedRequest& request) {
    const Table* table = plugin_->slot<Table>(slot);
    if (!table) std::abort();
    if (table->verify_webhook(plugin_->self, request.get()) != COMMS_DENIED) std::abort();

    comms::testing::OpResult result;
    const comms_emit emit = comms::testing::FakeHost::emit(result);
    const comms_status status = table->parse_webhook(plugin_->self, request.get(), &emit);
    if (status == COMMS_OK) {
      for (const auto& event : result.events) check(event);
      const std::int32_t kind = result.events.empty() ? 0 : result.events.front().kind;
      std::string body;
      std::string type;
      const comms_status replied = table->webhook_reply(plugin_->self, request.get(), kind,
                                                        comms::testing::FakeHost::sink(body),
                                                        comms::testing::FakeHost::sink(type));
      if (replied != COMMS_OK || body.empty() != type.empty()) std::abort();
    } else if (status != COMMS_INVALID || !result.events.empty()) {
      std::abort();  // half an answer would be half a message stored
    }
    host_.cache.clear();
    host_.log.clear();
  }

  /// Whether statuses must be the neutral ones; the sandbox passes on what it is told.
  bool neutral_statuses = true;

 private:
  void check(const comms::testing::OpResult::SeenEvent& event) const {
    static const std::set<std::string> neutral = {
        "",     "queued",    "sent",       "delivered", "undelivered", "failed",
        "read", "bounced",   "complained", "ringing",   "in-progress", "completed",
        "busy", "no-answer", "canceled"};
    if (event.kind < COMMS_EVENT_MESSAGE_IN || event.kind > COMMS_EVENT_SPEECH) std::abort();
    if (neutral_statuses && !neutral.count(event.text.at("status"))) std::abort();
    if (event.kind == COMMS_EVENT_MESSAGE_STATUS && event.text.at("status").empty()) std::abort();
  }

  comms::testing::FakeHost host_;
  std::unique_ptr<comms::testing::Plugin> plugin_;
};

inline std::string_view fuzzed_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
