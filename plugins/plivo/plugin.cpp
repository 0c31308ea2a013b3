#include "account.h"
#include "telephony.h"

COMMS_PLUGIN(plivo::Account, plivo::Telephony)
