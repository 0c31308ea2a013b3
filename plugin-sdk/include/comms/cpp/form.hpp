#pragma once

#include <cctype>

#include <comms/cpp/types.hpp>

// Percent-encoding (RFC 3986) and application/x-www-form-urlencoded (WHATWG URL, section 5).

namespace comms {

inline bool same_text(std::string_view a, std::string_view b) {  // ASCII, without case
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(a[i])) !=
        std::tolower(static_cast<unsigned char>(b[i]))) {
      return false;
    }
  }
  return true;
}

/// Everything but the unreserved characters of RFC 3986; `keep` names further ones ("/").
inline std::string percent_encode(std::string_view text, std::string_view keep = {}) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = (byte < 0x80 && std::isalnum(byte)) ||
                 std::string_view("-._~").find(c) != std::string_view::npos ||
                 keep.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

/// '+' is a blank only in forms and queries. A '%' without two digits stays as it is.
inline std::string percent_decode(std::string_view text, bool plus_is_blank = false) {
  auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
        digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

/// Named values in order; a name may repeat. Written as a request body, read from a webhook.
class Form {
 public:
  Form() = default;
  explicit Form(std::string_view encoded) {
    while (!encoded.empty()) {
      std::string_view part = encoded.substr(0, encoded.find('&'));
      encoded.remove_prefix(part.size() < encoded.size() ? part.size() + 1 : part.size());
      if (part.empty()) continue;
      std::size_t equals = part.find('=');
      std::string_view value =
          equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
      fields_.emplace_back(percent_decode(part.substr(0, equals), true),
                           percent_decode(value, true));
    }
  }

  Form& add(std::string_view name, std::string_view value) {
    fields_.emplace_back(name, value);
    return *this;
  }
  Form& add_nonempty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : add(name, value);
  }

  /// First value of that name; empty when there is none.
  std::string get(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
      if (key == name) return value;
    }
    return {};
  }
  bool has(std::string_view name) const {
    for (const auto& field : fields_) {
      if (field.first == name) return true;
    }
    return false;
  }
  const Fields& fields() const { return fields_; }

  std::string text() const {
    std::string out;
    for (const auto& [key, value] : fields_) {
      if (!out.empty()) out += '&';
      out += percent_encode(key) + '=' + percent_encode(value);
    }
    return out;
  }

 private:
  Fields fields_;
};

/// A webhook as it came. `body` is raw: verify before anything is parsed.
struct HttpIn {
  std::string_view method, url, remote_ip, body;
  Pairs headers;

  /// First header of that name, without regard to case; empty when there is none.
  std::string_view header(std::string_view name) const {
    for (Pair h : headers) {
      if (same_text(h.key, name)) return h.value;
    }
    return {};
  }
  /// Whether the body says that it is a form, whatever parameters its type has.
  bool is_form() const {
    constexpr std::string_view form = "application/x-www-form-urlencoded";
    const std::string_view type = header("Content-Type");
    return same_text(type.substr(0, form.size()), form) &&
           (type.size() == form.size() || type[form.size()] == ';' || type[form.size()] == ' ');
  }
  Form form() const { return Form(body); }
  Form query() const {
    std::size_t mark = url.find('?');
    return mark == std::string_view::npos ? Form() : Form(url.substr(mark + 1));
  }
};
inline HttpIn from_c(Lent, const comms_http_in* in) {
  return {view(in->method), view(in->url), view(in->remote_ip), view(in->body),
          Pairs(in->headers, in->header_count)};
}

/// Text for XML content and attribute values. Control characters, which XML 1.0 forbids, are
/// dropped.
inline std::string xml_escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

}  // namespace comms
