// Twilio's webhooks come from the internet: any URL, headers and form may be sent to them.

#include <comms/slot/telephony.h>
#include <comms/slot/whatsapp.h>

#include "webhook_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static WebhookFuzzer fuzzer(R"({"account_sid":"AC0123456789abcdef0123456789abcdef",)"
                              R"("auth_token":"0123456789abcdef0123456789abcdef"})");
  const FuzzedRequest request(fuzzed_text(data, size));
  fuzzer.feed<comms_telephony>(COMMS_SLOT_TELEPHONY, request);
  fuzzer.feed<comms_whatsapp>(COMMS_SLOT_WHATSAPP, request);
  return 0;
}
