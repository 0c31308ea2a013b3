#pragma once

#include <charconv>
#include <cstdlib>
#include <deque>
#include <string>

#include <comms/cpp/types.hpp>
#include <comms/svc/json.h>

// comms.json/1 for tests: small, strict, slow.

namespace comms::testing {

class JsonDocument {
 public:
  struct Node {
    std::int32_t type = 0;
    std::string key{}, text{};
    std::int64_t integer = 0;
    double number = 0;
    comms_json_node first = 0, next = 0;
    std::size_t count = 0;
  };

  /// False when the text is not JSON.
  bool parse(std::string_view text) {
    text_ = text;
    nodes_.assign(1, Node{});
    comms_json_node root = value(0);
    blanks();
    bool good = root == 1 && at_ == text_.size();
    text_ = {};  // the nodes hold copies
    return good;
  }
  const Node& node(comms_json_node n) const { return nodes_[n]; }

 private:
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  comms_json_node add(std::int32_t type) {
    nodes_.push_back(Node{});
    nodes_.back().type = type;
    return nodes_.size() - 1;
  }

  comms_json_node value(int depth) {
    blanks();
    if (depth > 64 || at_ >= text_.size()) return 0;
    char c = text_[at_];
    if (c == '{' || c == '[') return container(c == '{', depth);
    if (c == '"') {
      comms_json_node node = add(COMMS_JSON_STRING);
      return string(nodes_[node].text) ? node : 0;
    }
    if (take("null")) return add(COMMS_JSON_NULL);
    bool yes = take("true");
    if (yes || take("false")) {
      comms_json_node node = add(COMMS_JSON_BOOL);
      nodes_[node].integer = yes;
      return node;
    }
    return number();
  }

  comms_json_node container(bool object, int depth) {
    comms_json_node self = add(object ? COMMS_JSON_OBJECT : COMMS_JSON_ARRAY);
    char end = object ? '}' : ']';
    comms_json_node last = 0;
    ++at_;
    blanks();
    if (at_ < text_.size() && text_[at_] == end) return ++at_, self;
    for (;;) {
      std::string key;
      blanks();
      if (object && !(string(key) && (blanks(), take(":")))) return 0;
      comms_json_node child = value(depth + 1);
      if (!child) return 0;
      nodes_[child].key = key;
      (last ? nodes_[last].next : nodes_[self].first) = child;
      last = child;
      ++nodes_[self].count;
      blanks();
      if (take(",")) continue;
      if (at_ < text_.size() && text_[at_] == end) return ++at_, self;
      return 0;
    }
  }

  comms_json_node number() {
    std::size_t end = text_.find_first_not_of("+-.eE0123456789", at_);
    std::string digits(text_.substr(at_, end == text_.npos ? end : end - at_));
    bool whole = digits.find_first_of(".eE") == std::string::npos;
    const char* limit = digits.data() + digits.size();
    std::int64_t integer = 0;
    auto parsed = std::from_chars(digits.data(), limit, integer);
    bool fits = whole && parsed.ec == std::errc() && parsed.ptr == limit;
    char* stop = nullptr;
    double real = std::strtod(digits.c_str(), &stop);
    if (digits.empty() || stop != limit) return 0;
    comms_json_node node = add(fits ? COMMS_JSON_INTEGER : COMMS_JSON_NUMBER);
    nodes_[node].integer = integer;
    nodes_[node].number = real;
    at_ += digits.size();
    return node;
  }

  bool hex4(unsigned& out) {
    if (at_ + 4 > text_.size()) return false;
    auto parsed = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, out, 16);
    at_ += 4;
    return parsed.ec == std::errc() && parsed.ptr == text_.data() + at_;
  }
  static void utf8(std::string& out, unsigned c) {
    auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (c < 0x80) return put(c);
    if (c < 0x800) return put(0xC0 | c >> 6), put(0x80 | (c & 63));
    if (c < 0x10000) return put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)),
        put(0x80 | (c & 63));
  }
  bool string(std::string& out) {
    if (!take("\"")) return false;
    while (at_ < text_.size()) {
      char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) return false;
      static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
      char e = text_[at_++];
      unsigned code = 0;
      if (std::size_t i = from.find(e); i != from.npos) {
        out += to[i];
      } else if (e == 'u' && hex4(code)) {
        unsigned low = 0;
        if (code >= 0xD800 && code < 0xDC00 && take("\\u") && hex4(low)) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        utf8(out, code);
      } else {
        return false;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::deque<Node> nodes_;  // references stay valid while it grows
};

}  // namespace comms::testing
