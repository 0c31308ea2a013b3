#pragma once

#include <ctime>

#include <comms/cpp/event.hpp>
#include <comms/cpp/mime_header.hpp>

// Bodies of internet messages (RFC 2045, RFC 2046): everything leaves as lines of 7-bit text, so
// that no server on the way needs 8BITMIME, breaks a line or has a reason to change a signed body.

namespace comms::mime {

/// Each line break as CRLF: "\n", "\r" and "\r\n" come in.
inline std::string crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      out += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    out += "\r\n";
  }
  return out;
}

/// Lines of 76 characters.
inline std::string base64_lines(const Crypto& crypto, std::string_view data) {
  const std::string coded = crypto.base64(data);
  std::string out;
  out.reserve(coded.size() + coded.size() / 38 + 2);
  for (std::size_t from = 0; from < coded.size(); from += 76) {
    out.append(coded, from, 76).append("\r\n");
  }
  return out;
}

/// Of text with CRLF line breaks (RFC 2045 6.7).
inline std::string quoted_printable(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const bool ends = i + 1 == text.size() || text[i + 1] == '\r';
    const bool blank = (c == ' ' || c == '\t') && !ends;  // servers drop blanks at a line's end
    std::string token(1, c);
    if (!blank && (c <= ' ' || c > '~' || c == '=')) {
      const auto byte = static_cast<unsigned char>(c);
      token = {'=', digits[byte >> 4], digits[byte & 15]};
    }
    if (column + token.size() > 75) {
      out += "=\r\n";
      column = 0;
    }
    out += token;
    column += token.size();
  }
  return out;
}

/// A part: its Content fields, each with its line break, and its body.
struct Part {
  std::string fields, body;
};

/// `kind` is plain or html. Plain lines stay readable, mostly plain ones too.
inline Part text_part(const Crypto& crypto, std::string_view kind, std::string_view text) {
  const std::string content = crlf(text);
  std::size_t foreign = 0;
  std::size_t longest = 0;
  std::size_t line = 0;
  for (char c : content) {
    if (c == '\n')
      line = 0;
    else if (c != '\r')
      longest = std::max(longest, ++line);
    if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c > '~') ++foreign;
  }
  Part part;
  Field type("Content-Type");
  type.word("text/" + std::string(kind)).parameter("charset", foreign ? "utf-8" : "us-ascii");
  part.fields = type.line();
  if (foreign == 0 && longest <= 78) {
    part.fields += "Content-Transfer-Encoding: 7bit\r\n";
    part.body = content;
  } else if (foreign * 4 <= content.size()) {
    part.fields += "Content-Transfer-Encoding: quoted-printable\r\n";
    part.body = quoted_printable(content);
  } else {
    part.fields += "Content-Transfer-Encoding: base64\r\n";
    part.body = base64_lines(crypto, content);
  }
  return part;
}

/// "image/png", or what stands for anything: a type that is none, and those that may not be encoded
/// (message/*, multipart/*: RFC 2046 5.2.1, RFC 2045 6.4).
inline std::string file_type(std::string_view given) {
  const std::string_view type = given.substr(0, given.find(';'));
  const std::size_t slash = type.find('/');
  bool good =
      slash != std::string_view::npos && slash > 0 && slash + 1 < type.size() && type.size() <= 127;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const auto c = static_cast<unsigned char>(type[i]);
    good = good && (i == slash || (c < 0x80 && std::isalnum(c)) ||
                    std::string_view("!#$&-^_.+").find(type[i]) != std::string_view::npos);
  }
  if (!good || same_text(type.substr(0, slash), "message") ||
      same_text(type.substr(0, slash), "multipart")) {
    return "application/octet-stream";
  }
  return std::string(type);
}

inline Part file_part(const Crypto& crypto, const MediaView& file) {
  if (file.data.empty() && !file.url.empty()) {
    throw Error(COMMS_INVALID, "an attachment has no content, only an address");
  }
  one_line("the name of an attachment", file.filename);
  one_line("the content id of an attachment", file.content_id);
  const std::string type = file_type(file.content_type);
  const bool foreign_text = type.compare(0, 5, "text/") == 0 && !is_ascii(file.data);
  Part part;
  Field content(Field("Content-Type").word(type));
  if (foreign_text) content.parameter("charset", "utf-8");
  Field disposition("Content-Disposition");
  disposition.word(file.content_id.empty() ? "attachment" : "inline");
  if (!file.filename.empty()) disposition.parameter("filename", file.filename);
  part.fields = content.line() + disposition.line();
  if (!file.content_id.empty()) {
    part.fields += Field("Content-ID").word('<' + std::string(file.content_id) + '>').line();
  }
  part.fields += "Content-Transfer-Encoding: base64\r\n";
  part.body = base64_lines(crypto, file.data);
  return part;
}

/// Several parts as one. The boundary is random, and no encoding above can make "=_".
inline Part multipart(const Crypto& crypto, std::string_view kind, const std::vector<Part>& parts) {
  const std::string boundary = "=_" + hex(crypto.random(16));
  Part whole;
  Field type("Content-Type");
  type.word("multipart/" + std::string(kind)).parameter("boundary", boundary);
  if (kind == "related") type.parameter("type", "text/html");
  whole.fields = type.line();
  for (const Part& part : parts) {
    whole.body.append("--").append(boundary).append("\r\n").append(part.fields);
    whole.body.append("\r\n").append(part.body).append("\r\n");
  }
  whole.body.append("--").append(boundary).append("--\r\n");
  return whole;
}

/// "Thu, 26 Nov 2026 06:58:51 +0000" (RFC 5322 3.3), whatever the process's locale is.
inline std::string date_text(std::int64_t unix_ms) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm t{};
  gmtime_r(&seconds, &t);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %d %s %d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
                months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return text;
}

}  // namespace comms::mime
