#include "whatsapp.h"

#include <algorithm>
#include <charconv>

#include "messages.h"
#include "signature.h"
#include "webhook_events.h"

namespace vonage {

namespace {

/// Values of {{1}}, {{2}}...: Vonage takes them by place, however they came.
comms::JsonArray parameters(const comms::Pairs& variables) {
  std::vector<std::pair<unsigned, std::string_view>> placed;
  for (const comms::Pair variable : variables) {
    unsigned place = 0;
    const char* end = variable.key.data() + variable.key.size();
    const auto parsed = std::from_chars(variable.key.data(), end, place);
    if (parsed.ec != std::errc() || parsed.ptr != end || place == 0) {
      throw comms::Error(COMMS_INVALID, "the variables of a Vonage template are numbered 1, 2, 3");
    }
    placed.emplace_back(place, variable.value);
  }
  std::sort(placed.begin(), placed.end());
  comms::JsonArray values;
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (placed[i].first != i + 1) {
      throw comms::Error(COMMS_INVALID, "a variable of the template is missing or given twice");
    }
    values.add(placed[i].second);
  }
  return values;
}

/// WhatsApp writes en_US where BCP 47 has en-US.
std::string locale(std::string_view language) {
  std::string text(language.empty() ? "en" : language);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

comms::JsonObject content_of(const comms::WhatsappMessage& message) {
  comms::JsonObject content, part;
  if (!message.template_id.empty()) {
    comms::JsonObject choice;
    part.put("name", message.template_id).put_nonempty("parameters", parameters(message.variables));
    choice.put("policy", "deterministic").put("locale", locale(message.language));
    return content.put("message_type", "template").put("template", part).put("whatsapp", choice);
  }
  if (message.media.empty()) {
    return content.put("message_type", "text").put("text", message.body);
  }
  std::string kind = media_kind(message.media[0]);
  if (kind == "vcard") kind = "file";
  part.put("url", message.media[0]);
  if (kind != "audio") {
    part.put_nonempty("caption", message.body);
  } else if (!message.body.empty()) {
    throw comms::Error(COMMS_INVALID, "WhatsApp has no text beside an audio file", {},
                       "send the text as a message of its own");
  }
  return content.put("message_type", kind).put(kind, part);
}

}  // namespace

comms::Outcome<comms::Receipt> Whatsapp::send(const comms::WhatsappMessage& message) {
  if (message.media.size() > 1) {
    return comms::Error(COMMS_INVALID, "a WhatsApp message holds one media file", {},
                        "send one message for each file");
  }
  return post_message(
      account_, {"whatsapp", message.from, message.to, message.client_ref, message.status_url},
      content_of(message));
}

comms::Outcome<comms::Blob> Whatsapp::fetch_media(std::string_view url) {
  return account_.fetch_media(url);
}

bool Whatsapp::verify_webhook(const comms::HttpIn& in) {
  return is_authentic(account_, in);
}

comms::Events Whatsapp::parse_webhook(const comms::HttpIn& in) {
  return events_of(account_, in, Channel::whatsapp);
}

}  // namespace vonage
