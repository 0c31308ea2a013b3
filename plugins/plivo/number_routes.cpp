#include <comms/cpp/e164.hpp>

#include "errors.h"
#include "telephony.h"

// Where a number's webhooks go. At Plivo they hang on an application, not on the number: each
// number gets one of its own, named after it (https://www.plivo.com/docs/account/api/application).

namespace plivo {

namespace {

/// Owning twin of NumberConfig.
struct Routes {
  std::string msisdn, message_url, voice_url, status_url;

  std::string application() const { return "commsd-" + msisdn; }
};

std::string path_of(std::string_view collection, std::string_view id) {
  return std::string(collection) + '/' + comms::percent_encode(id) + '/';
}

/// then(id) with the id of the application of that name, empty when there is none.
template <class Then>
comms::Outcome<comms::Done> find_application(const Account& account, const std::string& name,
                                             Then then) {
  const std::string path = "Application/?app_name=" + comms::percent_encode(name);
  return account.authorized(comms::get(account.resource(path)))
      .then([name, then](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body["objects"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        std::string id;
        for (const comms::JsonNode application : body["objects"]) {
          // The filter is Plivo's; whose application it is, is decided here.
          if (application["app_name"].text() == name) id = application["app_id"].text();
        }
        return then(id);
      });
}

comms::Outcome<comms::Done> assign(const Account& account, const std::string& msisdn,
                                   const std::string& application) {
  return account.authorized(comms::post(account.resource(path_of("Number", msisdn))))
      .json(comms::JsonObject().put("app_id", application))
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Done> write_application(const Account& account, const Routes& routes,
                                              const std::string& id) {
  comms::JsonObject body;
  const auto set = [&](const char* url_name, const char* method_name, std::string_view url) {
    if (!url.empty()) body.put(url_name, url).put(method_name, "POST");
  };
  if (id.empty()) body.put("app_name", routes.application());
  // No application is without this address. Calls that come to that of the messages are hung up.
  const bool must = id.empty() && routes.voice_url.empty();
  set("answer_url", "answer_method", must ? routes.message_url : routes.voice_url);
  set("hangup_url", "hangup_method", routes.status_url);
  set("message_url", "message_method", routes.message_url);
  const std::string path = id.empty() ? "Application/" : path_of("Application", id);
  return account.authorized(comms::post(account.resource(path)))
      .json(body)
      .idempotent(!id.empty())
      .then(
          [&account, routes, id](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
            if (!answer.ok()) return error_of(answer);
            const std::string written = id.empty() ? answer.json()["app_id"].text() : id;
            if (written.empty()) return error_of(answer);
            return assign(account, routes.msisdn, written);
          });
}

comms::Outcome<comms::Done> remove_application(const Account& account, const std::string& id) {
  if (id.empty()) return comms::Done{};
  return account.authorized(comms::del(account.resource(path_of("Application", id))))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return comms::Done{};
      });
}

}  // namespace

comms::Outcome<comms::Done> Telephony::configure_number(const comms::NumberConfig& config) {
  const Routes routes{comms::without_plus(config.number.empty() ? config.number_id : config.number),
                      std::string(config.message_url), std::string(config.voice_url),
                      std::string(config.status_url)};
  if (routes.msisdn.empty()) {
    return comms::Error(COMMS_INVALID, "there is no number to configure");
  }
  if (routes.message_url.empty() && routes.voice_url.empty()) return comms::Done{};
  return find_application(account_, routes.application(), [this, routes](const std::string& id) {
    return write_application(account_, routes, id);
  });
}

comms::Outcome<comms::Done> Telephony::release_number(std::string_view number_id) {
  const Routes routes{comms::without_plus(number_id), {}, {}, {}};
  if (routes.msisdn.empty()) return comms::Error(COMMS_INVALID, "there is no number id");
  return account_.authorized(comms::del(account_.resource(path_of("Number", routes.msisdn))))
      .then([this, routes](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return find_application(account_, routes.application(), [this](const std::string& id) {
          return remove_application(account_, id);
        });
      });
}

}  // namespace plivo
