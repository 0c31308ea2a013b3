#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <comms/comms.h>
#include <comms/webhook.h>

// C++17 layer over the C ABI: views of what the host lends, and the values a provider gives back.
// Views (std::string_view, ArrayView, everything named ...View) die with the call that brought
// them: a continuation captures copies.

namespace comms {

using Status = comms_status;

inline std::string_view view(comms_str s) {
  return s.len ? std::string_view(s.ptr, s.len) : "";
}
inline std::string_view view(comms_bytes b) {
  return b.len ? std::string_view(reinterpret_cast<const char*>(b.ptr), b.len) : "";
}
inline comms_str str(std::string_view s) {
  return {s.data(), s.size()};
}
inline comms_bytes bytes(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

/// A failure: returned from an op, or thrown from anywhere. Thrown or returned means the same.
struct Error {
  Status status;            // a class of comms.h, never COMMS_OK or COMMS_PENDING
  std::string message;      // for the administrator; no secrets
  std::string vendor_code;  // "21610"
  std::string remedy;       // what to do about it
  std::uint32_t retry_after_ms = 0;

  explicit Error(Status s, std::string m = {}, std::string code = {}, std::string what_to_do = {})
      : status(s),
        message(std::move(m)),
        vendor_code(std::move(code)),
        remedy(std::move(what_to_do)) {}

  comms_error c() const {
    return {sizeof(comms_error), status, str(vendor_code), str(message), str(remedy),
            retry_after_ms,      0};
  }
};

struct Pair {
  std::string_view key, value;
};

struct MediaView {
  std::string_view url, content_type, filename, content_id, data;
  std::uint64_t byte_count;
};

/// Marks conversions from C; it also lets templates find those of headers that come later.
struct Lent {};
inline std::string_view from_c(Lent, const comms_str& s) {
  return view(s);
}
inline std::string_view from_c(Lent, const comms_bytes& b) {
  return view(b);
}
inline Pair from_c(Lent, const comms_kv& kv) {
  return {view(kv.key), view(kv.value)};
}
inline MediaView from_c(Lent, const comms_media& m) {
  return {view(m.url),        view(m.content_type), view(m.filename),
          view(m.content_id), view(m.data),         m.byte_count};
}
inline std::uint64_t from_c(Lent, const std::uint64_t& n) {
  return n;
}

/// A borrowed C array, seen as C++ values.
template <class C>
class ArrayView {
 public:
  class iterator {
   public:
    explicit iterator(const C* at) : at_(at) {}
    auto operator*() const { return from_c(Lent{}, *at_); }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const iterator& other) const { return at_ != other.at_; }
    bool operator==(const iterator& other) const { return at_ == other.at_; }

   private:
    const C* at_;
  };

  ArrayView() = default;
  ArrayView(const C* data, std::size_t size) : data_(data), size_(data ? size : 0) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  auto operator[](std::size_t i) const { return from_c(Lent{}, data_[i]); }
  iterator begin() const { return iterator(data_); }
  iterator end() const { return iterator(data_ + size_); }

 private:
  const C* data_ = nullptr;
  std::size_t size_ = 0;
};
using Strings = ArrayView<comms_str>;
using Pairs = ArrayView<comms_kv>;
using MediaList = ArrayView<comms_media>;

using Fields = std::vector<std::pair<std::string, std::string>>;

/// The vendor took a message or call. `status` is neutral, see comms_svc_result.message.
struct Receipt {
  std::string vendor_id{};
  std::string status = "queued";
  std::int64_t cost_micros = COMMS_COST_UNKNOWN;
  std::string currency{};
  Fields fields{};
};

/// Success with nothing to say.
struct Done {};

/// Audio or a file, whole. Streams go through Request::download() instead.
struct Blob {
  std::string content_type{};
  std::string data{};
  std::uint32_t sample_rate = 0;  // of audio, Hz
};

/// A body to answer with: of a webhook or of rendered verbs.
struct Reply {
  std::string body{};
  std::string content_type{};
};

}  // namespace comms
