// COMMS_PLUGIN_ID
#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>

// Without its manifest a plugin has no identity.
class Acme final : public comms::EmailProvider {
 public:
  Acme(const comms::Host&, const comms::Config&) {}
};
COMMS_PLUGIN(Acme)
