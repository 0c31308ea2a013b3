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
  return book_.add_sender(carrier_, sender.number);
}

comms::Outcome<comms::Fields> Whatsapp::list_senders() {
  return book_.senders();
}

comms::Outcome<comms::Fields> Whatsapp::sender_status(std::string_view sender_id) {
  return book_.sender(sender_id);
}

comms::Outcome<comms::Done> Whatsapp::remove_sender(std::string_view sender_id) {
  book_.remove_sender(sender_id);
  return comms::Done{};
}

comms::Outcome<comms::Fields> Whatsapp::list_templates() {
  return book_.templates();
}

comms::Outcome<comms::Fields> Whatsapp::create_template(const comms::WhatsappTemplate& wanted) {
  return book_.add_template(carrier_, wanted);
}

comms::Outcome<comms::Done> Whatsapp::remove_template(std::string_view template_id) {
  book_.remove_template(template_id);
  return comms::Done{};
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
