#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <comms/slot/whatsapp.h>

#include "plugin/facades/facades.h"
#include "plugin/facades/message_facade.h"

namespace commsd::plugin {
namespace {

class WhatsappFacade final : public MessageFacade<WhatsappProvider, comms_whatsapp> {
 public:
  WhatsappFacade(std::string name, std::shared_ptr<Generation> generation)
      : MessageFacade(std::move(name), std::move(generation), COMMS_SLOT_WHATSAPP) {}

  Task<Result<Receipt>> send(OutboundMessage message, std::chrono::milliseconds limit) override {
    if (!offers("send")) co_return fail(not_offered(name_, "send messages"));
    struct Call {
      OutboundMessage message;
      std::vector<comms_str> media;
      std::vector<comms_kv> variables;
      comms_whatsapp_message wire{};
    };
    auto call = std::make_shared<Call>();
    call->message = std::move(message);
    call->media = to_abi(call->message.media_urls);
    call->variables = to_abi(call->message.template_variables);
    comms_whatsapp_message& wire = call->wire;
    wire.size = sizeof wire;
    wire.from = to_str(call->message.from);
    wire.to = to_str(call->message.to);
    wire.body = to_str(call->message.text);
    wire.media = call->media.data();
    wire.media_count = call->media.size();
    wire.template_id = to_str(call->message.template_id);
    wire.language = to_str(call->message.language);
    wire.variables = call->variables.data();
    wire.variable_count = call->variables.size();
    wire.client_ref = to_str(call->message.client_reference);
    wire.idempotency_key = to_str(call->message.idempotency_key);
    wire.status_url = to_str(call->message.status_url);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->send(self, op, &call->wire);
    };
    OpOutcome outcome = co_await run(std::move(request));
    co_return to_receipt(std::move(outcome), name_);
  }

  Task<Result<Receipt>> register_sender(std::string number, std::string display_name,
                                        std::chrono::milliseconds limit) override {
    if (!offers("register_sender")) co_return fail(not_offered(name_, "register senders"));
    struct Call {
      std::string number;
      std::string display_name;
      comms_whatsapp_sender wire{};
    };
    auto call = std::make_shared<Call>();
    call->number = std::move(number);
    call->display_name = std::move(display_name);
    call->wire.size = sizeof call->wire;
    call->wire.number = to_str(call->number);
    call->wire.display_name = to_str(call->display_name);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->register_sender(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    Receipt receipt;
    receipt.vendor_id = field(outcome, "id");
    receipt.status = field(outcome, "status");
    co_return receipt;
  }
};

}  // namespace

std::shared_ptr<WhatsappProvider> make_whatsapp(std::string name,
                                                std::shared_ptr<Generation> generation) {
  return std::make_shared<WhatsappFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
