#pragma once

#include <optional>

#include <comms/cpp/event.hpp>
#include <comms/svc/cache.h>
#include <comms/svc/clock.h>
#include <comms/svc/crypto.h>
#include <comms/svc/http.h>
#include <comms/svc/json.h>
#include <comms/svc/log.h>
#include <comms/svc/metrics.h>
#include <comms/svc/result.h>
#include <comms/svc/ws.h>

namespace comms {

/// The host's services. Cheap to copy; valid until the instance is destroyed.
/// A service that is not there throws COMMS_INTERNAL when used: name it in the manifest.
class Host {
 public:
  explicit Host(const comms_host* host)
      : host_(host),
        http_(find<comms_svc_http>(COMMS_SVC_HTTP)),
        ws_(find<comms_svc_ws>(COMMS_SVC_WS)),
        result_(find<comms_svc_result>(COMMS_SVC_RESULT)),
        crypto_(find<comms_svc_crypto>(COMMS_SVC_CRYPTO)),
        json_(find<comms_svc_json>(COMMS_SVC_JSON)),
        clock_(find<comms_svc_clock>(COMMS_SVC_CLOCK)),
        cache_(find<comms_svc_cache>(COMMS_SVC_CACHE)),
        metrics_(find<comms_svc_metrics>(COMMS_SVC_METRICS)) {
    result();  // without it not even a failure could be told: better no instance
  }

  const comms_host* raw() const { return host_; }
  const comms_svc_http& http() const { return *need(http_, COMMS_SVC_HTTP); }
  const comms_svc_ws& ws() const { return *need(ws_, COMMS_SVC_WS); }
  const comms_svc_result& result() const { return *need(result_, COMMS_SVC_RESULT); }
  const comms_svc_crypto& crypto() const { return *need(crypto_, COMMS_SVC_CRYPTO); }
  const comms_svc_json& json() const { return *need(json_, COMMS_SVC_JSON); }
  const comms_svc_clock& clock() const { return *need(clock_, COMMS_SVC_CLOCK); }
  const comms_svc_cache& cache() const { return *need(cache_, COMMS_SVC_CACHE); }

  std::int64_t now_ms() const { return clock().now_ms(host_); }

  /// Never message text, addresses, numbers or secrets.
  void log(std::int32_t level, std::string_view line) const { host_->log(host_, level, str(line)); }

  void count(std::string_view name, std::uint64_t delta = 1) const {
    if (metrics_) metrics_->count(host_, str(name), delta);
  }

  std::optional<std::string> cached(std::string_view key) const {
    std::string value(4096, '\0');
    for (;;) {
      std::size_t size = 0;
      Status status = cache().get(host_, str(key), reinterpret_cast<std::uint8_t*>(value.data()),
                                  value.size(), &size);
      if (status == COMMS_NOT_FOUND) return std::nullopt;
      bool enough = size <= value.size();
      value.resize(size);
      if (status == COMMS_OK) return value;
      if (enough) return std::nullopt;
    }
  }
  void remember(std::string_view key, std::string_view value, std::uint32_t ttl_ms) const {
    cache().put(host_, str(key), bytes(value), ttl_ms);
  }
  /// False when the key was there already: a replayed nonce.
  bool remember_once(std::string_view key, std::uint32_t ttl_ms) const {
    return cache().add(host_, str(key), bytes("1"), ttl_ms) == COMMS_OK;
  }

  void write(comms_sink* sink, std::string_view text) const {
    result().sink_write(sink, bytes(text));
  }

 private:
  template <class Table>
  const Table* find(const char* id) const {
    return static_cast<const Table*>(host_->service(host_, id));
  }
  template <class Table>
  static const Table* need(const Table* table, const char* id) {
    if (!table) throw Error(COMMS_INTERNAL, std::string("the host offers no ") + id);
    return table;
  }

  const comms_host* host_;
  const comms_svc_http* http_;
  const comms_svc_ws* ws_;
  const comms_svc_result* result_;
  const comms_svc_crypto* crypto_;
  const comms_svc_json* json_;
  const comms_svc_clock* clock_;
  const comms_svc_cache* cache_;
  const comms_svc_metrics* metrics_;
};

}  // namespace comms
