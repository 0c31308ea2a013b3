#include "providers.h"

namespace sandbox {

namespace {
constexpr std::int64_t cost_micros = 5'000;
}

comms::Outcome<comms::Receipt> Whatsapp::send(const comms::WhatsappMessage& message) {
  Record record;
  record.client_ref = message.client_ref;
  record.from = message.from;
  record.to = message.to;
  record.text = message.body;
  return carrier_.send(std::move(record), cost_micros, "SM");
}

comms::Outcome<comms::Receipt> Whatsapp::find_message(const comms::Find& what) {
  return carrier_.find(what);
}

comms::Outcome<comms::Fields> Whatsapp::register_sender(const comms::WhatsappSender& sender) {
  return comms::Fields{
      {"id", carrier_.make_id("XE")}, {"number", std::string(sender.number)}, {"status", "online"}};
}

bool Whatsapp::verify_webhook(const comms::HttpIn& in) {
  return carrier_.verify(in);
}

comms::Events Whatsapp::parse_webhook(const comms::HttpIn& in) {
  return carrier_.parse(in, COMMS_EVENT_MESSAGE_IN);
}

comms::Reply Whatsapp::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"{\"stored\":true}", "application/json"};
}

}  // namespace sandbox
