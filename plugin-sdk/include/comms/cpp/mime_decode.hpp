#pragma once

#include <array>
#include <cerrno>
#include <iconv.h>

#include <comms/cpp/form.hpp>

// Encodings of internet messages, read as leniently as mail is written (RFC 2045, RFC 2047). What
// cannot be read stays or becomes U+FFFD: a mail is never refused for it. All results are UTF-8.

namespace comms::mime {

/// "é" as "\xC3\xA9"; what is not UTF-8 becomes U+FFFD, one for each byte.
inline std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned lead = byte(i);
    std::size_t size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    bool good = lead < 0x80 || (lead >= 0xc2 && lead < 0xf5);
    for (std::size_t k = 1; good && k < size; ++k) good = (byte(i + k) & 0xc0) == 0x80;
    // No surrogates, nothing longer than it need be, nothing beyond U+10FFFF.
    const unsigned second = byte(i + 1);
    good = good && !(lead == 0xe0 && second < 0xa0) && !(lead == 0xed && second > 0x9f) &&
           !(lead == 0xf0 && second < 0x90) && !(lead == 0xf4 && second > 0x8f) && lead != 0;
    if (good) {
      out += text.substr(i, size);
    } else {
      out += "\xef\xbf\xbd";
      size = 1;
    }
    i += size;
  }
  return out;
}

/// Everything that is no character of the alphabet is skipped, as RFC 2045 6.8 wants it.
inline std::string decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    if (c >= '0' && c <= '9') value = c - '0' + 52;
    if (c == '+') value = 62;
    if (c == '/') value = 63;
    if (c == '=') break;
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 0xff);
  }
  return out;
}

/// `in_header`: the Q encoding, where '_' is a blank.
inline std::string decode_quoted_printable(std::string_view text, bool in_header = false) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=' || i + 1 >= text.size()) {
      if (text[i] != '=') out += in_header && text[i] == '_' ? ' ' : text[i];
      continue;
    }
    if (i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
      continue;
    }
    // A soft line break, with blanks that some server put behind it.
    std::size_t end = text.find_first_not_of(" \t\r", i + 1);
    if (end != std::string_view::npos && text[end] == '\n') {
      i = end;
    } else {
      out += '=';
    }
  }
  return out;
}

/// Whether iconv may be asked for a charset that a stranger named. Those that mail is written in,
/// and no others: converters that nobody uses are where the C library had its holes
/// (CVE-2024-2961).
inline bool is_known_charset(std::string_view name) {
  static constexpr std::array<std::string_view, 22> known = {
      "koi8-r",     "koi8-u", "gb2312",      "gbk",      "gb18030",        "big5",
      "shift_jis",  "euc-jp", "iso-2022-jp", "euc-kr",   "ks_c_5601-1987", "windows-874",
      "tis-620",    "utf-16", "utf-16le",    "utf-16be", "utf-7",          "macintosh",
      "iso-8859-1", "latin1", "cp1252",      "cp1251"};
  for (std::string_view one : known) {
    if (same_text(one, name)) return true;
  }
  const auto numbered = [&](std::string_view start, std::size_t most) {
    if (name.size() <= start.size() || name.size() > start.size() + most) return false;
    if (!same_text(name.substr(0, start.size()), start)) return false;
    return name.find_first_not_of("0123456789", start.size()) == std::string_view::npos;
  };
  return numbered("iso-8859-", 2) || numbered("windows-125", 1);
}

/// Text in `charset` as UTF-8.
inline std::string to_utf8(std::string_view text, std::string_view charset) {
  if (charset.empty() || same_text(charset, "utf-8") || same_text(charset, "us-ascii") ||
      !is_known_charset(charset)) {
    return valid_utf8(text);
  }
  std::string name(charset);
  // Who says Latin-1 means Windows-1252 (WHATWG Encoding, section 4.2).
  if (same_text(name, "iso-8859-1") || same_text(name, "latin1")) name = "WINDOWS-1252";
  if (same_text(name, "ks_c_5601-1987")) name = "CP949";
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return valid_utf8(text);
  std::string out;
  std::string rest(text);
  char* from = rest.data();
  std::size_t left = rest.size();
  for (bool over = false; !over;) {
    over = left == 0;  // once more for what a converter keeps back, as that of Hebrew does
    char piece[1024];
    char* to = piece;
    std::size_t room = sizeof piece;
    const std::size_t done = iconv(converter, over ? nullptr : &from, &left, &to, &room);
    const bool stuck = !over && done == static_cast<std::size_t>(-1) && errno != E2BIG;
    out.append(piece, sizeof piece - room);
    if (!stuck) continue;
    out += "\xef\xbf\xbd";
    ++from;
    --left;
  }
  iconv_close(converter);
  return valid_utf8(out);
}

/// A header's text with its encoded words read; blanks between two of them are no text.
inline std::string decode_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const std::size_t begin = text.find("=?");
    const std::size_t charset = begin == std::string_view::npos ? begin : text.find('?', begin + 2);
    const bool complete =
        charset != std::string_view::npos && charset + 2 < text.size() && text[charset + 2] == '?';
    const std::size_t end = complete ? text.find("?=", charset + 3) : std::string_view::npos;
    if (end == std::string_view::npos) break;
    const std::string_view before = text.substr(0, begin);
    const bool only_blanks = before.find_first_not_of(" \t") == std::string_view::npos;
    if (!after_word || !only_blanks) out += valid_utf8(before);
    std::string_view name = text.substr(begin + 2, charset - begin - 2);
    name = name.substr(0, name.find('*'));  // RFC 2231: a language may follow
    const std::string_view coded = text.substr(charset + 3, end - charset - 3);
    const bool base64 = text[charset + 1] == 'B' || text[charset + 1] == 'b';
    out += to_utf8(base64 ? decode_base64(coded) : decode_quoted_printable(coded, true), name);
    text.remove_prefix(end + 2);
    after_word = true;
  }
  return out + valid_utf8(text);
}

}  // namespace comms::mime
