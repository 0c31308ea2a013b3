#pragma once

#include <algorithm>

#include <comms/cpp/email.hpp>
#include <comms/cpp/mime_body.hpp>

// A whole message as it goes over SMTP, for providers that hand over MIME instead of fields.

namespace comms::mime {

struct Composed {
  std::string text;        // header and body, CRLF, 7-bit unless `needs_utf8`
  std::string message_id;  // without angle brackets
  Mailbox from;
  std::vector<std::string> recipients;  // bare; to, cc and bcc, each once
  bool needs_utf8 = false;              // an address is not ASCII: only SMTPUTF8 carries it
};

/// Fields that are made from members of EmailMessage, or that no message is sent with.
inline bool is_own_field(std::string_view name) {
  for (std::string_view own : {"from", "to", "cc", "bcc", "reply-to", "subject", "date",
                               "message-id", "mime-version", "return-path"}) {
    if (same_text(name, own)) return true;
  }
  return name.size() >= 8 && same_text(name.substr(0, 8), "content-");
}

/// A header field that the host gave, "" for none.
inline std::string_view given_field(const EmailMessage& message, std::string_view name) {
  for (const Pair header : message.headers) {
    if (same_text(header.key, name)) return header.value;
  }
  return {};
}

/// Text, HTML with its inline files, and attachments, in the fewest containers that say it.
inline Part body_part(const Crypto& crypto, const EmailMessage& message) {
  std::vector<Part> beside_html;
  std::vector<Part> attached;
  for (const MediaView file : message.attachments) {
    const bool shown = !file.content_id.empty() && !message.html.empty();
    (shown ? beside_html : attached).push_back(file_part(crypto, file));
  }
  Part body;
  if (!message.html.empty()) {
    body = text_part(crypto, "html", message.html);
    if (!beside_html.empty()) {
      beside_html.insert(beside_html.begin(), std::move(body));
      body = multipart(crypto, "related", beside_html);
    }
    // The last alternative is the one that is preferred (RFC 2046 5.1.4).
    if (!message.text.empty()) {
      body = multipart(crypto, "alternative",
                       {text_part(crypto, "plain", message.text), std::move(body)});
    }
  } else {
    body = text_part(crypto, "plain", message.text);
  }
  if (attached.empty()) return body;
  attached.insert(attached.begin(), std::move(body));
  return multipart(crypto, "mixed", attached);
}

/// Throws COMMS_INVALID for what cannot be a message. Bcc reaches `recipients` only. The host's
/// Date and Message-ID are kept, so that a message sent again is known as the same one.
inline Composed compose(const Host& host, const EmailMessage& message) {
  const Crypto crypto(host);
  Composed made;
  const auto boxes = [&made](const Strings& given, bool receives) {
    std::vector<Mailbox> list;
    for (std::string_view one : given) {
      Mailbox box = parse_mailbox(one);
      made.needs_utf8 = made.needs_utf8 || !is_ascii(box.address);
      auto& known = made.recipients;
      if (receives && std::find(known.begin(), known.end(), box.address) == known.end()) {
        known.push_back(box.address);
      }
      list.push_back(std::move(box));
    }
    return list;
  };
  made.from = parse_mailbox(message.from);
  made.needs_utf8 = !is_ascii(made.from.address);
  const std::vector<Mailbox> to = boxes(message.to, true);
  const std::vector<Mailbox> cc = boxes(message.cc, true);
  boxes(message.bcc, true);
  if (made.recipients.empty()) throw Error(COMMS_INVALID, "the message has no recipient");

  std::string& text = made.text;
  text = address_field(crypto, "From", {made.from});
  text += to.empty() ? "To: undisclosed-recipients:;\r\n" : address_field(crypto, "To", to);
  if (!cc.empty()) text += address_field(crypto, "Cc", cc);
  if (!message.reply_to.empty()) {
    Mailbox reply_to = parse_mailbox(message.reply_to);
    made.needs_utf8 = made.needs_utf8 || !is_ascii(reply_to.address);
    text += address_field(crypto, "Reply-To", {std::move(reply_to)});
  }
  text += text_field(crypto, "Subject", message.subject);
  const std::string_view date = given_field(message, "Date");
  text += text_field(crypto, "Date", date.empty() ? date_text(host.now_ms()) : std::string(date));

  std::string_view id = given_field(message, "Message-ID");
  if (id.size() > 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
  made.message_id = one_line("Message-ID", id);
  if (made.message_id.empty()) {
    made.message_id = hex(crypto.random(16)) + '@' + made.from.domain();
  }
  text += Field("Message-ID").word('<' + made.message_id + '>').line();
  for (const Pair header : message.headers) {
    if (!is_own_field(header.key)) text += text_field(crypto, header.key, header.value);
  }
  const Part body = body_part(crypto, message);
  text.append("MIME-Version: 1.0\r\n").append(body.fields).append("\r\n").append(body.body);
  if (text.size() < 2 || text.compare(text.size() - 2, 2, "\r\n") != 0) text += "\r\n";
  return made;
}

}  // namespace comms::mime
