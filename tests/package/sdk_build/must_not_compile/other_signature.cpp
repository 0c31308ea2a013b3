// but does not override
#define COMMS_PLUGIN_ID "com.example.acme"
#define COMMS_PLUGIN_VERSION "1.0.0"
#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>

// A method of another signature would never be called.
class Acme final : public comms::EmailProvider {
 public:
  Acme(const comms::Host&, const comms::Config&) {}
  comms::Outcome<comms::Receipt> send(std::string_view) override { return comms::Receipt{}; }
};
COMMS_PLUGIN(Acme)
