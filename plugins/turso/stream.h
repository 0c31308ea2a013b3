#pragma once

#include <chrono>
#include <string>

#include <comms/cpp/http.hpp>

#include "cursor.h"
#include "settings.h"

namespace turso_plugin {

/// What an exchange does, and so what it means when its answer is lost.
enum class Purpose { read = 1, write = 2 };

/// A stream of Hrana over HTTP: a connection of the server's, kept between requests by a baton that
/// each answer renews (HRANA_3_SPEC, "Hrana over HTTP"). The server drops a stream that is idle for
/// ten seconds; then the next request opens another. Used by one thread.
class Stream {
 public:
  Stream(const comms::Host& host, const Settings& settings) : host_(host), settings_(settings) {}
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Runs a batch. Throws comms::Error: COMMS_AMBIGUOUS only for Purpose::write, when the server
  /// may have run it; what single steps say goes to the sink.
  void run(const std::string& batch_json, BatchSink& sink, Purpose purpose);
  /// Runs requests, a JSON array, and gives the results: each has type ok or error. Throws as
  /// run().
  comms::Json pipeline(const std::string& requests_json, Purpose purpose);

  /// Undoes what the stream has open. Never throws; a server that does not hear of it does the
  /// same after its ten seconds.
  void close() noexcept;

 private:
  struct Answer;

  Answer exchange(const std::string& path, const std::string& body, Purpose purpose,
                  CursorReader* reader, std::uint32_t timeout_ms);
  /// Once more on a new stream, when the server knows this one no longer: then it did nothing.
  Answer exchange_anew(const std::string& path, const std::string& content, Purpose purpose,
                       BatchSink* sink);
  void renew(const std::string& baton, const std::string& base_url);
  void forget();
  comms::Error failure(const Answer& answer, Purpose purpose) const;

  const comms::Host& host_;
  const Settings& settings_;
  std::string baton_;
  std::string base_url_;
  std::chrono::steady_clock::time_point used_;
};

}  // namespace turso_plugin
