#include <algorithm>
#include <cmath>

#include "errors.h"
#include "messages.h"
#include "telephony.h"

// Buying, pointing and giving back numbers.

namespace twilio {

namespace {

constexpr std::uint32_t most_listed = 50;

std::string capabilities_of(const comms::JsonNode& number) {
  const comms::JsonNode can = number["capabilities"];
  // On offer they are called SMS and MMS, once bought sms and mms.
  const auto flag = [&](const char* upper, const char* lower, std::uint32_t bit) {
    return can[upper].boolean() || can[lower].boolean() ? bit : 0u;
  };
  return comms::capabilities_text(flag("SMS", "sms", COMMS_NUMBER_SMS) |
                                  flag("MMS", "mms", COMMS_NUMBER_MMS) |
                                  flag("voice", "voice", COMMS_NUMBER_VOICE));
}

/// Twilio's document says number, its servers say text.
std::int64_t price_micros(const comms::JsonNode& price) {
  const std::string text = price.text();
  if (!text.empty() || price.type() != COMMS_JSON_NUMBER) return cost_micros(text);
  return std::llround(price.number() * 1e6);
}

/// Owning twin of NumberQuery: the search outlives the call.
struct Order {
  std::string country, area_code, number, client_ref;
  std::vector<std::string> kinds;  // still to be asked for
  std::uint32_t capabilities = 0, limit = 0;
  bool search_only = false;
};

class Purchase {
 public:
  Purchase(const Account& account, Order order) : account_(&account), order_(std::move(order)) {}

  comms::Outcome<comms::Fields> begin() {
    if (!order_.number.empty() && !order_.search_only) return buy(order_.number);
    return search();
  }

 private:
  comms::Outcome<comms::Fields> search() {
    kind_ = order_.kinds.front();
    order_.kinds.erase(order_.kinds.begin());
    comms::Form query;
    if (kind_ == "Local") query.add_nonempty("AreaCode", order_.area_code);
    query.add_nonempty("Contains", order_.number);
    const auto need = [&](std::uint32_t flag, const char* name) {
      if (order_.capabilities & flag) query.add(name, "true");
    };
    need(COMMS_NUMBER_SMS, "SmsEnabled");
    need(COMMS_NUMBER_MMS, "MmsEnabled");
    need(COMMS_NUMBER_VOICE, "VoiceEnabled");
    const std::uint32_t listed = order_.limit ? std::min(order_.limit, most_listed) : 10;
    query.add("PageSize", std::to_string(order_.search_only ? listed : 1));
    const std::string path = "AvailablePhoneNumbers/" + comms::percent_encode(order_.country) +
                             '/' + kind_ + ".json?" + query.text();
    return account_->authorized(comms::get(account_->resource(path)))
        .then([purchase = *this](const comms::HttpResponse& answer) mutable
              -> comms::Outcome<comms::Fields> { return purchase.choose(answer); });
  }

  comms::Outcome<comms::Fields> choose(const comms::HttpResponse& answer) {
    // 404: the country has no numbers of this kind.
    if (!answer.ok() && answer.status() != 404) return error_of(answer);
    const comms::Json body = answer.json();
    for (const comms::JsonNode number : body["available_phone_numbers"]) {
      const std::string e164 = number["phone_number"].text();
      if (!e164.empty()) found_.emplace_back(e164, capabilities_of(number));
    }
    if (!found_.empty()) return ask_price();
    if (!order_.kinds.empty()) return search();
    return comms::Error(COMMS_NOT_FOUND, "Twilio has no such number on offer", {},
                        "try another area code, type or country");
  }

  /// Before the purchase: once bought, nothing may get between the number and its id.
  comms::Outcome<comms::Fields> ask_price() {
    if (account_->pricing_url().empty()) return conclude();
    return account_
        ->authorized(comms::get(account_->pricing_url() + "/v1/PhoneNumbers/Countries/" +
                                comms::percent_encode(order_.country)))
        .then([purchase = *this](const comms::HttpResponse& answer) mutable
              -> comms::Outcome<comms::Fields> { return purchase.read_price(answer); });
  }

  /// A price that cannot be had stays unknown.
  comms::Outcome<comms::Fields> read_price(const comms::HttpResponse& answer) {
    const comms::Json body = answer.json();
    for (const comms::JsonNode price : body["phone_number_prices"]) {
      std::string kind = price["number_type"].text();  // "local", "mobile", "toll free"
      kind.erase(std::remove(kind.begin(), kind.end(), ' '), kind.end());
      if (!answer.ok() || !comms::same_text(kind, kind_)) continue;
      const std::int64_t micros = price_micros(price["current_price"]);
      if (micros == COMMS_COST_UNKNOWN) continue;
      cost_ = {{"monthly_cost_micros", std::to_string(micros)},
               {"currency", currency_code(body["price_unit"].text())}};
    }
    return conclude();
  }

  comms::Outcome<comms::Fields> conclude() {
    if (!order_.search_only) return buy(found_.front().first);
    comms::Fields fields;
    for (const auto& [e164, capabilities] : found_) {
      fields.emplace_back("number", e164);
      fields.emplace_back("capabilities", capabilities);
      fields.insert(fields.end(), cost_.begin(), cost_.end());
    }
    return fields;
  }

  comms::Outcome<comms::Fields> buy(const std::string& e164) {
    comms::Form form;
    form.add("PhoneNumber", e164);
    // Lets the administrator see which order a number came from when our answer was lost.
    form.add_nonempty("FriendlyName", order_.client_ref);
    return account_->authorized(comms::post(account_->resource("IncomingPhoneNumbers.json")))
        .form(form)
        .then([cost = cost_](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
          if (!answer.ok()) return error_of_create(answer);
          const comms::Json body = answer.json();
          const std::string id = body["sid"].text();
          if (id.empty()) return error_of(answer);
          comms::Fields fields{{"number", body["phone_number"].text()},
                               {"id", id},
                               {"capabilities", capabilities_of(body.root())}};
          fields.insert(fields.end(), cost.begin(), cost.end());
          return fields;
        });
  }

  const Account* account_;
  Order order_;
  std::string kind_;     // being asked for
  comms::Fields found_;  // number and what it can do
  comms::Fields cost_;
};

comms::Outcome<comms::Done> point(const Account& account, const std::string& id,
                                  const comms::Form& form) {
  const std::string path = "IncomingPhoneNumbers/" + comms::percent_encode(id) + ".json";
  return account.authorized(comms::post(account.resource(path)))
      .form(form)
      .idempotent()
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        return comms::Done{};
      });
}

}  // namespace

comms::Outcome<comms::Fields> Telephony::buy_number(const comms::NumberQuery& query) {
  Order order;
  order.country = query.country;
  order.area_code = query.area_code;
  order.number = query.number;
  order.client_ref = query.client_ref;
  order.capabilities = query.capabilities;
  order.limit = query.limit;
  order.search_only = query.search_only();
  if (query.type.empty()) {
    order.kinds = {"Local"};
    // An area code is a place, which the other kinds do not have.
    if (query.area_code.empty()) order.kinds = {"Local", "Mobile", "TollFree"};
  } else if (query.type == "local") {
    order.kinds = {"Local"};
  } else if (query.type == "mobile") {
    order.kinds = {"Mobile"};
  } else if (query.type == "tollfree") {
    order.kinds = {"TollFree"};
  } else {
    return comms::Error(COMMS_INVALID, "the type of a number is local, mobile or tollfree");
  }
  if (order.country.empty() && (order.number.empty() || order.search_only)) {
    return comms::Error(COMMS_INVALID, "a search for numbers needs a country");
  }
  return Purchase(account_, std::move(order)).begin();
}

comms::Outcome<comms::Done> Telephony::configure_number(const comms::NumberConfig& config) {
  comms::Form form;
  const auto set = [&](const char* url_name, const char* method_name, std::string_view url) {
    if (!url.empty()) form.add(url_name, url).add(method_name, "POST");
  };
  set("SmsUrl", "SmsMethod", config.message_url);
  set("VoiceUrl", "VoiceMethod", config.voice_url);
  set("StatusCallback", "StatusCallbackMethod", config.status_url);
  if (form.fields().empty()) return comms::Done{};
  if (!config.number_id.empty()) return point(account_, std::string(config.number_id), form);
  if (config.number.empty()) return comms::Error(COMMS_INVALID, "there is no number to configure");

  const std::string path =
      "IncomingPhoneNumbers.json?PhoneNumber=" + comms::percent_encode(config.number);
  return account_.authorized(comms::get(account_.resource(path)))
      .then([this, form](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok()) return error_of(answer);
        const std::string id = answer.json().at("/incoming_phone_numbers/0/sid").text();
        if (id.empty()) {
          return comms::Error(COMMS_NOT_FOUND, "the number is not in this Twilio account");
        }
        return point(account_, id, form);
      });
}

comms::Outcome<comms::Done> Telephony::release_number(std::string_view number_id) {
  if (number_id.empty()) return comms::Error(COMMS_INVALID, "there is no number id");
  const std::string path = "IncomingPhoneNumbers/" + comms::percent_encode(number_id) + ".json";
  return account_.authorized(comms::del(account_.resource(path)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Fields> Telephony::find_number(std::string_view client_ref) {
  if (client_ref.empty()) return comms::Error(COMMS_INVALID, "there is no reference to look for");
  const std::string path =
      "IncomingPhoneNumbers.json?FriendlyName=" + comms::percent_encode(client_ref) +
      "&PageSize=" + std::to_string(most_listed);
  return account_.authorized(comms::get(account_.resource(path)))
      .then([ref = std::string(client_ref)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        const comms::JsonNode list = body["incoming_phone_numbers"];
        // "Not found" has the number bought again: only a list that was read may say so.
        if (list.type() != COMMS_JSON_ARRAY) return error_of(answer);
        for (const comms::JsonNode number : list) {
          // The filter is Twilio's; whose number it is, is decided here.
          if (number["friendly_name"].text() != ref) continue;
          return comms::Fields{{"number", number["phone_number"].text()},
                               {"id", number["sid"].text()},
                               {"capabilities", capabilities_of(number)}};
        }
        return comms::Error(COMMS_NOT_FOUND, "no number in this Twilio account is named so");
      });
}

}  // namespace twilio
