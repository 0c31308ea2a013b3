#include <algorithm>
#include <map>
#include <vector>

#include "cloud.h"

// Templates
// (https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates).

namespace whatsapp_cloud {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 4 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

comms::JsonObject text_parameter(std::string_view value) {
  comms::JsonObject parameter;
  return parameter.put("type", "text").put("text", value);
}

comms::JsonObject header_parameter(std::string_view value) {
  if (value.substr(0, 8) != "https://") return text_parameter(value);
  std::string kind = kind_of(value);
  if (kind != "image" && kind != "video") kind = "document";
  comms::JsonObject file, parameter;
  return parameter.put("type", kind).put(kind, file.put("link", value));
}

void add_component(comms::JsonArray& components, const char* type, const comms::JsonArray& list) {
  comms::JsonObject component;
  components.add(component.put("type", type).put("parameters", list));
}

}  // namespace

comms::JsonObject template_of(const comms::WhatsappMessage& message, std::string_view language) {
  std::map<int, std::string_view> numbered, buttons;
  comms::JsonArray header, named;
  for (const comms::Pair variable : message.variables) {
    if (is_number(variable.key)) {
      numbered[std::stoi(std::string(variable.key))] = variable.value;
    } else if (variable.key == "header") {
      header.add(header_parameter(variable.value));
    } else if (variable.key.substr(0, 7) == "button." && is_number(variable.key.substr(7))) {
      buttons[std::stoi(std::string(variable.key.substr(7)))] = variable.value;
    } else {
      named.add(text_parameter(variable.value).put("parameter_name", variable.key));
    }
  }
  if (!numbered.empty() && !named.empty()) {
    throw comms::Error(COMMS_INVALID, "a template has numbered variables or named ones, not both");
  }
  int expected = 1;
  comms::JsonArray body = named;
  for (const auto& [position, value] : numbered) {
    if (position != expected++) {
      throw comms::Error(COMMS_INVALID, "variable " + std::to_string(expected - 1) +
                                            " of the template is missing");
    }
    body.add(text_parameter(value));
  }
  comms::JsonArray components;
  if (!header.empty()) add_component(components, "header", header);
  if (!body.empty()) add_component(components, "body", body);
  for (const auto& [index, value] : buttons) {
    comms::JsonObject button;
    button.put("type", "button").put("sub_type", "url").put("index", std::to_string(index));
    components.add(button.put("parameters", comms::JsonArray().add(text_parameter(value))));
  }
  std::string code(message.language.empty() ? language : message.language);
  std::replace(code.begin(), code.end(), '-', '_');  // Meta writes en_US
  comms::JsonObject of_language, made;
  of_language.put("policy", "deterministic").put("code", code);
  made.put("name", message.template_id).put("language", of_language);
  if (!components.empty()) made.put("components", components);
  return made;
}

}  // namespace whatsapp_cloud
