#include "messaging/one_time_codes.h"

#include <array>
#include <span>

#include "base/digest.h"
#include "base/text.h"
#include "policy/opt_out.h"

namespace commsd::messaging {

namespace {

constexpr std::int64_t most_guesses = 3;
constexpr std::int64_t most_an_hour = 5;
constexpr UnixMillis hour = 3'600'000;

}  // namespace

Task<Result<CodeSent>> OneTimeCodes::send(CodeRequest request) {
  if (request.purpose.size() > 100 || has_control_character(request.purpose)) {
    co_return fail(ErrorCode::invalid_argument,
                   "'purpose' must have at most 100 characters and no line breaks");
  }
  const std::string digits = make_code();
  const UnixMillis now = clock_.now();
  store::OneTimeCode code;
  code.id = ids_.make("otp");
  code.org_id = request.org_id;
  code.agent_id = request.agent_id;
  code.contact_hash = policy::contact_hash(key_, request.to);
  code.code_hash = hash(code.id, digits);
  code.created_at = now;
  code.expires_at = now + std::chrono::milliseconds(lifetime).count();

  SendRequest message;
  message.org_id = std::move(request.org_id);
  message.agent_id = std::move(request.agent_id);
  message.content.channel = request.channel;
  message.content.to = std::move(request.to);
  message.content.text = "Your verification code";
  if (!request.purpose.empty()) message.content.text += " for " + request.purpose;
  message.content.text += " is " + digits + ". It expires in 5 minutes. Do not share it.";
  if (request.channel == plugin::ChannelKind::email) {
    message.content.subject = "Your verification code";
  }
  message.kind = policy::ActionKind::otp;
  message.content.message_class = policy::to_string(policy::MessageClass::otp);
  message.content.time_zone = std::move(request.time_zone);
  message.secret = true;
  const bool keyed = !request.idempotency_key.empty();
  message.idempotency_key = "otp:" + (keyed ? std::move(request.idempotency_key) : code.id);
  message.arguments_hash = std::move(request.arguments_hash);
  Error too_many;
  too_many.code = ErrorCode::rate_limited;
  too_many.rule = "otp.per_hour";
  too_many.message = "this contact was sent 5 codes in the last hour, which is the most";
  too_many.remedy = "let the person use the newest code, or wait";
  SendRequest::Guard& guard = message.guards.emplace_back();
  guard.refusal = std::move(too_many);
  store::OneTimeCodeRepository::add_create(guard.steps, code, now - hour, most_an_hour);

  Task<Result<SendOutcome>> sending = outbound_.send(std::move(message));
  Result<SendOutcome> outcome = co_await std::move(sending);
  if (!outcome) co_return fail(outcome.error());
  co_return CodeSent{std::move(code.id), std::move(*outcome)};
}

Task<Result<std::string>> OneTimeCodes::verify(std::string org_id, std::string agent_id,
                                               std::string contact, std::string code) {
  const std::string contact_hash = policy::contact_hash(key_, contact);
  const UnixMillis now = clock_.now();
  store::UnitOfWork unit;
  store::OneTimeCodeRepository::add_guess(unit, org_id, agent_id, contact_hash, most_guesses, now);
  Result<store::UnitOutcome> counted = co_await store_.commit(std::move(unit));
  if (!counted) co_return fail(counted.error());
  const store::Rows& rows = counted->rows.front();
  if (rows.empty()) {
    auto newest = co_await codes_.newest(org_id, agent_id, contact_hash);
    if (!newest) co_return fail(newest.error());
    if (!*newest) co_return std::string("no code was sent to this contact");
    if ((*newest)->used_at) co_return std::string("the code was used already");
    if ((*newest)->guesses >= most_guesses) {
      co_return std::string("there were too many wrong guesses; send a new code");
    }
    co_return std::string("the code has expired; send a new one");
  }
  const std::string id = rows.front().text("id");
  if (!constant_time_equal(hash(id, code), rows.front().text("code_hash"))) {
    co_return std::string("the code is wrong");
  }
  store::UnitOfWork use;
  store::OneTimeCodeRepository::add_use(use, org_id, id, now);
  Result<store::UnitOutcome> used = co_await store_.commit(std::move(use));
  if (!used) co_return fail(used.error());
  if (!used->committed) co_return std::string("the code was used already");
  co_return std::string();
}

std::string OneTimeCodes::make_code() const {
  // Without bias: what lies beyond the last whole million of 32 bits is drawn again.
  constexpr std::uint32_t million = 1'000'000;
  constexpr std::uint32_t limit = 4'294 * million;
  std::uint32_t drawn = limit;
  while (drawn >= limit) {
    std::array<std::uint8_t, 4> bytes{};
    random_.fill(bytes);
    drawn = 0;
    for (const std::uint8_t byte : bytes) drawn = drawn << 8 | byte;
  }
  std::string digits = std::to_string(drawn % million);
  return std::string(6 - digits.size(), '0') + digits;
}

std::string OneTimeCodes::hash(std::string_view id, std::string_view code) const {
  return to_hex(hmac_sha256(key_, "otp\n" + std::string(id) + '\n' + std::string(code)));
}

}  // namespace commsd::messaging
