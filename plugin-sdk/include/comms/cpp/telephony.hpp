#pragma once

#include <comms/cpp/thunks.hpp>

namespace comms {

/// Members as in comms_sms.
struct Sms {
  std::string_view from, to, body, client_ref, idempotency_key, status_url;
  Strings media;
};
inline Sms from_c(Lent, const comms_sms* m) {
  return {view(m->from),
          view(m->to),
          view(m->body),
          view(m->client_ref),
          view(m->idempotency_key),
          view(m->status_url),
          Strings(m->media, m->media_count)};
}

/// Members as in comms_call.
struct CallRequest {
  std::string_view from, to, answer_url, status_url, client_ref, idempotency_key;
  std::uint32_t flags, ring_timeout_ms, max_duration_ms;
};
inline CallRequest from_c(Lent, const comms_call* c) {
  return {view(c->from),
          view(c->to),
          view(c->answer_url),
          view(c->status_url),
          view(c->client_ref),
          view(c->idempotency_key),
          c->flags,
          c->ring_timeout_ms,
          c->max_duration_ms};
}

/// Members as in comms_transfer.
struct Transfer {
  std::string_view call_id, to, from, announce, answer_url, status_url, callee_url = {};
};
inline Transfer from_c(Lent, const comms_transfer* t) {
  Transfer transfer = {view(t->call_id),  view(t->to),         view(t->from),
                       view(t->announce), view(t->answer_url), view(t->status_url)};
  if (COMMS_HAS(comms_transfer, t, callee_url)) transfer.callee_url = view(t->callee_url);
  return transfer;
}

/// Members as in comms_number_query.
struct NumberQuery {
  std::string_view country, area_code, type, number, client_ref, idempotency_key;
  std::uint32_t capabilities, flags, limit;

  bool search_only() const { return (flags & COMMS_NUMBER_SEARCH_ONLY) != 0; }
};
inline NumberQuery from_c(Lent, const comms_number_query* q) {
  return {view(q->country),
          view(q->area_code),
          view(q->type),
          view(q->number),
          view(q->client_ref),
          view(q->idempotency_key),
          q->capabilities,
          q->flags,
          q->limit};
}

/// Members as in comms_number_config.
struct NumberConfig {
  std::string_view number_id, number, message_url, voice_url, status_url;
};
inline NumberConfig from_c(Lent, const comms_number_config* c) {
  return {view(c->number_id), view(c->number), view(c->message_url), view(c->voice_url),
          view(c->status_url)};
}

/// Members as in comms_account_request.
struct AccountRequest {
  std::string_view name, client_ref, idempotency_key;
};
inline AccountRequest from_c(Lent, const comms_account_request* r) {
  return {view(r->name), view(r->client_ref), view(r->idempotency_key)};
}

/// Members as in comms_verb.
struct Verb {
  std::int32_t kind;
  std::string_view text, url, number, from, voice, language, finish_key;
  std::uint32_t timeout_ms, max_digits, max_length_ms, flags;
  Pairs params;
  std::string_view callee_url = {};
};
using Verbs = std::vector<Verb>;
inline Verbs verbs_from_c(const comms_verb* first, std::size_t count) {
  Verbs verbs;
  for (const comms_verb* v = first; verbs.size() < count; v = COMMS_NEXT(comms_verb, v)) {
    verbs.push_back({v->kind, view(v->text), view(v->url), view(v->number), view(v->from),
                     view(v->voice), view(v->language), view(v->finish_key), v->timeout_ms,
                     v->max_digits, v->max_length_ms, v->flags, Pairs(v->params, v->param_count)});
    if (COMMS_HAS(comms_verb, v, callee_url)) verbs.back().callee_url = view(v->callee_url);
  }
  return verbs;
}

/// "sms,mms,voice" of the COMMS_NUMBER_ flags.
inline std::string capabilities_text(std::uint32_t capabilities) {
  std::string out;
  auto add = [&](std::uint32_t flag, const char* name) {
    if (capabilities & flag) out += (out.empty() ? "" : ",") + std::string(name);
  };
  add(COMMS_NUMBER_SMS, "sms");
  add(COMMS_NUMBER_MMS, "mms");
  add(COMMS_NUMBER_VOICE, "voice");
  return out;
}

/// A telephony vendor. Override, publicly, what it can do; contracts in slot/telephony.h.
class TelephonyProvider : public WebhookReceiver {
 public:
  static constexpr const char* slot_id = COMMS_SLOT_TELEPHONY;
  /// Declare it anew in the provider for what it has, e.g. COMMS_TELEPHONY_RECORDS_CALLS.
  static constexpr std::uint64_t features = 0;
  template <class D, class A>
  static const void* table();

  virtual Outcome<Receipt> send_message(const Sms&) { return not_offered(); }
  virtual Outcome<Receipt> find_message(const Find&) { return not_offered(); }
  virtual Outcome<Receipt> make_call(const CallRequest&) { return not_offered(); }
  virtual Outcome<Done> transfer_call(const Transfer&) { return not_offered(); }
  virtual Outcome<Done> end_call(std::string_view /*call_id*/) { return not_offered(); }
  virtual Outcome<Fields> buy_number(const NumberQuery&) { return not_offered(); }
  virtual Outcome<Done> configure_number(const NumberConfig&) { return not_offered(); }
  virtual Outcome<Done> release_number(std::string_view /*number_id*/) { return not_offered(); }
  virtual Outcome<Blob> fetch_media(std::string_view /*url*/) { return not_offered(); }
  virtual Outcome<Fields> find_number(std::string_view /*client_ref*/) { return not_offered(); }
  virtual Outcome<Fields> create_account(const AccountRequest&) { return not_offered(); }
  virtual Outcome<Fields> find_account(const AccountRequest&) { return not_offered(); }
  virtual Outcome<Done> close_account(std::string_view /*account_id*/) { return not_offered(); }
  /// [any] Throw Error(COMMS_UNSUPPORTED) for a verb the vendor cannot say.
  virtual Reply render(const Verbs&) { throw not_offered(); }
  virtual Outcome<Receipt> find_call(const Find&) { return not_offered(); }
};

template <class A>
Status render_thunk(void* self, const comms_verb* verbs, std::size_t count, comms_sink* body,
                    comms_sink* content_type) noexcept {
  return guard_plain(COMMS_INTERNAL, [&]() -> Status {
    Reply reply = A::slot(self).render(verbs_from_c(verbs, count));
    A::host(self).write(body, reply.body);
    A::host(self).write(content_type, reply.content_type);
    return COMMS_OK;
  });
}

template <class D, class A>
const void* TelephonyProvider::table() {
  static const comms_telephony table = {
      sizeof(comms_telephony),
      0,
      COMMS_ENTRY_OP(TelephonyProvider, send_message, const comms_sms*),
      COMMS_ENTRY_OP(TelephonyProvider, find_message, const comms_find*),
      COMMS_ENTRY_OP(TelephonyProvider, make_call, const comms_call*),
      COMMS_ENTRY_OP(TelephonyProvider, transfer_call, const comms_transfer*),
      COMMS_ENTRY_OP(TelephonyProvider, end_call, comms_str),
      COMMS_ENTRY_OP(TelephonyProvider, buy_number, const comms_number_query*),
      COMMS_ENTRY_OP(TelephonyProvider, configure_number, const comms_number_config*),
      COMMS_ENTRY_OP(TelephonyProvider, release_number, comms_str),
      COMMS_ENTRY_OP(TelephonyProvider, fetch_media, comms_str),
      COMMS_ENTRIES_WEBHOOK,
      COMMS_ENTRY_IF(TelephonyProvider, render, (&render_thunk<A>)),
      COMMS_ENTRY_OP(TelephonyProvider, find_call, const comms_find*),
      COMMS_ENTRY_OP(TelephonyProvider, find_number, comms_str),
      COMMS_ENTRY_OP(TelephonyProvider, create_account, const comms_account_request*),
      COMMS_ENTRY_OP(TelephonyProvider, find_account, const comms_account_request*),
      COMMS_ENTRY_OP(TelephonyProvider, close_account, comms_str),
      D::features};
  return &table;
}

}  // namespace comms
