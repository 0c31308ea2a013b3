#include "carrier.h"

#include <algorithm>
#include <array>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/stream.hpp>

namespace sandbox {

namespace {

constexpr std::size_t most_remembered = 20000;
constexpr std::uint32_t slow_ms = 2000;

struct Rule {
  std::string_view digits, mailbox;
  Script script;
};
constexpr std::array<Rule, 7> rules = {{{"0001", "rejected@", Script::reject},
                                        {"0002", "throttled@", Script::throttle},
                                        {"0003", "unavailable@", Script::unavailable},
                                        {"0004", "lost@", Script::lost},
                                        {"0005", "taken@", Script::lost_but_taken},
                                        {"0006", "slow@", Script::slow},
                                        {"0007", "undelivered@", Script::undelivered}}};

Script script_for(std::string_view to) {
  const bool mailbox = to.find('@') != std::string_view::npos;
  for (const Rule& rule : rules) {
    const std::size_t size = rule.digits.size();
    if (mailbox ? to.substr(0, rule.mailbox.size()) == rule.mailbox
                : to.size() > size && to.substr(to.size() - size) == rule.digits) {
      return rule.script;
    }
  }
  return Script::deliver;
}

}  // namespace

Carrier::Carrier(const comms::Host& host, const comms::Config& config)
    : host_(host),
      secret_(config.text("webhook_secret")),
      latency_ms_(static_cast<std::uint32_t>(config.integer("latency_ms", 0))),
      receipts_(config.text("receipts", "at_once") == "at_once"),
      text_cost_(config.integer("sms_cost_micros", 7900)) {}

std::string Carrier::make_id(const char* prefix) const {
  return prefix + comms::hex(comms::Crypto(host_).random(16));
}

comms::Outcome<comms::Receipt> Carrier::send(Record record, std::int64_t cost_micros,
                                             const char* prefix) {
  record.id = make_id(prefix);
  record.at_ms = host_.now_ms();
  record.cost_micros = cost_micros;
  const Script script = script_for(record.to);
  const std::uint32_t wait = latency_ms_ + (script == Script::slow ? slow_ms : 0);
  if (wait == 0) return take(record, cost_micros, script);
  return comms::after(
      wait, [this, record, cost_micros, script] { return take(record, cost_micros, script); });
}

comms::Outcome<comms::Receipt> Carrier::take(const Record& record, std::int64_t cost_micros,
                                             Script script) {
  switch (script) {
    case Script::reject:
      return comms::Error(COMMS_REJECTED, "the recipient cannot receive messages", "sandbox-0001",
                          "this recipient fails on purpose; use another one");
    case Script::throttle: {
      comms::Error error(COMMS_RATE_LIMITED, "too many messages", "sandbox-0002");
      error.retry_after_ms = 1000;
      return error;
    }
    case Script::unavailable:
      return comms::Error(COMMS_UNAVAILABLE, "the carrier is out of service", "sandbox-0003");
    case Script::lost_but_taken:
      remember(record);
      [[fallthrough]];
    case Script::lost:
      return comms::Error(COMMS_AMBIGUOUS, "the carrier did not answer", "sandbox-0004");
    case Script::deliver:
    case Script::slow:
    case Script::undelivered:
      break;
  }
  Record taken = record;
  if (record.is_call) {
    taken.status = receipts_ ? "completed" : "queued";
    if (script == Script::undelivered) taken.status = "no-answer";
  } else {
    taken.status = receipts_ ? "delivered" : "sent";
    if (script == Script::undelivered) taken.status = "undelivered";
  }
  remember(taken);
  return comms::Receipt{taken.id, taken.status, cost_micros, "USD"};
}

void Carrier::remember(const Record& record) {
  const std::lock_guard<std::mutex> lock(mutex_);
  order_.push_back(record.client_ref);
  records_[record.client_ref] = record;
  if (order_.size() > most_remembered) {
    records_.erase(order_.front());
    order_.pop_front();
  }
}

comms::Outcome<comms::Receipt> Carrier::find(const comms::Find& what) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [client_ref, record] : records_) {
    const bool match =
        what.vendor_id.empty() ? client_ref == what.client_ref : record.id == what.vendor_id;
    if (!match) continue;
    std::string status = record.status;
    if (status.empty()) status = record.is_call ? "queued" : "sent";
    return comms::Receipt{record.id, status, record.cost_micros, "USD", {{"match", "client_ref"}}};
  }
  return comms::Error(COMMS_NOT_FOUND, "the carrier never saw this message");
}

void Carrier::sell(std::string client_ref, std::string id, std::string what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  sales_.push_back({std::move(client_ref), std::move(id), std::move(what)});
  if (sales_.size() > most_remembered) sales_.pop_front();
}

comms::Outcome<comms::Fields> Carrier::find_sold(std::string_view client_ref) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const Sale& sale : sales_) {
    if (sale.client_ref == client_ref) return comms::Fields{{"number", sale.what}, {"id", sale.id}};
  }
  return comms::Error(COMMS_NOT_FOUND, "nothing was sold under this reference");
}

void Carrier::take_back(std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found =
      std::find_if(sales_.begin(), sales_.end(), [&](const Sale& sale) { return sale.id == id; });
  if (found != sales_.end()) sales_.erase(found);
}

bool Carrier::verify(const comms::HttpIn& in) const {
  if (secret_.empty()) return false;
  const comms::Crypto crypto(host_);
  return crypto.equal(in.header("X-Sandbox-Signature"),
                      comms::hex(crypto.hmac_sha256(secret_, in.body)));
}

comms::Events Carrier::parse(const comms::HttpIn& in, std::int32_t received_kind) const {
  const comms::Json body(host_, in.body);
  if (!body) throw comms::Error(COMMS_INVALID, "the body is not JSON");
  comms::Event event(received_kind);
  event.vendor_id = body["id"].text();
  event.event_id = event.vendor_id;
  event.from = body["from"].text();
  event.to = body["to"].text();
  event.text = body["text"].text();
  event.subject = body["subject"].text();
  event.html = body["html"].text();
  if (const std::string status = body["status"].text(); !status.empty()) {
    event.kind = COMMS_EVENT_MESSAGE_STATUS;
    event.status = status;
    event.event_id += ':' + status;
  } else if (event.from.empty()) {
    throw comms::Error(COMMS_INVALID, "'from' is required");
  }
  if (event.vendor_id.empty()) throw comms::Error(COMMS_INVALID, "'id' is required");
  if (const std::string id = body["messageId"].text(); !id.empty()) {
    event.extra.emplace_back("message_id", id);
  }
  for (comms::JsonNode item : body["media"]) {
    comms::Media media;
    media.url = item["url"].text();
    media.content_type = item["contentType"].text();
    media.filename = item["filename"].text();
    if (const comms::JsonNode base64 = item["data"]) {
      auto data = comms::Crypto(host_).from_base64(base64.text());
      if (!data) throw comms::Error(COMMS_INVALID, "'data' of a file is not base64");
      media.data = std::move(*data);
    }
    event.media.push_back(std::move(media));
  }
  return {event};
}

}  // namespace sandbox
