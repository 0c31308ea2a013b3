#include "account.h"
#include "telephony.h"
#include "whatsapp.h"

COMMS_PLUGIN(twilio::Account, twilio::Telephony, twilio::Whatsapp)
