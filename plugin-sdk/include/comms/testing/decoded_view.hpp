#pragma once

#include <cctype>

#include <comms/cpp/form.hpp>
#include <comms/testing/json_service.hpp>

// Text seen through an encoding, with the way back to where each byte stands: what is found in the
// decoded form can be replaced in the original.

namespace comms::testing {

/// Decoded text, and for each of its bytes where it begins in what was decoded.
struct View {
  std::string text;
  std::vector<std::size_t> origin;  // one more than text has bytes
};

inline View identity(std::string_view text) {
  View view{std::string(text), std::vector<std::size_t>(text.size() + 1)};
  for (std::size_t i = 0; i <= text.size(); ++i) view.origin[i] = i;
  return view;
}
inline void put_decoded(View& to, const View& from, std::size_t at, std::string_view decoded) {
  for (char c : decoded) {
    to.text += c;
    to.origin.push_back(from.origin[at]);
  }
}
inline View decode_percent(const View& in) {
  View out;
  for (std::size_t at = 0; at < in.text.size();) {
    const std::string decoded = percent_decode(std::string_view(in.text).substr(at, 3), true);
    const bool escape = in.text[at] == '%' && decoded.size() == 1;
    put_decoded(out, in, at, escape ? decoded : decoded.substr(0, 1));
    at += escape ? 3 : 1;
  }
  out.origin.push_back(in.origin.back());
  return out;
}
inline View decode_json(const View& in) {
  View out;
  for (std::size_t at = 0; at < in.text.size();) {
    std::size_t length = 1;
    std::string decoded(1, in.text[at]);
    if (in.text[at] == '\\' && at + 1 < in.text.size()) {
      length = in.text[at + 1] == 'u' ? 6 : 2;
      JsonDocument escape;
      if (escape.parse("\"" + in.text.substr(at, length) + "\"")) {
        decoded = escape.node(1).text;
      } else {
        length = 1;
      }
    }
    put_decoded(out, in, at, decoded);
    at += length;
  }
  out.origin.push_back(in.origin.back());
  return out;
}

/// Both alphabets of RFC 4648, without padding; bits left over at the end are dropped.
inline std::string decode_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0, held = 0;
  for (char c : text) {
    const char plain = c == '-' ? '+' : c == '_' ? '/' : c;
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(plain));
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 255u);
    }
  }
  return out;
}

}  // namespace comms::testing
