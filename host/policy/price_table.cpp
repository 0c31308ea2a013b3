#include "policy/price_table.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include <yaml-cpp/yaml.h>

#include "embedded/content.h"
#include "policy/money.h"

namespace commsd::policy {

namespace {

constexpr std::string_view any_provider = "*";
constexpr std::string_view items[] = {"sms", "mms", "whatsapp", "email", "voice"};
/// The longest country and area code that has a price of its own is shorter.
constexpr std::size_t longest_prefix = 8;
constexpr std::int64_t most_units = 1'000'000;

tl::unexpected<Error> wrong(const YAML::Node& entry, const std::string& what) {
  return fail(ErrorCode::invalid_argument,
              "prices, line " + std::to_string(entry.Mark().line + 1) + ": " + what);
}

bool is_prefix(std::string_view text) {
  if (text.empty()) return true;
  return text.size() > 1 && text.size() <= longest_prefix && text[0] == '+' &&
         text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

Result<PriceTable> PriceTable::parse(std::string_view yaml) try {
  const YAML::Node root = YAML::Load(std::string(yaml));
  PriceTable table;
  if (!root.IsMap()) return wrong(root, "must be a group with 'currency' and 'prices'");
  table.currency_ = root["currency"] ? root["currency"].as<std::string>() : std::string();
  if (table.currency_.size() != 3) return wrong(root, "'currency' must be an ISO 4217 code");
  if (!root["prices"] || !root["prices"].IsSequence()) {
    return wrong(root, "'prices' must be a list");
  }
  for (const YAML::Node& entry : root["prices"]) {
    if (!entry.IsMap()) return wrong(entry, "must be a group");
    const auto text = [&entry](const char* name) { return entry[name].as<std::string>(""); };
    const std::string item = text("item");
    if (std::find(std::begin(items), std::end(items), item) == std::end(items)) {
      return wrong(entry, "'item' must be sms, mms, whatsapp, email or voice");
    }
    if (text("source").empty() || text("date").empty()) {
      return wrong(entry, "'source' and 'date' must say where the price is from");
    }
    const std::string prefix = text("prefix");
    if (!is_prefix(prefix)) return wrong(entry, "'prefix' must be '+' and digits, or nothing");
    const std::optional<std::int64_t> price = parse_micros(text("price"));
    if (!price) return wrong(entry, "'price' must be a decimal with at most six places");
    const std::string provider = entry["provider"].as<std::string>(std::string(any_provider));
    if (!table.prices_[{provider, item}].emplace(prefix, *price).second) {
      return wrong(entry, "a second price for the same");
    }
    table.dearest_ = std::max(table.dearest_, *price);
  }
  for (const std::string_view item : items) {
    const auto found = table.prices_.find({std::string(any_provider), std::string(item)});
    if (found == table.prices_.end() || !found->second.contains("")) {
      return wrong(root, "no default price of '" + std::string(item) +
                             "': one without 'provider' and 'prefix'");
    }
  }
  return table;
} catch (const YAML::Exception& error) {
  return fail(ErrorCode::invalid_argument, std::string("prices: ") + error.what());
}

PriceTable PriceTable::standard() {
  Result<PriceTable> table = parse(embedded::content::prices_yaml());
  if (!table) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", table.error().message.c_str());
    std::abort();
  }
  return std::move(*table);
}

std::int64_t PriceTable::estimate(std::string_view provider, std::string_view item,
                                  std::string_view to, std::int64_t units) const {
  return unit_price(provider, item, to) * std::clamp<std::int64_t>(units, 1, most_units);
}

std::int64_t PriceTable::unit_price(std::string_view provider, std::string_view item,
                                    std::string_view to) const {
  for (const std::string_view who : {provider, any_provider}) {
    const auto found = prices_.find({std::string(who), std::string(item)});
    if (found == prices_.end()) continue;
    for (std::size_t length = std::min(longest_prefix, to.size()); length > 0; --length) {
      const auto price = found->second.find(to.substr(0, length));
      if (price != found->second.end()) return price->second;
    }
    const auto price = found->second.find("");
    if (price != found->second.end()) return price->second;
  }
  return dearest_;
}

}  // namespace commsd::policy
