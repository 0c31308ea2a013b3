#pragma once

#include <string>
#include <utility>
#include <vector>

#include <comms/webhook.h>

#include "subject.h"

namespace comms::check {

/// An inbound request that owns what it lends.
struct WebhookRequest {
  std::string method = "POST";
  std::string url = "https://commsd.example.com/webhooks/check?a=1";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string* header(const std::string& name);
  template <class Use>
  auto use(Use&& consume) const {
    std::vector<comms_kv> lent;
    for (const auto& [name, value] : headers) lent.push_back({str(name), str(value)});
    comms_http_in in{};
    in.size = sizeof in;
    in.method = str(method);
    in.url = str(url);
    in.remote_ip = str("192.0.2.1");
    in.headers = lent.data();
    in.header_count = lent.size();
    in.body = bytes(body);
    return consume(&in);
  }
};

/// verify_webhook, parse_webhook and webhook_reply of one slot of an instance.
class WebhookDesk {
 public:
  WebhookDesk(Context& test, const std::string& slot_id, const std::string& config);

  bool ready() const { return instance_.good() && verify_; }
  Instance& instance() { return instance_; }
  Status verify(const WebhookRequest& request);
  /// Status and events; checks that they are what the contract allows.
  void parse(const std::string& what, const WebhookRequest& request);

 private:
  using Verify = comms_status (*)(void*, const comms_http_in*);
  using Parse = comms_status (*)(void*, const comms_http_in*, const comms_emit*);
  using Reply = comms_status (*)(void*, const comms_http_in*, std::int32_t, comms_sink*,
                                 comms_sink*);
  void reply(const std::string& what, const WebhookRequest& request, std::int32_t kind);

  Context& test_;
  Instance instance_;
  Verify verify_ = nullptr;
  Parse parse_ = nullptr;
  Reply reply_ = nullptr;
};

/// Names of headers that may carry a signature, found among the texts in the plugin's file.
std::vector<std::string> signature_headers(const PluginFile& plugin);

/// Makes a request that the plugin takes for genuine, by watching what it compares (CryptoSpy).
/// `with_public_keys`: also where a signature is verified with a public key, by believing it once.
/// Nothing (empty headers) when the scheme cannot be found out.
std::optional<WebhookRequest> make_genuine(WebhookDesk& desk, const PluginFile& plugin,
                                           bool with_public_keys);

}  // namespace comms::check
