#include "account.h"
#include "telephony.h"
#include "whatsapp.h"

COMMS_PLUGIN(vonage::Account, vonage::Telephony, vonage::Whatsapp)
