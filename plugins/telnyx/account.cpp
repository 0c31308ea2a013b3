#include "account.h"

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/url.hpp>

#include "errors.h"

namespace telnyx {

namespace {

constexpr std::string_view public_api = "https://api.telnyx.com";
constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // recordings of long calls are large
constexpr std::size_t key_size = 32;                      // RFC 8032

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (end > begin) parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Account::Account(const comms::Host& host, const comms::Config& config)
    : host_(host),
      api_key_(config.required("api_key")),
      account_id_(config.text("account_id")),
      application_(config.text("texml_application_id")),
      base_url_(config.url("base_url", public_api)),
      destinations_(split(config.text("whitelisted_destinations", "US,CA"))) {
  if (base_url_.empty()) base_url_ = public_api;
  public_key_ = comms::Crypto(host).from_base64(config.required("public_key")).value_or("");
  if (public_key_.size() != key_size) {
    throw comms::Error(COMMS_INVALID, "public_key is not 32 bytes in base64");
  }
}

std::string Account::resource(std::string_view path) const {
  return base_url_ + "/v2/" + std::string(path);
}

std::string Account::calls(std::string_view call_id) const {
  if (account_id_.empty()) {
    throw comms::Error(COMMS_INVALID, "account_id is not set, which calls need", {},
                       "copy the organization id from the Telnyx Portal into account_id");
  }
  const std::string all = "texml/Accounts/" + comms::percent_encode(account_id_) + "/Calls";
  return resource(call_id.empty() ? all : all + '/' + comms::percent_encode(call_id));
}

comms::Outcome<comms::Done> Account::probe() {
  return authorized(comms::get(resource("balance")))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        if (answer.json()["data"].type() != COMMS_JSON_OBJECT) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Blob> Account::fetch_media(std::string_view url) const {
  const bool api = comms::is_below(url, base_url_);
  if (!api && url.substr(0, 8) != "https://") {
    return comms::Error(COMMS_INVALID, "the media URL is not https", {},
                        "pass on the media URL exactly as the message had it");
  }
  comms::Request request = comms::get(std::string(url));
  if (api) request = authorized(std::move(request));
  return request.follow().max_response_bytes(media_limit).download();
}

}  // namespace telnyx
