// A provider that does what it is told in the text of a message, for tests of the host's side.
// Written against the bare ABI, so that it can also misbehave.
//   ok            accepted at once
//   later         accepted after 20 ms
//   fail:N        ends with status N and detail
//   twice         answers with a receipt, and again from a continuation that nobody waits for
//   never         is pending with a timer far beyond any limit
//   silent        accepted without a receipt
//   hold:N        accepted after N ms
//   block:N       keeps the thread for N ms, as no plugin may, and is accepted
//   fetch:URL     asks there, and is accepted with any answer; else ends as the host said
//   crash...      dies
// The vendor id is "VERSION:LABEL:TEXT". With the setting `trouble` every send ends unavailable
// ("sends"), or every health check but the first one fails ("health").
//
// A webhook "hold:A:B:..." says on the descriptor A that it is being read, and is read on after a
// byte came from B. Its event is "LABEL:LENGTH:LAST BYTE".

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

#include <comms/comms.h>
#include <comms/slot/email.h>
#include <comms/slot/storage.h>
#include <comms/slot/telephony.h>
#include <comms/svc/clock.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/result.h>

#include "comms_plugin_manifest.h"

namespace {

comms_str str(std::string_view text) {
  return {text.data(), text.size()};
}
comms_bytes bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string_view view(comms_str text) {
  return {text.ptr ? text.ptr : "", text.len};
}

template <typename Table>
const Table* service(const comms_host* host, const char* id) {
  return static_cast<const Table*>(host->service(host, id));
}

struct Instance {
  const comms_host* host;
  const comms_svc_result* result;
  const comms_svc_clock* clock;
  std::string label;
  bool healthy = true;
  std::string trouble;
  std::atomic<int> probes{0};
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> objects;

  std::string vendor_id(std::string_view text) const {
    return std::string(COMMS_PLUGIN_VERSION) + ":" + label + ":" + std::string(text);
  }
  comms_status fail(comms_op* op, comms_status status) const {
    comms_error error = {};
    error.size = sizeof error;
    error.status = status;
    error.vendor_code = str("E42");
    error.message = str("as the test asked");
    error.remedy = str("ask for something else");
    error.retry_after_ms = 1500;
    result->fail(op, &error);
    return status;
  }
  comms_status accept(comms_op* op, std::string_view text) const {
    const std::string id = vendor_id(text);
    result->message(op, str(id), str("sent"), 7500, str("USD"));
    return COMMS_OK;
  }
};

Instance& of(void* self) {
  return *static_cast<Instance*>(self);
}

struct Later {
  Instance* instance;
  std::string text;
};

comms_status wait(Instance& instance, comms_op* op, std::string_view text, std::uint32_t delay_ms) {
  return instance.clock->delay(
      instance.host, op, delay_ms,
      [](void* user, comms_op* waited) {
        const Later& later = *static_cast<Later*>(user);
        return later.instance->accept(waited, later.text);
      },
      new Later{&instance, std::string(text)},
      [](void* user) { delete static_cast<Later*>(user); });
}

int number_after(std::string_view text, std::string_view word) {
  return std::atoi(std::string(text.substr(word.size())).c_str());
}

comms_status fetch(Instance& instance, comms_op* op, std::string_view url) {
  const auto* http = service<comms_svc_http>(instance.host, COMMS_SVC_HTTP);
  comms_http_request request = {};
  request.size = sizeof request;
  request.method = str("GET");
  request.url = str(url);
  request.flags = COMMS_HTTP_IDEMPOTENT;
  return http->send(
      instance.host, op, &request,
      [](void* user, comms_op* answered, const comms_http_response* response) {
        const Later& later = *static_cast<Later*>(user);
        if (response->transport != COMMS_OK) return response->transport;
        return later.instance->accept(answered, later.text);
      },
      new Later{&instance, std::string(url)}, [](void* user) { delete static_cast<Later*>(user); });
}

comms_status act(Instance& instance, comms_op* op, std::string_view text) {
  if (instance.trouble == "sends") return instance.fail(op, COMMS_UNAVAILABLE);
  if (text == "later") return wait(instance, op, text, 20);
  if (text == "never") return wait(instance, op, text, 3600 * 1000);
  if (text == "silent") return COMMS_OK;
  if (text.substr(0, 5) == "crash") std::abort();
  if (text.substr(0, 5) == "hold:") {
    return wait(instance, op, text, static_cast<std::uint32_t>(number_after(text, "hold:")));
  }
  if (text.substr(0, 6) == "block:") {
    std::this_thread::sleep_for(std::chrono::milliseconds(number_after(text, "block:")));
    return instance.accept(op, text);
  }
  if (text.substr(0, 6) == "fetch:") return fetch(instance, op, text.substr(6));
  if (text == "twice") {
    wait(instance, op, text, 1);
    return instance.accept(op, text);
  }
  if (text.substr(0, 5) == "fail:") {
    return instance.fail(op, number_after(text, "fail:"));
  }
  return instance.accept(op, text);
}

comms_status send_email(void* self, comms_op* op, const comms_email_message* message) {
  return act(of(self), op, view(message->text));
}
comms_status send_sms(void* self, comms_op* op, const comms_sms* message) {
  return act(of(self), op, view(message->body));
}

/// Knows of messages whose client reference is "known".
comms_status find(void* self, comms_op* op, const comms_find* what) {
  if (view(what->client_ref) != "known") return COMMS_NOT_FOUND;
  return of(self).accept(op, view(what->text));
}

comms_status fetch_inbound(void* self, comms_op* op, comms_str vendor_id) {
  if (view(vendor_id) == "gone") return COMMS_NOT_FOUND;
  if (view(vendor_id) == "handshake") return COMMS_OK;
  comms_event event = {};
  event.size = sizeof event;
  event.kind = COMMS_EVENT_MESSAGE_IN;
  event.event_id = vendor_id;
  event.vendor_id = vendor_id;
  event.text = str("the whole text");
  event.cost_micros = COMMS_COST_UNKNOWN;
  of(self).result->event(op, &event);
  return COMMS_OK;
}

comms_status verify_domain(void* self, comms_op* op, comms_str) {
  const comms_svc_result* result = of(self).result;
  result->field(op, str("status"), str("pending"));
  for (const char* name : {"a", "b"}) {
    result->field(op, str("dns_type"), str("TXT"));
    result->field(op, str("dns_name"), str(name));
    result->field(op, str("dns_value"), str("v"));
  }
  return COMMS_OK;
}

comms_status verify_webhook(void*, const comms_http_in* in) {
  for (std::size_t at = 0; at < in->header_count; ++at) {
    if (view(in->headers[at].key) == "X-Signature") {
      return view(in->headers[at].value) == "right" ? COMMS_OK : COMMS_DENIED;
    }
  }
  return COMMS_DENIED;
}

/// The test is in the same process, and holds the other ends of the pipes.
std::string held(const Instance& instance, std::string_view body) {
  char word = '!';
  const int in = number_after(body, "hold:");
  const int out = number_after(body.substr(body.find(':', 5)), ":");
  if (write(in, &word, 1) != 1 || read(out, &word, 1) != 1) return "the test gave up";
  return instance.label + ":" + std::to_string(body.size()) + ":" + body.back();
}

comms_status parse_webhook(void* self, const comms_http_in* in, const comms_emit* emit) {
  if (in->body.len == 0) return COMMS_INVALID;
  comms_event event = {};
  const std::string_view body(reinterpret_cast<const char*>(in->body.ptr), in->body.len);
  if (body.substr(0, 5) == "hold:") {
    const std::string id = held(of(self), body);
    event.size = sizeof event;
    event.kind = COMMS_EVENT_MESSAGE_IN;
    event.event_id = str(id);
    event.cost_micros = COMMS_COST_UNKNOWN;
    emit->event(emit->ctx, &event);
    return COMMS_OK;
  }
  event.size = sizeof event;
  event.kind = COMMS_EVENT_MESSAGE_STATUS;
  event.event_id = {reinterpret_cast<const char*>(in->body.ptr), in->body.len};
  event.status = str("delivered");
  event.cost_micros = COMMS_COST_UNKNOWN;
  emit->event(emit->ctx, &event);
  event.event_id = str("second");
  emit->event(emit->ctx, &event);
  return COMMS_OK;
}

// A pure member has no instance argument in the sinks' service, so the table is remembered.
const comms_svc_result* sinks = nullptr;

comms_status webhook_reply(void*, const comms_http_in*, std::int32_t kind, comms_sink* body,
                           comms_sink* content_type) {
  sinks->sink_write(body, bytes("<kind>"));
  sinks->sink_write(body, bytes(std::to_string(kind)));
  sinks->sink_write(content_type, bytes("text/xml"));
  return COMMS_OK;
}

comms_status buy_number(void* self, comms_op* op, const comms_number_query* query) {
  if (view(query->country) == "XX") return of(self).fail(op, COMMS_NOT_FOUND);
  if (view(query->country) == "YY") return COMMS_OK;  // forgets to say which
  of(self).result->field(op, str("number"), str("+15005550006"));
  of(self).result->field(op, str("id"), str("PN1"));
  return COMMS_OK;
}

comms_status put(void* self, comms_op*, comms_str key, comms_str, comms_bytes data) {
  const std::lock_guard<std::mutex> lock(of(self).mutex);
  of(self).objects[std::string(view(key))] =
      std::string(reinterpret_cast<const char*>(data.ptr), data.len);
  return COMMS_OK;
}
/// Hands over pieces until it is told something else than to go on. What it was told last is there
/// as an object.
comms_status get_endless(Instance& instance, comms_op* op) {
  comms_status told = COMMS_OK;
  while (told == COMMS_OK) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    told = instance.result->chunk(op, bytes("x"));
    const std::lock_guard<std::mutex> lock(instance.mutex);
    instance.objects["told"] = std::to_string(told);
  }
  return told;
}

comms_status get(void* self, comms_op* op, comms_str key, std::uint64_t offset, std::uint64_t) {
  Instance& instance = of(self);
  if (view(key) == "endless") return get_endless(instance, op);
  const std::lock_guard<std::mutex> lock(instance.mutex);
  const auto found = instance.objects.find(view(key));
  if (found == instance.objects.end()) return COMMS_NOT_FOUND;
  const std::string_view all = found->second;
  if (offset > all.size()) return COMMS_INVALID;
  instance.result->field(op, str("content_type"), str("text/plain"));
  instance.result->field(op, str("byte_count"), str(std::to_string(all.size())));
  return instance.result->chunk(op, bytes(all.substr(offset)));
}
comms_status remove_object(void* self, comms_op*, comms_str key) {
  const std::lock_guard<std::mutex> lock(of(self).mutex);
  of(self).objects.erase(std::string(view(key)));
  return COMMS_OK;
}
comms_status signed_url(void*, comms_str key, comms_str, std::uint32_t, comms_sink* out) {
  if (view(key) == "private") return COMMS_UNSUPPORTED;
  sinks->sink_write(out, bytes("https://objects.invalid/"));
  sinks->sink_write(out, bytes(view(key)));
  return COMMS_OK;
}

bool configure(Instance& instance, comms_str config, const comms_report* report) {
  const auto* json = service<comms_svc_json>(instance.host, COMMS_SVC_JSON);
  comms_json* document = nullptr;
  if (json->parse(instance.host, bytes(view(config)), &document) != COMMS_OK) return false;
  const comms_json_node root = json->root(document);
  comms_str text = {};
  std::int32_t flag = 1;
  json->string(document, json->member(document, root, str("label")), &text);
  instance.label = std::string(view(text));
  json->boolean(document, json->member(document, root, str("healthy")), &flag);
  instance.healthy = flag != 0;
  text = {};
  json->string(document, json->member(document, root, str("trouble")), &text);
  instance.trouble = std::string(view(text));
  text = {};
  json->string(document, json->member(document, root, str("create")), &text);
  const std::string wish(view(text));
  json->close(document);
  if (wish == "crash") std::abort();
  if (wish != "bad") return true;
  comms_error error = {};
  error.size = sizeof error;
  error.status = COMMS_INVALID;
  error.message = str("create: must not be 'bad'");
  report->fail(report->ctx, &error);
  return false;
}

comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                    void** out_self) {
  auto* instance = new Instance;
  instance->host = host;
  instance->result = service<comms_svc_result>(host, COMMS_SVC_RESULT);
  instance->clock = service<comms_svc_clock>(host, COMMS_SVC_CLOCK);
  sinks = instance->result;
  if (!configure(*instance, config, report)) {
    delete instance;
    return COMMS_INVALID;
  }
  *out_self = instance;
  return COMMS_OK;
}

comms_status probe(void* self, comms_op* op) {
  Instance& instance = of(self);
  const bool again = ++instance.probes > 1;
  const bool well = instance.healthy && !(instance.trouble == "health" && again);
  return well ? COMMS_OK : instance.fail(op, COMMS_UNAUTHENTICATED);
}

void destroy(void* self) {
  delete static_cast<Instance*>(self);
}

const void* slot(void*, const char* id) {
  static const comms_email email = [] {
    comms_email table = {};
    table.size = sizeof table;
    table.send = send_email;
    table.find_message = find;
    table.fetch_inbound = fetch_inbound;
    table.verify_domain = verify_domain;
    table.verify_webhook = verify_webhook;
    table.parse_webhook = parse_webhook;
    table.webhook_reply = webhook_reply;
    return table;
  }();
  static const comms_telephony telephony = [] {
    comms_telephony table = {};
    table.size = sizeof table;
    table.send_message = send_sms;
    table.buy_number = buy_number;
    return table;
  }();
  static const comms_storage storage = [] {
    comms_storage table = {};
    table.size = sizeof table;
    table.put = put;
    table.get = get;
    table.remove = remove_object;
    table.signed_url = signed_url;
    return table;
  }();
  if (std::strcmp(id, COMMS_SLOT_EMAIL) == 0) return &email;
  if (std::strcmp(id, COMMS_SLOT_TELEPHONY) == 0) return &telephony;
  if (std::strcmp(id, COMMS_SLOT_STORAGE) == 0) return &storage;
  return nullptr;
}

}  // namespace

extern "C" COMMS_EXPORT const comms_plugin* comms_plugin_entry(std::uint32_t, std::uint32_t) {
  static const comms_plugin plugin = {sizeof(comms_plugin),
                                      COMMS_ABI_MAJOR,
                                      COMMS_ABI_MINOR,
                                      0,
                                      COMMS_PLUGIN_ID,
                                      COMMS_PLUGIN_VERSION,
                                      create,
                                      probe,
                                      nullptr,
                                      destroy,
                                      slot};
  return &plugin;
}
