#include "ses.h"

#include <comms/cpp/mime.hpp>

#include "failure.h"

namespace ses {

namespace {

/// "Message quotas" in the SES developer guide: 40 MB with the encoding of attachments.
constexpr std::size_t largest_mail = std::size_t{40} * 1024 * 1024;

/// Values of tags are ASCII letters, digits, '_' and '-' (MessageTag of the model).
bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > 256) return false;
  for (char c : text) {
    const bool good =
        c == '_' || c == '-' || (c > 0 && std::isalnum(static_cast<unsigned char>(c)));
    if (!good) return false;
  }
  return true;
}

comms::JsonArray addresses(const comms::Strings& given) {
  comms::JsonArray list;
  for (std::string_view one : given) list.add(comms::mime::parse_mailbox(one).address);
  return list;
}

}  // namespace

Ses::Ses(const comms::Host& host, const comms::Config& config)
    : host_(host),
      settings_(config),
      sns_(host_, settings_),
      signer_(host_, "ses", settings_.credentials),
      s3_signer_(host_, "s3", settings_.credentials) {}

comms::Request Ses::ask(std::string method, const std::string& path,
                        const std::string& json) const {
  comms::aws::Target target = settings_.api;
  target.path += path;
  const std::string type = json.empty() ? "" : "application/json";
  comms::Request request =
      signer_.sign(std::move(method), target, comms::hex(comms::Crypto(host_).sha256(json)), type);
  if (!json.empty()) request.body(type, json);
  return request;
}

comms::Outcome<comms::Done> Ses::probe() {
  return ask("GET", "/v2/email/account")
      .then([host = host_](const comms::HttpResponse& response) -> comms::Outcome<comms::Done> {
        if (!response.ok()) {
          comms::Error error = failure(response);
          // The key is good, and may do less than this: AWS asks who it is first.
          if (error.vendor_code == "AccessDeniedException") return comms::Done{};
          return error;
        }
        const comms::Json account = response.json();
        if (!account["SendingEnabled"]) return failure(response);
        if (!account["SendingEnabled"].boolean()) {
          return comms::Error(COMMS_DENIED, "this account's sending is paused",
                              account["EnforcementStatus"].text(),
                              "enable sending again in the SES console");
        }
        if (!account["ProductionAccessEnabled"].boolean()) {
          host.log(COMMS_LOG_INFO,
                   "the account is in the SES sandbox: it reaches verified "
                   "recipients only");
        }
        return comms::Done{};
      });
}

comms::Outcome<comms::Receipt> Ses::send(const comms::EmailMessage& message) {
  const comms::mime::Composed mail = comms::mime::compose(host_, message);
  if (mail.needs_utf8) {
    return comms::Error(COMMS_REJECTED, "SES carries no addresses with letters beyond ASCII", {},
                        "write the domain in its ASCII form (xn--...)");
  }
  if (mail.text.size() > largest_mail) {
    return comms::Error(COMMS_REJECTED, "the mail is larger than the 40 MB that SES takes", {},
                        "send smaller or fewer attachments");
  }
  comms::JsonObject destination;
  destination.put("ToAddresses", addresses(message.to));
  if (!message.cc.empty()) destination.put("CcAddresses", addresses(message.cc));
  if (!message.bcc.empty()) destination.put("BccAddresses", addresses(message.bcc));
  comms::JsonObject raw;
  raw.put("Data", comms::Crypto(host_).base64(mail.text));
  comms::JsonObject body;
  body.put("FromEmailAddress", mail.from.address).put("Destination", destination);
  body.put("Content", comms::JsonObject().put("Raw", raw));
  body.put_nonempty("ConfigurationSetName", settings_.configuration_set);
  // Comes back with every event of a configuration set.
  if (is_tag(message.client_ref)) {
    comms::JsonObject tag;
    tag.put("Name", "commsd_attempt").put("Value", message.client_ref);
    body.put("EmailTags", comms::JsonArray().add(tag));
  }
  return ask("POST", "/v2/email/outbound-emails", body.text())
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Receipt> {
        if (!response.ok()) return failure(response);
        const comms::Json answer = response.json();
        comms::Receipt receipt;
        receipt.vendor_id = answer["MessageId"].text();
        if (receipt.vendor_id.empty()) return failure(response);
        receipt.status = "sent";
        return receipt;
      });
}

}  // namespace ses
