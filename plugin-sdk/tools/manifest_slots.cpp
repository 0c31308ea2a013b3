#include <map>

#include "manifest.h"

namespace comms::manifest {

const std::vector<std::string_view>& slot_ops(std::string_view slot_id) {
  static const std::vector<std::string_view> none;
  static const std::map<std::string_view, std::vector<std::string_view>> slots = {
      {"comms.telephony/1",
       {"send_message", "find_message", "make_call", "transfer_call", "end_call", "buy_number",
        "configure_number", "release_number", "fetch_media", "verify_webhook", "parse_webhook",
        "webhook_reply", "render", "find_call", "find_number", "create_account", "find_account",
        "close_account"}},
      {"comms.whatsapp/1",
       {"send", "find_message", "register_sender", "fetch_media", "verify_webhook", "parse_webhook",
        "webhook_reply", "list_senders", "sender_status", "remove_sender", "list_templates",
        "create_template", "remove_template"}},
      {"comms.email/1",
       {"send", "find_message", "verify_domain", "domain_status", "fetch_inbound", "fetch_media",
        "verify_webhook", "parse_webhook", "webhook_reply"}},
      {"comms.tts/1", {"synthesize", "resume", "list_voices"}},
      {"comms.stt/1", {"open", "audio", "tick", "finish", "close", "transcribe"}},
      {"comms.voice/1",
       {"mode", "connect_verb", "verify_connect", "codec_new", "decode", "encode", "codec_free"}},
      {"comms.database/1",
       {"dialect", "connect", "disconnect", "ping", "run_script", "query", "commit_units",
        "checkpoint", "backup", "check", "stop_check", "vacuum"}},
      {"comms.storage/1", {"put", "get", "head", "remove", "signed_url"}},
  };
  auto found = slots.find(slot_id);
  return found == slots.end() ? none : found->second;
}

}  // namespace comms::manifest
