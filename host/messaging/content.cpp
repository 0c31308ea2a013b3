#include "messaging/content.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace commsd::messaging {

namespace {

using plugin::ChannelKind;
using plugin::KeyValues;
using plugin::OutboundMessage;

tl::unexpected<Error> too_large(std::string_view what, std::size_t size, std::size_t limit) {
  return fail(ErrorCode::too_large, std::string(what) + " has " + std::to_string(size) +
                                        " bytes; at most " + std::to_string(limit) +
                                        " are allowed on this channel");
}

Result<void> check_address(ChannelKind channel, const OutboundMessage& message) {
  if (channel == ChannelKind::email) {
    if (!is_email_address(message.to)) {
      return fail(ErrorCode::invalid_argument,
                  "'to' is not an e-mail address; expected one like name@example.com");
    }
    if (!message.reply_to.empty() && !is_email_address(message.reply_to)) {
      return fail(ErrorCode::invalid_argument, "'replyTo' is not an e-mail address");
    }
  } else if (!is_e164(message.to)) {
    return fail(ErrorCode::invalid_argument,
                "'to' is not an E.164 number; expected '+', country code and number, digits only, "
                "like +14155552671, nor the id of an agent in this organization");
  }
  return {};
}

Result<void> check_email(const OutboundMessage& message, const ContentLimits& limits) {
  if (message.subject.empty()) {
    return fail(ErrorCode::invalid_argument, "'subject' is required on the email channel");
  }
  if (has_control_character(message.subject)) {
    return fail(ErrorCode::invalid_argument,
                "'subject' contains a line break or another control character");
  }
  if (message.subject.size() > limits.subject_bytes) {
    return too_large("'subject'", message.subject.size(), limits.subject_bytes);
  }
  for (const auto& [name, value] : message.headers) {
    if (has_control_character(name) || has_control_character(value)) {
      return fail(ErrorCode::invalid_argument, "a mail header contains a control character");
    }
  }
  std::size_t total = 0;
  for (const plugin::Attachment& attachment : message.attachments) {
    if (attachment.filename.empty() || has_control_character(attachment.filename) ||
        attachment.filename.find('/') != std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  "'attachments': each needs a file name without slashes or control characters");
    }
    if (has_control_character(attachment.content_type)) {
      return fail(ErrorCode::invalid_argument,
                  "'attachments': a content type has control characters");
    }
    total += attachment.bytes.size();
  }
  if (total > limits.attachments_bytes) {
    return too_large("'attachments' together", total, limits.attachments_bytes);
  }
  return {};
}

void write_pairs(JsonWriter& out, std::string_view name, const KeyValues& pairs) {
  if (pairs.empty()) return;
  out.key(name).begin_array();
  for (const auto& [key, value] : pairs) {
    out.begin_array().value(key).value(value).end_array();
  }
  out.end_array();
}

void write_text(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.field(name, text);
}

void read_text(const JsonValue& root, std::string_view name, std::string& into) {
  if (const auto text = root.string(name)) into = *text;
}

KeyValues read_pairs(const JsonValue& root, std::string_view name) {
  KeyValues pairs;
  const auto list = root.get(name);
  if (!list) return pairs;
  list->each([&](JsonValue pair) {
    std::vector<std::string> parts;
    pair.each([&](JsonValue part) { parts.emplace_back(part.string().value_or("")); });
    if (parts.size() == 2) pairs.emplace_back(std::move(parts[0]), std::move(parts[1]));
  });
  return pairs;
}

}  // namespace

Result<void> check_content(const OutboundMessage& message, const ContentLimits& limits) {
  if (auto address = check_address(message.channel, message); !address) return address;
  const bool email = message.channel == ChannelKind::email;
  if (message.text.empty() && message.html.empty() && message.media_urls.empty() &&
      message.template_id.empty() && message.attachments.empty()) {
    return fail(ErrorCode::invalid_argument,
                "there is nothing to send: give 'body', 'mediaUrls' or 'templateId'");
  }
  if (!message.template_id.empty() && message.channel != ChannelKind::whatsapp) {
    return fail(ErrorCode::unsupported, "'templateId' works on the whatsapp channel only");
  }
  if (!email && (!message.html.empty() || !message.attachments.empty())) {
    return fail(ErrorCode::unsupported,
                "'html' and 'attachments' work on the email channel only; use 'mediaUrls' here");
  }
  const std::size_t limit = email                                      ? limits.email_text_bytes
                            : message.channel == ChannelKind::whatsapp ? limits.whatsapp_text_bytes
                                                                       : limits.sms_text_bytes;
  if (message.text.size() > limit) return too_large("'body'", message.text.size(), limit);
  if (message.html.size() > limits.email_text_bytes) {
    return too_large("'html'", message.html.size(), limits.email_text_bytes);
  }
  if (message.media_urls.size() > limits.media_urls) {
    return fail(ErrorCode::too_large,
                "'mediaUrls' has " + std::to_string(message.media_urls.size()) +
                    " entries; at most " + std::to_string(limits.media_urls) + " are allowed");
  }
  for (const std::string& url : message.media_urls) {
    const bool allowed = limits.own_media || url.starts_with("https://");
    if (!allowed || has_control_character(url) || url.size() > 2048) {
      return fail(ErrorCode::invalid_argument,
                  "'mediaUrls': each must be an https address the vendor can fetch");
    }
  }
  for (const std::string* text : {&message.text, &message.html, &message.subject}) {
    if (!is_valid_utf8(*text) || text->find('\0') != std::string::npos) {
      return fail(ErrorCode::invalid_argument, "the text is not valid UTF-8");
    }
  }
  return email ? check_email(message, limits) : Result<void>();
}

namespace {

std::string encode(const OutboundMessage& message, bool for_rules) {
  JsonWriter out;
  out.begin_object().field("channel", plugin::to_string(message.channel));
  write_text(out, "from", message.from);
  write_text(out, "to", message.to);
  write_text(out, "subject", message.subject);
  write_text(out, "text", message.text);
  write_text(out, "html", message.html);
  write_text(out, "reply_to", message.reply_to);
  write_text(out, "template_id", message.template_id);
  write_text(out, "language", message.language);
  write_text(out, "to_agent", message.to_agent);
  write_pairs(out, "variables", message.template_variables);
  write_pairs(out, "headers", message.headers);
  if (!message.media_urls.empty()) {
    out.key("media").begin_array();
    for (const std::string& url : message.media_urls) out.value(url);
    out.end_array();
  }
  if (!message.attachments.empty()) {
    out.key("attachments").begin_array();
    for (const plugin::Attachment& attachment : message.attachments) {
      out.begin_object().field("filename", attachment.filename);
      out.field("content_type", attachment.content_type);
      out.field("base64", base64_encode(attachment.bytes)).end_object();
    }
    out.end_array();
  }
  if (for_rules) {
    write_text(out, "message_class", message.message_class);
    write_text(out, "time_zone", message.time_zone);
    if (message.mandated) out.field("mandated", true);
    if (message.copy) out.field("copy", true);
  }
  return out.end_object().take();
}

}  // namespace

std::string encode_content(const OutboundMessage& message) {
  return encode(message, true);
}

Result<OutboundMessage> decode_content(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return fail(ErrorCode::internal, "a stored message is damaged");
  const JsonValue root = document->root();
  const auto channel = plugin::parse_channel(root.string("channel").value_or(""));
  if (!channel) return fail(ErrorCode::internal, "a stored message is damaged");

  OutboundMessage message;
  message.channel = *channel;
  read_text(root, "from", message.from);
  read_text(root, "to", message.to);
  read_text(root, "subject", message.subject);
  read_text(root, "text", message.text);
  read_text(root, "html", message.html);
  read_text(root, "reply_to", message.reply_to);
  read_text(root, "template_id", message.template_id);
  read_text(root, "language", message.language);
  read_text(root, "message_class", message.message_class);
  read_text(root, "time_zone", message.time_zone);
  message.mandated = root.boolean("mandated").value_or(false);
  message.copy = root.boolean("copy").value_or(false);
  read_text(root, "to_agent", message.to_agent);
  message.template_variables = read_pairs(root, "variables");
  message.headers = read_pairs(root, "headers");
  if (const auto media = root.get("media")) {
    media->each([&](JsonValue url) { message.media_urls.emplace_back(url.string().value_or("")); });
  }
  if (const auto attachments = root.get("attachments")) {
    bool whole = true;
    attachments->each([&](JsonValue item) {
      const auto bytes = base64_decode(item.string("base64").value_or("?"));
      whole = whole && bytes.has_value();
      if (!bytes) return;
      message.attachments.push_back({std::string(item.string("filename").value_or("")),
                                     std::string(item.string("content_type").value_or("")),
                                     *bytes});
    });
    if (!whole) return fail(ErrorCode::internal, "a stored message is damaged");
  }
  return message;
}

Result<OutboundMessage> content_of(const store::Message& message,
                                   const std::optional<std::string>& payload) {
  if (!payload) {
    return fail(ErrorCode::internal, "the content of the message is gone or damaged");
  }
  Result<OutboundMessage> content = decode_content(*payload);
  if (!content) return content;
  if (content->copy) content->to = message.to_address;
  if (!message.from_address.empty()) content->from = message.from_address;
  return content;
}

std::string content_hash(std::string_view agent_id, const OutboundMessage& message) {
  return sha256_hex(std::string(agent_id) + '\n' + encode(message, false));
}

policy::OutboundAction action_of(std::string org_id, std::string agent_id,
                                 const OutboundMessage& message) {
  policy::OutboundAction action;
  action.org_id = std::move(org_id);
  action.agent_id = std::move(agent_id);
  action.channel = message.channel;
  action.to = message.to;
  action.from = message.from;
  action.text = message.text;
  action.subject = message.subject;
  action.html = message.html;
  action.message_class =
      policy::parse_message_class(message.message_class).value_or(policy::MessageClass::marketing);
  action.time_zone = message.time_zone;
  action.mandated = message.mandated;
  action.copy = message.copy;
  action.to_agent = !message.to_agent.empty();
  return action;
}

}  // namespace commsd::messaging
