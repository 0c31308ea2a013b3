// SendGrid's webhooks come from the internet: any headers, any JSON and any form with any mail in
// it may be sent to them.

#include <comms/slot/email.h>

#include "webhook_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static WebhookFuzzer fuzzer(
      R"({"api_key":"SG.not_a_key","inbound_password":"no input has this password",)"
      R"("webhook_public_key":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfS)"
      R"(mpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="})");
  const FuzzedRequest request(fuzzed_text(data, size));
  fuzzer.feed<comms_email>(COMMS_SLOT_EMAIL, request);
  return 0;
}
