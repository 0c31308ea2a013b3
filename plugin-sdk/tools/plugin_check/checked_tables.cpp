#include "checked_tables.h"

#include "allocation.h"
#include "checked_host.h"

namespace comms::check {

using allocation::HostSide;
using allocation::PluginSide;

struct CheckedTables {
  static CheckedHost& host_of(const comms_host* host) { return CheckedHost::of(host); }
  static void looked_up(const comms_host* host) { host_of(host).may_call("host.service"); }

  /// Stands between the FakeHost and a callback of the plugin.
  struct Relay {
    CheckedHost& host;
    comms_op* op;
    comms_http_cb answered;
    comms_clock_cb over;
    void* user;
    void (*release)(void*);

    static Status on_answer(void* self, comms_op* op, const comms_http_response* response) {
      auto& relay = *static_cast<Relay*>(self);
      Status status = COMMS_INTERNAL;
      {
        const PluginSide side;
        status = relay.answered(relay.user, op, response);
      }
      if (!op) return status;  // perform
      return relay.host.after_answer(
          status, status == COMMS_PENDING || (status == COMMS_BACKPRESSURE && !response->last));
    }
    static Status on_time(void* self, comms_op* op) {
      auto& relay = *static_cast<Relay*>(self);
      Status status = COMMS_INTERNAL;
      {
        const PluginSide side;
        status = relay.over(relay.user, op);
      }
      return relay.host.after_answer(status, status == COMMS_PENDING);
    }
    static void on_release(void* self) {
      auto* relay = static_cast<Relay*>(self);
      --relay->host.under_way_;
      give_back(relay->user, relay->release);
      delete relay;
    }
  };

  static void give_back(void* user, void (*release)(void*)) {
    const PluginSide side;
    if (release) release(user);
  }

  static bool check_request(CheckedHost& host, const comms_http_request& request) {
    if (request.size < offsetof(comms_http_request, flags)) {
      host.test().fail(kStrings,
                       "a comms_http_request has the size " + std::to_string(request.size));
      return false;
    }
    for (std::size_t i = 0; i < request.header_count; ++i) {
      for (const comms_str part : {request.headers[i].key, request.headers[i].value}) {
        if (view(part).find_first_of("\r\n") == std::string_view::npos) continue;
        host.test().fail(kStrings, "the request header '" +
                                       std::string(view(request.headers[i].key)) +
                                       "' contains a line break");
        return false;
      }
    }
    return true;
  }

  static Status send(const comms_host* h, comms_op* op, const comms_http_request* request,
                     comms_http_cb callback, void* user, void (*release)(void*)) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    Status refused = COMMS_OK;
    if (!host.is_live(op, "http.send")) {
      refused = COMMS_INTERNAL;
    } else if (!check_request(host, *request)) {
      refused = COMMS_INVALID;
    } else {
      refused = host.check_address(view(request->url), "https:", "http.send");
    }
    if (refused != COMMS_OK) {
      give_back(user, release);
      return refused;
    }
    ++host.under_way_;
    auto* relay = new Relay{host, op, callback, nullptr, user, release};
    return testing::FakeTables::http()->send(host.fake.raw(), op, request, &Relay::on_answer, relay,
                                             &Relay::on_release);
  }

  static Status perform(const comms_host* h, const comms_http_request* request,
                        comms_http_cb callback, void* user) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    if (!host.may_call("http.perform")) return COMMS_INTERNAL;
    if (!host.test().plugin.blocks()) {
      host.test().fail(kThread,
                       "http.perform waits, and no slot of the manifest is of class block");
    }
    if (!check_request(host, *request)) return COMMS_INVALID;
    const Status refused = host.check_address(view(request->url), "https:", "http.perform");
    if (refused != COMMS_OK) return refused;
    const std::lock_guard<std::mutex> lock(host.mutex_);
    Relay relay{host, nullptr, callback, nullptr, user, nullptr};
    return testing::FakeTables::http()->perform(host.fake.raw(), request, &Relay::on_answer,
                                                &relay);
  }

  static void fail(comms_op* op, const comms_error* e) {
    const HostSide side;
    CheckedHost& host = CheckedHost::of(op);
    if (!host.is_live(op, "result.fail")) return;
    if (e->size < offsetof(comms_error, reserved)) {
      host.test().fail(kStrings, "a comms_error has the size " + std::to_string(e->size));
      return;
    }
    host.check_text("an error message", view(e->message));
    host.check_text("a remedy", view(e->remedy));
    host.check_text("a vendor code", view(e->vendor_code));
    testing::FakeTables::result()->fail(op, e);
  }

  static void message(comms_op* op, comms_str id, comms_str status, std::int64_t cost,
                      comms_str currency) {
    const HostSide side;
    CheckedHost& host = CheckedHost::of(op);
    if (!host.is_live(op, "result.message")) return;
    ++host.messages_;
    host.check_text("a vendor id", view(id));
    testing::FakeTables::result()->message(op, id, status, cost, currency);
  }

  static void field(comms_op* op, comms_str key, comms_str value) {
    const HostSide side;
    CheckedHost& host = CheckedHost::of(op);
    if (!host.is_live(op, "result.field")) return;
    const std::string name(view(key));
    // create_account hands over the new account's own secrets under config.KEY
    if (name.rfind("config.", 0) != 0) host.check_text("the field '" + name + "'", view(value));
    testing::FakeTables::result()->field(op, key, value);
  }

  static Status chunk(comms_op* op, comms_bytes piece) {
    const HostSide side;
    if (!CheckedHost::of(op).is_live(op, "result.chunk")) return COMMS_CANCELLED;
    return testing::FakeTables::result()->chunk(op, piece);
  }

  static void event(comms_op* op, const comms_event* e) {
    const HostSide side;
    if (!CheckedHost::of(op).is_live(op, "result.event")) return;
    testing::FakeTables::result()->event(op, e);
  }

  static void sink_write(comms_sink* sink, comms_bytes piece) {
    const HostSide side;
    if (!CheckedHost::of(static_cast<comms_op*>(nullptr)).may_call("result.sink_write")) return;
    testing::FakeTables::result()->sink_write(sink, piece);
  }

  static Status delay(const comms_host* h, comms_op* op, std::uint32_t ms, comms_clock_cb callback,
                      void* user, void (*release)(void*)) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    if (!host.is_live(op, "clock.delay")) {
      give_back(user, release);
      return COMMS_TIMEOUT;
    }
    ++host.under_way_;
    auto* relay = new Relay{host, op, nullptr, callback, user, release};
    return testing::FakeTables::clock()->delay(host.fake.raw(), op, ms, &Relay::on_time, relay,
                                               &Relay::on_release);
  }

  static std::int64_t now(const comms_host* h) {
    return host_of(h).may_call("clock.now_ms") ? host_of(h).fake.now_ms : 0;
  }

  /// A function of the cache: on the FakeHost's own, one at a time.
  template <class Run>
  static auto cached(const comms_host* h, Run run) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    host.may_call("a function of comms.cache/1");
    const std::lock_guard<std::mutex> lock(host.mutex_);
    return run(*testing::FakeTables::cache(), host.fake.raw());
  }

  static void count(const comms_host* h, comms_str name, std::uint64_t) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    if (!host.may_call("metrics.count")) return;
    const std::string text(view(name));
    host.check_text("the metric '" + text.substr(0, 12) + "...'", text);
    if (text.empty() || text.size() > 64 ||
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != text.npos) {
      host.test().fail(kSecret, "a metric's name is not [a-z0-9_]{1,64}: " + text.substr(0, 12));
    }
    const std::lock_guard<std::mutex> lock(host.mutex_);
    host.counted.push_back(text);
  }

  static void log(const comms_host* h, std::int32_t level, comms_str line) {
    const HostSide side;
    CheckedHost& host = host_of(h);
    if (!host.may_call("log")) return;
    host.check_text("a log line", view(line));
    const std::lock_guard<std::mutex> lock(host.mutex_);
    if (host.fake.log.size() < 1000) host.fake.raw()->log(host.fake.raw(), level, line);
  }
};

namespace {

const comms_svc_http http_table = {sizeof http_table, 0, &CheckedTables::send,
                                   &CheckedTables::perform};
const comms_svc_result result_table = {sizeof result_table,   0,
                                       &CheckedTables::fail,  &CheckedTables::message,
                                       &CheckedTables::field, &CheckedTables::chunk,
                                       &CheckedTables::event, &CheckedTables::sink_write};
const comms_svc_clock clock_table = {sizeof clock_table, 0, &CheckedTables::now,
                                     &CheckedTables::now, &CheckedTables::delay};
const comms_svc_cache cache_table = {
    sizeof cache_table,
    0,
    [](const comms_host* h, comms_str key, std::uint8_t* out, std::size_t room,
       std::size_t* size) -> Status {
      return CheckedTables::cached(h, [&](const auto& cache, const comms_host* fake) {
        return cache.get(fake, key, out, room, size);
      });
    },
    [](const comms_host* h, comms_str key, comms_bytes value, std::uint32_t ttl) -> Status {
      return CheckedTables::cached(h, [&](const auto& cache, const comms_host* fake) {
        return cache.put(fake, key, value, ttl);
      });
    },
    [](const comms_host* h, comms_str key, comms_bytes value, std::uint32_t ttl) -> Status {
      return CheckedTables::cached(h, [&](const auto& cache, const comms_host* fake) {
        return cache.add(fake, key, value, ttl);
      });
    },
    [](const comms_host* h, comms_str key) {
      CheckedTables::cached(h, [&](const auto& cache, const comms_host* fake) {
        cache.remove(fake, key);
        return 0;
      });
    }};
const comms_svc_metrics metrics_table = {sizeof metrics_table, 0, &CheckedTables::count};
const comms_svc_log log_table = {sizeof log_table, 0,
                                 [](const comms_host* h, std::int32_t level, comms_str line,
                                    const comms_kv* fields, std::size_t count) {
                                   CheckedTables::log(h, level, line);
                                   for (std::size_t i = 0; i < count; ++i)
                                     CheckedTables::log(h, level, fields[i].value);
                                 },
                                 [](const comms_host*, std::int32_t) -> std::int32_t { return 1; }};

const comms_svc_json& json_of_fake() {
  return *testing::json_table();
}

const comms_svc_json* checked_json() {
  static const comms_svc_json table = [] {
    comms_svc_json t = json_of_fake();
    // those that allocate; the others read only
    t.parse = [](const comms_host* h, comms_bytes text, comms_json** out) -> Status {
      const HostSide side;
      // the real host refuses these, the FakeHost does not look
      return is_utf8(view(text)) ? json_of_fake().parse(h, text, out) : Status{COMMS_INVALID};
    };
    t.close = [](auto... a) {
      const HostSide side;
      return json_of_fake().close(a...);
    };
    t.find = [](auto... a) {
      const HostSide side;
      return json_of_fake().find(a...);
    };
    return t;
  }();
  return &table;
}

}  // namespace

const void* checked_sockets();  // checked_sockets.cpp

const void* checked_service(const comms_host* host, const char* id) {
  const HostSide side;
  const std::string_view name(id);
  CheckedTables::looked_up(host);
  if (name == COMMS_SVC_HTTP) return &http_table;
  if (name == COMMS_SVC_RESULT) return &result_table;
  if (name == COMMS_SVC_JSON) return checked_json();
  if (name == COMMS_SVC_CLOCK) return &clock_table;
  if (name == COMMS_SVC_WS) return checked_sockets();
  if (name == COMMS_SVC_CACHE) return &cache_table;
  if (name == COMMS_SVC_CRYPTO) return checked_crypto();
  if (name == COMMS_SVC_METRICS) return &metrics_table;
  if (name == COMMS_SVC_LOG) return &log_table;
  return nullptr;
}

void checked_log(const comms_host* host, std::int32_t level, comms_str line) {
  CheckedTables::log(host, level, line);
}

}  // namespace comms::check
