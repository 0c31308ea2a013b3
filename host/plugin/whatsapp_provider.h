#pragma once

#include <string>
#include <vector>

#include "plugin/providers.h"

namespace commsd::plugin {

/// A WhatsApp sender to be registered.
struct SenderRequest {
  std::string number;  // E.164
  std::string display_name;
  std::string message_url;  // public; where what comes in for it shall go
};

struct SenderState {
  std::string vendor_id;
  std::string number;  // E.164
  std::string status;  // online | pending | verification_needed | failed
  std::string reason;  // why it is not online; "" = not told
};

/// A template of WhatsApp, as it stands at the vendor.
struct MessageTemplate {
  std::string vendor_id;
  std::string name;
  std::string language;
  std::string status;    // approved | pending | rejected | paused | unsubmitted
  std::string category;  // marketing | utility | authentication; "" = not told
  std::string reason;    // of a refusal
};

struct NewTemplate {
  std::string name;
  std::string language;
  std::string category;
  std::string body;   // with {{1}}, {{2}} ... where variables go
  KeyValues samples;  // of the variables, for who approves it
};

class WhatsappProvider : public MessageProvider {
 public:
  /// Registers a number as a sender; a second time it gets the new addresses.
  virtual Task<Result<SenderState>> register_sender(SenderRequest request,
                                                    std::chrono::milliseconds limit) = 0;
  virtual Task<Result<std::vector<SenderState>>> list_senders(std::chrono::milliseconds limit) {
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot list senders");
  }
  /// not_found: it is gone. unsupported: the vendor cannot tell.
  virtual Task<Result<SenderState>> sender_status(std::string vendor_id,
                                                  std::chrono::milliseconds limit) {
    static_cast<void>(vendor_id);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot look at senders");
  }
  virtual Task<Result<void>> remove_sender(std::string vendor_id, std::chrono::milliseconds limit) {
    static_cast<void>(vendor_id);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot remove senders");
  }

  /// Whether the next one can be asked for at all.
  virtual bool can_list_templates() const { return false; }
  virtual Task<Result<std::vector<MessageTemplate>>> list_templates(
      std::chrono::milliseconds limit) {
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot list templates");
  }
  virtual Task<Result<MessageTemplate>> create_template(NewTemplate wanted,
                                                        std::chrono::milliseconds limit) {
    static_cast<void>(wanted);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot make templates");
  }
  virtual Task<Result<void>> remove_template(std::string vendor_id,
                                             std::chrono::milliseconds limit) {
    static_cast<void>(vendor_id);
    static_cast<void>(limit);
    co_return fail(ErrorCode::unsupported, "the provider '" + name() + "' cannot remove templates");
  }
};

}  // namespace commsd::plugin
