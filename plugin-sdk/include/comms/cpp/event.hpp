#pragma once

#include <comms/cpp/types.hpp>

namespace comms {

struct Media {
  std::string url{}, content_type{}, filename{}, content_id{}, data{};
  std::uint64_t byte_count = 0;
};

/// Owning twin of comms_event; the meaning of each member is told there.
struct Event {
  std::int32_t kind = 0;
  std::string event_id{}, vendor_id{}, client_ref{}, from{}, to{}, subject{}, text{}, html{};
  std::string status{}, error_code{}, error_message{}, currency{};
  std::int64_t cost_micros = COMMS_COST_UNKNOWN;
  std::int64_t occurred_at_ms = 0;
  std::vector<Media> media{};
  Fields extra{};
  std::uint32_t flags = 0;

  explicit Event(std::int32_t of_kind = 0) : kind(of_kind) {}

  /// Adds to `extra` under a name the host knows (webhook.h), where there is a value.
  void note(std::string name, std::string value) {
    if (!value.empty()) extra.emplace_back(std::move(name), std::move(value));
  }

  /// Calls receive(const comms_event*) with the C form, which dies with the call.
  template <class Receive>
  void pass(Receive&& receive) const {
    std::vector<comms_media> files;
    for (const Media& m : media) {
      files.push_back({str(m.url), str(m.content_type), str(m.filename), str(m.content_id),
                       bytes(m.data), m.byte_count ? m.byte_count : m.data.size()});
    }
    std::vector<comms_kv> pairs;
    for (const auto& [key, value] : extra) pairs.push_back({str(key), str(value)});
    comms_event c{sizeof(comms_event),
                  kind,
                  str(event_id),
                  str(vendor_id),
                  str(client_ref),
                  str(from),
                  str(to),
                  str(subject),
                  str(text),
                  str(html),
                  str(status),
                  str(error_code),
                  str(error_message),
                  str(currency),
                  cost_micros,
                  occurred_at_ms,
                  files.data(),
                  files.size(),
                  pairs.data(),
                  pairs.size(),
                  flags,
                  0};
    receive(&c);
  }
};
using Events = std::vector<Event>;

}  // namespace comms
