#include "net/http_parser.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace commsd::net {

namespace {

// Room for the method, the version and two spaces beside the target in a request line.
constexpr std::size_t request_line_rest = 40;
constexpr std::size_t kept_capacity = std::size_t{16} * 1024;
// A stated length is a promise: memory for more than this comes with the data.
constexpr std::size_t max_reserved = std::size_t{64} * 1024;
constexpr std::string_view too_large = "the body is larger than this resource accepts";

bool valid_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::strchr("-._~%!$&'()*+;=:[]", c) != nullptr;
  });
}

}  // namespace

HttpParser::HttpParser(const Limits& limits) : limits_(limits) {
  llhttp_init(&llhttp_, HTTP_REQUEST, &settings());
  llhttp_.data = this;
}

const llhttp_settings_t& HttpParser::settings() {
  static const llhttp_settings_t instance = [] {
    llhttp_settings_t callbacks;
    llhttp_settings_init(&callbacks);
    callbacks.on_url = [](llhttp_t* parser, const char* at, std::size_t length) {
      self(parser).head_.target = {at, length};
      return 0;
    };
    callbacks.on_header_field = [](llhttp_t* parser, const char* at, std::size_t length) {
      self(parser).head_.fields.push_back({{at, length}, {}});
      return 0;
    };
    callbacks.on_header_value = [](llhttp_t* parser, const char* at, std::size_t length) {
      std::vector<HttpRequestHead::Field>& fields = self(parser).head_.fields;
      // "A field without a name": reported by llhttp as a value alone.
      if (fields.empty()) return -1;
      fields.back().value = {at, length};
      return 0;
    };
    return callbacks;
  }();
  return instance;
}

void HttpParser::start_next() {
  llhttp_init(&llhttp_, HTTP_REQUEST, &settings());
  llhttp_.data = this;
  state_ = State::head;
  head_.fields.clear();
  head_bytes_.clear();
  line_start_ = scanned_ = lines_ = 0;
  skipped_empty_line_ = chunked_ = false;
  chunks_ = ChunkedDecoder();
  length_left_ = 0;
  body_.clear();
  if (body_.capacity() > kept_capacity) body_.shrink_to_fit();
}

HttpParser::Step HttpParser::fail(int status, std::string_view reason) {
  state_ = State::failed;
  error_status_ = status;
  error_reason_ = reason;
  return {Event::failed, 0};
}

HttpParser::Step HttpParser::feed(std::string_view data) {
  switch (state_) {
    case State::head:
      return feed_head(data);
    case State::body:
      return feed_body(data);
    case State::complete:
      return {Event::complete, 0};
    case State::failed:
      break;
  }
  return {Event::failed, 0};
}

HttpParser::Step HttpParser::feed_head(std::string_view data) {
  // The head is collected before it is parsed: llhttp then sees it in one piece and its spans are
  // views that stay. One byte over the limit is enough to know that it is too long.
  const std::size_t before = head_bytes_.size();
  const std::size_t taken = std::min(data.size(), limits_.head + 1 - before);
  head_bytes_.append(data.substr(0, taken));

  const std::size_t skipped_before = skipped_empty_line_ ? 2 : 0;
  std::size_t end = 0;
  if (!scan_lines(end)) return {Event::failed, 0};
  const std::size_t skipped = (skipped_empty_line_ ? 2 : 0) - skipped_before;
  if (end == 0) {
    if (head_bytes_.size() > limits_.head) return fail(431, "the header fields are too large");
    return {Event::need_more, taken};
  }
  head_bytes_.resize(end);
  if (!parse_head()) return {Event::failed, 0};
  return {Event::head, end + skipped - before};
}

/// Checks line ends and counts; sets `end` to the size of the head when all of it is there.
bool HttpParser::scan_lines(std::size_t& end) {
  while (scanned_ < head_bytes_.size()) {
    const std::size_t feed_at = head_bytes_.find('\n', scanned_);
    if (feed_at == std::string::npos) {
      scanned_ = head_bytes_.size();
      break;
    }
    const std::string_view line(head_bytes_.data() + line_start_, feed_at - line_start_);
    if (line.empty() || line.find('\r') != line.size() - 1) {
      fail(400, "every line of the head must end in CRLF and hold no other CR");
      return false;
    }
    scanned_ = feed_at + 1;
    if (line.size() == 1) {
      if (lines_ > 0) {
        end = scanned_;
        return true;
      }
      // RFC 9112, section 2.2: ignore an empty line before the request line.
      if (skipped_empty_line_) {
        fail(400, "there is no request line");
        return false;
      }
      skipped_empty_line_ = true;
      head_bytes_.erase(0, scanned_);
      scanned_ = line_start_ = 0;
      continue;
    }
    if (lines_ > 0 && (line.front() == ' ' || line.front() == '\t')) {
      fail(400, "header fields must not be folded over lines");
      return false;
    }
    ++lines_;
    line_start_ = scanned_;
    if (lines_ > limits_.fields + 1) {
      fail(431, "there are too many header fields");
      return false;
    }
    if (lines_ == 1 && line.size() > limits_.target + request_line_rest) {
      fail(414, "the request target is too long");
      return false;
    }
  }
  if (lines_ == 0 && head_bytes_.size() > limits_.target + request_line_rest) {
    fail(414, "the request target is too long");
    return false;
  }
  return true;
}

bool HttpParser::parse_head() {
  // llhttp knows "ICE/" and "RTSP/" too, and calls a space behind the version another version.
  const std::string_view request_line(head_bytes_.data(), head_bytes_.find('\r'));
  const std::size_t last_space = request_line.rfind(' ');
  if (last_space == std::string_view::npos || request_line.substr(last_space + 1, 5) != "HTTP/") {
    fail(400, "the request line does not end in an HTTP version");
    return false;
  }
  const llhttp_errno_t error = llhttp_execute(&llhttp_, head_bytes_.data(), head_bytes_.size());
  if (error != HPE_OK && error != HPE_PAUSED && error != HPE_PAUSED_UPGRADE) {
    fail(error == HPE_INVALID_VERSION ? 505 : 400, llhttp_errno_name(error));
    return false;
  }
  head_.method = llhttp_method_name(static_cast<llhttp_method_t>(llhttp_.method));
  head_.version_minor = llhttp_.http_minor;
  if (!validate_head()) return false;
  head_.has_body = chunked_ || length_left_ > 0;
  state_ = head_.has_body ? State::body : State::complete;
  return true;
}

bool HttpParser::validate_head() {
  for (const HttpRequestHead::Field& field : head_.fields) {
    if (field.name.empty()) {
      fail(400, "there is a header field without a name");
      return false;
    }
  }
  if (llhttp_.http_major != 1 || llhttp_.http_minor > 1) {
    fail(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    return false;
  }
  const std::size_t hosts = head_.count("Host");
  if (hosts > 1 || (hosts == 0 && head_.version_minor == 1)) {
    fail(400, "there must be exactly one Host field");
    return false;
  }
  if (hosts == 1 && !valid_host(*head_.find("Host"))) {
    fail(400, "the Host field is not a host and port");
    return false;
  }
  if (!validate_framing() || !validate_target()) return false;

  head_.keep_alive = head_.version_minor == 1 ? !head_.has_token("Connection", "close")
                                              : head_.has_token("Connection", "keep-alive");
  const auto expect = head_.find("Expect");
  head_.expects_continue = false;
  if (expect && head_.version_minor == 1) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      fail(417, "the only expectation known here is 100-continue");
      return false;
    }
    head_.expects_continue = true;
  }
  return true;
}

bool HttpParser::validate_framing() {
  const std::size_t codings = head_.count("Transfer-Encoding");
  const std::size_t lengths = head_.count("Content-Length");
  if (codings > 1 || lengths > 1 || (codings == 1 && lengths == 1)) {
    fail(400, "the length of the body is stated more than once");
    return false;
  }
  chunked_ = codings == 1;
  length_left_ = 0;
  if (lengths == 1) {
    const std::string_view text = *head_.find("Content-Length");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length_left_);
    if (error != std::errc() || end != text.data() + text.size()) {
      fail(400, "Content-Length is not a number");
      return false;
    }
  }
  if (chunked_ && (head_.version_minor == 0 ||
                   !equal_ignoring_case(*head_.find("Transfer-Encoding"), "chunked"))) {
    fail(400, "the only transfer coding accepted is chunked, in HTTP/1.1");
    return false;
  }
  return true;
}

bool HttpParser::validate_target() {
  std::string_view& target = head_.target;
  if (target.size() > limits_.target) {
    fail(414, "the request target is too long");
    return false;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() ||
        !equal_ignoring_case(target.substr(0, scheme.size()), scheme))
      continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  const bool valid =
      target == "*" ? head_.method == "OPTIONS" : !target.empty() && target.front() == '/';
  if (!valid || std::any_of(target.begin(), target.end(),
                            [](char c) { return c <= ' ' || c == 0x7f || c == '#'; })) {
    fail(400, "the request target is not an absolute path");
    return false;
  }
  return true;
}

void HttpParser::reserve_body() {
  body_.reserve(body_.size() + static_cast<std::size_t>(length_left_));
}

HttpParser::Step HttpParser::feed_body(std::string_view data) {
  if (chunked_) {
    const ChunkedDecoder::Step step = chunks_.feed(data, body_, body_limit_);
    switch (step.state) {
      case ChunkedDecoder::State::need_more:
        return {Event::need_more, step.consumed};
      case ChunkedDecoder::State::complete:
        state_ = State::complete;
        return {Event::complete, step.consumed};
      case ChunkedDecoder::State::malformed:
        return fail(400, "the chunked body is malformed");
      case ChunkedDecoder::State::too_large:
        break;
    }
    return fail(413, too_large);
  }
  if (body_.empty()) {
    if (length_left_ > body_limit_) return fail(413, too_large);
    body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length_left_, max_reserved)));
  }
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), length_left_));
  body_.append(data.substr(0, taken));
  length_left_ -= taken;
  if (length_left_ > 0) return {Event::need_more, taken};
  state_ = State::complete;
  return {Event::complete, taken};
}

}  // namespace commsd::net
