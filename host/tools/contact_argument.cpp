#include "tools/contact_argument.h"

namespace commsd::tools {

policy::ContactPreferences::Contact contact_argument(const JsonValue& arguments,
                                                     const AgentScope& scope) {
  policy::ContactPreferences::Contact contact;
  contact.org_id = scope.org_id;
  contact.agent_id = scope.agent_id;
  // The schema has let only the names of channels through.
  contact.channel =
      plugin::parse_channel(text_argument(arguments, "channel")).value_or(plugin::ChannelKind::sms);
  contact.address = text_argument(arguments, "contactAddress");
  return contact;
}

}  // namespace commsd::tools
