#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include <comms/cpp/host.hpp>
#include <comms/testing/json_table.hpp>

// A host for tests of plugins: scripted HTTP, a clock that stands still, captured results.
//
//   comms::testing::FakeHost host;
//   host.answer(200, R"({"id":"m1"})");
//   comms::testing::Plugin plugin(host, comms_plugin_entry(1, 0), R"({"api_key":"k"})");
//   auto* email = plugin.slot<comms_email>(COMMS_SLOT_EMAIL);
//   auto result = host.run([&](comms_op* op) { return email->send(plugin.self, op, &message); });
//   EXPECT_EQ(result.vendor_id, "m1");   EXPECT_EQ(host.requests[0].url, "https://...");
//
// comms.crypto/1 is there when `crypto` is set, e.g. to openssl_crypto() of openssl_crypto.hpp.

namespace comms::testing {

struct SeenRequest {
  std::string method, url, body;
  Fields headers;
  std::uint32_t flags, timeout_ms;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

struct Answer {
  int status = 200;
  std::vector<std::string> pieces{};  // several only under COMMS_HTTP_STREAM
  Fields headers{};
  Status transport = COMMS_OK;
};

/// How an op ended, and everything it said.
struct OpResult {
  Status status = COMMS_PENDING;
  Error error{COMMS_OK};
  std::string vendor_id, message_status, currency, data;
  std::int64_t cost_micros = COMMS_COST_UNKNOWN;
  Fields fields;
  struct SeenEvent {
    std::int32_t kind;
    std::uint32_t flags;
    std::map<std::string, std::string>
        text;                        // by the member's name; extra pairs under "extra.NAME"
    std::vector<std::string> media;  // urls, or data where there is no url
    std::int64_t cost_micros, occurred_at_ms;
  };
  std::vector<SeenEvent> events;
  Status chunk_status = COMMS_OK;  // what result.chunk answers

  std::string field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return {};
  }
  void add(const comms_event& e) {
    SeenEvent seen{e.kind, e.flags, {}, {}, e.cost_micros, e.occurred_at_ms};
    for (auto [name, value] : {std::pair("event_id", e.event_id),
                               {"vendor_id", e.vendor_id},
                               {"client_ref", e.client_ref},
                               {"from", e.from},
                               {"to", e.to},
                               {"subject", e.subject},
                               {"text", e.text},
                               {"html", e.html},
                               {"status", e.status},
                               {"error_code", e.error_code},
                               {"error_message", e.error_message},
                               {"currency", e.currency}}) {
      seen.text[name] = view(value);
    }
    for (std::size_t i = 0; i < e.extra_count; ++i) {
      seen.text["extra." + std::string(view(e.extra[i].key))] = view(e.extra[i].value);
    }
    for (std::size_t i = 0; i < e.media_count; ++i) {
      seen.media.emplace_back(e.media[i].url.len ? view(e.media[i].url) : view(e.media[i].data));
    }
    events.push_back(std::move(seen));
  }
};

class FakeHost {
 public:
  std::vector<SeenRequest> requests;
  std::deque<Answer> answers;
  std::int64_t now_ms = 1700000000000;
  std::vector<std::string> log;
  std::map<std::string, std::string> cache;
  const comms_svc_crypto* crypto = nullptr;
  int released = 0;  // contexts given back; equals the requests and delays begun

  FakeHost();
  FakeHost(const FakeHost&) = delete;

  void answer(int status, std::string body, Fields headers = {}) {
    answers.push_back({status, {std::move(body)}, std::move(headers), COMMS_OK});
  }
  void break_connection(Status transport) { answers.push_back({0, {""}, {}, transport}); }

  const comms_host* raw() const { return &host_; }

  /// Runs one op to its end. A request without a scripted answer ends as COMMS_UNAVAILABLE.
  OpResult run(const std::function<Status(comms_op*)>& begin) {
    OpResult result;
    auto* op = reinterpret_cast<comms_op*>(&result);
    result.status = begin(op);
    while (!queue_.empty()) {
      auto work = std::move(queue_.front());
      queue_.pop_front();
      // once the op has ended nothing is called any more, only released
      Status status = work(result.status == COMMS_PENDING ? op : nullptr);
      if (result.status == COMMS_PENDING) result.status = status;
    }
    return result;
  }
  /// Events of parse_webhook: pass emit(result).
  static comms_emit emit(OpResult& result) {
    return {&result, [](void* ctx, const comms_event* e) { static_cast<OpResult*>(ctx)->add(*e); }};
  }
  static comms_sink* sink(std::string& text) { return reinterpret_cast<comms_sink*>(&text); }

 private:
  friend struct FakeTables;
  using Work = std::function<Status(comms_op*)>;
  static FakeHost& of(const comms_host* host) { return *static_cast<FakeHost*>(host->ctx); }
  static OpResult& of(comms_op* op) { return *reinterpret_cast<OpResult*>(op); }
  Status exchange(comms_op* op, std::uint32_t flags, comms_http_cb callback, void* user);

  comms_host host_{};
  std::deque<Work> queue_;
};

/// An instance of a plugin under test.
struct Plugin {
  Plugin(FakeHost& host, const comms_plugin* entry, std::string_view config) : plugin(entry) {
    comms_report report{&error, [](void* ctx, const comms_error* e) {
                          *static_cast<Error*>(ctx) =
                              Error(e->status, std::string(view(e->message)));
                        }};
    status = plugin->create(host.raw(), str(config), &report, &self);
  }
  Plugin(const Plugin&) = delete;
  ~Plugin() {
    if (status == COMMS_OK) plugin->destroy(self);
  }
  template <class Table>
  const Table* slot(const char* id) const {
    return static_cast<const Table*>(plugin->slot(self, id));
  }

  const comms_plugin* plugin;
  void* self = nullptr;
  Status status = COMMS_INTERNAL;
  Error error{COMMS_OK};
};

}  // namespace comms::testing

#include <comms/testing/fake_tables.hpp>
