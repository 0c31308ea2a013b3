#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"

namespace commsd::store {

/// Something that arrived for an agent.
struct InboxItem {
  std::int64_t sequence = 0;  // the cursor: grows per database, gaps allowed
  std::string id;
  std::string org_id;
  std::string agent_id;
  std::string channel;
  std::string provider;
  std::string vendor_id;
  std::string from_address;
  std::string to_address;
  std::string subject;
  std::string body;
  std::string html;
  std::string media_json;   // [{"url","contentType","filename","size"}]
  bool media_kept = false;  // files of it are kept, or are to be; not written
  std::string extra_json;   // {"messageId","inReplyTo",...}
  /// Whose thread it is in, when that is not the sender's; written, not read.
  std::string thread_address;
  std::string thread;  // the thread's name: an address, or a linked contact's id; not written
  UnixMillis received_at = 0;
  std::optional<UnixMillis> acknowledged_at;
  // Of dead letters: see InboxRepository::add_dead_letter.
  bool outbound = false;         // a message of the agent's that came to nothing
  std::string reason;            // "" = no dead letter; limit_* = no letter at all
  std::string error_details;     // what went wrong; no personal data
  std::string message_id;        // of `outbound`, that message
  std::string original_content;  // of `outbound`, while the server keeps it; not written here
};

}  // namespace commsd::store
