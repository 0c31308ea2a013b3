#include "cloud.h"

#include <array>
#include <cctype>

#include <comms/cpp/e164.hpp>
#include <comms/cpp/url.hpp>

#include "errors.h"

namespace whatsapp_cloud {

namespace {

constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // Meta's limit of a document
constexpr std::size_t longest_reference = 512;            // of biz_opaque_callback_data
constexpr std::string_view media_host = "https://lookaside.fbsbx.com";

struct Ending {
  std::string_view text;
  const char* kind;
};

/// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types
constexpr std::array<Ending, 12> endings = {{{"jpg", "image"},
                                             {"jpeg", "image"},
                                             {"png", "image"},
                                             {"mp4", "video"},
                                             {"3gp", "video"},
                                             {"aac", "audio"},
                                             {"amr", "audio"},
                                             {"mp3", "audio"},
                                             {"m4a", "audio"},
                                             {"ogg", "audio"},
                                             {"opus", "audio"},
                                             {"webp", "sticker"}}};

std::string_view path_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

std::string name_of(std::string_view url) {
  const std::string_view path = path_of(url);
  return comms::percent_decode(path.substr(path.rfind('/') + 1));
}

/// The media part of `message`; throws for what WhatsApp does not carry.
void put_media(comms::JsonObject& body, const comms::WhatsappMessage& message) {
  const std::string_view url = message.media[0];
  const std::string kind = kind_of(url);
  comms::JsonObject file;
  file.put("link", url);
  if (kind == "audio" || kind == "sticker") {
    if (!message.body.empty()) {
      throw comms::Error(COMMS_INVALID, "a WhatsApp " + kind + " message carries no text", {},
                         "send the text as a message of its own");
    }
  } else {
    file.put_nonempty("caption", message.body);
  }
  if (kind == "document") file.put_nonempty("filename", name_of(url));
  body.put("type", kind).put(kind, file);
}

}  // namespace

std::string kind_of(std::string_view url) {
  const std::string_view path = path_of(url);
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return "document";
  for (const Ending& ending : endings) {
    if (comms::same_text(path.substr(dot + 1), ending.text)) return ending.kind;
  }
  return "document";
}

Cloud::Cloud(const comms::Host& host, const comms::Config& config)
    : host_(host),
      number_id_(config.required("phone_number_id")),
      token_(config.required("access_token")),
      app_secret_(config.text("app_secret")),
      verify_token_(config.text("verify_token")),
      pin_(config.text("pin")),
      language_(config.text("template_language", "en_US")),
      base_(config.url("base_url", "https://graph.facebook.com")),
      version_(config.text("api_version", "v23.0")) {}

std::string Cloud::url(std::string_view path) const {
  std::string all = base_ + '/' + version_ + '/';
  return all.append(path);
}

comms::Request Cloud::number(std::string method, std::string_view path) const {
  return comms::Request(std::move(method), url(number_id_ + std::string(path))).bearer(token_);
}

comms::Outcome<comms::Done> Cloud::probe() {
  return number("GET", "?fields=id,display_phone_number,quality_rating")
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Done> {
        if (!answer.ok() || answer.json()["id"].text().empty()) return error_of(answer);
        return comms::Done{};
      });
}

comms::Outcome<comms::Receipt> Cloud::send(const comms::WhatsappMessage& message) {
  const std::string to = comms::e164_digits(message.to);
  if (to.empty()) {
    return comms::Error(COMMS_INVALID, "the recipient is no number in E.164", {},
                        "write it as + with country code");
  }
  if (message.media.size() > 1) {
    return comms::Error(COMMS_INVALID, "a WhatsApp message holds one media file", {},
                        "send one message for each file");
  }
  comms::JsonObject body;
  body.put("messaging_product", "whatsapp").put("recipient_type", "individual").put("to", to);
  if (message.client_ref.size() <= longest_reference) {
    body.put_nonempty("biz_opaque_callback_data", message.client_ref);
  }
  if (!message.template_id.empty()) {
    body.put("type", "template").put("template", template_of(message, language_));
  } else if (!message.media.empty()) {
    put_media(body, message);
  } else if (!message.body.empty()) {
    comms::JsonObject text;
    body.put("type", "text").put("text", text.put("body", message.body));
  } else {
    return comms::Error(COMMS_INVALID, "there is nothing to send");
  }
  return number("POST", "/messages")
      .json(body)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        const comms::Json told = answer.json();
        std::string id = answer.ok() ? told.at("/messages/0/id").text() : std::string();
        if (id.empty()) return error_of(answer);  // a success without an id may have been sent
        return comms::Receipt{std::move(id), "queued"};
      });
}

/// A media id answers with an address that is good for five minutes and wants the token too.
comms::Outcome<comms::Blob> Cloud::fetch_media(std::string_view media) {
  if (!comms::is_below(media, base_)) {
    return comms::Error(COMMS_INVALID, "this is no address of a file at Meta");
  }
  return comms::get(std::string(media))
      .bearer(token_)
      .then([this](const comms::HttpResponse& answer) -> comms::Outcome<comms::Blob> {
        const comms::Json file = answer.json();
        const std::string from = answer.ok() ? file["url"].text() : std::string();
        if (from.empty()) return error_of(answer);
        if (!comms::is_below(from, base_) && !comms::is_below(from, media_host)) {
          return comms::Error(COMMS_DENIED, "Meta keeps the file where no credentials may go");
        }
        return comms::get(from)
            .bearer(token_)
            .max_response_bytes(media_limit)
            .download(file["mime_type"].text());
      });
}

}  // namespace whatsapp_cloud
