#include <algorithm>

#include <comms/cpp/price.hpp>

#include "errors.h"
#include "telephony.h"

// Searching, buying, finding and giving back numbers. An order is worked off by and by: it is asked
// for until it is done, then the number has an id of its own.

namespace telnyx {

namespace {

constexpr std::uint32_t most_listed = 50;
constexpr std::uint32_t poll_ms = 1'000;
constexpr int most_polls = 10;

std::string features_of(const comms::JsonNode& number) {
  std::uint32_t capabilities = 0;
  for (const comms::JsonNode feature : number["features"]) {
    const std::string name = feature["name"].text();
    if (name == "sms") capabilities |= COMMS_NUMBER_SMS;
    if (name == "mms") capabilities |= COMMS_NUMBER_MMS;
    if (name == "voice") capabilities |= COMMS_NUMBER_VOICE;
  }
  return comms::capabilities_text(capabilities);
}

void add_cost(comms::Fields& fields, const comms::JsonNode& number) {
  const std::int64_t micros =
      comms::price_micros(number.at("/cost_information/monthly_cost").text());
  if (micros == COMMS_COST_UNKNOWN) return;
  fields.emplace_back("monthly_cost_micros", std::to_string(micros));
  fields.emplace_back("currency", number.at("/cost_information/currency").text());
}

std::string filter(const char* name, std::string_view value) {
  return "filter" + comms::percent_encode(name) + '=' + comms::percent_encode(value);
}

comms::Error order_failed() {
  return comms::Error(COMMS_REJECTED, "Telnyx could not deliver the number", {},
                      "search again and order another number");
}

/// Its id among the account's numbers, once an order went well.
comms::Outcome<comms::Fields> id_of(const Account& account, const std::string& e164,
                                    const comms::Fields& more) {
  const std::string url = account.resource("phone_numbers?" + filter("[phone_number]", e164));
  return account.authorized(comms::get(url))
      .then([e164, more](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        const comms::Json body = answer.json();
        for (const comms::JsonNode number : body["data"]) {
          if (!answer.ok() || number["phone_number"].text() != e164) continue;
          comms::Fields fields{{"number", e164}, {"id", number["id"].text()}};
          fields.insert(fields.end(), more.begin(), more.end());
          return fields;
        }
        // It is ours, under a name we do not know yet.
        return comms::Error(COMMS_AMBIGUOUS, "the number is bought, but its id was not to be had",
                            {}, "look it up again in a while");
      });
}

/// Follows one order to its end.
class Order {
 public:
  Order(const Account& account, comms::Fields more) : account_(&account), more_(std::move(more)) {}

  comms::Outcome<comms::Fields> follow(const comms::JsonNode& order) {
    id_ = order["id"].text();
    const std::string state = order["status"].text();
    if (state == "failure") return order_failed();
    if (state == "success") {
      return id_of(*account_, order.at("/phone_numbers/0/phone_number").text(), more_);
    }
    if (++polls_ > most_polls) {
      return comms::Error(COMMS_AMBIGUOUS, "Telnyx has not finished the order yet", {},
                          "look it up again in a while; some countries ask for documents first, "
                          "which the Telnyx Portal names");
    }
    return comms::after(poll_ms, [order = *this]() mutable { return order.ask(); });
  }

 private:
  comms::Outcome<comms::Fields> ask() {
    const std::string path = "number_orders/" + comms::percent_encode(id_);
    return account_->authorized(comms::get(account_->resource(path)))
        .then([order = *this](
                  const comms::HttpResponse& answer) mutable -> comms::Outcome<comms::Fields> {
          const comms::Json body = answer.json();
          // The order is placed: an answer that failed to come only says that we do not know.
          if (!answer.ok() || body["data"]["id"].text().empty()) {
            comms::Error error = error_of(answer);
            error.status = COMMS_AMBIGUOUS;
            return error;
          }
          return order.follow(body["data"]);
        });
  }

  const Account* account_;
  comms::Fields more_;  // capabilities and price, from the search
  std::string id_;
  int polls_ = 0;
};

comms::Outcome<comms::Fields> order(const Account& account, const std::string& e164,
                                    const std::string& client_ref, comms::Fields more) {
  comms::JsonObject number, body;
  comms::JsonArray numbers;
  numbers.add(number.put("phone_number", e164));
  body.put("phone_numbers", numbers).put_nonempty("customer_reference", client_ref);
  return account.authorized(comms::post(account.resource("number_orders")))
      .json(body)
      .then([&account, more](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json json = answer.json();
        if (json["data"]["id"].text().empty()) return error_of(answer);
        return Order(account, more).follow(json["data"]);
      });
}

std::string search_query(const comms::NumberQuery& query) {
  std::string text = filter("[country_code]", query.country);
  const auto add = [&text](const char* name, std::string_view value) {
    if (!value.empty()) text += '&' + filter(name, value);
  };
  add("[national_destination_code]", query.area_code);
  add("[phone_number_type]", query.type == "tollfree" ? "toll_free" : query.type);
  // The pattern is matched against the number without its plus.
  add("[phone_number][contains]", query.number.substr(query.number.substr(0, 1) == "+"));
  add("[features]", comms::capabilities_text(query.capabilities));
  const std::uint32_t listed = query.limit ? std::min(query.limit, most_listed) : 10;
  add("[limit]", std::to_string(query.search_only() ? listed : 1));
  return text;
}

}  // namespace

comms::Outcome<comms::Fields> Telephony::buy_number(const comms::NumberQuery& query) {
  if (!query.type.empty() && query.type != "local" && query.type != "mobile" &&
      query.type != "tollfree") {
    return comms::Error(COMMS_INVALID, "the type of a number is local, mobile or tollfree");
  }
  const std::string client_ref(query.client_ref);
  const bool search_only = query.search_only();
  if (!query.number.empty() && !search_only) {
    return order(account_, std::string(query.number), client_ref, {});
  }
  if (query.country.empty()) {
    return comms::Error(COMMS_INVALID, "a search for numbers needs a country");
  }
  const std::string url = account_.resource("available_phone_numbers?" + search_query(query));
  return account_.authorized(comms::get(url))
      .then([this, client_ref,
             search_only](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body["data"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        comms::Fields found;
        for (const comms::JsonNode number : body["data"]) {
          const std::string e164 = number["phone_number"].text();
          if (e164.empty()) continue;
          comms::Fields more{{"capabilities", features_of(number)}};
          add_cost(more, number);
          if (!search_only) return order(account_, e164, client_ref, more);
          found.emplace_back("number", e164);
          found.insert(found.end(), more.begin(), more.end());
        }
        if (!found.empty()) return found;
        return comms::Error(COMMS_NOT_FOUND, "Telnyx has no such number on offer", {},
                            "try another area code, type or country");
      });
}

comms::Outcome<comms::Fields> Telephony::find_number(std::string_view client_ref) {
  if (client_ref.empty()) return comms::Error(COMMS_INVALID, "there is no reference to look for");
  const std::string url =
      account_.resource("number_orders?" + filter("[customer_reference]", client_ref));
  return account_.authorized(comms::get(url))
      .then([this, ref = std::string(client_ref)](
                const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        if (body["data"].type() != COMMS_JSON_ARRAY) return error_of(answer);
        for (const comms::JsonNode placed : body["data"]) {
          // The filter is Telnyx's; whose order it is, is decided here.
          if (placed["customer_reference"].text() != ref) continue;
          if (placed["status"].text() == "failure") continue;
          return Order(account_, {}).follow(placed);
        }
        return comms::Error(COMMS_NOT_FOUND, "no order in this Telnyx account has this reference");
      });
}

comms::Outcome<comms::Done> Telephony::release_number(std::string_view number_id) {
  if (number_id.empty()) return comms::Error(COMMS_INVALID, "there is no number id");
  const std::string path = "phone_numbers/" + comms::percent_encode(number_id);
  return account_.authorized(comms::del(account_.resource(path)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() && answer.status() != 404) return error_of(answer);
        return comms::Done{};
      });
}

}  // namespace telnyx
