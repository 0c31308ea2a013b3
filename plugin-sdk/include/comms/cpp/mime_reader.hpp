#pragma once

#include <comms/cpp/mime_decode.hpp>
#include <comms/cpp/mime_parameters.hpp>

// Reading a whole message (RFC 5322, RFC 2045 to 2047), as it comes from strangers: whatever it is,
// something is read, in time that grows with its size and with bounded depth and number of parts.

namespace comms::mime {

constexpr int most_depth = 12;
constexpr std::size_t most_parts = 200;
constexpr std::size_t most_header_fields = 500;

struct ReadFile {
  std::string filename, content_type, content_id, data;
};

/// All text is UTF-8.
struct ReadMessage {
  std::string subject, from, to, cc, reply_to;  // with names: "Jürgen <a@b.example>, ..."
  std::string message_id, in_reply_to, references;
  std::string text, html;
  std::vector<ReadFile> files;
};

namespace detail {

struct Entity {
  Fields fields;  // unfolded
  std::string_view body;

  std::string_view field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (same_text(key, name)) return value;
    }
    return {};
  }
};

inline std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// Header and body of a message or part. A line that is no field ends the header.
inline Entity split(std::string_view text) {
  Entity entity;
  while (!text.empty()) {
    std::string_view rest = text;
    const std::string_view line = take_line(rest);
    if (line.empty()) {
      text = rest;
      break;
    }
    if ((line[0] == ' ' || line[0] == '\t') && !entity.fields.empty()) {
      entity.fields.back().second.append(" ").append(trimmed(line));
    } else {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos || colon == 0) break;
      if (entity.fields.size() < most_header_fields) {
        entity.fields.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
      }
    }
    text = rest;
  }
  entity.body = text;
  return entity;
}

/// The parts between the lines "--boundary"; the line break before one belongs to it.
inline std::vector<std::string_view> parts_of(std::string_view body, const std::string& boundary) {
  const std::string mark = "--" + boundary;
  std::vector<std::string_view> parts;
  const char* begin = nullptr;
  std::string_view rest = body;
  while (!rest.empty()) {
    const char* const at = rest.data();
    const std::string_view line = take_line(rest);
    if (line.substr(0, mark.size()) != mark) continue;
    const std::string_view behind = trimmed(line.substr(mark.size()));
    if (!behind.empty() && behind != "--") continue;  // the boundary of an inner multipart
    if (begin) {
      auto size = static_cast<std::size_t>(at - begin);
      if (size > 0 && begin[size - 1] == '\n') --size;
      if (size > 0 && begin[size - 1] == '\r') --size;
      parts.emplace_back(begin, size);
    }
    begin = behind == "--" ? nullptr : rest.data();
    if (!begin || parts.size() >= most_parts) return parts;
  }
  if (begin) parts.emplace_back(begin, static_cast<std::size_t>(body.data() + body.size() - begin));
  return parts;
}

inline std::string decoded(const Entity& entity) {
  const std::string_view encoding = entity.field("Content-Transfer-Encoding");
  if (same_text(encoding, "base64")) return decode_base64(entity.body);
  if (same_text(encoding, "quoted-printable")) return decode_quoted_printable(entity.body);
  return std::string(entity.body);
}

class Reader {
 public:
  explicit Reader(ReadMessage& into) : into_(into) {}

  void read(const Entity& entity, int depth, std::string_view otherwise) {
    if (++parts_ > most_parts) return;
    const std::string_view given = entity.field("Content-Type");
    const Parameters type(given.empty() ? otherwise : given);
    if (depth < most_depth && same_text(type.value().substr(0, 10), "multipart/")) {
      const std::string boundary = type["boundary"];
      // Of parts in a digest, each is a message (RFC 2046 5.1.5).
      const bool digest = same_text(type.value(), "multipart/digest");
      if (!boundary.empty()) {
        for (std::string_view part : parts_of(entity.body, boundary)) {
          read(split(part), depth + 1, digest ? "message/rfc822" : "text/plain");
        }
        return;
      }
    }
    leaf(entity, type);
  }

 private:
  void leaf(const Entity& entity, const Parameters& type) {
    const Parameters disposition(entity.field("Content-Disposition"));
    std::string name = disposition["filename"];
    if (name.empty()) name = type["name"];
    const bool attached = same_text(disposition.value(), "attachment") || !name.empty();
    const bool html = same_text(type.value(), "text/html");
    if (!attached && (html || same_text(type.value(), "text/plain"))) {
      std::string text = to_utf8(decoded(entity), type["charset"]);
      std::string& place = html ? into_.html : into_.text;
      if (!place.empty() && !text.empty()) place += '\n';
      place += text;
      return;
    }
    ReadFile file;
    file.filename = std::move(name);
    file.content_type = type.value().empty() ? "application/octet-stream" : lower(type.value());
    std::string_view id = entity.field("Content-ID");
    if (id.size() > 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
    file.content_id = valid_utf8(id);
    file.data = decoded(entity);
    into_.files.push_back(std::move(file));
  }

  ReadMessage& into_;
  std::size_t parts_ = 0;
};

}  // namespace detail

inline ReadMessage read_message(std::string_view raw) {
  const detail::Entity entity = detail::split(raw);
  ReadMessage message;
  message.subject = decode_words(entity.field("Subject"));
  message.from = decode_words(entity.field("From"));
  message.to = decode_words(entity.field("To"));
  message.cc = decode_words(entity.field("Cc"));
  message.reply_to = decode_words(entity.field("Reply-To"));
  message.message_id = valid_utf8(entity.field("Message-ID"));
  message.in_reply_to = valid_utf8(entity.field("In-Reply-To"));
  message.references = valid_utf8(entity.field("References"));
  detail::Reader(message).read(entity, 0, "text/plain");
  return message;
}

}  // namespace comms::mime
