#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <comms/cpp/whatsapp.hpp>

#include "carrier.h"

namespace sandbox {

/// Senders and templates of the pretended WhatsApp. A restart forgets what was made; so that no
/// sender is gone then, its id says its number. Three templates are always there: `welcome` and
/// `appointment_reminder`, approved, and `newsletter`, still pending. [any thread]
class ChatBook {
 public:
  comms::Fields add_sender(const Carrier& carrier, std::string_view number);
  /// Those that were registered since the start.
  comms::Fields senders() const;
  /// COMMS_NOT_FOUND for one that was removed, and for what is no id of a sender.
  comms::Outcome<comms::Fields> sender(std::string_view id) const;
  void remove_sender(std::string_view id);

  comms::Fields templates() const;
  comms::Outcome<comms::Fields> add_template(const Carrier& carrier,
                                             const comms::WhatsappTemplate& wanted);
  void remove_template(std::string_view id);

 private:
  struct Template {
    std::string id, name, language, status, category;
  };
  static comms::Fields fields_of(const Template& one);

  mutable std::mutex mutex_;
  std::vector<std::string> senders_;
  std::set<std::string, std::less<>> removed_;
  std::vector<Template> templates_ = {
      {"HX00000000000000000000000000000001", "welcome", "en", "approved", "utility"},
      {"HX00000000000000000000000000000002", "appointment_reminder", "en", "approved", "utility"},
      {"HX00000000000000000000000000000003", "newsletter", "en", "pending", "marketing"}};
};

}  // namespace sandbox
