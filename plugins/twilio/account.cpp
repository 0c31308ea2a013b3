#include "account.h"

#include <comms/cpp/url.hpp>

#include "errors.h"

namespace twilio {

namespace {
constexpr std::string_view public_api = "https://api.twilio.com";
constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // recordings of long calls are large
}  // namespace

Account::Account(const comms::Host& host, const comms::Config& config)
    : host_(host),
      sid_(config.required("account_sid")),
      auth_token_(config.required("auth_token")),
      key_sid_(config.text("api_key_sid")),
      key_secret_(config.text("api_key_secret")),
      messaging_service_(config.text("messaging_service_sid")),
      base_url_(config.url("base_url", public_api)) {
  if (base_url_.empty()) base_url_ = public_api;
  // Whoever names another API (a proxy, a test server) does not want the rest to go to Twilio.
  const bool elsewhere = base_url_ != public_api;
  messaging_url_ =
      config.url("messaging_url", elsewhere ? base_url_ : "https://messaging.twilio.com");
  content_url_ = config.url("content_url", elsewhere ? base_url_ : "https://content.twilio.com");
  // Prices are good to know, not needed: nobody has to answer for them in Twilio's place.
  pricing_url_ = config.url("pricing_url", elsewhere ? "" : "https://pricing.twilio.com");
  if (key_sid_.empty() != key_secret_.empty()) {
    throw comms::Error(COMMS_INVALID, "api_key_sid and api_key_secret are needed together");
  }
}

std::string Account::resource(std::string_view path) const {
  return base_url_ + "/2010-04-01/Accounts/" + sid_ + '/' + std::string(path);
}

std::string Account::accounts(std::string_view sid) const {
  const std::string all = base_url_ + "/2010-04-01/Accounts";
  return sid.empty() ? all + ".json" : all + '/' + std::string(sid) + ".json";
}

comms::Request Account::authorized(comms::Request request) const {
  if (key_sid_.empty()) return request.basic(host_, sid_, auth_token_);
  return request.basic(host_, key_sid_, key_secret_);
}

comms::Outcome<comms::Done> Account::probe() {
  return comms::get(base_url_ + "/2010-04-01/Accounts/" + sid_ + ".json")
      .basic(host_, sid_, auth_token_)
      .then([this](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        const std::string status = answer.ok() ? answer.json()["status"].text() : "";
        if (status.empty()) return error_of(answer);
        if (status != "active") {
          return comms::Error(COMMS_DENIED, "the Twilio account is " + status, {},
                              "open the Twilio Console and reactivate the account");
        }
        if (key_sid_.empty()) return comms::Done{};
        return authorized(comms::get(resource("Messages.json?PageSize=1")))
            .then([](const comms::HttpResponse& page) -> comms::Outcome<comms::Done> {
              if (!page.ok()) return error_of(page);
              return comms::Done{};
            });
      });
}

comms::Outcome<comms::Done> Account::remove(const std::string& url) const {
  return authorized(comms::Request("DELETE", url))
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Blob> Account::fetch_media(std::string_view url) const {
  if (!comms::is_below(url, base_url_) && !comms::is_below(url, public_api)) {
    return comms::Error(COMMS_INVALID, "the URL is not one of Twilio's API", {},
                        "pass on the media URL exactly as the message had it");
  }
  // The API redirects to a signed address of its file store, where no credentials go.
  return authorized(comms::get(std::string(url)))
      .follow()
      .max_response_bytes(media_limit)
      .download();
}

}  // namespace twilio
