#include "providers.h"

COMMS_PLUGIN(sandbox::Carrier, sandbox::Telephony, sandbox::Whatsapp, sandbox::Email, sandbox::Tts,
             sandbox::Stt, sandbox::Voice)
