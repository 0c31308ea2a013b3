#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <comms/slot/telephony.h>

#include "plugin/facades/abi_values.h"
#include "plugin/generation.h"
#include "plugin/large_webhook.h"
#include "plugin/providers.h"
#include "plugin/services/sink.h"
#include "telemetry/log.h"

namespace commsd::plugin {

/// What the telephony, whatsapp and email slots have in common: their tables name the members
/// alike. Immutable; holds its generation.
///
/// Optional members are asked for through the manifest's `ops`, which were compared with the table
/// when the plugin was loaded; so a listed member is never NULL here.
template <typename Interface, typename Table>
class MessageFacade : public Interface {
 public:
  MessageFacade(std::string name, std::shared_ptr<Generation> generation, std::string_view slot_id)
      : name_(std::move(name)),
        generation_(std::move(generation)),
        slot_id_(slot_id),
        table_(generation_->template table<Table>(slot_id_)) {}

  const std::string& name() const override { return name_; }

  bool has_idempotency_key() const override {
    const ManifestSlot* slot = generation_->manifest().slot(slot_id_);
    return slot && slot->idempotency_key;
  }

  bool is_sandbox() const override { return generation_->manifest().status == "sandbox"; }

  bool can_look_up() const override { return offers("find_message"); }

  Task<Result<Receipt>> find(LookUp what, std::chrono::milliseconds limit) override {
    if (!can_look_up()) co_return fail(not_offered(name_, "look up a message"));
    auto wanted = std::make_shared<const Find>(std::move(what));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, wanted](comms_op* op) {
      return table->find_message(self, op, &wanted->value);
    };
    OpOutcome outcome = co_await run(std::move(request));
    co_return to_receipt(std::move(outcome), name_);
  }

  Task<Result<std::optional<ProviderEvent>>> fetch_inbound(std::string,
                                                           std::chrono::milliseconds) override {
    co_return fail(not_offered(name_, "fetch an inbound message"));
  }

  bool can_fetch_media() const override { return offers("fetch_media"); }

  Task<Result<FetchedMedia>> fetch_media(std::string url,
                                         std::chrono::milliseconds limit) override {
    if (!offers("fetch_media")) co_return fail(not_offered(name_, "fetch media"));
    auto held = std::make_shared<const std::string>(std::move(url));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, held](comms_op* op) {
      return table->fetch_media(self, op, to_str(*held));
    };
    OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    FetchedMedia media;
    media.content_type = field(outcome, "content_type");
    media.bytes = std::move(outcome.data);
    co_return media;
  }

  Result<void> verify_webhook(const WebhookRequest& request) override {
    // Fails closed: a provider that cannot prove who calls gets no webhooks at all.
    if (!offers("verify_webhook")) return fail(not_offered(name_, "receive webhooks"));
    const HttpIn in(request);
    const comms_status status = read(request, "verify_webhook", [&] {
      return table_->verify_webhook(generation_->self(), &in.value);
    });
    if (status == COMMS_OK) return {};
    return fail(ErrorCode::permission_denied,
                "the webhook is not proven to come from '" + name_ + "'",
                "verify_webhook gave status " + std::to_string(status));
  }

  Result<std::vector<ProviderEvent>> parse_webhook(const WebhookRequest& request) override {
    if (!offers("parse_webhook")) return fail(not_offered(name_, "receive webhooks"));
    const HttpIn in(request);
    std::vector<ProviderEvent> events;
    const comms_emit emit{
        &events, [](void* ctx, const comms_event* event) {
          if (auto one = to_provider_event(*event)) {
            static_cast<std::vector<ProviderEvent>*>(ctx)->push_back(std::move(*one));
          }
        }};
    const comms_status status = read(request, "parse_webhook", [&] {
      return table_->parse_webhook(generation_->self(), &in.value, &emit);
    });
    if (status == COMMS_OK) return events;
    return fail(to_error_code(status), "the webhook of '" + name_ + "' is not understood",
                "parse_webhook gave status " + std::to_string(status));
  }

  WebhookReply webhook_reply(const WebhookRequest& request, EventKind kind) override {
    WebhookReply reply;
    if (!offers("webhook_reply")) return reply;
    const HttpIn in(request);
    Sink body;
    Sink content_type(256);
    const comms_status status = read(request, "webhook_reply", [&] {
      return table_->webhook_reply(generation_->self(), &in.value, to_abi_kind(kind), body.handle(),
                                   content_type.handle());
    });
    // What came was stored: the vendor hears 200 in every case, or it would send it again.
    if (status != COMMS_OK || body.overflowed() || content_type.overflowed()) {
      log::warn("plugin_webhook_reply_failed", {{"provider", name_}, {"status", status}});
      return reply;
    }
    reply.body = body.take();
    reply.content_type = content_type.take();
    return reply;
  }

 protected:
  /// What is looked for as the plugin reads it.
  struct Find {
    explicit Find(LookUp from) : what(std::move(from)) {
      value.size = sizeof value;
      value.vendor_id = to_str(what.vendor_id);
      value.client_ref = to_str(what.client_reference);
      value.from = to_str(what.from);
      value.to = to_str(what.to);
      value.text = to_str(what.text);
      value.after_ms = what.not_before;
      value.before_ms = what.not_after;
    }
    Find(const Find&) = delete;
    Find& operator=(const Find&) = delete;

    const LookUp what;
    comms_find value{};
  };

  bool offers(std::string_view op) const { return generation_->offers(slot_id_, op); }

  OpRequest make_request(std::chrono::milliseconds limit) const {
    OpRequest request;
    request.limit = limit;
    return request;
  }
  Task<OpOutcome> run(OpRequest request) const {
    return generation_->run(slot_id_, std::move(request));
  }

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const std::string slot_id_;
  const Table* const table_;

 private:
  /// A call that goes through a webhook, however large.
  template <typename Call>
  comms_status read(const WebhookRequest& request, std::string_view what, Call call) const {
    const bool large = request.body.size() > longest_webhook_on_loop;
    return large ? generation_->timed_long_read(what, std::move(call))
                 : generation_->timed(what, std::move(call));
  }

  static std::int32_t to_abi_kind(EventKind kind) {
    switch (kind) {
      case EventKind::message_received:
        return COMMS_EVENT_MESSAGE_IN;
      case EventKind::message_status:
        return COMMS_EVENT_MESSAGE_STATUS;
      case EventKind::call_received:
        return COMMS_EVENT_CALL_IN;
      case EventKind::call_status:
        return COMMS_EVENT_CALL_STATUS;
      case EventKind::digits_received:
        return COMMS_EVENT_DTMF;
      case EventKind::recording_ready:
        return COMMS_EVENT_RECORDING;
    }
    return 0;
  }
};

}  // namespace commsd::plugin
