#include "whatsapp.h"

#include "errors.h"
#include "messages.h"
#include "signature.h"
#include "twiml.h"
#include "webhook_events.h"

namespace twilio {

namespace {

bool is_content_sid(std::string_view text) {
  return text.size() == 34 && text.substr(0, 2) == "HX" &&
         text.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string address(std::string_view number) {
  return number.empty() ? std::string() : "whatsapp:" + std::string(number);
}

comms::Outcome<comms::Receipt> Whatsapp::send(const comms::WhatsappMessage& message) {
  if (message.media.size() > 1) {
    return comms::Error(COMMS_INVALID, "a WhatsApp message holds one media file", {},
                        "send one message for each file");
  }
  comms::Form form;
  form.add("To", address(message.to)).add_nonempty("From", address(message.from));
  form.add_nonempty("StatusCallback", message.status_url);
  if (message.template_id.empty()) {
    form.add_nonempty("Body", message.body);
    for (const std::string_view url : message.media) form.add("MediaUrl", url);
    return post_message(account_, form);
  }
  if (!message.variables.empty()) {
    comms::JsonObject variables;
    for (const comms::Pair variable : message.variables) {
      variables.put(variable.key, variable.value);
    }
    form.add("ContentVariables", variables.text());
  }
  if (is_content_sid(message.template_id)) {
    return post_message(account_, form.add("ContentSid", message.template_id));
  }
  return send_named(message, std::move(form));
}

comms::Outcome<comms::Receipt> Whatsapp::find_message(const comms::Find& what) {
  Wanted wanted{std::string(what.vendor_id), address(what.from), address(what.to),
                std::string(what.text),      what.after_ms,      what.before_ms};
  // It may have been a template: then Twilio keeps the filled-in text, which we do not know.
  wanted.text_is_literal = false;
  return twilio::find_message(account_, std::move(wanted));
}

comms::Outcome<comms::Blob> Whatsapp::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

bool Whatsapp::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_.host(), account_.auth_token(), in);
}

comms::Events Whatsapp::parse_webhook(const comms::HttpIn& in) {
  return events_of(account_.host(), in, Channel::whatsapp);
}

comms::Reply Whatsapp::webhook_reply(const comms::HttpIn&, std::int32_t) {
  return {"<Response/>", twiml_type};
}

}  // namespace twilio
