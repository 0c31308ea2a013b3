#pragma once

#include <type_traits>

#include <comms/cpp/stream.hpp>
#include <comms/slot/telephony.h>

// From C table members to virtual methods. A method the provider does not override stays NULL in
// its table, which is how the host learns that it is not offered.

namespace comms {

/// Where a thunk finds its object: `Instance` is what create() made, `D` the provider in it.
template <class Instance, class D>
struct Access {
  using Slot = D;
  static D& slot(void* self) { return static_cast<Instance*>(self)->template get<D>(); }
  static const Host& host(void* self) { return static_cast<Instance*>(self)->host(); }
};

/// Whether D declares `Method` itself: an inherited member still has its base's type.
template <auto OfDerived, auto OfBase>
inline constexpr bool overridden = !std::is_same_v<std::remove_const_t<decltype(OfDerived)>,
                                                   std::remove_const_t<decltype(OfBase)>>;

inline Error not_offered() {
  return Error(COMMS_UNSUPPORTED, "this provider cannot do that");
}

template <class A, auto Method, class... C>
Status op_thunk(void* self, comms_op* op, C... arguments) noexcept {
  const Host& host = A::host(self);
  return guard(host, op, COMMS_INTERNAL, [&] {
    return settle(host, op, (A::slot(self).*Method)(from_c(Lent{}, arguments)...));
  });
}

/// For members without an op: an Error becomes its status, everything else `otherwise`.
template <class Run>
Status guard_plain(Status otherwise, Run&& run) noexcept {
  try {
    return run();
  } catch (const Error& error) {
    return error.status;
  } catch (...) {
    return otherwise;
  }
}

/// For members that report: the same, with the detail.
template <class Run>
Status guard_report(const comms_report* report, Run&& run) noexcept {
  auto tell = [report](const Error& error) {
    comms_error c = error.c();
    report->fail(report->ctx, &c);
    return error.status;
  };
  try {
    return run();
  } catch (const Error& error) {
    return tell(error);
  } catch (const std::invalid_argument& error) {
    return tell(Error(COMMS_INVALID, error.what()));
  } catch (const std::bad_alloc&) {
    return tell(Error(COMMS_INTERNAL, "out of memory"));  // short enough to need none
  } catch (const std::exception& error) {
    return tell(Error(COMMS_INTERNAL, error.what()));
  } catch (...) {
    return tell(Error(COMMS_INTERNAL, "the plugin failed"));
  }
}

/// What telephony, whatsapp and email have in common: vendors call us.
class WebhookReceiver {
 public:
  virtual ~WebhookReceiver() = default;
  /// [any] True only when proven authentic and fresh. An exception means no.
  virtual bool verify_webhook(const HttpIn&) { return false; }
  /// [any] Throw Error(COMMS_INVALID) for what is not understood; nothing is stored then.
  virtual Events parse_webhook(const HttpIn&) { return {}; }
  /// [any] What to say with HTTP 200. `kind` of the first event, 0 for none.
  virtual Reply webhook_reply(const HttpIn&, std::int32_t /*kind*/) { return {}; }
};

template <class A>
Status verify_thunk(void* self, const comms_http_in* request) noexcept {
  return guard_plain(COMMS_DENIED, [&]() -> Status {
    return A::slot(self).verify_webhook(from_c(Lent{}, request)) ? COMMS_OK : COMMS_DENIED;
  });
}

template <class A>
Status parse_thunk(void* self, const comms_http_in* request, const comms_emit* emit) noexcept {
  return guard_plain(COMMS_INVALID, [&]() -> Status {
    Events events = A::slot(self).parse_webhook(from_c(Lent{}, request));  // all of them or none
    for (const Event& event : events) {
      event.pass([&](const comms_event* c) { emit->event(emit->ctx, c); });
    }
    return COMMS_OK;
  });
}

template <class A>
Status reply_thunk(void* self, const comms_http_in* request, std::int32_t kind, comms_sink* body,
                   comms_sink* content_type) noexcept {
  return guard_plain(COMMS_INTERNAL, [&]() -> Status {
    Reply reply = A::slot(self).webhook_reply(from_c(Lent{}, request), kind);
    A::host(self).write(body, reply.body);
    A::host(self).write(content_type, reply.content_type);
    return COMMS_OK;
  });
}

/// What to look for after an ambiguous outcome, or by vendor_id for its status and cost.
struct Find {
  std::string_view vendor_id, client_ref, from, to, text;
  std::int64_t after_ms, before_ms;
};
inline Find from_c(Lent, const comms_find* f) {
  return {view(f->vendor_id), view(f->client_ref), view(f->from), view(f->to),
          view(f->text),      f->after_ms,         f->before_ms};
}

}  // namespace comms

// Table entries: D is the provider, A its Access.
#define COMMS_ENTRY_IF(Base, member, thunk) \
  (::comms::overridden<&D::member, &Base::member> ? (thunk) : nullptr)
#define COMMS_ENTRY_OP(Base, member, ...) \
  COMMS_ENTRY_IF(Base, member, (&::comms::op_thunk<A, &Base::member, __VA_ARGS__>))
#define COMMS_ENTRY_OP_ALONE(Base, member) \
  COMMS_ENTRY_IF(Base, member, (&::comms::op_thunk<A, &Base::member>))
#define COMMS_ENTRIES_WEBHOOK                                                              \
  COMMS_ENTRY_IF(::comms::WebhookReceiver, verify_webhook, (&::comms::verify_thunk<A>)),   \
      COMMS_ENTRY_IF(::comms::WebhookReceiver, parse_webhook, (&::comms::parse_thunk<A>)), \
      COMMS_ENTRY_IF(::comms::WebhookReceiver, webhook_reply, (&::comms::reply_thunk<A>))
