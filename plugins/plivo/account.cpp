#include "account.h"

#include <comms/cpp/url.hpp>

#include "errors.h"

namespace plivo {

namespace {

constexpr std::string_view public_api = "https://api.plivo.com";
constexpr std::string_view https = "https://";
constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // recordings of long calls are large

/// https://HOST/..., HOST one of Plivo's: media and recordings come from hosts of their own.
bool is_plivos(std::string_view url) {
  constexpr std::string_view domain = ".plivo.com";
  if (url.substr(0, https.size()) != https) return false;
  url.remove_prefix(https.size());
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (authority.find_first_of("@:\\") != std::string_view::npos) return false;
  return authority.size() > domain.size() &&
         authority.substr(authority.size() - domain.size()) == domain;
}

}  // namespace

Account::Account(const comms::Host& host, const comms::Config& config)
    : host_(host),
      auth_id_(config.required("auth_id")),
      auth_token_(config.required("auth_token")),
      currency_(config.text("currency", "USD")),
      base_url_(config.url("base_url", public_api)) {
  if (base_url_.empty()) base_url_ = public_api;
  if (currency_.empty()) currency_ = "USD";
}

std::string Account::resource(std::string_view path) const {
  return base_url_ + "/v1/Account/" + comms::percent_encode(auth_id_) + '/' + std::string(path);
}

comms::Request Account::authorized(comms::Request request) const {
  return request.basic(host_, auth_id_, auth_token_);
}

comms::Outcome<comms::Done> Account::probe() {
  return authorized(comms::get(resource("")))
      .then([id = auth_id_](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() || answer.json()["auth_id"].text() != id) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Blob> Account::fetch_media(std::string_view url) const {
  const bool ours = comms::is_below(url, base_url_) || is_plivos(url);
  if (!ours && url.substr(0, https.size()) != https) {
    return comms::Error(COMMS_INVALID, "the media URL is not https", {},
                        "pass on the media URL exactly as the message had it");
  }
  comms::Request request = comms::get(std::string(url));
  if (ours) request = authorized(std::move(request));
  return request.follow().max_response_bytes(media_limit).download();
}

}  // namespace plivo
