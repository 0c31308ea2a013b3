#pragma once

#include <algorithm>
#include <charconv>
#include <functional>

#include <comms/cpp/call.hpp>

namespace comms {

/// get() of a storage provider over HTTP: asks for a part with Range (RFC 9110 section 14) and
/// hands on exactly the bytes that were wanted, whatever part the server chose to send.
///
/// A part is asked for from the byte before it: an offset at the very end is allowed, but a range
/// that begins there is refused (416) as one beyond the end would be.
class ObjectDownload final : public Pending<Blob> {
 public:
  /// What an answer means that is no success. The body of a streamed failure is at most 64 KB of
  /// it.
  using Failure = std::function<Error(const HttpResponse&)>;

  /// `request` is a GET without a Range header that may be sent twice. `length` 0 = to the end.
  static Outcome<Blob> of(Request request, std::uint64_t offset, std::uint64_t length,
                          Failure failure) {
    return Outcome<Blob>(
        std::make_unique<ObjectDownload>(std::move(request), offset, length, std::move(failure)));
  }

  ObjectDownload(Request request, std::uint64_t offset, std::uint64_t length, Failure failure)
      : request_(std::move(request)),
        offset_(offset),
        length_(length),
        failure_(std::move(failure)) {
    request_.max_response_bytes(UINT32_MAX);  // the host bounds what it keeps
  }

  Status start(const Host& host, comms_op* op, std::unique_ptr<Pending<Blob>> self) override {
    host_ = &host;
    Request ranged = request_;
    if (offset_ > 0 || length_ > 0) ranged.header("Range", range());
    const comms_svc_http& http = host.http();
    Status status = ranged.pass(COMMS_HTTP_STREAM, [&](const comms_http_request& request) {
      (void)self.release();  // from here on the host releases it, whatever send returns
      return http.send(host.raw(), op, &request, &arrived, this, &release);
    });
    if (status == COMMS_PENDING) return status;
    return fail(host, op, Error(status, "the host did not send the request"));
  }

 private:
  static constexpr std::size_t max_error_bytes = 65536;

  std::string range() const {
    std::string text = "bytes=" + std::to_string(offset_ > 0 ? offset_ - 1 : 0) + '-';
    if (length_ > 0 && length_ <= INT64_MAX && offset_ <= INT64_MAX) {
      text += std::to_string(offset_ + length_ - 1);
    }
    return text;
  }

  static Status arrived(void* user, comms_op* op, const comms_http_response* response) {
    auto* self = static_cast<ObjectDownload*>(user);
    return guard(*self->host_, op, COMMS_INTERNAL, [&] { return self->take(op, *response); });
  }

  Status take(comms_op* op, const comms_http_response& response) {
    HttpResponse answer(*host_, response, true);
    if (!answer.ok()) return take_failure(op, response);
    if (!began_) begin(op, answer);
    Status status = pass_on(op, answer.body());
    if (status == COMMS_CANCELLED) return status;
    if (cut_short_ && to_come_ == 0) return COMMS_OK;
    if (!response.last) return status == COMMS_OK ? Status{COMMS_PENDING} : status;
    if (to_come_ > 0 && bounded_) {
      throw Error(COMMS_UNAVAILABLE, "the object store ended its answer before the object did");
    }
    return COMMS_OK;
  }

  Status take_failure(comms_op* op, const comms_http_response& response) {
    HttpResponse answer(*host_, response, true);
    error_body_ +=
        answer.body().substr(0, max_error_bytes - std::min(max_error_bytes, error_body_.size()));
    if (!response.last) return COMMS_PENDING;
    comms_http_response whole = response;
    whole.body = bytes(error_body_);
    Error error = failure_(HttpResponse(*host_, whole, true));
    // Some say in the body only what kind of failure it is.
    bool out_of_range = answer.status() == 416 || error.vendor_code == "InvalidRange";
    if (!out_of_range || (offset_ == 0 && length_ == 0)) return fail(*host_, op, error);
    if (offset_ > 0) throw Error(COMMS_INVALID, "the offset is beyond the object's end");
    // No range fits an empty object.
    return settle(*host_, op, of(request_, 0, 0, failure_));
  }

  /// The first piece: what part is coming, and of what.
  void begin(comms_op* op, const HttpResponse& answer) {
    std::uint64_t first = 0;
    std::optional<std::uint64_t> whole;
    if (answer.status() == 206) {
      // "bytes 0-499/1234"; a '*' for the size is no number.
      std::string_view part = answer.header("content-range");
      std::size_t dash = part.find('-');
      std::size_t slash = part.find('/');
      std::optional<std::uint64_t> from;
      if (part.substr(0, 6) == "bytes " && dash < slash && slash != std::string_view::npos) {
        from = number(part.substr(6, dash - 6));
        whole = number(part.substr(slash + 1));
      }
      if (!from || !whole || *from > offset_) {
        throw Error(COMMS_UNAVAILABLE, "the object store sent another part than was asked for");
      }
      first = *from;
    } else {
      whole = number(answer.header("content-length"));
    }
    if (whole && offset_ > *whole) {
      throw Error(COMMS_INVALID, "the offset is beyond the object's end");
    }
    skip_ = offset_ - first;
    bounded_ = whole.has_value();
    to_come_ = whole ? *whole - offset_ : UINT64_MAX;
    if (length_ > 0) to_come_ = std::min(to_come_, length_);
    cut_short_ = whole && first == 0 && to_come_ < *whole - offset_ && answer.status() != 206;
    Fields fields{{"content_type", std::string(answer.header("content-type"))}};
    if (whole) fields.emplace_back("byte_count", std::to_string(*whole));
    deliver(*host_, op, fields);
    began_ = true;
  }

  Status pass_on(comms_op* op, std::string_view piece) {
    std::size_t skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, piece.size()));
    skip_ -= skipped;
    piece.remove_prefix(skipped);
    piece =
        piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(to_come_, piece.size())));
    to_come_ -= piece.size();
    return piece.empty() ? Status{COMMS_OK} : host_->result().chunk(op, bytes(piece));
  }

  static std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
  }

  static void release(void* user) { delete static_cast<ObjectDownload*>(user); }

  Request request_;
  std::uint64_t offset_, length_;
  Failure failure_;
  std::string error_body_;
  bool began_ = false, bounded_ = false;
  bool cut_short_ = false;  // the server sends more than was asked for
  std::uint64_t skip_ = 0, to_come_ = 0;
  const Host* host_ = nullptr;
};

}  // namespace comms
