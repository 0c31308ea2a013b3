#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plugin/bare_providers.h"
#include "plugin/whatsapp_provider.h"

namespace commsd::provisioning::test {

/// A vendor of numbers, accounts, senders and domains, which keeps the account of what it sold: the
/// truth that the ledger is held against.
struct Books {
  enum class Answer { take, refuse, unavailable, lose, take_and_lose };

  /// Asked before every operation, by its name; what a test scripts.
  std::function<Answer(const std::string& operation)> decide = [](const std::string&) {
    return Answer::take;
  };
  std::vector<std::string> operations;
  std::map<std::string, std::string> numbers;   // vendor id -> number
  std::map<std::string, std::string> accounts;  // vendor id -> name
  std::map<std::string, std::string> by_reference;
  int sold = 0;
  int registered = 0;
  std::map<std::string, plugin::SenderState> senders;  // by vendor id
  std::map<std::string, std::string> sender_urls;      // number -> where its messages go
  std::string new_sender_status = "online";
  bool lists_senders = true;    // and looks at them, and removes them
  bool shows_purchases = true;  // find_number
  bool offers_accounts = false;
  bool sandbox = true;
  std::string domain_status = "verified";
  plugin::NumberRoutes routes;

  Answer begin(const std::string& operation) {
    operations.push_back(operation);
    return decide(operation);
  }
  /// What the operation ends with, unless it is to be taken.
  static std::optional<Error> fault(Answer answer) {
    Error error;
    error.message = "scripted";
    switch (answer) {
      case Answer::take:
        return std::nullopt;
      case Answer::refuse:
        error.code = ErrorCode::rejected;
        break;
      case Answer::unavailable:
        error.code = ErrorCode::unavailable;
        break;
      case Answer::lose:
      case Answer::take_and_lose:
        error.code = ErrorCode::ambiguous;
        break;
    }
    return error;
  }
  static bool takes(Answer answer) {
    return answer == Answer::take || answer == Answer::take_and_lose;
  }
};

}  // namespace commsd::provisioning::test
