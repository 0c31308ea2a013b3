#pragma once

#include <comms/cpp/thunks.hpp>
#include <comms/slot/whatsapp.h>

namespace comms {

/// Members as in comms_whatsapp_message.
struct WhatsappMessage {
  std::string_view from, to, body, template_id, language, client_ref, idempotency_key, status_url;
  Strings media;
  Pairs variables;
};
inline WhatsappMessage from_c(Lent, const comms_whatsapp_message* m) {
  return {view(m->from),
          view(m->to),
          view(m->body),
          view(m->template_id),
          view(m->language),
          view(m->client_ref),
          view(m->idempotency_key),
          view(m->status_url),
          Strings(m->media, m->media_count),
          Pairs(m->variables, m->variable_count)};
}

/// Members as in comms_whatsapp_sender.
struct WhatsappSender {
  std::string_view number, display_name, message_url, status_url, verification_code;
};
inline WhatsappSender from_c(Lent, const comms_whatsapp_sender* s) {
  return {view(s->number), view(s->display_name), view(s->message_url), view(s->status_url),
          view(s->verification_code)};
}

/// Members as in comms_whatsapp_template.
struct WhatsappTemplate {
  std::string_view name, language, category, body;
  Pairs samples;
};
inline WhatsappTemplate from_c(Lent, const comms_whatsapp_template* t) {
  return {view(t->name), view(t->language), view(t->category), view(t->body),
          Pairs(t->samples, t->sample_count)};
}

/// A WhatsApp vendor. Override, publicly, what it can do; contracts in slot/whatsapp.h.
class WhatsappProvider : public WebhookReceiver {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_WHATSAPP;
  template <class D, class A>
  static const void* table();

  virtual Outcome<Receipt> send(const WhatsappMessage&) { return not_offered(); }
  virtual Outcome<Receipt> find_message(const Find&) { return not_offered(); }
  virtual Outcome<Fields> register_sender(const WhatsappSender&) { return not_offered(); }
  virtual Outcome<Blob> fetch_media(std::string_view /*url*/) { return not_offered(); }
  virtual Outcome<Fields> list_senders() { return not_offered(); }
  virtual Outcome<Fields> sender_status(std::string_view /*sender_id*/) { return not_offered(); }
  virtual Outcome<Done> remove_sender(std::string_view /*sender_id*/) { return not_offered(); }
  virtual Outcome<Fields> list_templates() { return not_offered(); }
  virtual Outcome<Fields> create_template(const WhatsappTemplate&) { return not_offered(); }
  virtual Outcome<Done> remove_template(std::string_view /*template_id*/) { return not_offered(); }
};

template <class D, class A>
const void* WhatsappProvider::table() {
  static const comms_whatsapp table = {
      sizeof(comms_whatsapp),
      0,
      COMMS_ENTRY_OP(WhatsappProvider, send, const comms_whatsapp_message*),
      COMMS_ENTRY_OP(WhatsappProvider, find_message, const comms_find*),
      COMMS_ENTRY_OP(WhatsappProvider, register_sender, const comms_whatsapp_sender*),
      COMMS_ENTRY_OP(WhatsappProvider, fetch_media, comms_str),
      COMMS_ENTRIES_WEBHOOK,
      COMMS_ENTRY_OP_ALONE(WhatsappProvider, list_senders),
      COMMS_ENTRY_OP(WhatsappProvider, sender_status, comms_str),
      COMMS_ENTRY_OP(WhatsappProvider, remove_sender, comms_str),
      COMMS_ENTRY_OP_ALONE(WhatsappProvider, list_templates),
      COMMS_ENTRY_OP(WhatsappProvider, create_template, const comms_whatsapp_template*),
      COMMS_ENTRY_OP(WhatsappProvider, remove_template, comms_str)};
  return &table;
}

}  // namespace comms
