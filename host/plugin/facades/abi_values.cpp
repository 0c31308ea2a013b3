#include "plugin/facades/abi_values.h"

#include <utility>

#include "base/text.h"
#include "telemetry/log.h"

namespace commsd::plugin {

std::vector<comms_str> to_abi(const std::vector<std::string>& texts) {
  std::vector<comms_str> views;
  views.reserve(texts.size());
  for (const std::string& text : texts) views.push_back(to_str(text));
  return views;
}

std::vector<comms_kv> to_abi(const KeyValues& pairs) {
  std::vector<comms_kv> views;
  views.reserve(pairs.size());
  for (const auto& [key, value] : pairs) views.push_back({to_str(key), to_str(value)});
  return views;
}

HttpIn::HttpIn(const WebhookRequest& request) : headers(to_abi(request.headers)) {
  value.size = sizeof value;
  value.method = to_str(request.method);
  value.url = to_str(request.url);
  value.remote_ip = to_str(request.remote_address);
  value.headers = headers.data();
  value.header_count = headers.size();
  value.body = to_bytes(request.body);
}

std::string field(const OpOutcome& outcome, std::string_view name) {
  for (const auto& [key, value] : outcome.fields) {
    if (key == name) return value;
  }
  return {};
}

Result<Receipt> to_receipt(OpOutcome outcome, const std::string& provider) {
  if (!outcome.ok()) return fail(outcome.to_error(provider));
  if (outcome.receipt) return std::move(*outcome.receipt);
  log::warn("plugin_receipt_missing", {{"provider", provider}});
  Receipt receipt;
  receipt.status = "queued";
  return receipt;
}

Result<void> to_void(const OpOutcome& outcome, const std::string& provider) {
  if (!outcome.ok()) return fail(outcome.to_error(provider));
  return {};
}

Error not_offered(const std::string& provider, std::string_view what) {
  return make_error(ErrorCode::unsupported,
                    "the provider '" + provider + "' cannot " + std::string(what),
                    "choose a provider that can, in the configuration");
}

Result<void> check_line(std::string_view what, std::string_view value) {
  if (!has_control_character(value)) return {};
  return fail(ErrorCode::invalid_argument,
              "'" + std::string(what) + "' may not hold line breaks or control characters");
}

}  // namespace commsd::plugin
