// no matching function for call to
#define COMMS_PLUGIN_ID "com.example.acme"
#define COMMS_PLUGIN_VERSION "1.0.0"
#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>

// The host would have no way to make it.
class Acme final : public comms::EmailProvider {
 public:
  explicit Acme(int) {}
};
COMMS_PLUGIN(Acme)
