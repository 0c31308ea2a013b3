#include <comms/cpp/e164.hpp>
#include <comms/cpp/price.hpp>

#include "errors.h"
#include "telephony.h"
#include "values.h"

// Message/ and Message/{uuid}/ (https://www.plivo.com/docs/messaging/api/messages).

namespace plivo {

namespace {

constexpr std::size_t max_media = 10;

comms::Receipt receipt_of(const Account& account, const comms::JsonNode& message) {
  comms::Receipt receipt;
  receipt.vendor_id = message["message_uuid"].text();
  receipt.status = message_status(message["message_state"].text());
  receipt.cost_micros = comms::price_micros(message["total_amount"].text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) receipt.currency = account.currency();
  const std::string code = message["error_code"].text();
  // 000 is how Plivo writes that it was delivered.
  if (!code.empty() && code != "000") receipt.fields.emplace_back("error_code", code);
  const std::string units = message["units"].text();
  if (!units.empty()) receipt.fields.emplace_back("segments", units);
  return receipt;
}

}  // namespace

comms::Outcome<comms::Receipt> Telephony::send_message(const comms::Sms& sms) {
  if (sms.to.empty() || sms.from.empty()) {
    return comms::Error(COMMS_INVALID, "a message needs a sender and a recipient");
  }
  // Several recipients have this between them: one message would become many.
  if (sms.to.find('<') != std::string_view::npos) {
    return comms::Error(COMMS_INVALID, "a message goes to one recipient");
  }
  if (sms.media.size() > max_media) {
    return comms::Error(COMMS_INVALID, "an MMS holds ten media files at most", {},
                        "send the files in several messages");
  }
  comms::JsonObject body;
  body.put("src", comms::without_plus(sms.from))
      .put("dst", comms::without_plus(sms.to))
      .put_nonempty("text", sms.body);
  body.put("type", sms.media.empty() ? "sms" : "mms");
  if (!sms.media.empty()) body.put("media_urls", sms.media);
  if (!sms.status_url.empty()) body.put("url", sms.status_url).put("method", "POST");
  return account_.authorized(comms::post(account_.resource("Message/")))
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json json = answer.json();
        comms::Receipt receipt{json.at("/message_uuid/0").text(), "queued"};
        // A success without an id may still have sent something.
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Outcome<comms::Receipt> Telephony::find_message(const comms::Find& what) {
  if (what.vendor_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "Plivo finds messages by their id only", {},
                        "look into the message log of the Plivo Console");
  }
  const std::string path = "Message/" + comms::percent_encode(what.vendor_id) + '/';
  return account_.authorized(comms::get(account_.resource(path)))
      .then([this](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json json = answer.json();
        comms::Receipt receipt = receipt_of(account_, json.root());
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

comms::Outcome<comms::Blob> Telephony::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

}  // namespace plivo
