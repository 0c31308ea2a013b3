#include "errors.h"
#include "telephony.h"

// Where a number's webhooks go. At Telnyx they hang on a messaging profile and on a TeXML
// application, not on the number: each number gets one of both, named after it, so that each can
// have addresses of its own.

namespace telnyx {

namespace {

std::string name_of(const std::string& e164) {
  return "commsd " + e164;
}

comms::Outcome<comms::Done> assign(const Account& account, const std::string& path,
                                   const char* member, const std::string& id) {
  return account.authorized(comms::patch(account.resource(path)))
      .json(comms::JsonObject().put(member, id))
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

/// A resource that is known by its name: made when there is none, else changed.
struct Named {
  std::string collection;             // "messaging_profiles"
  std::string filter;                 // query that narrows the list to the name
  const char* name_member = nullptr;  // "friendly_name"
  std::string name;
  comms::JsonObject create, change;
};

/// then(id) with the id of the resource.
template <class Then>
comms::Outcome<comms::Done> write(const Account& account, const Named& named, const std::string& id,
                                  Then then) {
  comms::Request request =
      id.empty()
          ? comms::post(account.resource(named.collection))
          : comms::patch(account.resource(named.collection + '/' + comms::percent_encode(id)));
  return account.authorized(request.json(id.empty() ? named.create : named.change))
      .idempotent(!id.empty())
      .then([then](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        const std::string written = answer.json()["data"]["id"].text();
        if (written.empty()) return error_of(answer);
        return then(written);
      });
}

template <class Then>
comms::Outcome<comms::Done> ensure(const Account& account, const Named& named, Then then) {
  return account.authorized(comms::get(account.resource(named.collection + '?' + named.filter)))
      .then([&account, named,
             then](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body["data"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        std::string id;
        for (const comms::JsonNode entry : body["data"]) {
          if (entry[named.name_member].text() == named.name) id = entry["id"].text();
        }
        return write(account, named, id, then);
      });
}

/// Owning twin of NumberConfig, the number's id and text known.
struct Routes {
  std::string id, number, message_url, voice_url, status_url;
};

comms::Outcome<comms::Done> route_calls(const Account& account, const Routes& routes) {
  if (routes.voice_url.empty()) return comms::Done{};
  Named application;
  application.name = name_of(routes.number);
  application.name_member = "friendly_name";
  application.collection = "texml_applications";
  application.filter =
      "filter%5Bfriendly_name%5D=" + comms::percent_encode(routes.number.substr(1));
  application.create.put("friendly_name", application.name)
      .put("voice_url", routes.voice_url)
      .put("voice_method", "post")
      .put_nonempty("status_callback", routes.status_url)
      .put("status_callback_method", "post");
  application.change = application.create;
  return ensure(account, application, [&account, number = routes.id](const std::string& id) {
    return assign(account, "phone_numbers/" + comms::percent_encode(number), "connection_id", id);
  });
}

comms::Outcome<comms::Done> route(const Account& account, const Routes& routes) {
  if (routes.message_url.empty()) return route_calls(account, routes);
  Named profile;
  profile.name = name_of(routes.number);
  profile.name_member = "name";
  profile.collection = "messaging_profiles";
  profile.filter = "filter%5Bname%5D=" + comms::percent_encode(profile.name);
  profile.change.put("webhook_url", routes.message_url).put("webhook_api_version", "2");
  comms::JsonArray destinations;
  for (const std::string& country : account.destinations()) destinations.add(country);
  profile.create = profile.change;
  profile.create.put("name", profile.name).put("whitelisted_destinations", destinations);
  return ensure(account, profile, [&account, routes](const std::string& id) {
    const std::string path = "phone_numbers/" + comms::percent_encode(routes.id) + "/messaging";
    return account.authorized(comms::patch(account.resource(path)))
        .json(comms::JsonObject().put("messaging_profile_id", id))
        .idempotent()
        .then([&account, routes](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
          if (!answer.ok()) return error_of(answer);
          return route_calls(account, routes);
        });
  });
}

}  // namespace

comms::Outcome<comms::Done> Telephony::configure_number(const comms::NumberConfig& config) {
  Routes routes{std::string(config.number_id), std::string(config.number),
                std::string(config.message_url), std::string(config.voice_url),
                std::string(config.status_url)};
  if (routes.message_url.empty() && routes.voice_url.empty()) return comms::Done{};
  if (routes.number.empty() && routes.id.empty()) {
    return comms::Error(COMMS_INVALID, "there is no number to configure");
  }
  if (!routes.number.empty() && !routes.id.empty()) return route(account_, routes);

  const std::string filter =
      routes.id.empty() ? "?filter%5Bphone_number%5D=" + comms::percent_encode(routes.number)
                        : '/' + comms::percent_encode(routes.id);
  return account_.authorized(comms::get(account_.resource("phone_numbers" + filter)))
      .then(
          [this, routes](const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
            if (!answer.ok()) return error_of(answer);
            const comms::Json body = answer.json();
            const comms::JsonNode data = body["data"];
            const comms::JsonNode found = routes.id.empty() ? data.at("/0") : data;
            routes.id = found["id"].text();
            routes.number = found["phone_number"].text();
            if (routes.id.empty() || routes.number.empty()) {
              return comms::Error(COMMS_NOT_FOUND, "the number is not in this Telnyx account");
            }
            return route(account_, routes);
          });
}

}  // namespace telnyx
