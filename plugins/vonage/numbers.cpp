#include <algorithm>

#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>

#include "errors.h"
#include "telephony.h"

// Buying, pointing and giving back numbers (Numbers API, Application API v2).

namespace vonage {

namespace {

constexpr std::uint32_t most_listed = 100;

std::string capabilities_of(const comms::JsonNode& number) {
  std::uint32_t can = 0;
  for (const comms::JsonNode feature : number["features"]) {
    const std::string name = feature.text();
    if (name == "SMS") can |= COMMS_NUMBER_SMS;
    if (name == "MMS") can |= COMMS_NUMBER_MMS;
    if (name == "VOICE") can |= COMMS_NUMBER_VOICE;
  }
  return comms::capabilities_text(can);
}

std::string number_id(std::string_view country, std::string_view msisdn) {
  return std::string(country) + '-' + std::string(msisdn);
}

/// Of "US-14155550100".
struct Named {
  std::string country, msisdn;
};
Named named(std::string_view id) {
  const std::size_t dash = id.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == id.size()) {
    throw comms::Error(COMMS_INVALID, "a number's id at Vonage is COUNTRY-NUMBER");
  }
  return {std::string(id.substr(0, dash)), std::string(id.substr(dash + 1))};
}

/// Some refusals come with HTTP 200.
bool accepted(const comms::HttpResponse& answer) {
  return answer.ok() && answer.json()["error-code"].text() == "200";
}

comms::Error refusal_of(const comms::HttpResponse& answer) {
  comms::Error error = error_of(answer);
  const std::string& code = error.vendor_code;
  if (!answer.ok() || code.empty() || code == "200") return error;
  error.status = code == "401" ? COMMS_UNAUTHENTICATED : COMMS_REJECTED;
  if (error.remedy.empty()) error.remedy = remedy_of(code);
  return error;
}

/// Owning twin of NumberQuery: the search outlives the call.
struct Order {
  std::string country, area_code, number, type;
  std::uint32_t capabilities = 0, limit = 0;
  bool search_only = false;
};

struct Offer {
  std::string country, msisdn, capabilities, currency;
  std::int64_t monthly = COMMS_COST_UNKNOWN;
};

comms::Fields fields_of(const Offer& offer, bool bought) {
  comms::Fields fields{{"number", comms::with_plus(offer.msisdn)}};
  if (bought) fields.emplace_back("id", number_id(offer.country, offer.msisdn));
  fields.emplace_back("capabilities", offer.capabilities);
  if (offer.monthly != COMMS_COST_UNKNOWN) {
    fields.emplace_back("monthly_cost_micros", std::to_string(offer.monthly));
    fields.emplace_back("currency", offer.currency);
  }
  return fields;
}

comms::Outcome<comms::Fields> buy(const Account& account, const Offer& offer) {
  comms::Form form;
  form.add("country", offer.country).add("msisdn", offer.msisdn);
  return account.as_account(comms::post(account.rest("/number/buy")))
      .form(form)
      .then([offer](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!accepted(answer)) return refusal_of(answer);
        return fields_of(offer, true);
      });
}

/// Vonage's pattern is of the whole number. In North America the area code stands behind the 1;
/// elsewhere behind a country code of one to three digits.
bool in_area(const Order& order, const std::string& msisdn) {
  if (order.area_code.empty()) return true;
  const std::size_t at = msisdn.find(order.area_code, 1);
  return at != std::string::npos && at <= 3;
}

std::string search_path(const Order& order) {
  comms::Form query;
  query.add("country", order.country).add_nonempty("type", order.type);
  std::string features;
  const auto need = [&](std::uint32_t flag, const char* name) {
    if (order.capabilities & flag) features += (features.empty() ? "" : ",") + std::string(name);
  };
  need(COMMS_NUMBER_SMS, "SMS");
  need(COMMS_NUMBER_VOICE, "VOICE");
  need(COMMS_NUMBER_MMS, "MMS");
  query.add_nonempty("features", features);
  const bool american = order.country == "US" || order.country == "CA";
  if (!order.number.empty()) {
    query.add("pattern", comms::without_plus(order.number)).add("search_pattern", "1");
  } else if (!order.area_code.empty()) {
    query.add("pattern", (american ? "1" : "") + order.area_code);
    query.add("search_pattern", american ? "0" : "1");
  }
  const std::uint32_t wanted = order.limit ? std::min(order.limit, most_listed) : 10;
  // What is not in the area is left out afterwards.
  query.add("size", std::to_string(order.area_code.empty() || american ? wanted : most_listed));
  return "/number/search?" + query.text();
}

comms::Outcome<comms::Fields> search(const Account& account, const Order& order) {
  return account.as_account(comms::get(account.rest(search_path(order))))
      .then([&account, order](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body.root().type() != COMMS_JSON_OBJECT) return error_of(answer);
        comms::Fields listed;
        const std::uint32_t wanted = order.limit ? std::min(order.limit, most_listed) : 10;
        std::uint32_t found = 0;
        for (const comms::JsonNode number : body["numbers"]) {
          Offer offer{number["country"].text(order.country), number["msisdn"].text(),
                      capabilities_of(number), account.currency(),
                      comms::price_micros(number["cost"].text())};
          if (offer.msisdn.empty() || !in_area(order, offer.msisdn)) continue;
          const bool this_one =
              order.number.empty() || offer.msisdn == comms::without_plus(order.number);
          if (!order.search_only && this_one) return buy(account, offer);
          if (!order.search_only || found++ >= wanted) continue;
          const comms::Fields fields = fields_of(offer, false);
          listed.insert(listed.end(), fields.begin(), fields.end());
        }
        if (!listed.empty()) return listed;
        return comms::Error(COMMS_NOT_FOUND, "Vonage has no such number on offer", {},
                            "try another area code, type or country");
      });
}

/// A number of this account, as GET /account/numbers has it.
struct Owned {
  std::string country, msisdn, application;
  bool found = false;
};

Owned owned_of(const comms::Json& body, const std::string& msisdn) {
  for (const comms::JsonNode number : body["numbers"]) {
    if (number["msisdn"].text() != msisdn) continue;
    Owned owned{number["country"].text(), msisdn, number["app_id"].text(), true};
    if (owned.application.empty() && number["voiceCallbackType"].text() == "app") {
      owned.application = number["voiceCallbackValue"].text();
    }
    if (owned.application.empty()) owned.application = number["messagesCallbackValue"].text();
    return owned;
  }
  return {};
}

comms::Request ask_for_owned(const Account& account, const std::string& msisdn) {
  comms::Form query;
  query.add("pattern", msisdn).add("search_pattern", "1").add("size", "100");
  return account.as_account(comms::get(account.rest("/account/numbers?" + query.text())));
}

std::string application_name(const std::string& msisdn) {
  return "commsd +" + msisdn;
}

/// Gives a number its application, or the one it has other webhooks.
class Setup {
 public:
  Setup(const Account& account, const comms::NumberConfig& config, std::string msisdn)
      : account_(&account),
        msisdn_(std::move(msisdn)),
        message_url_(config.message_url),
        voice_url_(config.voice_url),
        status_url_(config.status_url) {}

  comms::Outcome<comms::Done> begin() {
    return ask_for_owned(*account_, msisdn_)
        .then([setup = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
          if (!answer.ok()) return error_of(answer);
          setup.owned_ = owned_of(answer.json(), setup.msisdn_);
          if (!setup.owned_.found) {
            return comms::Error(COMMS_NOT_FOUND, "the number is not in this Vonage account");
          }
          return setup.look_at_application();
        });
  }

 private:
  comms::Request application(comms::Request request) const {
    return account_->as_account(std::move(request));
  }
  std::string application_url(const std::string& id) const {
    return account_->api("/v2/applications/" + comms::percent_encode(id));
  }

  comms::Outcome<comms::Done> look_at_application() {
    if (owned_.application.empty() || owned_.application == account_->application()) {
      return ask_for_key();
    }
    return application(comms::get(application_url(owned_.application)))
        .then([setup = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
          if (!answer.ok() && answer.status() != 404) return error_of(answer);
          const comms::Json body = answer.json();
          // Somebody else's application serves other numbers too, maybe: it stays as it is.
          if (!answer.ok() || body["name"].text() != application_name(setup.msisdn_)) {
            return setup.ask_for_key();
          }
          return setup.update(setup.description(body.root()));
        });
  }

  /// The calls of the number's application are steered with the configured key, so it has to be
  /// made with its public half.
  comms::Outcome<comms::Done> ask_for_key() {
    return application(comms::get(application_url(account_->application())))
        .then([setup = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
          if (!answer.ok()) return error_of_create(answer);
          const comms::Json body = answer.json();
          const std::string key = body.at("/keys/public_key").text();
          if (key.empty()) {
            return comms::Error(COMMS_REJECTED, "the configured application has no public key", {},
                                "generate a key pair for it in the Vonage Dashboard");
          }
          comms::JsonObject keys;
          return setup.create(setup.description(comms::Json(setup.account_->host(), "{}").root())
                                  .put("keys", keys.put("public_key", key)));
        });
  }

  /// `old` is the application as it is: what we are not told to change keeps its address.
  comms::JsonObject description(const comms::JsonNode& old) const {
    comms::JsonObject voice, messages, voice_hooks, message_hooks, capabilities, all;
    const auto hook = [&](comms::JsonObject& hooks, const char* name, const std::string& url,
                          std::string_view old_place) {
      const std::string address = url.empty() ? old.at(old_place).text() : url;
      if (address.empty()) return;
      comms::JsonObject target;
      hooks.put(name, target.put("address", address).put("http_method", "POST"));
    };
    hook(voice_hooks, "answer_url", voice_url_, "/capabilities/voice/webhooks/answer_url/address");
    hook(voice_hooks, "event_url", status_url_, "/capabilities/voice/webhooks/event_url/address");
    hook(message_hooks, "inbound_url", message_url_,
         "/capabilities/messages/webhooks/inbound_url/address");
    hook(message_hooks, "status_url", message_url_,
         "/capabilities/messages/webhooks/status_url/address");
    if (!voice_hooks.empty()) {
      capabilities.put("voice", voice.put("webhooks", voice_hooks).put("signed_callbacks", true));
    }
    if (!message_hooks.empty()) {
      capabilities.put("messages", messages.put("webhooks", message_hooks).put("version", "v1"));
    }
    return all.put("name", application_name(msisdn_)).put("capabilities", capabilities);
  }

  comms::Outcome<comms::Done> update(const comms::JsonObject& description) {
    return application(comms::put(application_url(owned_.application)))
        .json(description)
        .then([setup = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
          if (!answer.ok()) return error_of(answer);
          return setup.link(setup.owned_.application);
        });
  }

  comms::Outcome<comms::Done> create(const comms::JsonObject& description) {
    return application(comms::post(account_->api("/v2/applications")))
        .json(description)
        .then([setup = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Done> {
          if (!answer.ok()) return error_of_create(answer);
          const std::string id = answer.json()["id"].text();
          if (id.empty()) return error_of(answer);
          return setup.link(id);
        });
  }

  comms::Outcome<comms::Done> link(const std::string& id) {
    comms::Form form;
    form.add("country", owned_.country).add("msisdn", msisdn_).add("app_id", id);
    // For accounts whose default is the older SMS API, which knows nothing of applications.
    form.add_nonempty("moHttpUrl", message_url_);
    return account_->as_account(comms::post(account_->rest("/number/update")))
        .form(form)
        .idempotent()
        .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
          if (!accepted(answer)) return refusal_of(answer);
          return comms::Done{};
        });
  }

  const Account* account_;
  std::string msisdn_, message_url_, voice_url_, status_url_;
  Owned owned_;
};

/// Takes the application that was made for a number away after it. What fails here costs nothing
/// and hurts nobody, so it is no failure.
comms::Outcome<comms::Done> remove_application(const Account& account, const Owned& owned) {
  if (owned.application.empty() || owned.application == account.application()) {
    return comms::Done{};
  }
  const std::string url =
      account.api("/v2/applications/" + comms::percent_encode(owned.application));
  return account.as_account(comms::get(url))
      .then(
          [&account, owned, url](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
            const bool ours =
                answer.ok() && answer.json()["name"].text() == application_name(owned.msisdn);
            if (!ours) return comms::Done{};
            return account.as_account(comms::del(url))
                .then([](const comms::HttpResponse&) -> comms::Outcome<comms::Done> {
                  return comms::Done{};
                });
          });
}

}  // namespace

comms::Outcome<comms::Fields> Telephony::buy_number(const comms::NumberQuery& query) {
  Order order;
  order.country = query.country;
  order.area_code = query.area_code;
  order.number = query.number;
  order.capabilities = query.capabilities;
  order.limit = query.limit;
  order.search_only = query.search_only();
  if (order.country.empty()) {
    return comms::Error(COMMS_INVALID, "a search for numbers needs a country");
  }
  if (query.type == "local") {
    order.type = "landline";
  } else if (query.type == "mobile") {
    order.type = "mobile-lvn";
  } else if (query.type == "tollfree") {
    order.type = "landline-toll-free";
  } else if (!query.type.empty()) {
    return comms::Error(COMMS_INVALID, "the type of a number is local, mobile or tollfree");
  }
  // Also for one certain number: only the list of offers tells what it costs and can do.
  return search(account_, order);
}

comms::Outcome<comms::Done> Telephony::configure_number(const comms::NumberConfig& config) {
  if (config.message_url.empty() && config.voice_url.empty() && config.status_url.empty()) {
    return comms::Done{};
  }
  const std::string msisdn = config.number_id.empty() ? comms::without_plus(config.number)
                                                      : named(config.number_id).msisdn;
  if (msisdn.empty()) return comms::Error(COMMS_INVALID, "there is no number to configure");
  return Setup(account_, config, msisdn).begin();
}

comms::Outcome<comms::Done> Telephony::release_number(std::string_view id) {
  return ask_for_owned(account_, named(id).msisdn)
      .then([this,
             number = named(id)](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body.root().type() != COMMS_JSON_OBJECT) return error_of(answer);
        const Owned owned = owned_of(body, number.msisdn);
        if (!owned.found) return comms::Done{};  // gone already
        comms::Form form;
        form.add("country", number.country).add("msisdn", number.msisdn);
        return account_.as_account(comms::post(account_.rest("/number/cancel")))
            .form(form)
            .idempotent()
            .then([this, owned](const comms::HttpResponse& gone) -> comms::Outcome<comms::Done> {
              if (!accepted(gone)) return refusal_of(gone);
              return remove_application(account_, owned);
            });
      });
}

}  // namespace vonage
