#include "messages.h"

#include <comms/cpp/price.hpp>
#include <comms/cpp/timestamp.hpp>

#include "errors.h"

namespace twilio {

namespace {

constexpr int max_pages = 10;
// Trial accounts put this in front of every text.
constexpr std::string_view trial_prefix = "Sent from your Twilio trial account - ";

comms::Receipt receipt_of(const comms::JsonNode& message) {
  comms::Receipt receipt;
  receipt.vendor_id = message["sid"].text();
  receipt.status = message_status(message["status"].text());
  receipt.cost_micros = cost_micros(message["price"].text());
  if (receipt.cost_micros != COMMS_COST_UNKNOWN) {
    receipt.currency = currency_code(message["price_unit"].text());
  }
  const std::string code = message["error_code"].text();
  if (!code.empty()) receipt.fields.emplace_back("error_code", code);
  const std::string segments = message["num_segments"].text();
  if (!segments.empty()) receipt.fields.emplace_back("segments", segments);
  return receipt;
}

bool same_body(const std::string& theirs, const std::string& ours) {
  if (theirs == ours) return true;
  return theirs.size() == trial_prefix.size() + ours.size() &&
         theirs.compare(0, trial_prefix.size(), trial_prefix) == 0 &&
         theirs.compare(trial_prefix.size(), std::string::npos, ours) == 0;
}

/// Walks the messages between two ends, newest first.
class Search {
 public:
  Search(const Account& account, Wanted wanted) : account_(&account), wanted_(std::move(wanted)) {}

  comms::Outcome<comms::Receipt> begin() {
    // Not restricted by DateSent on Twilio's side: a message still queued has no such date, and a
    // message overlooked here would be sent a second time.
    std::string path = "Messages.json?To=" + comms::percent_encode(wanted_.to);
    if (!wanted_.from.empty()) path += "&From=" + comms::percent_encode(wanted_.from);
    return page(account_->resource(path + "&PageSize=100"));
  }

 private:
  comms::Outcome<comms::Receipt> page(const std::string& url) {
    return account_->authorized(comms::get(url))
        .then([search = *this](const comms::HttpResponse& answer) mutable
              -> comms::Outcome<comms::Receipt> { return search.read(answer); });
  }

  comms::Outcome<comms::Receipt> read(const comms::HttpResponse& answer) {
    if (!answer.ok()) return error_of_create(answer);
    const comms::Json body = answer.json();
    if (body["messages"].type() != COMMS_JSON_ARRAY) return error_of(answer);
    bool past_window = false;
    for (const comms::JsonNode message : body["messages"]) {
      past_window = consider(message);
    }
    const std::string next = body["next_page_uri"].text();
    if (past_window || next.empty()) return conclude();
    if (++pages_ >= max_pages) {
      return comms::Error(COMMS_UNSUPPORTED, "too many messages between these two to look through");
    }
    return page(account_->origin() + next);
  }

  /// True when the message is older than the time in question.
  bool consider(const comms::JsonNode& message) {
    const std::int64_t created = comms::mail_date_ms(message["date_created"].text());
    // Twilio tells whole seconds.
    if (created != 0 && created < wanted_.after_ms - 1000) return true;
    const bool ours = message["direction"].text().compare(0, 8, "outbound") == 0;
    if (!ours || (created > wanted_.before_ms && wanted_.before_ms > 0)) return false;
    ++in_window_;
    if (same_body(message["body"].text(), wanted_.text)) {
      ++matches_;
      found_ = receipt_of(message);
    }
    return false;
  }

  comms::Outcome<comms::Receipt> conclude() {
    if (in_window_ == 0) return comms::Error(COMMS_NOT_FOUND, "Twilio has no such message");
    if (matches_ == 1 && (wanted_.text_is_literal || !wanted_.text.empty())) {
      found_.fields.emplace_back("match", "content");
      return found_;
    }
    if (matches_ == 0 && wanted_.text_is_literal) {
      return comms::Error(COMMS_NOT_FOUND, "Twilio has no such message");
    }
    return comms::Error(COMMS_UNSUPPORTED,
                        "Twilio has messages of that time that cannot be told apart", {},
                        "look into the message log of the Twilio Console");
  }

  const Account* account_;
  Wanted wanted_;
  comms::Receipt found_;
  int pages_ = 0, matches_ = 0, in_window_ = 0;
};

}  // namespace

std::string message_status(std::string_view status) {
  if (status == "sent" || status == "delivered" || status == "undelivered" || status == "failed" ||
      status == "read") {
    return std::string(status);
  }
  if (status == "canceled") return "failed";
  if (status == "partially_delivered" || status == "received") return "delivered";
  return "queued";  // accepted, scheduled, queued, sending, receiving
}

std::string call_status(std::string_view status) {
  if (status == "answered") return "in-progress";
  for (const std::string_view known :
       {"ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}) {
    if (status == known) return std::string(status);
  }
  return "queued";  // queued, initiated
}

std::int64_t cost_micros(std::string_view price) {
  if (!price.empty() && (price[0] == '-' || price[0] == '+')) price.remove_prefix(1);
  return comms::price_micros(price);
}

std::string currency_code(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

comms::Outcome<comms::Receipt> post_message(const Account& account, const comms::Form& form) {
  return account.authorized(comms::post(account.resource("Messages.json")))
      .form(form)
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of_create(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt = receipt_of(body.root());
        // A success without an id may still have sent something.
        if (receipt.vendor_id.empty()) return error_of(answer);
        return receipt;
      });
}

comms::Outcome<comms::Receipt> find_message(const Account& account, Wanted wanted) {
  if (wanted.vendor_id.empty()) {
    if (wanted.to.empty()) {
      return comms::Error(COMMS_UNSUPPORTED, "Twilio finds messages by id or by recipient");
    }
    return Search(account, std::move(wanted)).begin();
  }
  const std::string path = "Messages/" + comms::percent_encode(wanted.vendor_id) + ".json";
  return account.authorized(comms::get(account.resource(path)))
      .then([](const comms::HttpResponse& answer) -> comms::Outcome<comms::Receipt> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json body = answer.json();
        comms::Receipt receipt = receipt_of(body.root());
        if (receipt.vendor_id.empty()) return error_of(answer);
        receipt.fields.emplace_back("match", "vendor_id");
        return receipt;
      });
}

}  // namespace twilio
