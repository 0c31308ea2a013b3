#include "messages.h"

#include <comms/cpp/e164.hpp>

#include "errors.h"

namespace vonage {

std::string message_status(std::string_view status) {
  if (status == "delivered" || status == "read") return std::string(status);
  if (status == "rejected") return "failed";
  if (status == "undeliverable") return "undelivered";
  return "sent";  // submitted
}

std::string media_kind(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t dot = url.rfind('.');
  const std::string_view end = dot == std::string_view::npos ? "" : url.substr(dot + 1);
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      if (comms::same_text(end, name)) return true;
    }
    return false;
  };
  if (one_of({"jpg", "jpeg", "png", "gif", "bmp", "webp"})) return "image";
  if (one_of({"mp3", "ogg", "oga", "opus", "amr", "wav", "m4a", "aac"})) return "audio";
  if (one_of({"mp4", "3gp", "3gpp", "mov", "mpeg", "mpg"})) return "video";
  return one_of({"vcf", "vcard"}) ? "vcard" : "file";
}

comms::Outcome<comms::Receipt> post_message(const Account& account, const Envelope& envelope,
                                            comms::JsonObject content) {
  if (envelope.to.empty() || envelope.from.empty()) {
    return comms::Error(COMMS_INVALID, "a message needs a sender and a recipient");
  }
  content.put("channel", envelope.channel)
      .put("to", comms::without_plus(envelope.to))
      .put("from", comms::without_plus(envelope.from))
      .put("webhook_version", "v1")
      .put_nonempty("webhook_url", envelope.status_url)
      .put_nonempty("client_ref", envelope.client_ref);
  return account.as_application(comms::post(account.api("/v1/messages")))
      .json(content)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        comms::Receipt receipt;
        receipt.vendor_id = answer.json()["message_uuid"].text();
        // A success without an id may still have sent something.
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

}  // namespace vonage
