#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/slot/email.h>

namespace comms {

/// Members as in comms_email_message.
struct EmailMessage {
  std::string_view from, reply_to, subject, text, html, client_ref, idempotency_key, status_url;
  Strings to, cc, bcc;
  Pairs headers;
  MediaList attachments;
};
inline EmailMessage from_c(Lent, const comms_email_message* m) {
  return {view(m->from),
          view(m->reply_to),
          view(m->subject),
          view(m->text),
          view(m->html),
          view(m->client_ref),
          view(m->idempotency_key),
          view(m->status_url),
          Strings(m->to, m->to_count),
          Strings(m->cc, m->cc_count),
          Strings(m->bcc, m->bcc_count),
          Pairs(m->headers, m->header_count),
          MediaList(m->attachments, m->attachment_count)};
}

/// An e-mail vendor. Override, publicly, what it can do; contracts in slot/email.h.
class EmailProvider : public WebhookReceiver {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_EMAIL;
  template <class D, class A>
  static const void* table();

  virtual Outcome<Receipt> send(const EmailMessage&) { return not_offered(); }
  virtual Outcome<Receipt> find_message(const Find&) { return not_offered(); }
  virtual Outcome<Fields> verify_domain(std::string_view /*domain*/) { return not_offered(); }
  virtual Outcome<Fields> domain_status(std::string_view /*domain*/) { return not_offered(); }
  virtual Outcome<Events> fetch_inbound(std::string_view /*vendor_id*/) { return not_offered(); }
  virtual Outcome<Blob> fetch_media(std::string_view /*url*/) { return not_offered(); }
};

template <class D, class A>
const void* EmailProvider::table() {
  static const comms_email table = {sizeof(comms_email),
                                    0,
                                    COMMS_ENTRY_OP(EmailProvider, send, const comms_email_message*),
                                    COMMS_ENTRY_OP(EmailProvider, find_message, const comms_find*),
                                    COMMS_ENTRY_OP(EmailProvider, verify_domain, comms_str),
                                    COMMS_ENTRY_OP(EmailProvider, domain_status, comms_str),
                                    COMMS_ENTRY_OP(EmailProvider, fetch_inbound, comms_str),
                                    COMMS_ENTRY_OP(EmailProvider, fetch_media, comms_str),
                                    COMMS_ENTRIES_WEBHOOK};
  return &table;
}

/// The DNS records of verify_domain and domain_status, one after the other.
inline void add_dns_record(Fields& fields, std::string type, std::string name, std::string value,
                           std::string priority = {}, std::string status = {}) {
  fields.emplace_back("dns_type", std::move(type));
  fields.emplace_back("dns_name", std::move(name));
  fields.emplace_back("dns_value", std::move(value));
  if (!priority.empty()) fields.emplace_back("dns_priority", std::move(priority));
  if (!status.empty()) fields.emplace_back("dns_status", std::move(status));
}

}  // namespace comms
