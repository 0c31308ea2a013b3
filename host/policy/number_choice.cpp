#include "policy/number_choice.h"

#include <algorithm>

#include "base/text.h"

namespace commsd::policy {

std::optional<store::PoolNumber> choose_number(const std::vector<store::PoolNumber>& pool,
                                               std::string_view country,
                                               std::string_view capability) {
  const store::PoolNumber* best = nullptr;
  int best_rank = 0;
  for (const store::PoolNumber& number : pool) {
    const auto words = split(number.capabilities, ' ');
    const bool able = std::find(words.begin(), words.end(), capability) != words.end();
    if (number.status != "active" || !able) continue;
    const int rank = !country.empty() && number.country == country ? 3 : number.is_default ? 2 : 1;
    if (rank <= best_rank) continue;
    best = &number;
    best_rank = rank;
  }
  if (!best) return std::nullopt;
  return *best;
}

Task<Result<std::string>> SenderAddress::choose(Question question) const {
  const bool is_number = question.channel == "sms" || question.channel == "voice";
  const bool shared = question.provider == store::pooled_provider;
  if (!is_number || (!shared && question.identity != "hybrid")) co_return question.own;
  auto pool = co_await pools_.numbers(question.org_id);
  if (!pool) co_return fail(pool.error());
  const auto chosen = choose_number(*pool, question.to_country, question.channel);
  if (chosen) co_return chosen->number;
  if (!shared) co_return question.own;
  Error error;
  error.code = ErrorCode::rejected;
  error.message = "the organization's number pool has no active number that can do " +
                  question.channel + ", and the agent has none of its own";
  error.remedy = "add one: commsctl numbers add";
  co_return fail(std::move(error));
}

}  // namespace commsd::policy
