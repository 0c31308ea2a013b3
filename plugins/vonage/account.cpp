#include "account.h"

#include <comms/cpp/url.hpp>

#include "errors.h"

namespace vonage {

namespace {

constexpr std::string_view public_api = "https://api.nexmo.com";
constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // recordings of long calls are large
constexpr std::int64_t token_seconds = 900;               // as Vonage's own SDK

/// A PEM that went through an environment variable or JSON has "\n" for its line ends.
std::string with_lines(std::string pem) {
  for (std::size_t at = pem.find("\\n"); at != std::string::npos; at = pem.find("\\n", at)) {
    pem.replace(at, 2, "\n");
  }
  return pem;
}

/// https://HOST/..., HOST one of Vonage's: media and recordings come from regional hosts.
bool is_vonage(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  if (url.substr(0, scheme.size()) != scheme) return false;
  url.remove_prefix(scheme.size());
  const std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (authority.find_first_of("@:\\") != std::string_view::npos) return false;
  for (const std::string_view domain : {".nexmo.com", ".vonage.com"}) {
    if (authority.size() > domain.size() &&
        authority.substr(authority.size() - domain.size()) == domain) {
      return true;
    }
  }
  return false;
}

}  // namespace

Account::Account(const comms::Host& host, const comms::Config& config)
    : host_(host),
      key_(config.required("api_key")),
      secret_(config.required("api_secret")),
      application_(config.required("application_id")),
      private_key_(with_lines(config.required("private_key"))),
      signature_secret_(config.required("signature_secret")),
      signature_method_(config.text("signature_method")),
      currency_(config.text("currency", "EUR")),
      base_url_(config.url("base_url", public_api)) {
  if (base_url_.empty()) base_url_ = public_api;
  // Whoever names another API (a proxy, a test server) does not want the rest to go to Vonage.
  rest_url_ =
      config.url("rest_url", base_url_ == public_api ? "https://rest.nexmo.com" : base_url_);
  if (signature_method_.empty()) signature_method_ = "sha256";
  if (currency_.empty()) currency_ = "EUR";
  try {
    token(application_);
  } catch (const comms::Error&) {
    throw comms::Error(COMMS_INVALID,
                       "private_key is no RSA private key in PEM form (BEGIN PRIVATE KEY)");
  }
}

std::string Account::token(std::string_view application) const {
  const comms::Crypto crypto(host_);
  const std::int64_t now = host_.now_ms() / 1000;
  comms::JsonObject claims;
  claims.put("application_id", application).put("iat", now).put("exp", now + token_seconds);
  claims.put("jti", comms::hex(crypto.random(16)));
  return crypto.jwt(COMMS_JWT_RS256, private_key_, claims.text());
}

comms::Request Account::as_application(comms::Request request, std::string_view application) const {
  return request.bearer(token(application.empty() ? application_ : application));
}

comms::Request Account::as_account(comms::Request request) const {
  return request.basic(host_, key_, secret_);
}

comms::Outcome<comms::Done> Account::probe() {
  return as_account(comms::get(rest("/account/get-balance")))
      .then([this](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        const comms::Json body = answer.json();
        if (!answer.ok() || !body["value"]) return error_of(answer);
        return as_application(comms::get(api("/v1/calls?page_size=1")))
            .then([](const comms::HttpResponse& calls) -> comms::Outcome<comms::Done> {
              if (calls.ok()) return comms::Done{};
              comms::Error error = error_of(calls);
              if (error.status == COMMS_UNAUTHENTICATED) {
                error.remedy =
                    "application_id and private_key do not belong together, or the "
                    "application has no voice capability";
              }
              return error;
            });
      });
}

comms::Outcome<comms::Blob> Account::fetch_media(std::string_view url) const {
  if (!comms::is_below(url, base_url_) && !is_vonage(url)) {
    return comms::Error(COMMS_INVALID, "the URL is not one of Vonage's", {},
                        "pass on the media URL exactly as the message had it");
  }
  return as_application(comms::get(std::string(url))).max_response_bytes(media_limit).download();
}

}  // namespace vonage
