#include "whatsapp.h"

#include "errors.h"
#include "messages.h"
#include "signature.h"
#include "twiml.h"
#include "webhook_events.h"

namespace twilio {

namespace {

constexpr int max_pages = 20;

std::string address(std::string_view number) {
  return number.empty() ? std::string() : "whatsapp:" + std::string(number);
}

bool is_content_sid(std::string_view text) {
  return text.size() == 34 && text.substr(0, 2) == "HX" &&
         text.substr(2).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Walks a list of the newer APIs ({KEY: [...], "meta": {"next_page_url"}}) until `wanted` names an
/// entry; `then(sid)` gets its sid, or "" when there is none.
template <class Wanted, class Then>
auto find_in_list(const Account& account, const std::string& origin, const std::string& url,
                  std::string key, Wanted wanted, Then then, int pages = 0)
    -> std::invoke_result_t<Then, const std::string&> {
  using Result = std::invoke_result_t<Then, const std::string&>;
  return account.authorized(comms::get(url))
      .then([&account, origin, key, wanted, then,
             pages](const comms::HttpResponse& answer) -> Result {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        const comms::JsonNode list = body[key];
        // "None" has a sender made again: only a list that was read may say so.
        if (list.type() != COMMS_JSON_ARRAY) return error_of(answer);
        for (const comms::JsonNode entry : list) {
          if (wanted(entry)) return then(entry["sid"].text());
        }
        const std::string next = body.at("/meta/next_page_url").text();
        // Only to where the credentials belong.
        const bool more = next.compare(0, origin.size() + 1, origin + '/') == 0;
        if (!more || pages + 1 >= max_pages) return then(std::string());
        return find_in_list(account, origin, next, key, wanted, then, pages + 1);
      });
}

std::string sender_status(std::string_view status) {
  if (status == "ONLINE" || status == "ONLINE:UPDATING") return "online";
  if (status == "PENDING_VERIFICATION") return "verification_needed";
  if (status == "OFFLINE") return "failed";
  return "pending";  // CREATING, VERIFYING, TWILIO_REVIEW, DRAFT, STUBBED
}

comms::Outcome<comms::Fields> post_sender(const Account& account, const std::string& url,
                                          const comms::JsonObject& body, bool again_is_harmless) {
  return account.authorized(comms::post(url))
      .json(body)
      .idempotent(again_is_harmless)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json sender = answer.json();
        const std::string id = sender["sid"].text();
        if (id.empty()) return error_of(answer);
        return comms::Fields{{"id", id}, {"status", sender_status(sender["status"].text())}};
      });
}

}  // namespace

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
  const std::string name(message.template_id), language(message.language);
  return find_in_list(
      account_, account_.content_url(), account_.content_url() + "/v1/Content?PageSize=500",
      "contents",
      [name, language](const comms::JsonNode& content) {
        return content["friendly_name"].text() == name &&
               (language.empty() || comms::same_text(content["language"].text(), language));
      },
      [this, form](const std::string& sid) -> comms::Outcome<comms::Receipt> {
        if (sid.empty()) {
          return comms::Error(COMMS_REJECTED, "Twilio has no template of this name and language",
                              {}, "use its HX id, or create it in the Content Template Builder");
        }
        return post_message(account_, comms::Form(form).add("ContentSid", sid));
      });
}

comms::Outcome<comms::Receipt> Whatsapp::find_message(const comms::Find& what) {
  Wanted wanted{std::string(what.vendor_id), address(what.from), address(what.to),
                std::string(what.text),      what.after_ms,      what.before_ms};
  // It may have been a template: then Twilio keeps the filled-in text, which we do not know.
  wanted.text_is_literal = false;
  return twilio::find_message(account_, std::move(wanted));
}

comms::Outcome<comms::Fields> Whatsapp::register_sender(const comms::WhatsappSender& sender) {
  const std::string sender_id = address(sender.number);
  const bool second_step = !sender.verification_code.empty();
  comms::JsonObject body, webhook;
  if (second_step) {
    comms::JsonObject code;
    body.put("configuration", code.put("verification_code", sender.verification_code));
  }
  if (!sender.message_url.empty()) {
    webhook.put("callback_url", sender.message_url).put("callback_method", "POST");
  }
  if (!sender.status_url.empty()) {
    webhook.put("status_callback_url", sender.status_url).put("status_callback_method", "POST");
  }
  if (!sender.message_url.empty() || !sender.status_url.empty()) body.put("webhook", webhook);
  if (!sender.display_name.empty()) {
    comms::JsonObject profile;
    body.put("profile", profile.put("name", sender.display_name));
  }
  comms::JsonObject creation = body;
  creation.put("sender_id", sender_id);
  const std::string senders = account_.messaging_url() + "/v2/Channels/Senders";
  return find_in_list(
      account_, account_.messaging_url(), senders + "?Channel=whatsapp&PageSize=100", "senders",
      [sender_id](const comms::JsonNode& entry) { return entry["sender_id"].text() == sender_id; },
      [this, senders, body, creation,
       second_step](const std::string& sid) -> comms::Outcome<comms::Fields> {
        // One sender for a number: what is there already gets our addresses.
        if (!sid.empty()) return post_sender(account_, senders + '/' + sid, body, true);
        if (second_step) {
          return comms::Error(COMMS_NOT_FOUND, "the number has no WhatsApp sender to verify", {},
                              "register it without a code first");
        }
        return post_sender(account_, senders, creation, false);
      });
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
