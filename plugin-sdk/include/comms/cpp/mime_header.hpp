#pragma once

#include <algorithm>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/form.hpp>

// Header fields: lines and folding (RFC 5322), words and parameters beyond ASCII (RFC 2047, 2231).

namespace comms::mime {

inline bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Printable ASCII, and nothing that a reader would take for an encoded word.
inline bool is_plain(std::string_view text) {
  for (char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return text.find("=?") == std::string_view::npos;
}

/// A line break would begin another field, or the body. Throws COMMS_INVALID.
inline std::string_view one_line(std::string_view what, std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw Error(COMMS_INVALID, std::string(what) + " contains a line break");
  }
  return text;
}

inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

struct Mailbox {
  std::string name;     // what is shown, without quotes; may be empty
  std::string address;  // "someone@example.org"

  std::string domain() const { return address.substr(address.rfind('@') + 1); }
};

/// "Name <a@b.example>" or "a@b.example". Throws COMMS_INVALID, without the address: errors are
/// logged.
inline Mailbox parse_mailbox(std::string_view text) {
  const auto trim = [](std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
  };
  text = trim(one_line("an address", text));
  Mailbox box;
  bool good = true;
  if (!text.empty() && text.back() == '>' && text.rfind('<') != std::string_view::npos) {
    const std::size_t open = text.rfind('<');
    std::string_view name = trim(text.substr(0, open));
    const bool is_quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
    good = is_quoted || name.find_first_of("<>") == std::string_view::npos;
    if (is_quoted) name = name.substr(1, name.size() - 2);
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (is_quoted && name[i] == '\\' && i + 1 < name.size()) ++i;
      box.name += name[i];
    }
    text = trim(text.substr(open + 1, text.size() - open - 2));
  }
  const std::size_t at = text.rfind('@');
  good =
      good && at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= 320;
  for (char c : text) {
    good = good && static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '<' && c != '>' &&
           c != ',' && c != ';';
  }
  if (!good) throw Error(COMMS_INVALID, "an address is not of the form name@domain");
  box.address = text;
  return box;
}

/// One field, broken into lines where it has blanks: at 76 characters if it can be, which leaves
/// room below the limits of 78 and 998 (RFC 5322 2.1.1) and is what RFC 2047 asks for.
class Field {
 public:
  explicit Field(std::string_view name) : text_(name) {
    text_ += ':';
    column_ = text_.size();
  }
  /// A blank and `word`, which is not broken. The first one stays behind the name: some readers
  /// take "Message-ID:" alone on its line for an empty field.
  Field& word(std::string_view word) {
    if (!first_ && !word.empty() && column_ + 1 + word.size() > 76) {
      text_ += "\r\n ";
      column_ = 1;
    } else {
      text_ += ' ';
      ++column_;
    }
    first_ = false;
    return tight(word);
  }
  /// `more` without a blank.
  Field& tight(std::string_view more) {
    text_ += more;
    column_ += more.size();
    return *this;
  }
  /// Text that is not ASCII as encoded words. They end between characters, never within one.
  Field& encoded(const Crypto& crypto, std::string_view text) {
    constexpr std::size_t piece = 36;  // bytes: 60 characters, so that the name fits beside it
    while (!text.empty()) {
      std::size_t size = text.size() < piece ? text.size() : piece;
      while (size > piece - 4 && size < text.size() &&
             (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
        --size;
      }
      word("=?UTF-8?B?" + crypto.base64(text.substr(0, size)) + "?=");
      text.remove_prefix(size);
    }
    return *this;
  }
  /// A parameter such as a file's name; before it comes a semicolon.
  Field& parameter(std::string_view name, std::string_view value) {
    tight(";");
    if (is_plain(value) && value.size() <= 60) {
      return word(std::string(name) + '=' + quoted(value));
    }
    const std::string coded = "UTF-8''" + percent_encode(value);
    if (coded.size() <= 60) return word(std::string(name) + "*=" + coded);
    std::size_t from = 0;
    for (int part = 0; from < coded.size(); ++part) {
      std::size_t size = coded.size() - from < 50 ? coded.size() - from : 50;
      // "%C3" stays in one piece.
      const std::size_t percent = coded.rfind('%', from + size - 1);
      if (percent != std::string::npos && percent > from && percent + 3 > from + size &&
          from + size < coded.size()) {
        size = percent - from;
      }
      if (part > 0) tight(";");
      word(std::string(name) + '*' + std::to_string(part) + "*=" + coded.substr(from, size));
      from += size;
    }
    return *this;
  }
  std::string line() const { return text_ + "\r\n"; }

 private:
  std::string text_;
  std::size_t column_ = 0;
  bool first_ = true;
};

/// A field of free text: "Subject", or one whose form nobody checks.
inline std::string text_field(const Crypto& crypto, std::string_view name, std::string_view value) {
  Field field(one_line("a header field", name));
  one_line(name, value);
  bool plain = is_plain(value);
  for (std::size_t from = 0; plain && from < value.size();) {
    const std::size_t blank = std::min(value.find(' ', from), value.size());
    plain = blank - from <= 900;
    from = blank + 1;
  }
  if (!plain) return field.encoded(crypto, value).line();
  for (std::size_t from = 0; from <= value.size();) {
    const std::size_t blank = std::min(value.find(' ', from), value.size());
    field.word(value.substr(from, blank - from));
    from = blank + 1;
  }
  return field.line();
}

/// "From", "To", "Cc", "Reply-To".
inline std::string address_field(const Crypto& crypto, std::string_view name,
                                 const std::vector<Mailbox>& boxes) {
  Field field(name);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Mailbox& box = boxes[i];
    if (i > 0) field.tight(",");
    if (box.name.empty()) {
      field.word(box.address);
      continue;
    }
    if (!is_plain(box.name) || box.name.size() > 200) {
      field.encoded(crypto, box.name);
    } else if (box.name.find_first_of("()<>[]:;@\\,.\"") == std::string::npos) {
      field.word(box.name);
    } else {
      field.word(quoted(box.name));
    }
    field.word('<' + box.address + '>');
  }
  return field.line();
}

}  // namespace comms::mime
