#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <comms/slot/telephony.h>

#include "plugin/facades/call_verbs.h"
#include "plugin/facades/facades.h"
#include "plugin/facades/message_facade.h"

namespace commsd::plugin {
namespace {

class TelephonyFacade final : public MessageFacade<TelephonyProvider, comms_telephony> {
 public:
  TelephonyFacade(std::string name, std::shared_ptr<Generation> generation)
      : MessageFacade(std::move(name), std::move(generation), COMMS_SLOT_TELEPHONY) {}

  Task<Result<Receipt>> send(OutboundMessage message, std::chrono::milliseconds limit) override {
    if (!offers("send_message")) co_return fail(not_offered(name_, "send messages"));
    struct Call {
      OutboundMessage message;
      std::vector<comms_str> media;
      comms_sms sms{};
    };
    auto call = std::make_shared<Call>();
    call->message = std::move(message);
    call->media = to_abi(call->message.media_urls);
    comms_sms& sms = call->sms;
    sms.size = sizeof sms;
    sms.from = to_str(call->message.from);
    sms.to = to_str(call->message.to);
    sms.body = to_str(call->message.text);
    sms.media = call->media.data();
    sms.media_count = call->media.size();
    sms.client_ref = to_str(call->message.client_reference);
    sms.idempotency_key = to_str(call->message.idempotency_key);
    sms.status_url = to_str(call->message.status_url);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->send_message(self, op, &call->sms);
    };
    OpOutcome outcome = co_await run(std::move(request));
    co_return to_receipt(std::move(outcome), name_);
  }

  Task<Result<BoughtNumber>> buy_number(NumberQuery query,
                                        std::chrono::milliseconds limit) override {
    if (!offers("buy_number")) co_return fail(not_offered(name_, "buy numbers"));
    struct Call {
      NumberQuery query;
      comms_number_query wire{};
    };
    auto call = std::make_shared<Call>();
    call->query = std::move(query);
    call->wire.size = sizeof call->wire;
    if (call->query.sms) call->wire.capabilities |= COMMS_NUMBER_SMS;
    if (call->query.mms) call->wire.capabilities |= COMMS_NUMBER_MMS;
    if (call->query.voice) call->wire.capabilities |= COMMS_NUMBER_VOICE;
    call->wire.country = to_str(call->query.country);
    call->wire.area_code = to_str(call->query.area_code);
    call->wire.client_ref = to_str(call->query.client_reference);
    call->wire.idempotency_key = to_str(call->query.client_reference);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->buy_number(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    BoughtNumber bought;
    bought.number = field(outcome, "number");
    bought.vendor_id = field(outcome, "id");
    if (bought.number.empty()) {
      // It may have been bought and cost money: nobody may just try again.
      co_return fail(ErrorCode::ambiguous, "the provider '" + name_ +
                                               "' reported success and no number; look at the "
                                               "vendor's list of numbers");
    }
    co_return bought;
  }

  Task<Result<void>> configure_number(BoughtNumber number, NumberRoutes routes,
                                      std::chrono::milliseconds limit) override {
    if (!offers("configure_number")) co_return fail(not_offered(name_, "configure numbers"));
    struct Call {
      BoughtNumber number;
      NumberRoutes routes;
      comms_number_config wire{};
    };
    auto call = std::make_shared<Call>();
    call->number = std::move(number);
    call->routes = std::move(routes);
    call->wire.size = sizeof call->wire;
    call->wire.number_id = to_str(call->number.vendor_id);
    call->wire.number = to_str(call->number.number);
    call->wire.message_url = to_str(call->routes.sms_url);
    call->wire.voice_url = to_str(call->routes.voice_url);
    call->wire.status_url = to_str(call->routes.call_status_url);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->configure_number(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Task<Result<void>> release_number(BoughtNumber number, std::chrono::milliseconds limit) override {
    if (!offers("release_number")) co_return fail(not_offered(name_, "release numbers"));
    auto id = std::make_shared<const std::string>(std::move(number.vendor_id));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, id](comms_op* op) {
      return table->release_number(self, op, to_str(*id));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Task<Result<BoughtNumber>> find_number(std::string client_reference,
                                         std::chrono::milliseconds limit) override {
    if (!offers("find_number")) co_return fail(not_offered(name_, "look up numbers"));
    auto held = std::make_shared<const std::string>(std::move(client_reference));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, held](comms_op* op) {
      return table->find_number(self, op, to_str(*held));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    co_return BoughtNumber{field(outcome, "number"), field(outcome, "id")};
  }

  bool has_accounts() const override { return offers("create_account"); }

  Task<Result<VendorAccount>> create_account(AccountRequest wanted,
                                             std::chrono::milliseconds limit) override {
    if (!has_accounts()) co_return fail(not_offered(name_, "make sub-accounts"));
    Task<Result<VendorAccount>> asking =
        ask_account(&comms_telephony::create_account, std::move(wanted), limit);
    co_return co_await std::move(asking);
  }

  Task<Result<VendorAccount>> find_account(AccountRequest wanted,
                                           std::chrono::milliseconds limit) override {
    if (!offers("find_account")) co_return fail(not_offered(name_, "look up sub-accounts"));
    Task<Result<VendorAccount>> asking =
        ask_account(&comms_telephony::find_account, std::move(wanted), limit);
    co_return co_await std::move(asking);
  }

  Task<Result<void>> close_account(std::string vendor_id,
                                   std::chrono::milliseconds limit) override {
    if (!offers("close_account")) co_return fail(not_offered(name_, "close sub-accounts"));
    auto id = std::make_shared<const std::string>(std::move(vendor_id));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, id](comms_op* op) {
      return table->close_account(self, op, to_str(*id));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Task<Result<Receipt>> make_call(OutboundCall outbound, std::chrono::milliseconds limit) override {
    if (!offers("make_call")) co_return fail(not_offered(name_, "make calls"));
    struct Call {
      OutboundCall outbound;
      comms_call wire{};
    };
    auto call = std::make_shared<Call>();
    call->outbound = std::move(outbound);
    comms_call& wire = call->wire;
    wire.size = sizeof wire;
    wire.from = to_str(call->outbound.from);
    wire.to = to_str(call->outbound.to);
    wire.answer_url = to_str(call->outbound.answer_url);
    wire.status_url = to_str(call->outbound.status_url);
    wire.client_ref = to_str(call->outbound.client_reference);
    wire.idempotency_key = to_str(call->outbound.client_reference);
    wire.ring_timeout_ms = call->outbound.ring_ms;
    wire.max_duration_ms = call->outbound.longest_ms;
    if (call->outbound.detect_machine) wire.flags |= COMMS_CALL_DETECT_MACHINE;
    if (call->outbound.record) wire.flags |= COMMS_CALL_RECORD;
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->make_call(self, op, &call->wire);
    };
    OpOutcome outcome = co_await run(std::move(request));
    co_return to_receipt(std::move(outcome), name_);
  }

  bool records_calls() const override { return has(COMMS_TELEPHONY_RECORDS_CALLS); }
  bool asks_callee_url() const override { return has(COMMS_TELEPHONY_ASKS_CALLEE_URL); }

  Task<Result<void>> transfer_call(CallTransfer transfer,
                                   std::chrono::milliseconds limit) override {
    if (!offers("transfer_call")) co_return fail(not_offered(name_, "transfer calls"));
    if (transfer.to.empty() == transfer.answer_url.empty()) {
      co_return fail(ErrorCode::invalid_argument,
                     "a transfer goes either to a number or to a URL with new instructions");
    }
    if (!transfer.callee_url.empty() && !asks_callee_url()) {
      co_return fail(not_offered(name_, "tell anything to the one a call is put through to"));
    }
    struct Call {
      CallTransfer transfer;
      comms_transfer wire{};
    };
    auto call = std::make_shared<Call>();
    call->transfer = std::move(transfer);
    comms_transfer& wire = call->wire;
    wire.size = sizeof wire;
    wire.call_id = to_str(call->transfer.call_id);
    wire.to = to_str(call->transfer.to);
    wire.from = to_str(call->transfer.from);
    wire.announce = to_str(call->transfer.announce);
    wire.answer_url = to_str(call->transfer.answer_url);
    wire.status_url = to_str(call->transfer.status_url);
    wire.callee_url = to_str(call->transfer.callee_url);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->transfer_call(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Task<Result<void>> end_call(std::string vendor_id, std::chrono::milliseconds limit) override {
    if (!offers("end_call")) co_return fail(not_offered(name_, "end calls"));
    auto id = std::make_shared<const std::string>(std::move(vendor_id));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, id](comms_op* op) {
      return table->end_call(self, op, to_str(*id));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  bool can_look_up_calls() const override { return offers("find_call"); }

  Task<Result<CallReport>> find_call(LookUp what, std::chrono::milliseconds limit) override {
    if (!can_look_up_calls()) co_return fail(not_offered(name_, "look up a call"));
    auto wanted = std::make_shared<const Find>(std::move(what));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, wanted](comms_op* op) {
      return table->find_call(self, op, &wanted->value);
    };
    OpOutcome outcome = co_await run(std::move(request));
    CallReport report;
    const std::string duration = field(outcome, "duration_ms");
    std::int64_t ms = 0;
    if (std::from_chars(duration.data(), duration.data() + duration.size(), ms).ec == std::errc()) {
      report.duration_ms = ms;
    }
    Result<Receipt> receipt = to_receipt(std::move(outcome), name_);
    if (!receipt) co_return fail(receipt.error());
    report.receipt = std::move(*receipt);
    co_return report;
  }

  Result<CallInstructions> render(const std::vector<CallVerb>& verbs) override {
    if (!offers("render")) return fail(not_offered(name_, "instruct calls"));
    const bool tells = std::any_of(verbs.begin(), verbs.end(),
                                   [](const CallVerb& one) { return !one.callee_url.empty(); });
    if (tells && !asks_callee_url()) {
      return fail(not_offered(name_, "tell anything to the one a call is put through to"));
    }
    const CallVerbs wire(verbs);
    Sink body;
    Sink content_type(256);
    const comms_status status = generation_->timed("render", [&] {
      return table_->render(generation_->self(), wire.data(), wire.size(), body.handle(),
                            content_type.handle());
    });
    if (status != COMMS_OK) {
      return fail(to_error_code(status),
                  "the provider '" + name_ + "' cannot say these call instructions",
                  "render gave status " + std::to_string(status));
    }
    if (body.overflowed() || content_type.overflowed()) {
      return fail(ErrorCode::too_large,
                  "the call instructions of '" + name_ + "' are over 1 MiB; use fewer words");
    }
    return CallInstructions{content_type.take(), body.take()};
  }

 private:
  bool has(std::uint64_t feature) const {
    return COMMS_HAS(comms_telephony, table_, features) && (table_->features & feature) != 0;
  }

  using AccountOp = comms_status (*comms_telephony::*)(void*, comms_op*,
                                                       const comms_account_request*);

  Task<Result<VendorAccount>> ask_account(AccountOp function, AccountRequest wanted,
                                          std::chrono::milliseconds limit) {
    struct Call {
      AccountRequest wanted;
      comms_account_request wire{};
    };
    auto call = std::make_shared<Call>();
    call->wanted = std::move(wanted);
    call->wire.size = sizeof call->wire;
    call->wire.name = to_str(call->wanted.name);
    call->wire.client_ref = to_str(call->wanted.client_reference);
    call->wire.idempotency_key = to_str(call->wanted.client_reference);
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call, function](comms_op* op) {
      return (table->*function)(self, op, &call->wire);
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    constexpr std::string_view setting = "config.";
    VendorAccount account;
    account.vendor_id = field(outcome, "id");
    for (const auto& [key, value] : outcome.fields) {
      if (key.starts_with(setting))
        account.settings.emplace_back(key.substr(setting.size()), value);
    }
    if (account.vendor_id.empty()) {
      co_return fail(ErrorCode::ambiguous, "the provider '" + name_ +
                                               "' reported success and no account; look at the "
                                               "vendor's list of accounts");
    }
    co_return account;
  }
};

}  // namespace

std::shared_ptr<TelephonyProvider> make_telephony(std::string name,
                                                  std::shared_ptr<Generation> generation) {
  return std::make_shared<TelephonyFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
