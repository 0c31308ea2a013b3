#pragma once

#include <comms/testing/fake_host_class.hpp>
#include <comms/testing/fake_ws.hpp>

namespace comms::testing {

struct FakeTables {
  static SeenRequest seen(const comms_http_request& r) {
    SeenRequest s{std::string(view(r.method)),
                  std::string(view(r.url)),
                  std::string(view(r.body)),
                  {},
                  r.flags,
                  r.timeout_ms};
    for (std::size_t i = 0; i < r.header_count; ++i) {
      s.headers.emplace_back(view(r.headers[i].key), view(r.headers[i].value));
    }
    return s;
  }

  static const comms_svc_http* http() {
    static const comms_svc_http table = {
        sizeof(comms_svc_http), 0,
        [](const comms_host* h, comms_op*, const comms_http_request* request,
           comms_http_cb callback, void* user, void (*release)(void*)) -> Status {
          FakeHost& host = FakeHost::of(h);
          host.requests.push_back(seen(*request));
          host.queue_.push_back(
              [&host, request = host.requests.back(), callback, user, release](comms_op* op) {
                Status status = op ? host.exchange(op, request, callback, user) : COMMS_CANCELLED;
                if (release) release(user);
                ++host.released;
                return status;
              });
          return COMMS_PENDING;
        },
        [](const comms_host* h, const comms_http_request* request, comms_http_cb callback,
           void* user) -> Status {
          FakeHost& host = FakeHost::of(h);
          SeenRequest asked = seen(*request);
          host.requests.push_back(asked);
          return host.exchange(nullptr, asked, callback, user);
        }};
    return &table;
  }

  static const comms_svc_result* result() {
    static const comms_svc_result table = {
        sizeof(comms_svc_result),
        0,
        [](comms_op* op, const comms_error* e) {
          Error& error = FakeHost::of(op).error;
          error = Error(e->status, std::string(view(e->message)), std::string(view(e->vendor_code)),
                        std::string(view(e->remedy)));
          error.retry_after_ms = e->retry_after_ms;
        },
        [](comms_op* op, comms_str id, comms_str status, std::int64_t cost, comms_str currency) {
          OpResult& r = FakeHost::of(op);
          r.vendor_id = view(id);
          r.message_status = view(status);
          r.cost_micros = cost;
          r.currency = view(currency);
        },
        [](comms_op* op, comms_str key, comms_str value) {
          FakeHost::of(op).fields.emplace_back(view(key), view(value));
        },
        [](comms_op* op, comms_bytes piece) -> Status {
          FakeHost::of(op).data += view(piece);
          return FakeHost::of(op).chunk_status;
        },
        [](comms_op* op, const comms_event* e) { FakeHost::of(op).add(*e); },
        [](comms_sink* sink, comms_bytes piece) {
          *reinterpret_cast<std::string*>(sink) += view(piece);
        }};
    return &table;
  }

  static const comms_svc_clock* clock() {
    static const comms_svc_clock table = {
        sizeof(comms_svc_clock), 0, [](const comms_host* h) { return FakeHost::of(h).now_ms; },
        [](const comms_host* h) { return FakeHost::of(h).now_ms; },
        [](const comms_host* h, comms_op*, std::uint32_t ms, comms_clock_cb callback, void* user,
           void (*release)(void*)) -> Status {
          FakeHost& host = FakeHost::of(h);
          host.queue_.push_back([&host, ms, callback, user, release](comms_op* op) {
            host.now_ms += ms;
            Status status = op ? callback(user, op) : COMMS_CANCELLED;
            if (release) release(user);
            ++host.released;
            return status;
          });
          return COMMS_PENDING;
        }};
    return &table;
  }

  static const comms_svc_cache* cache() {
    static const comms_svc_cache table = {
        sizeof(comms_svc_cache),
        0,
        [](const comms_host* h, comms_str key, std::uint8_t* out, std::size_t room,
           std::size_t* size) -> Status {
          auto& cache = FakeHost::of(h).cache;
          auto found = cache.find(std::string(view(key)));
          if (found == cache.end()) return COMMS_NOT_FOUND;
          *size = found->second.size();
          if (*size > room) return COMMS_INVALID;
          found->second.copy(reinterpret_cast<char*>(out), room);
          return COMMS_OK;
        },
        [](const comms_host* h, comms_str key, comms_bytes value, std::uint32_t) -> Status {
          FakeHost::of(h).cache[std::string(view(key))] = view(value);
          return COMMS_OK;
        },
        [](const comms_host* h, comms_str key, comms_bytes value, std::uint32_t) -> Status {
          return FakeHost::of(h).cache.emplace(view(key), view(value)).second ? COMMS_OK
                                                                              : COMMS_REJECTED;
        },
        [](const comms_host* h, comms_str key) {
          FakeHost::of(h).cache.erase(std::string(view(key)));
        }};
    return &table;
  }
};

inline Status FakeHost::exchange(comms_op* op, const SeenRequest& request, comms_http_cb callback,
                                 void* user) {
  Answer answer{0, {""}, {}, COMMS_UNAVAILABLE};
  if (transport) {
    answer = transport(request);
  } else if (!answers.empty()) {
    answer = std::move(answers.front());
    answers.pop_front();
  }
  std::vector<comms_kv> headers;
  for (const auto& [key, value] : answer.headers) headers.push_back({str(key), str(value)});
  if (!(request.flags & COMMS_HTTP_STREAM)) {
    std::string whole;
    for (const auto& piece : answer.pieces) whole += piece;
    answer.pieces = {whole};
  }
  Status status = COMMS_PENDING;
  for (std::size_t i = 0; i < answer.pieces.size(); ++i) {
    comms_http_response response{sizeof(comms_http_response),   answer.status,  answer.transport,
                                 i + 1 == answer.pieces.size(), headers.data(), headers.size(),
                                 bytes(answer.pieces[i])};
    status = callback(user, op, &response);
    // backpressure: a real host would pause; this one has drained at once
    if (status != COMMS_PENDING && status != COMMS_BACKPRESSURE) break;
  }
  return status;
}

inline FakeHost::~FakeHost() {
  for (auto& socket : sockets) socket->drop();
}

inline FakeHost::FakeHost() {
  host_.size = sizeof host_;
  host_.abi_major = COMMS_ABI_MAJOR;
  host_.abi_minor = COMMS_ABI_MINOR;
  host_.ctx = this;
  host_.service = [](const comms_host* h, const char* id) -> const void* {
    std::string_view name(id);
    if (name == COMMS_SVC_HTTP) return FakeTables::http();
    if (name == COMMS_SVC_RESULT) return FakeTables::result();
    if (name == COMMS_SVC_JSON) return json_table();
    if (name == COMMS_SVC_CLOCK) return FakeTables::clock();
    if (name == COMMS_SVC_WS) return FakeWs::table();
    if (name == COMMS_SVC_CACHE) return FakeTables::cache();
    if (name == COMMS_SVC_CRYPTO) return of(h).crypto;
    return nullptr;
  };
  host_.log = [](const comms_host* h, std::int32_t, comms_str line) {
    of(h).log.emplace_back(view(line));
  };
}

}  // namespace comms::testing
