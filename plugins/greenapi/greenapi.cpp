#include "greenapi.h"

#include <comms/cpp/e164.hpp>

#include "errors.h"

namespace greenapi {

namespace {

constexpr std::uint32_t media_limit = 100 * 1024 * 1024;  // what WhatsApp carries as a document

comms::Error no_number() {
  return comms::Error(COMMS_INVALID, "the recipient is no number in E.164", {},
                      "write it as + with country code");
}

std::string chat_of(const std::string& digits) {
  return digits + "@c.us";
}

std::string status_of(std::string_view state) {
  if (state == "authorized" || state == "sleepMode") return "online";
  if (state == "notAuthorized") return "verification_needed";
  if (state == "starting") return "pending";
  return "failed";  // blocked, yellowCard
}

}  // namespace

std::string number_of(std::string_view chat) {
  const std::size_t at = chat.find("@c.us");
  const std::string digits = comms::e164_digits(chat.substr(0, at));
  if (at == std::string_view::npos || at + 5 != chat.size() || digits.empty()) {
    return std::string(chat);
  }
  return '+' + digits;
}

std::string file_name(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.rfind('/');
  const bool has_path =
      slash != std::string_view::npos && (scheme == std::string_view::npos || slash > scheme + 2);
  std::string name = has_path ? comms::percent_decode(url.substr(slash + 1)) : std::string();
  for (char& c : name) {
    const bool odd = static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '/';
    if (odd) c = '_';
  }
  return name.empty() ? "file" : name;
}

Greenapi::Greenapi(const comms::Host& host, const comms::Config& config)
    : host_(host),
      instance_(config.required("id_instance")),
      token_(config.required("api_token")),
      webhook_token_(config.text("webhook_token")),
      phone_(comms::e164_digits(config.text("phone"))),
      api_url_(config.url("api_url", "https://api.green-api.com")),
      media_url_(config.url("media_url", "https://media.green-api.com")),
      upload_from_(config.url("upload_from")) {}

std::string Greenapi::method_url(std::string_view base, std::string_view method) const {
  std::string url(base);
  return url.append("/waInstance")
      .append(instance_)
      .append("/")
      .append(method)
      .append("/")
      .append(token_);
}

comms::Request Greenapi::call(std::string verb, std::string_view method) const {
  return comms::Request(std::move(verb), method_url(api_url_, method));
}

comms::Error Greenapi::failure(const comms::HttpResponse& response) const {
  comms::Error error = error_of(response);
  // Whatever else was overlooked: the token is in no message.
  for (std::size_t at = 0; (at = error.message.find(token_, at)) != std::string::npos;) {
    error.message.replace(at, token_.size(), "[token]");
  }
  return error;
}

comms::Outcome<comms::Done> Greenapi::probe() {
  return call("GET", "getStateInstance")
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        const std::string state = response.ok() ? response.json()["stateInstance"].text() : "";
        if (state.empty()) return failure(response);
        if (state != "authorized") return state_error(state);
        return comms::Done{};
      });
}

comms::Outcome<comms::Receipt> Greenapi::accept(comms::Request request) const {
  return request.then(
      [this](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        std::string id = response.json()["idMessage"].text();
        if (id.empty()) return failure(response);  // a success without an id: it may have been sent
        return comms::Receipt{std::move(id), "queued"};
      });
}

comms::Outcome<comms::Receipt> Greenapi::send(const comms::WhatsappMessage& message) {
  if (!message.template_id.empty()) {
    return comms::Error(COMMS_UNSUPPORTED, "GREEN-API has no templates", {},
                        "send text, or use a provider of WhatsApp's own API for templates");
  }
  const std::string digits = comms::e164_digits(message.to);
  if (digits.empty()) return no_number();
  if (!phone_.empty() && !message.from.empty() && comms::e164_digits(message.from) != phone_) {
    return comms::Error(COMMS_INVALID, "the sender is not the number linked to the instance", {},
                        "send from the number in the setting phone");
  }
  if (message.media.size() > 1) {
    return comms::Error(COMMS_INVALID, "a WhatsApp message holds one media file", {},
                        "send one message for each file");
  }
  if (!message.media.empty()) return send_file(message, chat_of(digits));
  if (message.body.empty()) return comms::Error(COMMS_INVALID, "there is nothing to send");
  comms::JsonObject body;
  body.put("chatId", chat_of(digits)).put("message", message.body);
  return accept(call("POST", "sendMessage").json(body));
}

comms::Outcome<comms::Receipt> Greenapi::send_file(const comms::WhatsappMessage& message,
                                                   std::string chat) const {
  const std::string url(message.media[0]);
  const std::string caption(message.body);
  const bool below = !upload_from_.empty() && url.size() > upload_from_.size() &&
                     url.compare(0, upload_from_.size() + 1, upload_from_ + '/') == 0;
  if (below) {
    comms::Fields fields{{"chatId", std::move(chat)}};
    if (!caption.empty()) fields.emplace_back("caption", caption);
    return upload(url, std::move(fields));
  }
  comms::JsonObject body;
  body.put("chatId", chat).put("urlFile", url).put("fileName", file_name(url));
  body.put_nonempty("caption", caption);
  return accept(call("POST", "sendFileByUrl").json(body));
}

comms::Outcome<comms::Fields> Greenapi::register_sender(const comms::WhatsappSender& sender) {
  const std::string digits = comms::e164_digits(sender.number);
  if (digits.empty()) return no_number();
  if (sender.message_url.empty()) return describe_sender(digits);
  if (webhook_token_.empty()) {
    return comms::Error(COMMS_INVALID, "webhook_token is needed before webhooks are asked for", {},
                        "set it to a secret of your own");
  }
  comms::JsonObject settings;
  settings.put("webhookUrl", sender.message_url).put("webhookUrlToken", webhook_token_);
  settings.put("incomingWebhook", "yes").put("outgoingWebhook", "yes").put("stateWebhook", "yes");
  settings.put("outgoingMessageWebhook", "no").put("outgoingAPIMessageWebhook", "no");
  return call("POST", "setSettings")
      .json(settings)
      .idempotent()
      .then([this, digits](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        if (!response.json()["saveSettings"].boolean()) {
          return comms::Error(COMMS_REJECTED, "GREEN-API did not save the webhook's address");
        }
        return describe_sender(digits);
      });
}

comms::Outcome<comms::Fields> Greenapi::describe_sender(std::string digits) const {
  return call("GET", "getWaSettings")
      .then([this, digits](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        const comms::Json body = response.json();
        const std::string state = response.ok() ? body["stateInstance"].text() : "";
        if (state.empty()) return failure(response);
        const std::string linked = comms::e164_digits(body["phone"].text());
        if (!linked.empty() && linked != digits) {
          return comms::Error(COMMS_REJECTED, "the instance is linked to another number", {},
                              "log the instance out first, or use one instance a number");
        }
        if (state == "notAuthorized") return link_code(digits);
        return comms::Fields{{"id", instance_}, {"status", status_of(state)}};
      });
}

comms::Outcome<comms::Fields> Greenapi::link_code(const std::string& digits) const {
  comms::JsonObject body;
  body.put("phoneNumber", std::stoll(digits));  // the vendor wants a number, at most 15 digits
  return call("POST", "getAuthorizationCode")
      .json(body)
      .idempotent()
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        const std::string code = answer["code"].text();
        if (!answer["status"].boolean() || code.empty()) {
          return comms::Error(COMMS_UNAVAILABLE, "GREEN-API gave no code to link the phone with",
                              {}, "scan the QR code in the GREEN-API console instead");
        }
        return comms::Fields{
            {"id", instance_}, {"status", "verification_needed"}, {"link_code", code}};
      });
}

/// The files lie in a store that asks for nothing but the URL.
comms::Outcome<comms::Blob> Greenapi::fetch_media(std::string_view url) {
  return comms::get(std::string(url)).max_response_bytes(media_limit).download();
}

}  // namespace greenapi
