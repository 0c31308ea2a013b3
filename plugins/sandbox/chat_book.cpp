#include "chat_book.h"

#include <algorithm>

namespace sandbox {

namespace {

constexpr std::size_t id_length = 34;
constexpr std::size_t number_length = 16;  // 15 digits at most, filled up with 'f' in front
constexpr std::size_t most = 10'000;       // of what a demonstration makes

/// The number that an id of a sender says; empty when it is none.
std::string number_of(std::string_view id) {
  if (id.size() != id_length || id.substr(0, 2) != "XE") return {};
  const std::string_view end = id.substr(id_length - number_length);
  const std::size_t digits = end.find_first_not_of('f');
  const bool good = digits != std::string_view::npos &&
                    end.find_first_not_of("0123456789", digits) == std::string_view::npos;
  return good ? '+' + std::string(end.substr(digits)) : std::string();
}

comms::Fields sender_fields(const std::string& id) {
  return {{"id", id}, {"number", number_of(id)}, {"status", "online"}};
}

}  // namespace

comms::Fields ChatBook::add_sender(const Carrier& carrier, std::string_view number) {
  std::string digits;
  for (const char c : number) {
    if (c >= '0' && c <= '9' && digits.size() < number_length) digits += c;
  }
  std::string id = carrier.make_id("XE").substr(0, id_length - number_length);
  id += std::string(number_length - digits.size(), 'f') + digits;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (senders_.size() < most) senders_.push_back(id);
  return sender_fields(id);
}

comms::Fields ChatBook::senders() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  comms::Fields all;
  for (const std::string& id : senders_) {
    for (auto& field : sender_fields(id)) all.push_back(std::move(field));
  }
  return all;
}

comms::Outcome<comms::Fields> ChatBook::sender(std::string_view id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (number_of(id).empty() || removed_.count(id) > 0) {
    return comms::Error(COMMS_NOT_FOUND, "there is no such sender");
  }
  return sender_fields(std::string(id));
}

void ChatBook::remove_sender(std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  senders_.erase(std::remove(senders_.begin(), senders_.end(), id), senders_.end());
  if (removed_.size() < most) removed_.emplace(id);
}

comms::Fields ChatBook::fields_of(const Template& one) {
  return {{"id", one.id},
          {"name", one.name},
          {"language", one.language},
          {"status", one.status},
          {"category", one.category}};
}

comms::Fields ChatBook::templates() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  comms::Fields all;
  for (const Template& one : templates_) {
    for (auto& field : fields_of(one)) all.push_back(std::move(field));
  }
  return all;
}

comms::Outcome<comms::Fields> ChatBook::add_template(const Carrier& carrier,
                                                     const comms::WhatsappTemplate& wanted) {
  if (wanted.name.empty() || wanted.language.empty() || wanted.body.empty()) {
    return comms::Error(COMMS_INVALID, "a template needs a name, a language and a text");
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool taken = std::any_of(templates_.begin(), templates_.end(), [&](const Template& one) {
    return one.name == wanted.name && one.language == wanted.language;
  });
  if (taken) return comms::Error(COMMS_REJECTED, "there is a template of this name and language");
  if (templates_.size() >= most)
    return comms::Error(COMMS_REJECTED, "there are too many templates");
  templates_.push_back({carrier.make_id("HX"), std::string(wanted.name),
                        std::string(wanted.language), "approved", std::string(wanted.category)});
  return fields_of(templates_.back());
}

void ChatBook::remove_template(std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  templates_.erase(std::remove_if(templates_.begin(), templates_.end(),
                                  [&](const Template& one) { return one.id == id; }),
                   templates_.end());
}

}  // namespace sandbox
