#include "providers.h"

namespace sandbox {

namespace {

constexpr std::int64_t call_cost_micros = 14'000;
constexpr std::string_view unconfigurable = "PX";  // begins the ids of numbers in XD

/// The exchange of fictitious numbers of each country's plan; elsewhere ten digits behind its
/// letters, which no network routes either.
std::string number_in(std::string_view country, std::string_view digits) {
  if (country == "US" || country == "CA") return "+1555555" + std::string(digits.substr(0, 4));
  if (country == "GB") return "+447700900" + std::string(digits.substr(0, 3));
  return "+888" + std::string(digits.substr(0, 9));
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::send_message(const comms::Sms& sms) {
  Record record;
  record.client_ref = sms.client_ref;
  record.from = sms.from;
  record.to = sms.to;
  record.text = sms.body;
  const std::int64_t segments = static_cast<std::int64_t>(sms.body.size() / 153) + 1;
  return carrier_.send(std::move(record), carrier_.text_cost() * segments,
                       sms.media.empty() ? "SM" : "MM");
}

comms::Outcome<comms::Receipt> Telephony::find_message(const comms::Find& what) {
  return carrier_.find(what);
}

comms::Outcome<comms::Receipt> Telephony::make_call(const comms::CallRequest& call) {
  Record record;
  record.client_ref = call.client_ref;
  record.from = call.from;
  record.to = call.to;
  record.is_call = true;
  return carrier_.send(std::move(record), call_cost_micros, "CA");
}

comms::Outcome<comms::Done> Telephony::transfer_call(const comms::Transfer&) {
  return comms::Done{};
}

comms::Outcome<comms::Done> Telephony::end_call(std::string_view) {
  return comms::Done{};
}

comms::Outcome<comms::Fields> Telephony::buy_number(const comms::NumberQuery& query) {
  if (query.country == "ZZ") {
    return comms::Error(COMMS_NOT_FOUND, "no number is on offer in this country", "sandbox-zz");
  }
  if (query.country == "XA") {
    return comms::Error(COMMS_REJECTED, "the order was refused", "sandbox-xa",
                        "this country fails on purpose; use another one");
  }
  const comms::Error no_answer(COMMS_AMBIGUOUS, "the carrier did not answer", "sandbox-xb");
  if (query.country == "XB") return no_answer;
  // Decimal digits out of random bytes: the slight bias does not matter for a pretended number.
  std::string digits;
  for (const char byte : comms::Crypto(carrier_.host()).random(12)) {
    digits += static_cast<char>('0' + static_cast<unsigned char>(byte) % 10);
  }
  // The endings 0001 to 0007 fail on purpose.
  if (digits.compare(0, 3, "000") == 0) digits[0] = '9';
  const std::string number = number_in(query.country, digits);
  const std::string id = carrier_.make_id(query.country == "XD" ? unconfigurable.data() : "PN");
  carrier_.sell(std::string(query.client_ref), id, number);
  if (query.country == "XC") return no_answer;
  return comms::Fields{{"number", number},
                       {"id", id},
                       {"capabilities", comms::capabilities_text(query.capabilities)},
                       {"monthly_cost_micros", "1150000"},
                       {"currency", "USD"}};
}

comms::Outcome<comms::Done> Telephony::configure_number(const comms::NumberConfig& config) {
  if (config.number_id.substr(0, unconfigurable.size()) == unconfigurable) {
    return comms::Error(COMMS_UNAVAILABLE, "the number cannot be configured now", "sandbox-xd");
  }
  return comms::Done{};
}

comms::Outcome<comms::Done> Telephony::release_number(std::string_view number_id) {
  carrier_.take_back(number_id);
  return comms::Done{};
}

comms::Outcome<comms::Fields> Telephony::find_number(std::string_view client_ref) {
  return carrier_.find_sold(client_ref);
}

comms::Outcome<comms::Fields> Telephony::create_account(const comms::AccountRequest& request) {
  const std::string id = carrier_.make_id("AC");
  carrier_.sell(std::string(request.client_ref), id, std::string(request.name));
  return comms::Fields{{"id", id}};
}

comms::Outcome<comms::Fields> Telephony::find_account(const comms::AccountRequest& request) {
  return carrier_.find_sold(request.client_ref);
}

comms::Outcome<comms::Done> Telephony::close_account(std::string_view account_id) {
  carrier_.take_back(account_id);
  return comms::Done{};
}

bool Telephony::verify_webhook(const comms::HttpIn& in) {
  return carrier_.verify(in);
}

comms::Events Telephony::parse_webhook(const comms::HttpIn& in) {
  const bool status = in.url.find("/call-status") != std::string_view::npos;
  const bool call = status || in.url.find("voice") != std::string_view::npos;
  comms::Events events = carrier_.parse(in, call ? COMMS_EVENT_CALL_IN : COMMS_EVENT_MESSAGE_IN);
  for (comms::Event& event : events) {
    if (call && event.kind == COMMS_EVENT_MESSAGE_STATUS) event.kind = COMMS_EVENT_CALL_STATUS;
    event.client_ref = in.query().get("ref");
  }
  return events;
}

comms::Reply Telephony::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"stored\":true}", "application/json"};
}

comms::Reply Telephony::render(const comms::Verbs& verbs) {
  comms::JsonArray out;
  for (const comms::Verb& verb : verbs) {
    if (verb.kind < COMMS_VERB_SAY || verb.kind > COMMS_VERB_NATIVE) {
      throw comms::Error(COMMS_UNSUPPORTED, "the sandbox does not know this verb");
    }
    comms::JsonObject item;
    item.put("kind", verb.kind).put_nonempty("text", verb.text).put_nonempty("url", verb.url);
    item.put_nonempty("number", verb.number).put_nonempty("calleeUrl", verb.callee_url);
    out.add(item);
  }
  return {out.text(), "application/json"};
}

comms::Outcome<comms::Receipt> Telephony::find_call(const comms::Find& what) {
  return carrier_.find(what);
}

}  // namespace sandbox
