#include "stream.h"

#include <exception>
#include <memory>
#include <optional>

namespace turso_plugin {

namespace {

/// Below the ten seconds after which libsql-server drops an idle stream, by as much as a request
/// may be under way.
constexpr std::chrono::seconds longest_idle{7};
constexpr std::size_t longest_refusal = 65536;
/// What the host allows a request at most (host.http().perform), for migrations.
constexpr std::uint32_t longest_script_ms = 120000;
constexpr std::uint32_t longest_close_ms = 2000;
/// Rows come one by one and are not kept here; this only ends an answer that has no end.
constexpr std::uint32_t longest_answer = 1u << 30;

}  // namespace

struct Stream::Answer {
  comms::Status begun = COMMS_OK;  // else the host did not send it
  comms::Status transport = COMMS_OK;
  int http_status = 0;
  bool stopped = false;  // by the sink
  bool complete = false;
  std::string body;  // of a pipeline, or of a refusal
  std::string retry_after;
  std::string baton;
  std::string base_url;
  std::exception_ptr thrown;

  bool ok() const { return complete && http_status >= 200 && http_status < 300; }
  bool says(std::string_view text) const {
    return http_status >= 400 && body.find(text) != std::string::npos;
  }
  /// The server does not know the stream, and did nothing. The texts are those of libsql-server
  /// (hrana/mod.rs, hrana/http/stream.rs).
  bool is_stream_gone() const { return says("invalid baton") || says("STREAM_EXPIRED"); }
  /// By somebody, or by this very request when it was sent again on the way: then it was run.
  bool is_baton_used() const { return !is_stream_gone() && says("baton"); }
};

Stream::Answer Stream::exchange(const std::string& path, const std::string& body, Purpose purpose,
                                CursorReader* reader, std::uint32_t timeout_ms) {
  struct Exchange {
    CursorReader* reader;
    Answer answer;
  } exchange{reader, {}};
  comms::Request request = comms::post((base_url_.empty() ? settings_.url : base_url_) + path);
  if (!settings_.token.empty()) request.bearer(settings_.token);
  request.body("application/json", body).timeout_ms(timeout_ms);
  request.max_response_bytes(longest_answer).idempotent(purpose == Purpose::read);
  exchange.answer.begun = request.pass(COMMS_HTTP_STREAM, [&](const comms_http_request& sent) {
    const comms::Status status = host_.http().perform(
        host_.raw(), &sent,
        [](void* user, comms_op*, const comms_http_response* response) -> comms::Status {
          auto& [sink, answer] = *static_cast<Exchange*>(user);
          answer.transport = response->transport;
          if (response->transport != COMMS_OK) return COMMS_OK;
          answer.http_status = response->status;
          const std::string_view part = comms::view(response->body);
          try {
            if (sink && answer.http_status == 200) {
              answer.stopped = !sink->feed(part);
              if (answer.stopped) return COMMS_CANCELLED;
            } else if (answer.http_status == 200 || answer.body.size() < longest_refusal) {
              answer.body += part;
            }
          } catch (...) {
            answer.thrown = std::current_exception();
            return COMMS_CANCELLED;
          }
          if (!response->last) return COMMS_PENDING;
          for (const comms::Pair header : comms::Pairs(response->headers, response->header_count)) {
            if (comms::same_text(header.key, "retry-after")) answer.retry_after = header.value;
          }
          answer.complete = true;
          return COMMS_OK;
        },
        &exchange);
    return status == COMMS_CANCELLED ? COMMS_OK : status;
  });
  if (reader) {
    exchange.answer.baton = reader->baton();
    exchange.answer.base_url = reader->base_url();
    exchange.answer.complete &= exchange.answer.http_status != 200 || reader->is_complete();
  }
  return std::move(exchange.answer);
}

Stream::Answer Stream::exchange_anew(const std::string& path, const std::string& content,
                                     Purpose purpose, BatchSink* sink) {
  if (std::chrono::steady_clock::now() - used_ > longest_idle) forget();
  for (;;) {
    const bool was_open = !baton_.empty();
    std::string body = "{\"baton\":";
    if (was_open) {
      comms::append_json_string(body, baton_);
    } else {
      body += "null";
    }
    body += ',' + content + '}';
    std::optional<CursorReader> reader;
    if (sink) reader.emplace(host_, *sink);
    Answer answer = exchange(path, body, purpose, reader ? &*reader : nullptr,
                             sink ? settings_.statement_timeout_ms : longest_script_ms);
    const bool gone = was_open && (answer.is_stream_gone() ||
                                   (purpose == Purpose::read && answer.is_baton_used()));
    if (gone || !answer.ok()) forget();
    if (!gone) return answer;
  }
}

void Stream::run(const std::string& batch_json, BatchSink& sink, Purpose purpose) {
  const Answer answer = exchange_anew("/v3/cursor", "\"batch\":" + batch_json, purpose, &sink);
  if (answer.ok()) {
    renew(answer.baton, answer.base_url);
    return;
  }
  if (answer.stopped) return;
  throw failure(answer, purpose);
}

comms::Json Stream::pipeline(const std::string& requests_json, Purpose purpose) {
  const Answer answer =
      exchange_anew("/v3/pipeline", "\"requests\":" + requests_json, purpose, nullptr);
  if (!answer.ok()) throw failure(answer, purpose);
  comms::Json json(host_, answer.body);
  if (json["results"].type() != COMMS_JSON_ARRAY) {
    forget();
    throw comms::Error(purpose == Purpose::write ? COMMS_AMBIGUOUS : COMMS_UNAVAILABLE,
                       "the database server's answer is not what Hrana says");
  }
  renew(json["baton"].text(), json["base_url"].text());
  return json;
}

void Stream::renew(const std::string& baton, const std::string& base_url) {
  baton_ = baton;
  base_url_ = base_url;
  while (!base_url_.empty() && base_url_.back() == '/') base_url_.pop_back();
  used_ = std::chrono::steady_clock::now();
}

void Stream::forget() {
  baton_.clear();
  base_url_.clear();
}

void Stream::close() noexcept {
  if (baton_.empty() || std::chrono::steady_clock::now() - used_ > longest_idle) return;
  try {
    std::string body = "{\"baton\":";
    comms::append_json_string(body, baton_);
    exchange("/v3/pipeline", body + R"(,"requests":[{"type":"close"}]})", Purpose::write, nullptr,
             longest_close_ms);
  } catch (...) {  // as if it had not been heard
  }
  forget();
}

comms::Error Stream::failure(const Answer& answer, Purpose purpose) const {
  const comms::Status lost = purpose == Purpose::write ? COMMS_AMBIGUOUS : COMMS_UNAVAILABLE;
  if (answer.begun != COMMS_OK) {
    return comms::Error(answer.begun == COMMS_DENIED ? COMMS_INVALID : COMMS_UNAVAILABLE,
                        "the request to the database server was not sent", {},
                        answer.begun == COMMS_DENIED
                            ? "allow the origin of 'url' under egress.allow, or correct it"
                            : "");
  }
  if (answer.thrown) {
    try {
      std::rethrow_exception(answer.thrown);
    } catch (comms::Error& error) {
      if (purpose == Purpose::write && error.status != COMMS_TIMEOUT) error.status = lost;
      return error;
    } catch (const std::exception&) {
      return comms::Error(lost, "the database server's answer could not be read");
    }
  }
  const bool broken_off = answer.transport == COMMS_OK && answer.http_status == 200;
  comms::HttpFailure http;
  http.status = broken_off ? 0 : answer.http_status;
  http.transport = broken_off ? COMMS_AMBIGUOUS : answer.transport;
  if (answer.transport != COMMS_OK) http.status = 0;
  http.idempotent = purpose == Purpose::read;
  http.retry_after = answer.retry_after;
  comms::Error error = comms::http_error(http);
  const comms::Json json(host_, answer.body);
  const std::string said = json["message"].text(json["error"].text());
  error.vendor_code = json["code"].text();
  error.message = "the database server: " + (said.empty() ? error.message : said.substr(0, 500));
  if (http.status == 403) error.status = COMMS_UNAUTHENTICATED;
  if (http.status == 404) {
    error.status = COMMS_INVALID;
    error.remedy = "check url: there must be a libSQL server that speaks Hrana 3";
  }
  if (error.status == COMMS_REJECTED || error.status == COMMS_DENIED) error.status = COMMS_INVALID;
  if (answer.is_baton_used()) error.status = lost;
  return error;
}

}  // namespace turso_plugin
