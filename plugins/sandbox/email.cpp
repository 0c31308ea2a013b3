#include "providers.h"

namespace sandbox {

namespace {
constexpr std::int64_t cost_micros = 400;
}

comms::Outcome<comms::Receipt> Email::send(const comms::EmailMessage& message) {
  if (message.to.empty()) return comms::Error(COMMS_INVALID, "there is no recipient");
  Record record;
  record.client_ref = message.client_ref;
  record.from = message.from;
  record.to = message.to[0];
  record.text = message.text;
  return carrier_.send(std::move(record), cost_micros, "EM");
}

comms::Outcome<comms::Receipt> Email::find_message(const comms::Find& what) {
  return carrier_.find(what);
}

comms::Outcome<comms::Fields> Email::verify_domain(std::string_view domain) {
  return domain_status(domain);
}

comms::Outcome<comms::Fields> Email::domain_status(std::string_view domain) {
  comms::Fields fields{{"domain_id", "sandbox"}, {"status", "verified"}};
  comms::add_dns_record(fields, "TXT", "sandbox._domainkey." + std::string(domain), "v=DKIM1; p=");
  return fields;
}

bool Email::verify_webhook(const comms::HttpIn& in) {
  return carrier_.verify(in);
}

comms::Events Email::parse_webhook(const comms::HttpIn& in) {
  return carrier_.parse(in, COMMS_EVENT_MESSAGE_IN);
}

comms::Reply Email::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"stored\":true}", "application/json"};
}

}  // namespace sandbox
