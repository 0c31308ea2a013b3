#include "account.h"
#include "relay.h"
#include "telephony.h"
#include "whatsapp.h"

COMMS_PLUGIN(twilio::Account, twilio::Telephony, twilio::Whatsapp, twilio::Relay)
