#include <cctype>

#include <comms/cpp/stream.hpp>

#include "sendgrid.h"

// https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication

namespace sendgrid {

namespace {

constexpr const char* domains = "/v3/whitelabel/domains";
constexpr std::size_t page = 50;

std::string verdict(comms::JsonNode checked) {
  return checked["valid"].boolean() ? "verified" : "pending";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

comms::Outcome<comms::Fields> Sendgrid::verify_domain(std::string_view domain) {
  return domain_by_name(std::string(domain), true, 0);
}

comms::Outcome<comms::Fields> Sendgrid::domain_status(std::string_view domain) {
  return domain_by_name(std::string(domain), false, 0);
}

/// SendGrid names domains by id, so they are searched first. A domain may be there more than once,
/// below different subdomains: one that is valid counts before the others.
comms::Outcome<comms::Fields> Sendgrid::domain_by_name(std::string name, bool create_and_verify,
                                                       std::size_t offset) const {
  return ask("GET", std::string(domains) + "?domain=" + comms::percent_encode(name) +
                        "&limit=" + std::to_string(page) + "&offset=" + std::to_string(offset))
      .then([this, name = std::move(name), create_and_verify,
             offset](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure_of(response);
        const comms::Json list = response.json();
        if (list.root().type() != COMMS_JSON_ARRAY) return failure_of(response);
        std::string id;
        bool valid = false;
        for (comms::JsonNode domain : list.root()) {
          if (!comms::same_text(domain["domain"].text(), name)) continue;
          if (!id.empty() && (valid || !domain["valid"].boolean())) continue;
          id = domain["id"].text();
          valid = domain["valid"].boolean();
        }
        if (!id.empty()) {
          return create_and_verify && !valid ? begin_verification(id) : describe_domain(id);
        }
        if (list.root().size() >= page) {
          return domain_by_name(name, create_and_verify, offset + page);
        }
        if (!create_and_verify) {
          return comms::Error(COMMS_NOT_FOUND, "SendGrid does not know this domain");
        }
        return create_domain(name);
      });
}

/// With automatic security SendGrid changes the keys behind the CNAME records by itself.
comms::Outcome<comms::Fields> Sendgrid::create_domain(const std::string& name) const {
  comms::JsonObject body;
  body.put("domain", name).put("automatic_security", true);
  return ask("POST", domains)
      .json(body)
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure_of(response);
        const std::string id = response.json()["id"].text();
        if (id.empty()) return failure_of(response);
        return begin_verification(id);
      });
}

/// SendGrid looks into the DNS while it answers; that it finds nothing yet is no error.
comms::Outcome<comms::Fields> Sendgrid::begin_verification(const std::string& id) const {
  return ask("POST", std::string(domains) + '/' + comms::percent_encode(id) + "/validate")
      .idempotent()
      .then([this, id](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure_of(response);
        return describe_domain(id);
      });
}

comms::Outcome<comms::Fields> Sendgrid::describe_domain(const std::string& id) const {
  return ask("GET", std::string(domains) + '/' + comms::percent_encode(id))
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure_of(response);
        const comms::Json domain = response.json();
        if (!domain["id"]) return failure_of(response);
        comms::Fields fields{{"domain_id", domain["id"].text()},
                             {"status", verdict(domain.root())}};
        for (comms::JsonNode record : domain["dns"]) {
          const std::string type = upper(record["type"].text());
          comms::add_dns_record(fields, type, record["host"].text(), record["data"].text(),
                                type == "MX" ? "10" : "", verdict(record));
        }
        return fields;
      });
}

}  // namespace sendgrid
