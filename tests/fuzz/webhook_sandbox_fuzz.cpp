// What is injected into the sandbox comes over the same public address as a vendor's webhooks.

#include <comms/slot/email.h>
#include <comms/slot/telephony.h>
#include <comms/slot/whatsapp.h>

#include "webhook_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static WebhookFuzzer fuzzer(R"({"webhook_secret":"not a secret but long"})");
  fuzzer.neutral_statuses = false;
  const FuzzedRequest request(fuzzed_text(data, size));
  fuzzer.feed<comms_telephony>(COMMS_SLOT_TELEPHONY, request);
  fuzzer.feed<comms_whatsapp>(COMMS_SLOT_WHATSAPP, request);
  fuzzer.feed<comms_email>(COMMS_SLOT_EMAIL, request);
  return 0;
}
