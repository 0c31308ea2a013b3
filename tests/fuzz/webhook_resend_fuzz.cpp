// Resend's webhooks come from the internet: any headers and any JSON may be sent to them.

#include <comms/slot/email.h>

#include "webhook_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static WebhookFuzzer fuzzer(R"({"api_key":"re_not_a_key",)"
                              R"("webhook_secret":"whsec_bm90IGEgc2VjcmV0IGJ1dCBsb25n"})");
  const FuzzedRequest request(fuzzed_text(data, size));
  fuzzer.feed<comms_email>(COMMS_SLOT_EMAIL, request);
  return 0;
}
