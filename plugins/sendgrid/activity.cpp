#include <algorithm>
#include <cctype>

#include <comms/cpp/stream.hpp>

#include "sendgrid.h"

// Email Activity (https://www.twilio.com/docs/sendgrid/for-developers/sending-email/
// getting-started-email-activity-api): an add-on, and six requests a minute.

namespace sendgrid {

namespace {

/// Of one send; its recipients are messages of their own there.
constexpr const char* page = "/v3/messages?limit=100&query=";

/// Nothing that could end a string of the query language.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || c == '-' || (c > 0 && std::isalnum(static_cast<unsigned char>(c)));
  });
}

/// Neutral status of a send, of the worst of its recipients.
std::string status_of(comms::JsonNode messages, const std::string& id) {
  std::string status = "delivered";
  for (comms::JsonNode message : messages) {
    if (id_of_send(message["msg_id"].text()) != id) continue;
    const std::string one = message["status"].text();
    if (one == "not_delivered") return "undelivered";
    if (one != "delivered") status = "sent";
  }
  return status;
}

comms::Error not_shown(comms::Error error) {
  // 403, or 404 where a reseller's accounts have no such route.
  if (error.status != COMMS_DENIED && error.status != COMMS_NOT_FOUND) return error;
  error.status = COMMS_UNSUPPORTED;
  error.remedy =
      "SendGrid shows what was sent to accounts with additional email activity history only: buy "
      "it and give the API key the permission Email Activity, or look in the Activity Feed";
  return error;
}

}  // namespace

comms::Outcome<comms::Receipt> Sendgrid::find_message(const comms::Find& what) {
  const bool by_id = !what.vendor_id.empty();
  const std::string wanted(by_id ? id_of_send(what.vendor_id) : what.client_ref);
  if (!is_word(wanted)) {
    return comms::Error(COMMS_UNSUPPORTED, "SendGrid finds a message by an id or reference only");
  }
  const std::string query =
      by_id ? "msg_id LIKE \"" + wanted + "%\""
            : "(unique_args['" + std::string(reference_name) + "']=\"" + wanted + "\")";
  return ask("GET", page + comms::percent_encode(query))
      .then([this, by_id,
             wanted](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return not_shown(failure_of(response));
        const comms::Json answer = response.json();
        const comms::JsonNode messages = answer["messages"];
        if (messages.type() != COMMS_JSON_ARRAY) return failure_of(response);
        for (comms::JsonNode message : messages) {
          const std::string message_id = message["msg_id"].text();
          comms::Receipt found;
          found.vendor_id = id_of_send(message_id);
          if (found.vendor_id.empty() || (by_id && found.vendor_id != wanted)) continue;
          found.status = status_of(messages, found.vendor_id);
          if (by_id) return found;
          return confirm(message_id, std::move(found), wanted);
        }
        return comms::Error(COMMS_NOT_FOUND, "SendGrid shows no such message");
      });
}

/// Looks at what was found by the reference: a filter that was not understood would show what
/// others sent.
comms::Outcome<comms::Receipt> Sendgrid::confirm(const std::string& message_id,
                                                 comms::Receipt found,
                                                 const std::string& reference) const {
  return ask("GET", "/v3/messages/" + comms::percent_encode(message_id))
      .then([this, found = std::move(found),
             reference](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return not_shown(failure_of(response));
        const comms::Json message = response.json();
        const comms::JsonNode arguments = message["unique_args"];
        // An object written out as text, in the document; as text or as an object, take it.
        const bool ours = arguments.text().find(reference) != std::string::npos ||
                          arguments[reference_name].text() == reference;
        if (!ours) {
          return comms::Error(COMMS_INTERNAL, "SendGrid does not filter by unique_args any more");
        }
        comms::Receipt receipt = found;
        receipt.fields = {{"match", "client_ref"}};
        return receipt;
      });
}

}  // namespace sendgrid
