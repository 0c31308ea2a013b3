#include "account.h"
#include "telephony.h"

COMMS_PLUGIN(telnyx::Account, telnyx::Telephony)
