#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/task.h"
#include "messaging/outbound_pipeline.h"
#include "store/one_time_code_repository.h"
#include "store/store.h"

namespace commsd::messaging {

struct CodeRequest {
  std::string org_id;
  std::string agent_id;
  plugin::ChannelKind channel = plugin::ChannelKind::sms;
  std::string to;
  std::string purpose;          // named in the message; "" = none
  std::string time_zone;        // as in SendRequest
  std::string idempotency_key;  //
  std::string arguments_hash;   //
};

struct CodeSent {
  std::string code_id;
  SendOutcome outcome;
};

/// One-time codes by message: 6 digits, good for 5 minutes, for 3 guesses and once; 5 an hour for
/// each contact of an agent; only the newest counts. What is kept of a code is a keyed hash, and
/// its message is forgotten as soon as it was handed over. [any executor]
class OneTimeCodes {
 public:
  OneTimeCodes(store::Store& store, OutboundPipeline& outbound, const Clock& clock, Random& random,
               const Ids& ids, std::string key)
      : store_(store),
        codes_(store),
        outbound_(outbound),
        clock_(clock),
        random_(random),
        ids_(ids),
        key_(std::move(key)) {}

  /// Errors as of OutboundPipeline::send, and rate_limited (rule "otp.per_hour").
  Task<Result<CodeSent>> send(CodeRequest request);

  /// Why a code is not good: "" = it is, else one sentence.
  Task<Result<std::string>> verify(std::string org_id, std::string agent_id, std::string contact,
                                   std::string code);

  static constexpr std::chrono::minutes lifetime{5};

 private:
  std::string make_code() const;
  std::string hash(std::string_view id, std::string_view code) const;

  store::Store& store_;
  store::OneTimeCodeRepository codes_;
  OutboundPipeline& outbound_;
  const Clock& clock_;
  Random& random_;
  const Ids& ids_;
  std::string key_;
};

}  // namespace commsd::messaging
