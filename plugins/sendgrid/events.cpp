#include "events.h"

#include <optional>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/json.hpp>
#include <comms/cpp/redact.hpp>
#include <comms/cpp/utf8.hpp>

#include "sendgrid.h"

// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event

namespace sendgrid {

namespace {

struct Kind {
  std::string_view name;
  std::string_view status;  // neutral
};
// "group_resubscribe" and the events of the account say nothing about a mail: they are left out.
// Who unsubscribes has seen the mail.
constexpr Kind kinds[] = {
    {"processed", "sent"},   {"deferred", "sent"},          {"delivered", "delivered"},
    {"bounce", "bounced"},   {"dropped", "failed"},         {"spamreport", "complained"},
    {"unsubscribe", "read"}, {"group_unsubscribe", "read"}, {"open", "read"},
    {"click", "read"},
};

std::string shown(comms::JsonNode text, std::size_t most) {
  return comms::redact(comms::utf8_front(text.text(), most));
}

/// The code of a failure and what its remedies hang on: config/content/vendor_blocks.yaml.
void tell_failure(comms::Event& event, comms::JsonNode told, const std::string& name) {
  if (name == "bounce") {
    event.error_code = shown(told["status"], 40);  // "5.1.1"
    if (event.error_code.empty()) event.error_code = told["type"].text();
    event.error_message = shown(told["reason"], 500);
    // "blocked": the server would not take it this time, which says nothing bad of the address.
    if (told["type"].text() == "blocked") event.status = "undelivered";
  } else if (name == "dropped") {
    event.error_code = shown(told["reason"], 100);  // "Bounced Address"
    event.error_message = "SendGrid did not try to deliver it";
  } else if (name == "deferred") {
    event.error_code = name;
    event.error_message = shown(told["response"], 500);
  } else if (name == "spamreport" || name == "unsubscribe" || name == "group_unsubscribe") {
    event.error_code = name;
    event.error_message = name == "spamreport" ? "the recipient marked the mail as spam"
                                               : "the recipient unsubscribed at SendGrid";
  }
}

/// Those without an id of their own get one of what they say, the same when they come again. Whom
/// they are about need not stand in what is remembered of them.
std::string id_of(const comms::Host& host, comms::JsonNode told) {
  std::string id = told["sg_event_id"].text();
  if (!id.empty()) return id;
  std::string all;
  for (const char* member : {"event", "sg_message_id", "smtp-id", "email", "timestamp", "url"}) {
    all += told[member].text() + '\n';
  }
  return comms::hex(comms::Crypto(host).sha256(all)).substr(0, 32);
}

std::optional<comms::Event> status_event(const comms::Host& host, comms::JsonNode told) {
  const std::string name = told["event"].text();
  for (const Kind& kind : kinds) {
    if (kind.name != name) continue;
    // Apple's proxy opens every mail, whether anybody reads it or not.
    if (told["sg_machine_open"].boolean()) return std::nullopt;
    comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
    event.event_id = id_of(host, told);
    event.vendor_id = id_of_send(told["sg_message_id"].text());
    event.client_ref = told[reference_name].text();
    event.status = kind.status;
    const std::int64_t seconds = told["timestamp"].integer();
    if (seconds > 0 && seconds < 100'000'000'000) event.occurred_at_ms = seconds * 1000;
    tell_failure(event, told, name);
    std::string message_id = told["smtp-id"].text();
    if (!message_id.empty()) event.extra.emplace_back("message_id", std::move(message_id));
    return event;
  }
  return std::nullopt;
}

}  // namespace

comms::Events status_events(const comms::Host& host, std::string_view body) {
  const comms::Json json(host, body);
  if (!json || json.root().type() != COMMS_JSON_ARRAY) {
    throw comms::Error(COMMS_INVALID, "the body is no array of events");
  }
  comms::Events events;
  for (comms::JsonNode told : json.root()) {
    if (auto event = status_event(host, told)) events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace sendgrid
