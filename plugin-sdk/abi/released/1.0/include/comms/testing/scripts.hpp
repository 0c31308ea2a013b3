#pragma once

#include <map>

#include <comms/cpp/event.hpp>

// What a test tells the fake host to do, and what it finds afterwards.

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

/// A scripted peer of comms.ws/1. Frames come in order once the socket is open; then it closes,
/// unless the plugin closed it before or `stays_open` is set.
struct SocketScript {
  struct Frame {
    bool is_text = true;
    std::string message{};
  };
  std::vector<Frame> frames{};
  std::uint32_t close_code = 1000;
  bool refuse = false;      // never opens: closed with COMMS_UNAVAILABLE
  bool stays_open = false;  // the test goes on with FakeSocket::receive
};

}  // namespace comms::testing
