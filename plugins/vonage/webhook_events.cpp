#include "webhook_events.h"

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/e164.hpp>
#include <comms/cpp/json.hpp>
#include <comms/cpp/price.hpp>
#include <comms/cpp/seconds.hpp>
#include <comms/cpp/timestamp.hpp>

#include "calls.h"
#include "errors.h"
#include "messages.h"
#include "ncco.h"
#include "signature.h"

namespace vonage {

namespace {

constexpr std::uint32_t a_day_ms = 86'400'000;

bool is_over(std::string_view neutral) {
  return neutral != "queued" && neutral != "ringing" && neutral != "in-progress";
}

class Parser {
 public:
  Parser(const Account& account, const comms::HttpIn& in, Channel channel)
      : account_(account),
        host_(account.host()),
        in_(in),
        body_(host_, in.body),
        channel_(channel) {}

  comms::Events parse() const {
    // The token comes with Messages and Voice only.
    if (in_.header("Authorization").empty()) return of_sms_api();
    if (body_.root().type() != COMMS_JSON_OBJECT) {
      throw comms::Error(COMMS_INVALID, "the body is no JSON object");
    }
    if (!get("message_uuid").empty()) return of_message();
    if (channel_ == Channel::whatsapp) {
      throw comms::Error(COMMS_INVALID, "a call came to the address for WhatsApp messages");
    }
    return of_call();
  }

 private:
  std::string get(std::string_view name) const { return body_[name].text(); }

  void price(comms::Event& event, const std::string& amount, const std::string& currency) const {
    event.cost_micros = comms::price_micros(amount);
    if (event.cost_micros != COMMS_COST_UNKNOWN) event.currency = currency;
  }

  comms::Events of_message() const {
    if ((get("channel") == "whatsapp") != (channel_ == Channel::whatsapp)) {
      throw comms::Error(COMMS_INVALID, "a message of another channel came to this address");
    }
    const std::string status = get("status");
    comms::Event event(status.empty() ? COMMS_EVENT_MESSAGE_IN : COMMS_EVENT_MESSAGE_STATUS);
    event.vendor_id = get("message_uuid");
    event.from = comms::with_plus(get("from"));
    event.to = comms::with_plus(get("to"));
    event.occurred_at_ms = comms::timestamp_ms(get("timestamp"));
    // Who gets a message pays for it too, in some countries.
    price(event, body_.at("/usage/price").text(),
          body_.at("/usage/currency").text(account_.currency()));
    if (status.empty()) return {received(std::move(event))};
    event.event_id = event.vendor_id + ':' + status;
    event.client_ref = get("client_ref");
    event.status = message_status(status);
    event.error_code = code_of(body_.at("/error/type").text());
    if (event.error_code.empty()) event.error_code = body_.at("/error/title").text();
    // Not `detail`, which may name the number.
    event.error_message = remedy_of(event.error_code);
    event.note("segments", body_.at("/sms/count_total").text());
    return {std::move(event)};
  }

  comms::Event received(comms::Event event) const {
    event.event_id = event.vendor_id;
    if (event.from.empty()) throw comms::Error(COMMS_INVALID, "the message has no sender");
    const std::string type = get("message_type");
    event.text = body_["text"].text();
    for (const char* kind : {"image", "audio", "video", "file", "vcard", "sticker"}) {
      add_media(event, body_[kind]);
    }
    for (const comms::JsonNode part : body_["content"]) add_media(event, part);
    if (type == "reply" || type == "button") {
      event.text = body_.at("/reply/title").text(body_.at("/button/text").text());
      event.note("button_text", event.text);
      event.note("button_payload", body_.at("/reply/id").text(body_.at("/button/payload").text()));
    }
    if (type == "reaction") event.text = body_.at("/reaction/emoji").text();
    event.note("latitude", decimal(body_.at("/location/lat")));
    event.note("longitude", decimal(body_.at("/location/long")));
    event.note("profile_name", body_.at("/profile/name").text());
    event.note("in_reply_to", body_.at("/context/message_uuid").text());
    event.note("segments", body_.at("/sms/num_messages").text());
    return event;
  }

  static std::string decimal(const comms::JsonNode& node) {
    if (!node || node.is_null()) return {};
    const std::string text = node.text();
    return text.empty() ? std::to_string(node.number()) : text;
  }

  static void add_media(comms::Event& event, const comms::JsonNode& part) {
    comms::Media media;
    media.url = part["url"].text();
    if (media.url.empty()) return;
    media.filename = part["name"].text();
    const std::string caption = part["caption"].text();
    if (event.text.empty()) event.text = caption;
    event.media.push_back(std::move(media));
  }

  comms::Events of_call() const {
    const std::string conversation = get("conversation_uuid");
    const std::string key = "conversation:" + conversation;
    std::string id = get("uuid");
    if (id.empty()) id = get("call_uuid");
    const bool leg = in_.query().has(leg_mark);
    // Recordings and notifications name the conversation only: whose it is, earlier news told.
    if (id.empty() && !conversation.empty()) id = host_.cached(key).value_or("");
    if (id.empty()) throw comms::Error(COMMS_INVALID, "neither a message nor a known call");
    if (!leg) {
      if (!conversation.empty() && !host_.cached(key)) host_.remember(key, id, a_day_ms);
      remember_application(host_, id, claim_of(host_, in_, "application_id"));
    }
    if (!get("recording_url").empty()) return {recording(std::move(id))};
    if (body_["dtmf"] || body_["speech"]) return input(std::move(id));
    if (body_["payload"]) {  // of a redirect: nothing new, the answer is what is asked for
      comms::Event event = call_event(COMMS_EVENT_CALL_STATUS, std::move(id), "in-progress");
      event.event_id = event.vendor_id + ":notify:" + digest();
      return {std::move(event)};
    }
    if (get("status").empty()) return {answer(std::move(id))};
    return leg ? dialled(std::move(id)) : progress(std::move(id));
  }

  comms::Event call_event(std::int32_t kind, std::string id, std::string status) const {
    comms::Event event(kind);
    event.vendor_id = std::move(id);
    event.client_ref = in_.query().get("ref");
    event.from = comms::with_plus(get("from"));
    event.to = comms::with_plus(get("to"));
    event.status = std::move(status);
    event.occurred_at_ms = comms::timestamp_ms(get("timestamp"));
    event.note("direction", get("direction"));
    return event;
  }

  /// The question what to do: of an incoming call, or of one of ours, whose address has the
  /// reference.
  comms::Event answer(std::string id) const {
    if (get("to").empty() && get("from").empty()) {
      throw comms::Error(COMMS_INVALID, "the call has no status and no ends");
    }
    const bool ours = in_.query().has("ref");
    comms::Event event = call_event(ours ? COMMS_EVENT_CALL_STATUS : COMMS_EVENT_CALL_IN,
                                    std::move(id), ours ? "in-progress" : "ringing");
    event.event_id = event.vendor_id + ":answer";
    event.note("direction", ours ? "outbound" : "inbound");
    return event;
  }

  comms::Events progress(std::string id) const {
    const std::string said = get("status"), more = get("sub_state");
    comms::Event event = call_event(COMMS_EVENT_CALL_STATUS, std::move(id), call_status(said));
    event.event_id = event.vendor_id + ':' + said + (more.empty() ? "" : ':' + more);
    event.note("duration_ms", comms::milliseconds(get("duration")));
    if (said == "machine" || said == "human") event.note("answered_by", said);
    event.note("reason", get("detail"));
    if (event.status == "completed") price(event, get("price"), account_.currency());
    return {std::move(event)};
  }

  /// Of the leg a DIAL verb made; the call itself goes on. While it rings there is no news.
  comms::Events dialled(std::string leg) const {
    const std::string said = get("status"), status = call_status(said);
    if (!is_over(status)) return {};
    const std::string parent =
        host_.cached("conversation:" + get("conversation_uuid")).value_or("");
    comms::Event event = call_event(COMMS_EVENT_CALL_STATUS, parent, "in-progress");
    event.event_id = "dial:" + leg + ':' + said;
    event.note("dial_status", status);
    event.note("dial_call_id", leg);
    event.note("dial_duration_ms", comms::milliseconds(get("duration")));
    return {std::move(event)};
  }

  comms::Event recording(std::string id) const {
    comms::Event event = call_event(COMMS_EVENT_RECORDING, std::move(id), "");
    event.event_id = get("recording_uuid");
    if (event.event_id.empty()) event.event_id = event.vendor_id + ":recording:" + digest();
    comms::Media media;
    media.url = get("recording_url");
    media.content_type = "audio/wav";
    media.byte_count =
        static_cast<std::uint64_t>(std::max<std::int64_t>(body_["size"].integer(), 0));
    event.media.push_back(std::move(media));
    event.note("recording_id", get("recording_uuid"));
    const std::int64_t begin = comms::timestamp_ms(get("start_time")),
                       end = comms::timestamp_ms(get("end_time"));
    if (begin > 0 && end >= begin) event.note("duration_ms", std::to_string(end - begin));
    return event;
  }

  /// What a caller typed and said; both may come in one.
  comms::Events input(std::string id) const {
    comms::Events events;
    const std::string once = id + ":input:" + digest();
    // Before 2021 dtmf was the text itself.
    const std::string typed =
        body_["dtmf"].type() == COMMS_JSON_OBJECT ? body_.at("/dtmf/digits").text() : get("dtmf");
    const std::string said = body_.at("/speech/results/0/text").text();
    if (!said.empty()) {
      events.push_back(call_event(COMMS_EVENT_SPEECH, id, ""));
      events.back().text = said;
      events.back().event_id = once + ":speech";
      events.back().note("confidence", decimal(body_.at("/speech/results/0/confidence")));
    }
    // A caller who did nothing typed nothing: the call goes on.
    if (!typed.empty() || said.empty()) {
      events.push_back(call_event(COMMS_EVENT_DTMF, id, ""));
      events.back().text = typed;
      events.back().event_id = once;
    }
    return events;
  }

  /// Webhooks of the older SMS API.
  comms::Events of_sms_api() const {
    if (channel_ == Channel::whatsapp) {
      throw comms::Error(COMMS_INVALID, "an SMS came to the address for WhatsApp messages");
    }
    comms::Form form;
    for (const auto& [name, value] : sms_parameters(host_, in_)) form.add(name, value);
    const bool report = form.has("status") && form.has("err-code");
    comms::Event event(report ? COMMS_EVENT_MESSAGE_STATUS : COMMS_EVENT_MESSAGE_IN);
    event.vendor_id = form.get("messageId");
    if (event.vendor_id.empty()) throw comms::Error(COMMS_INVALID, "the SMS has no messageId");
    event.occurred_at_ms = comms::timestamp_ms(form.get("message-timestamp"));
    event.from = comms::with_plus(form.get("msisdn"));
    event.to = comms::with_plus(form.get("to"));
    if (!report) {
      if (event.from.empty()) throw comms::Error(COMMS_INVALID, "the SMS has no sender");
      event.event_id = event.vendor_id;
      event.text = form.get("text");
      event.note("concat_ref", form.get("concat-ref"));
      event.note("concat_part", form.get("concat-part"));
      event.note("concat_total", form.get("concat-total"));
      return {std::move(event)};
    }
    std::swap(event.from, event.to);  // msisdn is the other side in both
    const std::string state = form.get("status");
    event.event_id = event.vendor_id + ':' + state;
    event.client_ref = form.get("client-ref");
    event.status = state == "delivered"                       ? "delivered"
                   : state == "failed" || state == "rejected" ? "failed"
                   : state == "expired"                       ? "undelivered"
                                                              : "sent";
    event.error_code = form.get("err-code");
    if (event.error_code == "0") event.error_code.clear();
    price(event, form.get("price"), account_.currency());
    return {std::move(event)};
  }

  std::string digest() const {
    return comms::hex(comms::Crypto(host_).sha256(in_.body)).substr(0, 32);
  }

  const Account& account_;
  const comms::Host& host_;
  const comms::HttpIn& in_;
  comms::Json body_;
  Channel channel_;
};

}  // namespace

comms::Events events_of(const Account& account, const comms::HttpIn& in, Channel channel) {
  return Parser(account, in, channel).parse();
}

}  // namespace vonage
