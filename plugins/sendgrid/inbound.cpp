#include "inbound.h"

#include <set>

#include <comms/cpp/form_data.hpp>
#include <comms/cpp/json.hpp>
#include <comms/cpp/mime_header.hpp>

// https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/
// setting-up-the-inbound-parse-webhook

namespace sendgrid {

namespace {

/// The address alone of a field such as From; `otherwise` when it is none, or several.
std::string bare_address(std::string_view field, const std::string& otherwise) {
  try {
    return comms::mime::parse_mailbox(field).address;
  } catch (const comms::Error&) {
    return otherwise;
  }
}

std::string first_of(std::string one, std::string_view other) {
  return one.empty() ? std::string(other) : one;
}

/// "attachment1", "attachment2"... and not "attachments", which is their number.
bool is_file(const comms::FormPart& part) {
  constexpr std::string_view name = "attachment";
  const std::string_view given = part.name;
  return !part.filename.empty() ||
         (given.substr(0, name.size()) == name && given.size() > name.size() &&
          given.find_first_not_of("0123456789", name.size()) == std::string_view::npos);
}

std::string content_id_of(const comms::FormPart& part, comms::JsonNode info,
                          const comms::Json& content_ids) {
  std::string id = info["content-id"].text();
  if (id.empty() && content_ids.root().size() <= comms::mime::most_parts) {
    for (comms::JsonNode one : content_ids.root()) {
      if (id.empty() && one.text() == part.name) id = one.key();
    }
  }
  if (id.size() > 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
  return id;
}

std::vector<comms::Media> files_of(const comms::Host& host, const comms::FormData& form) {
  const comms::Json infos(host, form["attachment-info"]);
  const comms::Json content_ids(host, form["content-ids"]);
  std::vector<comms::Media> files;
  for (const comms::FormPart& part : form.parts()) {
    if (!is_file(part)) continue;
    const comms::JsonNode info = infos[part.name];
    comms::Media file;
    file.filename = first_of(part.filename, info["filename"].text());
    const std::string type = first_of(info["type"].text(), part.content_type);
    file.content_type = first_of(comms::mime::Parameters(type).value(), "application/octet-stream");
    file.content_id = content_id_of(part, info, content_ids);
    file.data = part.data;
    files.push_back(std::move(file));
  }
  return files;
}

std::vector<comms::Media> files_of(std::vector<comms::mime::ReadFile> read) {
  std::vector<comms::Media> files;
  for (comms::mime::ReadFile& one : read) {
    comms::Media file;
    file.filename = std::move(one.filename);
    file.content_type = std::move(one.content_type);
    file.content_id = std::move(one.content_id);
    file.data = std::move(one.data);
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

comms::Event mail_event(const comms::Host& host, const comms::HttpIn& in) {
  const comms::FormData form(in);
  // The boundary may always be the same, and then a sender can write fields into a mail.
  std::set<std::string> names;
  for (const comms::FormPart& part : form.parts()) {
    if (!names.insert(comms::mime::lower(part.name)).second) {
      throw comms::Error(COMMS_INVALID, "the form has a field twice");
    }
  }
  const std::string_view whole = form["email"];
  const std::string_view source = whole.empty() ? form["headers"] : whole;
  if (source.empty()) {
    throw comms::Error(COMMS_INVALID, "the form holds no mail: 'email' or 'headers' is required");
  }
  comms::mime::ReadMessage mail = comms::mime::read_message(source);
  const comms::Json charsets(host, form["charsets"]);
  const auto field = [&](std::string_view name) {
    return comms::mime::to_utf8(form[name], charsets[name].text());
  };
  comms::Event event(COMMS_EVENT_MESSAGE_IN);
  if (whole.empty()) {
    event.subject = first_of(field("subject"), mail.subject);
    event.text = field("text");
    event.html = field("html");
    event.media = files_of(host, form);
  } else {
    event.subject = std::move(mail.subject);
    event.text = std::move(mail.text);
    event.html = std::move(mail.html);
    event.media = files_of(std::move(mail.files));
  }
  // The envelope says whose mail it is; the header does not know of hidden copies. Who sent it is
  // told by the header: the envelope has where bounces go.
  const comms::Json envelope(host, form["envelope"]);
  const std::string sender = bare_address(field("from"), envelope["from"].text());
  event.from = bare_address(mail.from, sender);
  std::string recipients;
  for (comms::JsonNode one : envelope["to"]) {
    recipients += (recipients.empty() ? "" : ", ") + one.text();
  }
  event.to = envelope.at("/to/0").text(bare_address(mail.to, ""));
  // SendGrid gives a mail no id. The header is one: its uppermost line tells where and when this
  // very mail was taken, and comes again with it.
  const comms::Crypto crypto(host);
  event.event_id =
      comms::hex(crypto.sha256(comms::hex(crypto.sha256(source)) + std::string(form["envelope"])));
  event.vendor_id = event.event_id;
  for (auto& [name, value] : comms::Fields{{"message_id", mail.message_id},
                                           {"in_reply_to", mail.in_reply_to},
                                           {"references", mail.references},
                                           {"to_all", mail.to},
                                           {"recipients", recipients},
                                           {"cc", first_of(mail.cc, field("cc"))},
                                           {"spf_verdict", field("SPF")},
                                           {"dkim_verdict", field("dkim")},
                                           {"spam_score", field("spam_score")}}) {
    if (!value.empty()) event.extra.emplace_back(name, value);
  }
  return event;
}

}  // namespace sendgrid
