#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/slot/email.h>

#include "plugin/facades/facades.h"
#include "plugin/facades/message_facade.h"

namespace commsd::plugin {
namespace {

struct EmailCall {
  explicit EmailCall(OutboundMessage outbound);
  EmailCall(const EmailCall&) = delete;
  EmailCall& operator=(const EmailCall&) = delete;

  OutboundMessage message;
  comms_str to{};
  std::vector<comms_kv> headers;
  std::vector<comms_media> attachments;
  comms_email_message wire{};
};

EmailCall::EmailCall(OutboundMessage outbound)
    : message(std::move(outbound)), to(to_str(message.to)), headers(to_abi(message.headers)) {
  for (const Attachment& attachment : message.attachments) {
    comms_media media{};
    media.content_type = to_str(attachment.content_type);
    media.filename = to_str(attachment.filename);
    media.data = to_bytes(attachment.bytes);
    media.byte_count = attachment.bytes.size();
    attachments.push_back(media);
  }
  wire.size = sizeof wire;
  wire.from = to_str(message.from);
  wire.to = &to;
  wire.to_count = 1;
  wire.reply_to = to_str(message.reply_to);
  wire.subject = to_str(message.subject);
  wire.text = to_str(message.text);
  wire.html = to_str(message.html);
  wire.headers = headers.data();
  wire.header_count = headers.size();
  wire.attachments = attachments.data();
  wire.attachment_count = attachments.size();
  wire.client_ref = to_str(message.client_reference);
  wire.idempotency_key = to_str(message.idempotency_key);
  wire.status_url = to_str(message.status_url);
}

/// A header name is printable ASCII without a colon (RFC 5322, section 2.2).
bool is_header_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if (c <= ' ' || c > '~' || c == ':') return false;
  }
  return true;
}

Result<void> check_lines(const OutboundMessage& message) {
  const std::pair<std::string_view, std::string_view> lines[] = {{"from", message.from},
                                                                 {"to", message.to},
                                                                 {"reply_to", message.reply_to},
                                                                 {"subject", message.subject}};
  for (const auto& [what, value] : lines) {
    if (Result<void> good = check_line(what, value); !good) return good;
  }
  for (const auto& [name, value] : message.headers) {
    if (!is_header_name(name)) {
      return fail(ErrorCode::invalid_argument, "a header field has a name that is not allowed");
    }
    if (Result<void> good = check_line("headers", value); !good) return good;
  }
  for (const Attachment& attachment : message.attachments) {
    if (Result<void> good = check_line("attachments", attachment.filename); !good) {
      return good;
    }
    if (Result<void> good = check_line("attachments", attachment.content_type); !good) {
      return good;
    }
  }
  return {};
}

DomainState to_domain_state(const OpOutcome& outcome) {
  DomainState state;
  state.status = field(outcome, "status");
  for (const auto& [key, value] : outcome.fields) {
    if (key == "dns_type") {
      state.records.push_back({value, {}, {}});
    } else if (!state.records.empty() && key == "dns_name") {
      state.records.back().name = value;
    } else if (!state.records.empty() && key == "dns_value") {
      state.records.back().value = value;
    }
  }
  return state;
}

class EmailFacade final : public MessageFacade<EmailProvider, comms_email> {
 public:
  EmailFacade(std::string name, std::shared_ptr<Generation> generation)
      : MessageFacade(std::move(name), std::move(generation), COMMS_SLOT_EMAIL) {}

  Task<Result<Receipt>> send(OutboundMessage message, std::chrono::milliseconds limit) override {
    if (!offers("send")) co_return fail(not_offered(name_, "send messages"));
    if (Result<void> good = check_lines(message); !good) co_return fail(good.error());
    auto call = std::make_shared<const EmailCall>(std::move(message));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->send(self, op, &call->wire);
    };
    OpOutcome outcome = co_await run(std::move(request));
    co_return to_receipt(std::move(outcome), name_);
  }

  Task<Result<std::optional<ProviderEvent>>> fetch_inbound(
      std::string vendor_id, std::chrono::milliseconds limit) override {
    if (!offers("fetch_inbound")) co_return fail(not_offered(name_, "fetch an inbound message"));
    auto id = std::make_shared<const std::string>(std::move(vendor_id));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, id](comms_op* op) {
      return table->fetch_inbound(self, op, to_str(*id));
    };
    OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    std::optional<ProviderEvent> event;
    if (!outcome.events.empty()) event = std::move(outcome.events.front());
    co_return event;
  }

  Task<Result<DomainState>> verify_domain(std::string domain,
                                          std::chrono::milliseconds limit) override {
    if (!offers("verify_domain")) co_return fail(not_offered(name_, "verify domains"));
    auto name = std::make_shared<const std::string>(std::move(domain));
    OpRequest request = make_request(limit);
    request.call = [self = generation_->self(), table = table_, name](comms_op* op) {
      return table->verify_domain(self, op, to_str(*name));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    co_return to_domain_state(outcome);
  }
};

}  // namespace

std::shared_ptr<EmailProvider> make_email(std::string name,
                                          std::shared_ptr<Generation> generation) {
  return std::make_shared<EmailFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
