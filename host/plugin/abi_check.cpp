#include "plugin/abi_check.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include <comms/slot/database.h>
#include <comms/slot/email.h>
#include <comms/slot/storage.h>
#include <comms/slot/stt.h>
#include <comms/slot/telephony.h>
#include <comms/slot/tts.h>
#include <comms/slot/voice.h>
#include <comms/slot/whatsapp.h>

namespace commsd::plugin {
namespace {

struct Member {
  std::string_view name;
  std::size_t offset;
};

struct SlotTable {
  std::string_view id;
  std::span<const Member> members;
};

constexpr Member kTelephony[] = {
    {"send_message", offsetof(comms_telephony, send_message)},
    {"find_message", offsetof(comms_telephony, find_message)},
    {"make_call", offsetof(comms_telephony, make_call)},
    {"transfer_call", offsetof(comms_telephony, transfer_call)},
    {"end_call", offsetof(comms_telephony, end_call)},
    {"buy_number", offsetof(comms_telephony, buy_number)},
    {"configure_number", offsetof(comms_telephony, configure_number)},
    {"release_number", offsetof(comms_telephony, release_number)},
    {"fetch_media", offsetof(comms_telephony, fetch_media)},
    {"verify_webhook", offsetof(comms_telephony, verify_webhook)},
    {"parse_webhook", offsetof(comms_telephony, parse_webhook)},
    {"webhook_reply", offsetof(comms_telephony, webhook_reply)},
    {"render", offsetof(comms_telephony, render)},
    {"find_call", offsetof(comms_telephony, find_call)},
    {"find_number", offsetof(comms_telephony, find_number)},
    {"create_account", offsetof(comms_telephony, create_account)},
    {"find_account", offsetof(comms_telephony, find_account)},
    {"close_account", offsetof(comms_telephony, close_account)},
};
constexpr Member kWhatsapp[] = {
    {"send", offsetof(comms_whatsapp, send)},
    {"find_message", offsetof(comms_whatsapp, find_message)},
    {"register_sender", offsetof(comms_whatsapp, register_sender)},
    {"fetch_media", offsetof(comms_whatsapp, fetch_media)},
    {"verify_webhook", offsetof(comms_whatsapp, verify_webhook)},
    {"parse_webhook", offsetof(comms_whatsapp, parse_webhook)},
    {"webhook_reply", offsetof(comms_whatsapp, webhook_reply)},
    {"list_senders", offsetof(comms_whatsapp, list_senders)},
    {"sender_status", offsetof(comms_whatsapp, sender_status)},
    {"remove_sender", offsetof(comms_whatsapp, remove_sender)},
    {"list_templates", offsetof(comms_whatsapp, list_templates)},
    {"create_template", offsetof(comms_whatsapp, create_template)},
    {"remove_template", offsetof(comms_whatsapp, remove_template)},
};
constexpr Member kEmail[] = {
    {"send", offsetof(comms_email, send)},
    {"find_message", offsetof(comms_email, find_message)},
    {"verify_domain", offsetof(comms_email, verify_domain)},
    {"domain_status", offsetof(comms_email, domain_status)},
    {"fetch_inbound", offsetof(comms_email, fetch_inbound)},
    {"fetch_media", offsetof(comms_email, fetch_media)},
    {"verify_webhook", offsetof(comms_email, verify_webhook)},
    {"parse_webhook", offsetof(comms_email, parse_webhook)},
    {"webhook_reply", offsetof(comms_email, webhook_reply)},
};
constexpr Member kTts[] = {
    {"synthesize", offsetof(comms_tts, synthesize)},
    {"resume", offsetof(comms_tts, resume)},
    {"list_voices", offsetof(comms_tts, list_voices)},
};
constexpr Member kStt[] = {
    {"open", offsetof(comms_stt, open)},   {"audio", offsetof(comms_stt, audio)},
    {"tick", offsetof(comms_stt, tick)},   {"finish", offsetof(comms_stt, finish)},
    {"close", offsetof(comms_stt, close)}, {"transcribe", offsetof(comms_stt, transcribe)},
};
constexpr Member kVoice[] = {
    {"mode", offsetof(comms_voice, mode)},
    {"connect_verb", offsetof(comms_voice, connect_verb)},
    {"verify_connect", offsetof(comms_voice, verify_connect)},
    {"codec_new", offsetof(comms_voice, codec_new)},
    {"decode", offsetof(comms_voice, decode)},
    {"encode", offsetof(comms_voice, encode)},
    {"codec_free", offsetof(comms_voice, codec_free)},
};
constexpr Member kDatabase[] = {
    {"dialect", offsetof(comms_database, dialect)},
    {"connect", offsetof(comms_database, connect)},
    {"disconnect", offsetof(comms_database, disconnect)},
    {"ping", offsetof(comms_database, ping)},
    {"run_script", offsetof(comms_database, run_script)},
    {"query", offsetof(comms_database, query)},
    {"commit_units", offsetof(comms_database, commit_units)},
    {"checkpoint", offsetof(comms_database, checkpoint)},
    {"backup", offsetof(comms_database, backup)},
    {"check", offsetof(comms_database, check)},
    {"stop_check", offsetof(comms_database, stop_check)},
    {"vacuum", offsetof(comms_database, vacuum)},
};
constexpr Member kStorage[] = {
    {"put", offsetof(comms_storage, put)},
    {"get", offsetof(comms_storage, get)},
    {"head", offsetof(comms_storage, head)},
    {"remove", offsetof(comms_storage, remove)},
    {"signed_url", offsetof(comms_storage, signed_url)},
};

constexpr SlotTable kTables[] = {
    {COMMS_SLOT_TELEPHONY, kTelephony},
    {COMMS_SLOT_WHATSAPP, kWhatsapp},
    {COMMS_SLOT_EMAIL, kEmail},
    {COMMS_SLOT_TTS, kTts},
    {COMMS_SLOT_STT, kStt},
    {COMMS_SLOT_VOICE, kVoice},
    {COMMS_SLOT_DATABASE, kDatabase},
    {COMMS_SLOT_STORAGE, kStorage},
};

std::uint32_t table_size(const void* table) {
  std::uint32_t size = 0;
  std::memcpy(&size, table, sizeof size);
  return size;
}

tl::unexpected<Error> differs(std::string message) {
  return fail(ErrorCode::permission_denied, std::move(message));
}

/// A NUL-terminated text that must equal `expected`; never reads beyond its length.
bool equals(const char* text, const std::string& expected) {
  return text && std::strncmp(text, expected.c_str(), expected.size() + 1) == 0;
}

Result<void> check_ops(const ManifestSlot& declared, const void* table) {
  if (table_size(table) < 2 * sizeof(std::uint32_t) + sizeof(void*)) {
    return differs("its table of " + declared.id + " is too short to hold a function");
  }
  for (const std::string& op : declared.ops) {
    if (!has_op(declared.id, table, op)) {
      return differs("its manifest lists '" + op + "' in " + declared.id +
                     ", but the code does not offer it");
    }
  }
  return {};
}

}  // namespace

Result<void> check_plugin_table(const comms_plugin* plugin, const Manifest& manifest) {
  if (!plugin) return differs("it refuses this host: its entry function returned NULL");
  // The first four numbers are frozen; the rest exists only when `size` says so.
  if (plugin->abi_major != COMMS_ABI_MAJOR) {
    return differs("it was built for ABI " + std::to_string(plugin->abi_major) +
                   ", this host has ABI " + std::to_string(COMMS_ABI_MAJOR));
  }
  if (!COMMS_HAS(comms_plugin, plugin, slot)) {
    return differs("its plugin table has " + std::to_string(plugin->size) +
                   " bytes; ABI 1 needs at least " +
                   std::to_string(offsetof(comms_plugin, slot) + sizeof(plugin->slot)));
  }
  if (!plugin->create || !plugin->destroy || !plugin->slot) {
    return differs("its plugin table lacks create, destroy or slot");
  }
  if (!equals(plugin->id, manifest.id)) {
    return differs("its code has another id than its manifest, which says " + manifest.id);
  }
  if (!equals(plugin->version, manifest.version)) {
    return differs("its code has another version than its manifest, which says " +
                   manifest.version);
  }
  return {};
}

Result<void> check_slots(const comms_plugin& plugin, void* self, const Manifest& manifest) {
  for (const SlotTable& known : kTables) {
    const void* table = plugin.slot(self, known.id.data());
    const ManifestSlot* declared = manifest.slot(known.id);
    if (!declared && table) {
      return differs("its code offers " + std::string(known.id) +
                     ", which its manifest does not name");
    }
    if (declared && !table) {
      return differs("its manifest names " + std::string(known.id) +
                     ", which its code does not offer");
    }
    if (!declared) continue;
    if (Result<void> good = check_ops(*declared, table); !good) return good;
  }
  return {};
}

bool has_op(std::string_view slot_id, const void* table, std::string_view op) {
  for (const SlotTable& known : kTables) {
    if (known.id != slot_id) continue;
    for (const Member& member : known.members) {
      if (member.name != op) continue;
      if (table_size(table) < member.offset + sizeof(void*)) return false;
      void* function = nullptr;
      std::memcpy(&function, static_cast<const char*>(table) + member.offset, sizeof function);
      return function != nullptr;
    }
  }
  return false;
}

}  // namespace commsd::plugin
