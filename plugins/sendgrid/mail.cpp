#include "mail.h"

#include <set>

#include <comms/cpp/mime_body.hpp>
#include <comms/cpp/mime_parameters.hpp>

#include "sendgrid.h"

namespace sendgrid {

namespace {

comms::JsonObject person(const comms::mime::Mailbox& box) {
  return comms::JsonObject().put("email", box.address).put_nonempty("name", box.name);
}

/// The recipients of a mail, each once: SendGrid refuses one that names somebody twice ("Each
/// unique email address in the personalizations array should only be included once").
class Recipients {
 public:
  comms::JsonArray add(const comms::Strings& mailboxes) {
    comms::JsonArray list;
    for (std::string_view one : mailboxes) {
      const comms::mime::Mailbox box = comms::mime::parse_mailbox(one);
      if (known_.insert(comms::mime::lower(box.address)).second) list.add(person(box));
    }
    return list;
  }

 private:
  std::set<std::string> known_;
};

comms::JsonObject personalization(const comms::EmailMessage& message) {
  Recipients recipients;
  comms::JsonObject envelope;
  envelope.put("to", recipients.add(message.to));
  envelope.put_nonempty("cc", recipients.add(message.cc));
  envelope.put_nonempty("bcc", recipients.add(message.bcc));
  if (!message.client_ref.empty()) {
    envelope.put("custom_args", comms::JsonObject().put(reference_name, message.client_ref));
  }
  return envelope;
}

/// "text/plain" has to come first (mail-send/errors, "content.0.type").
comms::JsonArray content(const comms::EmailMessage& message) {
  comms::JsonArray list;
  const auto add = [&list](const char* type, std::string_view value) {
    list.add(comms::JsonObject().put("type", type).put("value", value));
  };
  if (!message.text.empty()) add("text/plain", message.text);
  if (!message.html.empty()) add("text/html", message.html);
  // A mail that is only its files: a part must have one character at least.
  if (list.empty()) add("text/plain", " ");
  return list;
}

/// "You must ensure these are properly encoded if they contain unicode characters" (of headers).
std::string header_value(const comms::Crypto& crypto, std::string_view value) {
  if (comms::mime::is_plain(value)) return std::string(value);
  const std::string line = comms::mime::Field("").encoded(crypto, value).line();
  std::string flat;
  for (char c : std::string_view(line).substr(2)) {  // without ": "
    if (c != '\r' && c != '\n') flat += c;
  }
  return flat;
}

comms::JsonArray attachments(const comms::Crypto& crypto, const comms::MediaList& files) {
  comms::JsonArray list;
  for (const comms::MediaView file : files) {
    if (file.data.empty()) {
      throw comms::Error(COMMS_REJECTED, "SendGrid takes no empty files", {},
                         "leave out the attachment without content");
    }
    const std::string_view name = file.filename;
    comms::JsonObject item;
    item.put("content", crypto.base64(file.data));
    item.put("filename", name.empty() ? "attachment" : name);
    item.put("type", comms::mime::file_type(file.content_type));  // without ';', which it refuses
    item.put("disposition", file.content_id.empty() ? "attachment" : "inline");
    item.put_nonempty("content_id", file.content_id);
    list.add(item);
  }
  return list;
}

}  // namespace

std::string mail_body(const comms::Host& host, const comms::EmailMessage& message) {
  const comms::Crypto crypto(host);
  comms::JsonObject body;
  body.put("personalizations", comms::JsonArray().add(personalization(message)));
  body.put("from", person(comms::mime::parse_mailbox(message.from)));
  if (!message.reply_to.empty()) {
    body.put("reply_to", person(comms::mime::parse_mailbox(message.reply_to)));
  }
  body.put("subject", message.subject).put("content", content(message));
  comms::JsonObject headers;
  for (const comms::Pair header : message.headers) {
    headers.put(header.key, header_value(crypto, header.value));
  }
  body.put_nonempty("headers", headers);
  body.put_nonempty("attachments", attachments(crypto, message.attachments));
  return body.text();
}

}  // namespace sendgrid
