#include "policy/number_choice.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::policy {

namespace {

bool can(const store::PoolNumber& number, std::string_view capability) {
  const auto words = split(number.capabilities, ' ');
  return number.status == "active" &&
         std::find(words.begin(), words.end(), capability) != words.end();
}

tl::unexpected<Error> refused(std::string message, std::string remedy) {
  return fail(make_error(ErrorCode::rejected, std::move(message), std::move(remedy), "sender"));
}

}  // namespace

std::optional<store::PoolNumber> choose_number(const std::vector<store::PoolNumber>& pool,
                                               std::string_view country,
                                               std::string_view capability) {
  const store::PoolNumber* best = nullptr;
  int best_rank = 0;
  for (const store::PoolNumber& number : pool) {
    if (!can(number, capability)) continue;
    const int rank = !country.empty() && number.country == country ? 3 : number.is_default ? 2 : 1;
    if (rank <= best_rank) continue;
    best = &number;
    best_rank = rank;
  }
  if (!best) return std::nullopt;
  return *best;
}

bool SenderAddress::has_choice(std::string_view identity, std::string_view channel,
                               std::string_view provider) {
  const bool is_number = channel == "sms" || channel == "voice";
  return is_number && (provider == store::pooled_provider || identity == "hybrid");
}

Task<Result<Sender>> SenderAddress::choose(Question question) const {
  const bool shared = question.provider == store::pooled_provider;
  Sender own{question.own, question.provider};
  if (!has_choice(question.identity, question.channel, question.provider)) co_return own;
  if (!shared && question.before == question.own) co_return own;
  auto pool = co_await pools_.numbers(question.org_id);
  if (!pool) co_return fail(pool.error());
  if (!question.before.empty()) {
    const auto still = std::find_if(pool->begin(), pool->end(), [&](const auto& number) {
      return number.number == question.before && can(number, question.channel);
    });
    if (still != pool->end()) co_return Sender{still->number, still->provider};
    co_return refused(
        "the number that was chosen for this is not in the organization's pool any "
        "more, or is disabled",
        "send it again, from another number");
  }
  const auto chosen = choose_number(*pool, question.to_country, question.channel);
  if (chosen) co_return Sender{chosen->number, chosen->provider};
  if (!shared) co_return own;
  co_return refused("the organization's number pool has no active number that can do " +
                        question.channel + ", and the agent has none of its own",
                    "add one: commsctl numbers add");
}

}  // namespace commsd::policy
