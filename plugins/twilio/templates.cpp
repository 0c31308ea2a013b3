#include <algorithm>
#include <memory>

#include <comms/cpp/redact.hpp>

#include "pages.h"
#include "whatsapp.h"

// Content templates and their approval (https://www.twilio.com/docs/content/content-api-resources).

namespace twilio {

namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string status_of(std::string_view status) {
  if (status == "approved" || status == "rejected" || status == "paused") {
    return std::string(status);
  }
  if (status == "disabled") return "paused";  // by Meta, for its quality; nobody gets it back
  if (status == "received" || status == "pending") return "pending";
  return "unsubmitted";
}

void add_template(comms::Fields& fields, const comms::JsonNode& content,
                  const comms::JsonNode& approval) {
  fields.emplace_back("id", content["sid"].text());
  fields.emplace_back("name", content["friendly_name"].text());
  fields.emplace_back("language", content["language"].text());
  fields.emplace_back("status", status_of(approval["status"].text()));
  const std::string category = lower(approval["category"].text());
  if (!category.empty()) fields.emplace_back("category", category);
  const std::string reason = comms::redact(approval["rejection_reason"].text());
  if (!reason.empty()) fields.emplace_back("reason", reason);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 512 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string category_of(std::string_view category) {
  for (const char* known : {"MARKETING", "UTILITY", "AUTHENTICATION"}) {
    if (comms::same_text(category, known)) return known;
  }
  throw comms::Error(COMMS_INVALID,
                     "a template's category is marketing, utility or authentication");
}

}  // namespace

std::string Whatsapp::content_url(std::string_view sid) const {
  return account_.content_url() + "/v1/Content" +
         (sid.empty() ? std::string() : '/' + comms::percent_encode(sid));
}

comms::Outcome<comms::Receipt> Whatsapp::send_named(const comms::WhatsappMessage& message,
                                                    comms::Form form) {
  const std::string name(message.template_id), language(message.language);
  const auto sid = std::make_shared<std::string>();
  return walk_list(
      account_, account_.content_url(), content_url() + "?PageSize=500", "contents",
      [name, language, sid](const comms::JsonNode& content) {
        if (content["friendly_name"].text() != name) return false;
        if (!language.empty() && !comms::same_text(content["language"].text(), language)) {
          return false;
        }
        *sid = content["sid"].text();
        return true;
      },
      [this, form = std::move(form), sid](bool found) -> comms::Outcome<comms::Receipt> {
        if (!found) {
          return comms::Error(COMMS_REJECTED, "Twilio has no template of this name and language",
                              {}, "use its HX id, or create it in the Content Template Builder");
        }
        return post_message(account_, comms::Form(form).add("ContentSid", *sid));
      });
}

comms::Outcome<comms::Fields> Whatsapp::list_templates() {
  const auto fields = std::make_shared<comms::Fields>();
  return walk_list(
      account_, account_.content_url(),
      account_.content_url() + "/v1/ContentAndApprovals?PageSize=500", "contents",
      [fields](const comms::JsonNode& entry) {
        add_template(*fields, entry, entry["approval_requests"]);
        return false;
      },
      [fields](bool) -> comms::Outcome<comms::Fields> { return std::move(*fields); });
}

comms::Outcome<comms::Fields> Whatsapp::create_template(const comms::WhatsappTemplate& wanted) {
  if (!is_name(wanted.name)) {
    return comms::Error(COMMS_INVALID,
                        "a template's name has lower case letters, digits and '_' only");
  }
  if (wanted.language.empty() || wanted.body.empty()) {
    return comms::Error(COMMS_INVALID, "a template needs a language and a text");
  }
  comms::JsonObject text, types, samples, body, approval;
  types.put("twilio/text", text.put("body", wanted.body));
  for (const comms::Pair sample : wanted.samples) samples.put(sample.key, sample.value);
  body.put("friendly_name", wanted.name).put("language", wanted.language);
  if (!samples.empty()) body.put("variables", samples);
  approval.put("name", wanted.name).put("category", category_of(wanted.category));
  return account_.authorized(comms::post(content_url()))
      .json(body.put("types", types))
      .then([this, approval](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        if (!answer.ok()) return error_of(answer);
        const comms::Json content = answer.json();
        comms::Fields fields;
        add_template(fields, content.root(), content["approval_requests"]);
        if (fields.front().second.empty()) return error_of(answer);
        return submit(std::move(fields), approval);
      });
}

/// Asks WhatsApp to approve what was just made. What it refuses to look at is taken away again.
comms::Outcome<comms::Fields> Whatsapp::submit(comms::Fields made,
                                               const comms::JsonObject& approval) const {
  const std::string url = content_url(made.front().second);
  return account_.authorized(comms::post(url + "/ApprovalRequests/whatsapp"))
      .json(approval)
      .then([this, made, url](const comms::HttpResponse& answer) -> comms::Outcome<comms::Fields> {
        const comms::Json told = answer.json();
        if (answer.ok() && !told["status"].text().empty()) {
          comms::Fields fields(made.begin(), made.begin() + 3);  // id, name, language
          const std::string status = status_of(told["status"].text());
          // It was handed in; Twilio says "unsubmitted" until it has passed it on.
          fields.emplace_back("status", status == "unsubmitted" ? "pending" : status);
          fields.emplace_back("category", lower(told["category"].text()));
          return fields;
        }
        comms::Error error = error_of(answer);
        if (error.status == COMMS_AMBIGUOUS) return error;
        return account_.authorized(comms::Request("DELETE", url))
            .idempotent()
            .then([error](const comms::HttpResponse& gone) -> comms::Outcome<comms::Fields> {
              if (gone.ok() || gone.status() == 404) return error;
              comms::Error left = error;
              left.message += "; the template is at Twilio, unapproved, and could not be removed";
              return left;
            });
      });
}

comms::Outcome<comms::Done> Whatsapp::remove_template(std::string_view template_id) {
  if (template_id.empty()) return comms::Error(COMMS_INVALID, "there is no template id");
  return account_.remove(content_url(template_id));
}

}  // namespace twilio
