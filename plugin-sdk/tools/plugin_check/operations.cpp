#include "operations.h"

#include <comms/slot/email.h>
#include <comms/slot/storage.h>
#include <comms/slot/stt.h>
#include <comms/slot/telephony.h>
#include <comms/slot/tts.h>
#include <comms/slot/whatsapp.h>

namespace comms::check {
namespace {

// Numbers of the range for fiction, addresses of the domain for examples.
constexpr std::string_view kOurs = "+14155550100", kTheirs = "+14155550101";
constexpr std::string_view kRef = "check-ref-1", kKey = "check-key-1";
constexpr std::string_view kStatusUrl = "https://commsd.example.com/webhooks/status";
constexpr std::string_view kVendorId = "check-id-1";

template <class C>
C sized() {
  C c{};
  c.size = sizeof c;
  return c;
}

comms_find find() {
  comms_find what = sized<comms_find>();
  what.client_ref = str(kRef);
  what.from = str(kOurs);
  what.to = str(kTheirs);
  what.text = str("hello from plugin-check");
  what.after_ms = 1699999990000;
  what.before_ms = 1700000010000;
  return what;
}

comms_account_request account() {
  comms_account_request request = sized<comms_account_request>();
  request.name = str("Check");
  request.client_ref = str(kRef);
  request.idempotency_key = str(kKey);
  return request;
}

template <class Table>
const Table& as(const void* table) {
  return *static_cast<const Table*>(table);
}

#define BEGIN(Table) \
  [](const void* table, void* self, comms_op* op, const Values& values) -> Status { \
    const auto& slot = as<Table>(table);                                          \
    (void)values;
#define END }

void add_telephony(std::vector<Operation>& all) {
  const char* id = COMMS_SLOT_TELEPHONY;
  all.push_back({
    id, "send_message", Effect::sends, "message",
        BEGIN(comms_telephony) comms_sms sms = sized<comms_sms>();
    sms.from = str(kOurs);
    sms.to = str(kTheirs);
    sms.body = str("hello from plugin-check");
    sms.client_ref = str(kRef);
    sms.idempotency_key = str(kKey);
    sms.status_url = str(kStatusUrl);
    return slot.send_message(self, op, &sms);
    END
  });
  all.push_back({
    id, "find_message", Effect::looks_up, "message",
        BEGIN(comms_telephony) const comms_find what = find();
    return slot.find_message(self, op, &what);
    END
  });
  all.push_back({
    id, "make_call", Effect::sends, "message",
        BEGIN(comms_telephony) comms_call call = sized<comms_call>();
    call.from = str(kOurs);
    call.to = str(kTheirs);
    call.answer_url = str("https://commsd.example.com/webhooks/voice");
    call.status_url = str(kStatusUrl);
    call.client_ref = str(kRef);
    call.idempotency_key = str(kKey);
    return slot.make_call(self, op, &call);
    END
  });
  all.push_back({
    id, "transfer_call", Effect::other, "",
        BEGIN(comms_telephony) comms_transfer transfer = sized<comms_transfer>();
    transfer.call_id = str(kVendorId);
    transfer.to = str(kTheirs);
    transfer.from = str(kOurs);
    transfer.announce = str("One moment.");
    if (COMMS_HAS(comms_telephony, &slot, features) &&
        (slot.features & COMMS_TELEPHONY_ASKS_CALLEE_URL) != 0) {
      transfer.callee_url = str("https://commsd.example.com/callee-voice");
    }
    return slot.transfer_call(self, op, &transfer);
    END
  });
  all.push_back({
    id, "end_call", Effect::removes, "",
        BEGIN(comms_telephony) return slot.end_call(self, op, str(kVendorId));
    END
  });
  all.push_back({
    id, "buy_number", Effect::sends, "number",
        BEGIN(comms_telephony) comms_number_query query = sized<comms_number_query>();
    query.capabilities = COMMS_NUMBER_SMS | COMMS_NUMBER_VOICE;
    query.country = str("US");
    query.type = str("local");
    query.client_ref = str(kRef);
    query.idempotency_key = str(kKey);
    return slot.buy_number(self, op, &query);
    END
  });
  all.push_back({
    id, "configure_number", Effect::other, "",
        BEGIN(comms_telephony) comms_number_config config = sized<comms_number_config>();
    config.number_id = str(kVendorId);
    config.number = str(kOurs);
    config.message_url = str("https://commsd.example.com/webhooks/sms");
    config.voice_url = str("https://commsd.example.com/webhooks/voice");
    config.status_url = str(kStatusUrl);
    return slot.configure_number(self, op, &config);
    END
  });
  all.push_back({
    id, "release_number", Effect::removes, "",
        BEGIN(comms_telephony) return slot.release_number(self, op, str(kVendorId));
    END
  });
  all.push_back({
    id, "fetch_media", Effect::other, "content_type",
        BEGIN(comms_telephony) return slot.fetch_media(self, op, str(values.media_url));
    END
  });
  all.push_back({
    id, "find_call", Effect::looks_up, "message", BEGIN(comms_telephony) comms_find what = find();
    what.text = {};
    return slot.find_call(self, op, &what);
    END
  });
  all.push_back({
    id, "find_number", Effect::looks_up, "number",
        BEGIN(comms_telephony) return slot.find_number(self, op, str(kRef));
    END
  });
  all.push_back({
    id, "create_account", Effect::sends, "id",
        BEGIN(comms_telephony) const comms_account_request request = account();
    return slot.create_account(self, op, &request);
    END
  });
  all.push_back({
    id, "find_account", Effect::looks_up, "id",
        BEGIN(comms_telephony) const comms_account_request request = account();
    return slot.find_account(self, op, &request);
    END
  });
  all.push_back({
    id, "close_account", Effect::removes, "",
        BEGIN(comms_telephony) return slot.close_account(self, op, str(kVendorId));
    END
  });
}

void add_whatsapp(std::vector<Operation>& all) {
  const char* id = COMMS_SLOT_WHATSAPP;
  all.push_back({
    id, "send", Effect::sends, "message",
        BEGIN(comms_whatsapp) comms_whatsapp_message message = sized<comms_whatsapp_message>();
    message.from = str(kOurs);
    message.to = str(kTheirs);
    message.body = str("hello from plugin-check");
    message.client_ref = str(kRef);
    message.idempotency_key = str(kKey);
    message.status_url = str(kStatusUrl);
    return slot.send(self, op, &message);
    END
  });
  all.push_back({
    id, "find_message", Effect::looks_up, "message",
        BEGIN(comms_whatsapp) const comms_find what = find();
    return slot.find_message(self, op, &what);
    END
  });
  all.push_back({
    id, "register_sender", Effect::other, "status",
        BEGIN(comms_whatsapp) comms_whatsapp_sender sender = sized<comms_whatsapp_sender>();
    sender.number = str(kOurs);
    sender.display_name = str("Check");
    sender.message_url = str("https://commsd.example.com/webhooks/whatsapp");
    sender.status_url = str(kStatusUrl);
    return slot.register_sender(self, op, &sender);
    END
  });
  all.push_back({
    id, "fetch_media", Effect::other, "content_type",
        BEGIN(comms_whatsapp) return slot.fetch_media(self, op, str(values.media_url));
    END
  });
  all.push_back({
    id, "list_senders", Effect::other, "", BEGIN(comms_whatsapp) return slot.list_senders(self, op);
    END
  });
  all.push_back({
    id, "sender_status", Effect::looks_up, "status",
        BEGIN(comms_whatsapp) return slot.sender_status(self, op, str(kVendorId));
    END
  });
  all.push_back({
    id, "remove_sender", Effect::removes, "",
        BEGIN(comms_whatsapp) return slot.remove_sender(self, op, str(kVendorId));
    END
  });
  all.push_back({
    id, "list_templates", Effect::other, "",
        BEGIN(comms_whatsapp) return slot.list_templates(self, op);
    END
  });
  all.push_back({
    id, "create_template", Effect::sends, "status",
        BEGIN(comms_whatsapp) comms_whatsapp_template wanted = sized<comms_whatsapp_template>();
    const comms_kv sample{str("1"), str("Ana")};
    wanted.name = str("plugin_check");
    wanted.language = str("en");
    wanted.category = str("utility");
    wanted.body = str("Hello {{1}}, your order is on its way.");
    wanted.samples = &sample;
    wanted.sample_count = 1;
    return slot.create_template(self, op, &wanted);
    END
  });
  all.push_back({
    id, "remove_template", Effect::removes, "",
        BEGIN(comms_whatsapp) return slot.remove_template(self, op, str(kVendorId));
    END
  });
}

void add_email(std::vector<Operation>& all) {
  const char* id = COMMS_SLOT_EMAIL;
  all.push_back({
    id, "send", Effect::sends, "message",
        BEGIN(comms_email) const comms_str to = str("recipient@example.com");
    comms_email_message message = sized<comms_email_message>();
    message.from = str("Check <sender@example.com>");
    message.to = &to;
    message.to_count = 1;
    message.subject = str("A subject");
    message.text = str("hello from plugin-check");
    message.client_ref = str(kRef);
    message.idempotency_key = str(kKey);
    return slot.send(self, op, &message);
    END
  });
  all.push_back({
    id, "find_message", Effect::looks_up, "message", BEGIN(comms_email) comms_find what = find();
    what.from = str("sender@example.com");
    what.to = str("recipient@example.com");
    what.vendor_id = str(kVendorId);
    return slot.find_message(self, op, &what);
    END
  });
  all.push_back({
    id, "verify_domain", Effect::other, "status",
        BEGIN(comms_email) return slot.verify_domain(self, op, str("example.com"));
    END
  });
  all.push_back({
    id, "domain_status", Effect::other, "status",
        BEGIN(comms_email) return slot.domain_status(self, op, str("example.com"));
    END
  });
  all.push_back({
    id, "fetch_inbound", Effect::other, "",
        BEGIN(comms_email) return slot.fetch_inbound(self, op, str(kVendorId));
    END
  });
  all.push_back({
    id, "fetch_media", Effect::other, "content_type",
        BEGIN(comms_email) return slot.fetch_media(self, op, str(values.media_url));
    END
  });
}

void add_speech(std::vector<Operation>& all) {
  all.push_back({
    COMMS_SLOT_TTS, "synthesize", Effect::other, "content_type",
        BEGIN(comms_tts) comms_tts_request request = sized<comms_tts_request>();
    request.text = str("hello from plugin-check");
    return slot.synthesize(self, op, &request);
    END
  });
  all.push_back({
    COMMS_SLOT_TTS, "list_voices", Effect::other, "",
        BEGIN(comms_tts) return slot.list_voices(self, op);
    END
  });
  all.push_back({
    COMMS_SLOT_STT, "transcribe", Effect::other, "text",
        BEGIN(comms_stt) static const std::string recording(3200, '\0');
    comms_stt_config config = sized<comms_stt_config>();
    config.sample_rate = 8000;
    config.encoding = str("audio/wav");
    config.language = str("en");
    return slot.transcribe(self, op, &config, bytes(recording));
    END
  });
}

void add_storage(std::vector<Operation>& all) {
  const char* id = COMMS_SLOT_STORAGE;
  all.push_back({
    id, "put", Effect::other, "etag",
        BEGIN(comms_storage) return slot.put(self, op, str("check/one two.txt"), str("text/plain"),
                                             bytes("content"));
    END
  });
  all.push_back({
    id, "head", Effect::other, "byte_count",
        BEGIN(comms_storage) return slot.head(self, op, str("check/one two.txt"));
    END
  });
  all.push_back({
    id, "get", Effect::other, "content_type",
        BEGIN(comms_storage) return slot.get(self, op, str("check/one two.txt"), 0, 0);
    END
  });
  all.push_back({
    id, "remove", Effect::removes, "",
        BEGIN(comms_storage) return slot.remove(self, op, str("check/one two.txt"));
    END
  });
}

#undef BEGIN
#undef END

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    add_telephony(list);
    add_whatsapp(list);
    add_email(list);
    add_speech(list);
    add_storage(list);
    return list;
  }();
  return all;
}

Values values_for(const PluginFile& plugin, const SampleConfig& config) {
  Values values;
  std::string origin = config.text("base_url");
  for (const std::string& entry : plugin.egress) {
    if (origin.empty() && entry.rfind("https://", 0) == 0 && entry.find('*') == entry.npos) {
      origin = entry;
    }
  }
  if (origin.empty()) origin = "https://media.example.com";
  while (origin.back() == '/') origin.pop_back();
  values.origin = origin;
  values.media_url = origin + "/check/media/1";
  return values;
}

}  // namespace comms::check
