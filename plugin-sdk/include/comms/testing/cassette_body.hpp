#pragma once

#include <comms/cpp/json_writer.hpp>
#include <comms/testing/decoded_view.hpp>

// Bodies in a cassette: how they are written, and when two are the same.

namespace comms::testing {

inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    int more = lead < 0x80                   ? 0
               : lead >= 0xC2 && lead < 0xE0 ? 1
               : lead >= 0xE0 && lead < 0xF0 ? 2
               : lead >= 0xF0 && lead < 0xF5 ? 3
                                             : -1;
    for (; more > 0; --more, ++at) {
      if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return false;
    }
    if (more < 0) return false;
  }
  return true;
}

inline std::string encode_base64(std::string_view data) {
  static constexpr char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, held = 0;
  for (char c : data) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63u];
  }
  if (held) out += alphabet[bits << (6 - held) & 63u];
  while (out.size() % 4) out += '=';
  return out;
}

/// What a line says of a body: `,"json":...` and so on; nothing for an empty body.
inline std::string body_member(const std::string& body) {
  if (body.empty()) return "";
  JsonDocument json;
  if (body.find_first_of("\r\n") == body.npos && json.parse("[[" + body + "]]"))
    return ",\"json\":" + body;
  std::string quoted;
  if (is_utf8(body)) append_json_string(quoted, body);
  return quoted.empty() ? ",\"base64\":\"" + encode_base64(body) + "\"" : ",\"text\":" + quoted;
}

/// Whether two request bodies say the same: equal bytes, or equal JSON whatever its spacing and the
/// order of members.
inline bool same_json(const JsonDocument& a, comms_json_node left, const JsonDocument& b,
                      comms_json_node right) {
  const JsonDocument::Node& l = a.node(left);
  const JsonDocument::Node& r = b.node(right);
  if (l.type != r.type || l.count != r.count || l.text != r.text || l.integer != r.integer ||
      l.number < r.number || l.number > r.number) {
    return false;
  }
  auto other = r.first;
  for (auto at = l.first; at; at = a.node(at).next) {
    if (l.type == COMMS_JSON_OBJECT) {
      other = r.first;
      while (other && b.node(other).key != a.node(at).key) other = b.node(other).next;
    }
    if (!other || !same_json(a, at, b, other)) return false;
    other = b.node(other).next;
  }
  return true;
}
inline bool same_body(const std::string& a, const std::string& b) {
  if (a == b) return true;
  JsonDocument left, right;
  return left.parse(a) && right.parse(b) && same_json(left, 1, right, 1);
}

}  // namespace comms::testing
