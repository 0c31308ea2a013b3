#include "messaging/mail_threads.h"

#include <vector>

#include "base/text.h"
#include "messaging/content.h"
#include "messaging/mail_references.h"
#include "messaging/threads.h"

namespace commsd::messaging {

namespace {

/// How far back the mails that an incoming one names are looked for.
constexpr std::size_t most_looked_for = 12;

std::string_view extra(const plugin::ProviderEvent& event, std::string_view name) {
  for (const auto& [key, value] : event.extra) {
    if (key == name) return value;
  }
  return {};
}

std::string_view header(const plugin::OutboundMessage& content, std::string_view name) {
  for (const auto& [key, value] : content.headers) {
    if (key == name) return value;
  }
  return {};
}

/// The ids before a mail: its References, else what it answers.
std::vector<std::string> chain_of(std::string_view references, std::string_view in_reply_to) {
  std::vector<std::string> ids = parse_mail_ids(references);
  if (ids.empty()) ids = parse_mail_ids(in_reply_to);
  return ids;
}

}  // namespace

Task<Result<std::string>> MailThreads::subject_of(const store::MailId& mail) const {
  std::string subject;
  if (!mail.subject_id.starts_with("msg_")) {
    auto item = co_await items_.find(mail.org_id, mail.agent_id, mail.subject_id);
    if (!item) co_return fail(item.error());
    if (*item) subject = (*item)->subject;
    co_return subject;
  }
  auto payload = co_await messages_.payload(mail.org_id, mail.subject_id);
  if (!payload) co_return fail(payload.error());
  if (!*payload) co_return subject;
  const Result<plugin::OutboundMessage> content = decode_content(**payload);
  if (content) subject = content->subject;
  co_return subject;
}

Task<Result<MailThreads::Place>> MailThreads::place(std::string org_id, std::string agent_id,
                                                    std::string to, std::string answered,
                                                    std::string subject) const {
  Place place;
  std::optional<store::MailId> parent;
  if (!answered.empty()) {
    auto found = co_await mails_.of_subject(org_id, agent_id, answered);
    if (!found) co_return fail(found.error());
    if (!*found) {
      co_return fail(make_error(
          ErrorCode::not_found, "'inReplyTo': there is no e-mail '" + answered + "' of this agent",
          "give the 'id' of an e-mail from comms_get_waiting_messages or the 'messageId' of one "
          "that the agent sent; leave it out to begin a new conversation"));
    }
    parent = std::move(*found);
  } else if (trim(subject).empty() || is_answer(subject)) {
    const std::string address = thread_address(to);
    auto found = co_await mails_.newest_received(org_id, agent_id, address);
    if (!found) co_return fail(found.error());
    if (!*found) {  // then it goes on with what the agent wrote itself
      found = co_await mails_.newest(org_id, agent_id, address);
      if (!found) co_return fail(found.error());
    }
    parent = std::move(*found);
  }
  if (!parent) co_return place;
  parent->org_id = std::move(org_id);
  parent->agent_id = std::move(agent_id);
  std::vector<std::string> ids = parse_mail_ids(parent->chain);
  ids.push_back(parent->mail_id);
  place.in_reply_to = parent->mail_id;
  place.references = write_references(ids);
  Task<Result<std::string>> reading = subject_of(*parent);
  Result<std::string> before = co_await std::move(reading);
  if (!before) co_return fail(before.error());
  // The subject of the conversation, said again without the mark, is still that conversation.
  const bool same = trim(subject).empty() || trim(subject) == trim(*before);
  if (same && !trim(*before).empty()) place.subject = answer_subject(*before);
  co_return place;
}

void MailThreads::add_headers(const store::Message& message, const Place& place,
                              plugin::OutboundMessage& content) {
  plugin::KeyValues& headers = content.headers;
  headers.emplace_back("Message-ID", '<' + make_mail_id(message.id, content.from) + '>');
  if (place.in_reply_to.empty()) return;
  headers.emplace_back("In-Reply-To", '<' + place.in_reply_to + '>');
  headers.emplace_back("References", place.references);
}

void MailThreads::add_outgoing(store::UnitOfWork& unit, const store::Message& message,
                               const plugin::OutboundMessage& content) {
  store::MailId mail;
  mail.org_id = message.org_id;
  mail.agent_id = message.agent_id;
  mail.mail_id = make_mail_id(message.id, content.from);
  mail.address = thread_address(content.to);
  mail.chain = header(content, "References");
  mail.subject_id = message.id;
  mail.created_at = message.created_at;
  store::MailIdRepository::add(unit, mail);
}

Task<Result<std::string>> MailThreads::thread_of(std::string org_id, std::string agent_id,
                                                 const plugin::ProviderEvent& event) const {
  std::vector<std::string> ids = parse_mail_ids(extra(event, "in_reply_to"));
  const std::vector<std::string> references = parse_mail_ids(extra(event, "references"));
  ids.insert(ids.end(), references.rbegin(), references.rend());  // the nearest first
  if (ids.size() > most_looked_for) ids.resize(most_looked_for);
  for (const std::string& id : ids) {
    auto mail = co_await mails_.find(org_id, agent_id, id);
    if (!mail) co_return fail(mail.error());
    if (*mail) co_return std::move((*mail)->address);
  }
  co_return std::string();
}

void MailThreads::add_incoming(store::UnitOfWork& unit, const store::InboxItem& item,
                               const plugin::ProviderEvent& event) {
  const std::vector<std::string> own = parse_mail_ids(extra(event, "message_id"));
  if (own.empty()) return;
  store::MailId mail;
  mail.org_id = item.org_id;
  mail.agent_id = item.agent_id;
  mail.mail_id = own.front();
  mail.address =
      item.thread_address.empty() ? thread_address(item.from_address) : item.thread_address;
  mail.chain = write_references(chain_of(extra(event, "references"), extra(event, "in_reply_to")));
  mail.subject_id = item.id;
  mail.created_at = item.received_at;
  store::MailIdRepository::add(unit, mail);
}

void MailThreads::add_vendor_id(store::UnitOfWork& unit, const store::Message& message,
                                const plugin::ProviderEvent& event, UnixMillis now) {
  if (message.channel != "email") return;
  const std::vector<std::string> given = parse_mail_ids(extra(event, "message_id"));
  if (given.empty() || given.front() == make_mail_id(message.id, message.from_address)) return;
  store::MailIdRepository::add_alias(unit, message.org_id, message.agent_id, message.id,
                                     given.front(), now);
}

}  // namespace commsd::messaging
