#pragma once

#include <comms/testing/fake_host.hpp>

namespace comms::testing {

/// A webhook for verify_webhook and parse_webhook; owns its parts, lends them with c().
class WebhookRequest {
 public:
  std::string method = "POST", url = "https://comms.example/webhooks/agent/events", body;
  Fields headers;

  const comms_http_in* c() {
    pairs_.clear();
    for (const auto& [name, value] : headers) pairs_.push_back({str(name), str(value)});
    in_ = {};
    in_.size = sizeof in_;
    in_.method = str(method);
    in_.url = str(url);
    in_.remote_ip = str("192.0.2.1");
    in_.headers = pairs_.data();
    in_.header_count = pairs_.size();
    in_.body = bytes(body);
    return &in_;
  }

 private:
  std::vector<comms_kv> pairs_;
  comms_http_in in_{};
};

}  // namespace comms::testing
