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

  Task<Result<SenderState>> register_sender(SenderRequest wanted,
                                            std::chrono::milliseconds limit) override {
    if (!offers("register_sender")) co_return fail(not_offered(name_, "register senders"));
    struct Call {
      SenderRequest wanted;
      comms_whatsapp_sender wire{};
    };
    auto call = std::make_shared<Call>();
    call->wanted = std::move(wanted);
    call->wire.size = sizeof call->wire;
    call->wire.number = to_str(call->wanted.number);
    call->wire.display_name = to_str(call->wanted.display_name);
    call->wire.message_url = to_str(call->wanted.message_url);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->register_sender(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    co_return SenderState{field(outcome, "id"), call->wanted.number, field(outcome, "status"), {}};
  }

  Task<Result<std::vector<SenderState>>> list_senders(std::chrono::milliseconds limit) override {
    if (!offers("list_senders")) co_return fail(not_offered(name_, "list senders"));
    const OpOutcome outcome = co_await list(&comms_whatsapp::list_senders, limit);
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    co_return entries<SenderState>(outcome);
  }

  Task<Result<SenderState>> sender_status(std::string vendor_id,
                                          std::chrono::milliseconds limit) override {
    if (!offers("sender_status")) co_return fail(not_offered(name_, "look at senders"));
    const OpOutcome outcome =
        co_await ask_one(&comms_whatsapp::sender_status, std::move(vendor_id), limit);
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    std::vector<SenderState> found = entries<SenderState>(outcome);
    if (found.size() != 1) co_return fail(no_answer("sender"));
    co_return std::move(found.front());
  }

  Task<Result<void>> remove_sender(std::string vendor_id,
                                   std::chrono::milliseconds limit) override {
    if (!offers("remove_sender")) co_return fail(not_offered(name_, "remove senders"));
    const OpOutcome outcome =
        co_await ask_one(&comms_whatsapp::remove_sender, std::move(vendor_id), limit);
    co_return to_void(outcome, name_);
  }

  bool can_list_templates() const override { return offers("list_templates"); }

  Task<Result<std::vector<MessageTemplate>>> list_templates(
      std::chrono::milliseconds limit) override {
    if (!can_list_templates()) co_return fail(not_offered(name_, "list templates"));
    const OpOutcome outcome = co_await list(&comms_whatsapp::list_templates, limit);
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    co_return entries<MessageTemplate>(outcome);
  }

  Task<Result<MessageTemplate>> create_template(NewTemplate wanted,
                                                std::chrono::milliseconds limit) override {
    if (!offers("create_template")) co_return fail(not_offered(name_, "make templates"));
    struct Call {
      NewTemplate wanted;
      std::vector<comms_kv> samples;
      comms_whatsapp_template wire{};
    };
    auto call = std::make_shared<Call>();
    call->wanted = std::move(wanted);
    call->samples = to_abi(call->wanted.samples);
    call->wire.size = sizeof call->wire;
    call->wire.name = to_str(call->wanted.name);
    call->wire.language = to_str(call->wanted.language);
    call->wire.category = to_str(call->wanted.category);
    call->wire.body = to_str(call->wanted.body);
    call->wire.samples = call->samples.data();
    call->wire.sample_count = call->samples.size();
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->create_template(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    std::vector<MessageTemplate> made = entries<MessageTemplate>(outcome);
    if (made.size() != 1) co_return fail(no_answer("template"));
    co_return std::move(made.front());
  }

  Task<Result<void>> remove_template(std::string vendor_id,
                                     std::chrono::milliseconds limit) override {
    if (!offers("remove_template")) co_return fail(not_offered(name_, "remove templates"));
    const OpOutcome outcome =
        co_await ask_one(&comms_whatsapp::remove_template, std::move(vendor_id), limit);
    co_return to_void(outcome, name_);
  }

 private:
  using List = comms_status (*comms_whatsapp::*)(void*, comms_op*);
  using AskOne = comms_status (*comms_whatsapp::*)(void*, comms_op*, comms_str);

  Task<OpOutcome> list(List function, std::chrono::milliseconds limit) {
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, function](comms_op* op) {
      return (table->*function)(self, op);
    };
    Task<OpOutcome> running = run(std::move(request));
    co_return co_await std::move(running);
  }

  Task<OpOutcome> ask_one(AskOne function, std::string vendor_id, std::chrono::milliseconds limit) {
    auto id = std::make_shared<const std::string>(std::move(vendor_id));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, function, id](comms_op* op) {
      return (table->*function)(self, op, to_str(*id));
    };
    Task<OpOutcome> running = run(std::move(request));
    co_return co_await std::move(running);
  }

  static void set(SenderState& sender, std::string_view key, const std::string& value) {
    if (key == "number") sender.number = value;
    if (key == "status") sender.status = value;
    if (key == "reason") sender.reason = value;
  }
  static void set(MessageTemplate& one, std::string_view key, const std::string& value) {
    if (key == "name") one.name = value;
    if (key == "language") one.language = value;
    if (key == "status") one.status = value;
    if (key == "category") one.category = value;
    if (key == "reason") one.reason = value;
  }
  /// The fields of a list, of which each entry begins with its `id`.
  template <typename Entry>
  static std::vector<Entry> entries(const OpOutcome& outcome) {
    std::vector<Entry> all;
    for (const auto& [key, value] : outcome.fields) {
      if (key == "id") {
        all.emplace_back().vendor_id = value;
      } else if (!all.empty()) {
        set(all.back(), key, value);
      }
    }
    return all;
  }

  Error no_answer(std::string_view what) const {
    return make_error(ErrorCode::ambiguous, "the provider '" + name_ +
                                                "' reported success and no " + std::string(what) +
                                                "; look at the vendor's list");
  }
};

}  // namespace

std::shared_ptr<WhatsappProvider> make_whatsapp(std::string name,
                                                std::shared_ptr<Generation> generation) {
  return std::make_shared<WhatsappFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
