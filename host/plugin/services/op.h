#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <comms/svc/result.h>

#include "base/completion.h"
#include "base/result.h"
#include "base/task.h"
#include "plugin/provider_types.h"

namespace commsd::plugin {

struct OpError {
  std::string vendor_code;
  std::string message;
  std::string remedy;
  std::chrono::milliseconds retry_after{0};
};

/// What one provider call came to.
struct OpOutcome {
  /// COMMS_OK or a class of failure; never COMMS_PENDING or COMMS_BACKPRESSURE.
  comms_status status = COMMS_INTERNAL;
  std::optional<OpError> error;       // result.fail
  std::optional<Receipt> receipt;     // result.message
  KeyValues fields;                   // result.field, in order
  std::vector<ProviderEvent> events;  // result.event
  std::string data;                   // result.chunk, unless OpRequest::on_chunk took the pieces

  /// True when a request that is not idempotent may have been written to the vendor. On a failure
  /// that leaves the vendor's state unknown the status is COMMS_AMBIGUOUS, whatever the plugin or
  /// the clock said: see Op.
  bool may_have_reached_vendor = false;

  bool ok() const { return status == COMMS_OK; }
  /// The failure in the host's terms; `provider` names it in the message.
  Error to_error(std::string_view provider) const;
};

/// The host's word for a class of outcome; COMMS_OK and COMMS_PENDING give internal.
ErrorCode to_error_code(comms_status status);

struct OpRequest {
  /// The slot function with its arguments, e.g. [=](comms_op* op) { return table->send(self, op,
  /// &message); }. What the arguments point to need live only during the call.
  std::function<comms_status(comms_op*)> call;
  std::chrono::milliseconds limit{30000};
  /// Takes pieces of result.chunk; false = taken, but no more until Op::resume_chunks().
  std::function<bool(std::string_view piece)> on_chunk;
  /// The slot's `resume` for providers that hold data of their own after COMMS_BACKPRESSURE.
  std::function<comms_status(comms_op*)> resume;
  /// Stopped once the caller of a blocking slot function has given up: its next chunk is told so,
  /// which is all that such a function can be told while it runs.
  std::stop_token nobody_waits{};
  std::size_t max_data = 64 * 1024 * 1024;  // bytes OpOutcome::data may grow to
  /// W3C trace context for the op's requests, e.g. TraceContext::child().traceparent(); "" = none.
  std::string traceparent;
  /// Kept until the last continuation and release of the op ran: the instance and its library.
  std::shared_ptr<const void> generation;
};

/// The host's side of `comms_op`: one provider call from its slot function through its
/// continuations to exactly one outcome.
///
///     auto op = Op::start(std::move(request));
///     OpOutcome outcome = co_await op->outcome();
///
/// Serialisation ([op] in the ABI) costs no lock: every continuation is posted to the executor the
/// op was started on, and an executor is one thread at a time.
///
/// Rules that protect "never twice" from plugins: when the time limit or a cancellation hits while
/// a non-idempotent request may have been written, the outcome is COMMS_AMBIGUOUS; and a plugin
/// that calls such a request's failure "unavailable" or "timeout", the two classes that are safe
/// to repeat, is overruled with COMMS_AMBIGUOUS too.
class Op : public std::enable_shared_from_this<Op> {
 public:
  /// [an executor's thread] Calls the slot function before returning.
  static std::shared_ptr<Op> start(OpRequest request);

  /// [any thread that may block] For slot functions the manifest declares blocking. They may use
  /// http.perform, not http.send, and must not return COMMS_PENDING.
  static OpOutcome run_blocking(OpRequest request);

  ~Op();
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

  /// Completes once; await it from any executor.
  const Completion<OpOutcome>& outcome() const { return outcome_; }
  /// [any thread] Gives the op up: its requests are cancelled and late results ignored.
  void cancel();
  /// [any thread] There is room for chunks again.
  void resume_chunks();

  // What follows is for the services; all on the op's executor unless said otherwise.

  comms_op* handle() { return reinterpret_cast<comms_op*>(this); }
  static Op* from(comms_op* handle) { return reinterpret_cast<Op*>(handle); }

  Executor* executor() const { return executor_; }  // null while blocking
  const std::string& traceparent() const { return request_.traceparent; }
  bool done() const { return done_; }
  bool chunks_full() const { return chunks_full_; }
  std::chrono::milliseconds remaining() const;  // until the limit; at least 0

  /// Something of a service that belongs to this op: a request, a timer, a socket.
  class Part {
   public:
    virtual ~Part() = default;
    virtual void cancel() = 0;         // must lead to Op::part_ended, at once or later
    virtual void resume_chunks() = 0;  // deliver what was held back
  };
  void part_began(std::shared_ptr<Part> part);

  /// What a part's end says about the vendor. Only requests that are not idempotent count.
  enum class Sent {
    nothing = 1,  // no such request was written
    answered,     // written, and answered completely
    unanswered,   // may have been written, and has no complete answer
  };
  void part_ended(const Part* part, Sent sent);
  /// [any thread] The executor stopped with a continuation unrun: lets go of everything.
  void abandon();

  /// Acts on what a continuation returned.
  void continued(comms_status status);

  void fail(const comms_error& error);
  void message(Receipt receipt);
  void field(std::string_view key, std::string_view value);
  comms_status chunk(std::string_view piece);
  void event(const comms_event& event);

 private:
  explicit Op(OpRequest request);
  void begin();
  void expire();
  void give_up(comms_status status);
  void finish(comms_status status);
  void settle();

  OpRequest request_;
  Executor* executor_ = nullptr;
  std::chrono::steady_clock::time_point deadline_;
  Executor::TimerId timer_ = 0;
  Completion<OpOutcome> outcome_;
  OpOutcome collected_;
  std::vector<std::shared_ptr<Part>> parts_;
  std::optional<comms_status> given_up_;  // why, while parts are still ending
  bool done_ = false;
  bool calling_ = false;  // inside the plugin: its status comes first
  bool chunks_full_ = false;
  bool ambiguous_ = false;
};

/// The usual way: starts the op on the current executor and awaits its outcome. Either token ends
/// it.
Task<OpOutcome> run_op(OpRequest request, std::stop_token stop = {}, std::stop_token also = {});

/// A webhook or fetched event in the host's terms; empty for kinds this host does not know.
std::optional<ProviderEvent> to_provider_event(const comms_event& event);

}  // namespace commsd::plugin
