#include "messaging/copies.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "messaging/content.h"
#include "messaging/message_state.h"
#include "policy/message_class.h"
#include "store/message_repository.h"

namespace commsd::messaging {

namespace {

using plugin::ChannelKind;

/// No longer than what a message may be, cut between characters.
void shorten(std::string& text, std::size_t most) {
  constexpr std::string_view more = "...";
  if (text.size() <= most) return;
  std::size_t end = most - more.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  text += more;
}

std::string mirrored(std::string_view direction, const std::string& other, const std::string& text,
                     std::size_t files) {
  std::string copy = std::string(copy_mark) + std::string(direction) + ' ' + other + ": " + text;
  if (files > 0) copy += " [" + std::to_string(files) + (files == 1 ? " file]" : " files]");
  shorten(copy, ContentLimits().sms_text_bytes);
  return copy;
}

std::size_t files_of(const std::string& media_json) {
  std::size_t files = 0;
  if (const auto media = JsonDocument::parse(media_json)) {
    media->root().each([&files](JsonValue) { ++files; });
  }
  return files;
}

/// `content.to` stays empty: the target is that of the route when the unit is committed.
void add(store::UnitOfWork& unit, store::Message copy, plugin::OutboundMessage content,
         std::string_view kind, std::string_view contact, const Ids& ids) {
  content.copy = true;
  content.message_class = policy::to_string(policy::MessageClass::service);
  copy.id = ids.make("msg");
  copy.channel = plugin::to_string(content.channel);
  copy.from_address = content.from;
  copy.state = to_string(MessageState::scheduled);
  copy.state_rank = state_rank(MessageState::scheduled);
  copy.content_hash = content_hash(copy.id, content);
  copy.updated_at = copy.created_at;
  store::MessageRepository::add_copy(unit, copy, kind, contact, encode_content(content));
}

/// Without what concerns the recipient alone: their link to unsubscribe, and what was attached to
/// the message as one of a conversation.
plugin::OutboundMessage mail_copy(const plugin::OutboundMessage& content) {
  plugin::OutboundMessage mail = content;
  mail.to.clear();
  mail.to_agent.clear();
  mail.mandated = false;
  mail.headers = {{"X-Original-To", content.to}, {"Auto-Submitted", "auto-generated"}};
  return mail;
}

}  // namespace

bool has_route(std::string_view routes, std::string_view kind) {
  const std::vector<std::string_view> words = split(routes, ' ');
  return std::find(words.begin(), words.end(), kind) != words.end();
}

bool may_have_route(const std::optional<std::string>& routes, std::string_view kind) {
  return !routes || has_route(*routes, kind);
}

std::string copy_action(std::string_view channel) {
  return std::string(channel) + ".copy";
}

void add_copy(store::UnitOfWork& unit, const store::Message& message,
              const plugin::OutboundMessage& content, const Ids& ids, UnixMillis at) {
  const bool secret = message.content_hash.empty();
  if (secret || !message.copy_of.empty()) return;
  const bool mail = content.channel == ChannelKind::email;
  if (!mail && content.channel != ChannelKind::sms) return;
  const std::string_view kind = mail ? route::email_bcc : route::sms_mirror;
  if (!may_have_route(message.routes, kind)) return;

  store::Message copy;
  copy.org_id = message.org_id;
  copy.agent_id = message.agent_id;
  copy.copy_of = message.id;
  copy.created_at = at;
  plugin::OutboundMessage of = mail ? mail_copy(content) : plugin::OutboundMessage();
  if (!mail) {
    of.channel = content.channel;
    of.text = mirrored("to", message.to_address, content.text, content.media_urls.size());
  }
  of.from = message.from_address;
  add(unit, std::move(copy), std::move(of), kind, message.to_address, ids);
}

void add_copy(store::UnitOfWork& unit, const store::InboxItem& item,
              const std::optional<std::string>& routes, const Ids& ids) {
  if (item.channel != plugin::to_string(ChannelKind::sms)) return;
  if (!may_have_route(routes, route::sms_mirror)) return;
  store::Message copy;
  copy.org_id = item.org_id;
  copy.agent_id = item.agent_id;
  copy.copy_of = item.id;
  copy.created_at = item.received_at;
  plugin::OutboundMessage of;
  of.channel = ChannelKind::sms;
  of.from = item.to_address;
  of.text = mirrored("from", item.from_address, item.body, files_of(item.media_json));
  add(unit, std::move(copy), std::move(of), route::sms_mirror, item.from_address, ids);
}

}  // namespace commsd::messaging
