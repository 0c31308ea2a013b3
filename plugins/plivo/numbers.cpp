#include <algorithm>

#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>

#include "errors.h"
#include "telephony.h"

// Searching and buying numbers (https://www.plivo.com/docs/numbers/api/phone-numbers).

namespace plivo {

namespace {

constexpr std::uint32_t most_listed = 20;  // Plivo's most

std::string capabilities_of(const comms::JsonNode& number) {
  const auto flag = [&](const char* name, std::uint32_t bit) {
    return number[name].boolean() ? bit : 0u;
  };
  return comms::capabilities_text(flag("sms_enabled", COMMS_NUMBER_SMS) |
                                  flag("mms_enabled", COMMS_NUMBER_MMS) |
                                  flag("voice_enabled", COMMS_NUMBER_VOICE));
}

comms::Fields offer_of(const Account& account, const comms::JsonNode& number) {
  comms::Fields fields{{"capabilities", capabilities_of(number)}};
  const std::int64_t micros = comms::price_micros(number["monthly_rental_rate"].text());
  if (micros != COMMS_COST_UNKNOWN) {
    fields.emplace_back("monthly_cost_micros", std::to_string(micros));
    fields.emplace_back("currency", account.currency());
  }
  return fields;
}

comms::Outcome<comms::Fields> buy(const Account& account, const std::string& msisdn,
                                  const comms::Fields& offer) {
  const std::string path = "PhoneNumber/" + comms::percent_encode(msisdn) + '/';
  return account.authorized(comms::post(account.resource(path)))
      .json(comms::JsonObject())
      .then([msisdn, offer](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) {
          comms::Error error = error_of(answer);
          if (error.status == COMMS_NOT_FOUND) error.status = COMMS_REJECTED;
          if (error.status == COMMS_REJECTED) error.remedy = "search again and buy another number";
          return error;
        }
        const comms::Json body = answer.json();
        const std::string state = body["status"].text();
        if (state == "pending") {
          return comms::Error(COMMS_AMBIGUOUS, "Plivo has not finished the order yet", {},
                              "some countries ask for documents first, which the Plivo Console "
                              "names under Phone Numbers");
        }
        if (state != "fulfilled" || body.at("/numbers/0/number").text() != msisdn) {
          return error_of(answer);
        }
        comms::Fields fields{{"number", comms::with_plus(msisdn)}, {"id", msisdn}};
        fields.insert(fields.end(), offer.begin(), offer.end());
        return fields;
      });
}

std::string services(std::uint32_t capabilities) {
  std::string text;
  const auto need = [&](std::uint32_t flag, const char* name) {
    if (capabilities & flag) text += (text.empty() ? "" : ",") + std::string(name);
  };
  need(COMMS_NUMBER_VOICE, "voice");
  need(COMMS_NUMBER_SMS, "sms");
  need(COMMS_NUMBER_MMS, "mms");
  return text;
}

}  // namespace

comms::Outcome<comms::Fields> Telephony::buy_number(const comms::NumberQuery& query) {
  if (!query.type.empty() && query.type != "local" && query.type != "mobile" &&
      query.type != "tollfree") {
    return comms::Error(COMMS_INVALID, "the type of a number is local, mobile or tollfree");
  }
  const bool search_only = query.search_only();
  const std::string wanted = comms::without_plus(query.number);
  if (!wanted.empty() && !search_only) return buy(account_, wanted, {});
  if (query.country.empty()) {
    return comms::Error(COMMS_INVALID, "a search for numbers needs a country");
  }
  const std::uint32_t listed = query.limit ? std::min(query.limit, most_listed) : 10;
  comms::Form form;
  form.add("country_iso", query.country).add_nonempty("type", query.type);
  // Matched behind the country code.
  form.add_nonempty("pattern", query.area_code);
  form.add_nonempty("services", services(query.capabilities));
  form.add("limit", std::to_string(search_only ? listed : 1));
  return account_.authorized(comms::get(account_.resource("PhoneNumber/?" + form.text())))
      .then([this, search_only,
             wanted](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body["objects"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        comms::Fields found;
        for (const comms::JsonNode number : body["objects"]) {
          const std::string msisdn = comms::without_plus(number["number"].text());
          if (msisdn.empty() || (!wanted.empty() && msisdn != wanted)) continue;
          const comms::Fields offer = offer_of(account_, number);
          if (!search_only) return buy(account_, msisdn, offer);
          found.emplace_back("number", comms::with_plus(msisdn));
          found.insert(found.end(), offer.begin(), offer.end());
        }
        if (!found.empty()) return found;
        return comms::Error(COMMS_NOT_FOUND, "Plivo has no such number on offer", {},
                            "try another area code, type or country");
      });
}

}  // namespace plivo
