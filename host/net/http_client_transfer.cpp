#include "net/http_client_transfer.h"

#include <algorithm>
#include <sys/socket.h>

#include "base/text.h"

namespace commsd::net {

namespace {

constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// Fields that frame the message or choose the peer: with them a caller could smuggle a second
/// request onto a pooled connection.
bool is_ours(std::string_view lower_name) {
  return lower_name == "host" || lower_name == "connection" || lower_name == "transfer-encoding" ||
         lower_name == "expect" || lower_name == "upgrade" || lower_name == "keep-alive" ||
         lower_name == "te" || lower_name == "trailer" || lower_name.starts_with("proxy-") ||
         lower_name == "http2-settings";
}

bool is_clean_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
  });
}

}  // namespace

HttpTransfer::HttpTransfer(HttpClient::RequestId id, HttpRequestOut request,
                           HttpCallbacks callbacks)
    : id_(id),
      request_(std::move(request)),
      callbacks_(std::move(callbacks)),
      easy_(curl_easy_init()) {}

HttpTransfer::~HttpTransfer() = default;

void HttpTransfer::set_target(const EgressTarget& target) {
  target_ = target;
  origin_ = target.origin();
}

void HttpTransfer::append(List& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str())) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

std::optional<std::string> HttpTransfer::prepare(const std::vector<std::string>& addresses,
                                                 const HttpClient::Options& options) {
  if (!easy_) return "out of memory";
  if (!is_token(request_.method)) return "the method is not a token";
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_.data());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // not from the environment either
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options.max_idle.count()));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  if (!options.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());

  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);

  if (!target_.literal) {
    append(resolve_, target_.resolve_entry(addresses));
    curl_easy_setopt(easy, CURLOPT_RESOLVE, resolve_.get());
  }
  if (auto refused = prepare_headers(options)) return refused;
  prepare_method();
  return std::nullopt;
}

std::optional<std::string> HttpTransfer::prepare_headers(const HttpClient::Options&) {
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    const std::string lower = to_lower_ascii(name);
    if (!is_token(name)) return "a header name is not a token";
    if (is_ours(lower)) return "the header " + lower + " may not be set";
    if (!is_clean_value(value)) return "the header " + lower + " holds a control character";
    if (lower == "content-length") continue;
    has_content_type |= lower == "content-type";
    // libcurl's spelling of an empty value is "Name;"; "Name:" would remove the field.
    append(headers_, value.empty() ? name + ";" : name + ": " + value);
  }
  if (!has_content_type) append(headers_, "Content-Type:");  // libcurl would claim a form
  append(headers_, "Expect:");  // an interim round trip blurs what was sent
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return std::nullopt;
}

void HttpTransfer::prepare_method() {
  CURL* easy = easy_.get();
  const std::string& method = request_.method;
  const bool with_body =
      !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (with_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    if (method != "POST") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void HttpTransfer::resume() {
  if (!paused_) return;
  paused_ = false;
  if (in_multi) curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
}

/// Called when a connection is ready and before the first byte of the request. Until then the peer
/// has seen nothing of it (TLS 1.3 early data is off); from then on it may have. A second call
/// means that libcurl is about to write the request again.
int HttpTransfer::before_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (transfer.writes_ > 0 && !transfer.request_.idempotent) {
    transfer.repeat_refused_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++transfer.writes_;
  return CURL_PREREQFUNC_OK;
}

curl_socket_t HttpTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (!transfer.target_.exempt && !EgressPolicy::is_public(&address->addr)) {
    transfer.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::size_t bytes = size * count;
  return static_cast<HttpTransfer*>(self)->take_header({data, bytes}) ? bytes : bytes + 1;
}

bool HttpTransfer::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    too_large_ = true;
    return false;
  }
  if (head_done_) return true;  // trailers
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // what came before was a 1xx
    return true;
  }
  if (line.empty()) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) return true;
    head_done_ = true;
    response_.status = static_cast<int>(status);
    if (callbacks_.on_head) callbacks_.on_head(response_.status, response_.headers);
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  response_.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  return true;
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<HttpTransfer*>(self)->take_body({data, size * count});
}

std::size_t HttpTransfer::take_body(std::string_view chunk) {
  if (paused_) return CURL_WRITEFUNC_PAUSE;  // libcurl keeps the chunk and offers it again
  if (request_.max_response > 0 && chunk.size() > request_.max_response - body_bytes_) {
    too_large_ = true;
    return 0;
  }
  body_bytes_ += chunk.size();
  if (!request_.stream) {
    response_.body.append(chunk);
  } else if (callbacks_.on_chunk && !callbacks_.on_chunk(chunk)) {
    paused_ = true;
  }
  return chunk.size();
}

TransportFailure HttpTransfer::failure(TransportFailure::Kind kind, std::string cause) const {
  TransportFailure failed;
  failed.kind = kind;
  failed.cause = origin_ + ": " + std::move(cause);
  failed.may_have_reached_peer = writes_ > 0;
  failed.status = response_.status;
  return failed;
}

TransportFailure HttpTransfer::timed_out() const {
  using Kind = TransportFailure::Kind;
  return writes_ > 0 ? failure(Kind::timeout_maybe_sent, "no complete answer within the time limit")
                     : failure(Kind::timeout_not_sent, "no connection within the time limit");
}

TransportFailure HttpTransfer::cancelled() const {
  return failure(TransportFailure::Kind::cancelled, "cancelled");
}

HttpOutcome HttpTransfer::outcome(CURLcode code) {
  using Kind = TransportFailure::Kind;
  if (code == CURLE_OK && head_done_) return std::move(response_);
  if (too_large_) {
    return tl::unexpected(failure(Kind::too_large, "the response is over the size limit"));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) return tl::unexpected(timed_out());
  if (writes_ == 0 && address_refused_) {
    return tl::unexpected(failure(Kind::refused_by_egress, "the address is not public"));
  }
  std::string cause = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  if (repeat_refused_) cause = "no answer came and libcurl would have written the request again";
  return tl::unexpected(failure(writes_ > 0 ? Kind::maybe_sent : Kind::not_sent, std::move(cause)));
}

void HttpTransfer::finish(HttpOutcome outcome) {
  const auto done = std::move(callbacks_.on_done);
  callbacks_ = {};
  if (done) done(std::move(outcome));
}

}  // namespace commsd::net
