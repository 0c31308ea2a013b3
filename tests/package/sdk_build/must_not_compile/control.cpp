// compiles
#define COMMS_PLUGIN_ID "com.example.acme"
#define COMMS_PLUGIN_VERSION "1.0.0"
#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>

class Acme final : public comms::EmailProvider {
 public:
  Acme(const comms::Host&, const comms::Config&) {}
  comms::Outcome<comms::Receipt> send(const comms::EmailMessage&) override {
    return comms::get("https://api.example.com")
        .then([](const comms::HttpResponse&) -> comms::Outcome<comms::Receipt> {
          return comms::Receipt{};
        });
  }
};
COMMS_PLUGIN(Acme)
