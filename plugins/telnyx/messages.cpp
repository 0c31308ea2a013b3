#include <comms/cpp/price.hpp>

#include "errors.h"
#include "telephony.h"
#include "values.h"

// POST /messages and GET /messages/{id}.

namespace telnyx {

namespace {

constexpr std::size_t max_media = 10;

comms::Receipt receipt_of(const comms::JsonNode& message) {
  comms::Receipt receipt;
  receipt.vendor_id = message["id"].text();
  receipt.status = message_status(message.at("/to/0/status").text());
  receipt.cost_micros = comms::price_micros(message.at("/cost/amount").text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) {
    receipt.currency = message.at("/cost/currency").text();
  }
  const std::string code = message.at("/errors/0/code").text();
  if (!code.empty()) receipt.fields.emplace_back("error_code", code);
  const std::string parts = message["parts"].text();
  if (!parts.empty()) receipt.fields.emplace_back("segments", parts);
  return receipt;
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::send_message(const comms::Sms& sms) {
  if (sms.media.size() > max_media) {
    return comms::Error(COMMS_INVALID, "an MMS holds ten media files at most", {},
                        "send the files in several messages");
  }
  comms::JsonObject body;
  body.put("from", sms.from).put("to", sms.to).put_nonempty("text", sms.body);
  if (!sms.media.empty()) body.put("media_urls", sms.media);
  body.put("type", sms.media.empty() ? "SMS" : "MMS");
  if (!sms.status_url.empty()) body.put("webhook_url", sms.status_url);
  return account_.authorized(comms::post(account_.resource("messages")))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json json = answer.json();
        comms::Receipt receipt = receipt_of(json["data"]);
        // A success without an id may still have sent something.
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Outcome<comms::Receipt> Telephony::find_message(const comms::Find& what) {
  if (what.vendor_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Telnyx finds messages by their id only", {},
                        "look into the message log of the Telnyx Portal");
  }
  const std::string path = "messages/" + comms::percent_encode(what.vendor_id);
  return account_.authorized(comms::get(account_.resource(path)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json json = answer.json();
        comms::Receipt receipt = receipt_of(json["data"]);
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

comms::Outcome<comms::Blob> Telephony::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

}  // namespace telnyx
