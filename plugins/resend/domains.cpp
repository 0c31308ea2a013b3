#include "resend.h"

namespace resend {

namespace {

std::string neutral_status(std::string_view status) {
  if (status == "verified") return "verified";
  if (status == "failed" || status == "partially_failed") return "failed";
  return "pending";
}

}  // namespace

comms::Outcome<comms::Fields> Resend::verify_domain(std::string_view domain) {
  return domain_by_name(std::string(domain), true);
}

comms::Outcome<comms::Fields> Resend::domain_status(std::string_view domain) {
  return domain_by_name(std::string(domain), false);
}

/// Resend names domains by id, so the list is read first.
comms::Outcome<comms::Fields> Resend::domain_by_name(std::string name,
                                                     bool create_and_verify) const {
  return ask("GET", "/domains")
      .then([this, name = std::move(name), create_and_verify](
                const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json list = response.json();
        for (comms::JsonNode domain : list["data"]) {
          if (domain["name"].text() != name) continue;
          const std::string id = domain["id"].text();
          if (create_and_verify && domain["status"].text() != "verified") {
            return begin_verification(id);
          }
          return describe_domain(id);
        }
        if (!create_and_verify) {
          return comms::Error(COMMS_NOT_FOUND, "Resend does not know this domain");
        }
        return create_domain(name);
      });
}

comms::Outcome<comms::Fields> Resend::create_domain(const std::string& name) const {
  comms::JsonObject body;
  body.put("name", name).put("region", region_);
  // Not sent twice by the host, but harmless if it were: a second domain of one name is refused.
  return ask("POST", "/domains")
      .json(body)
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        return begin_verification(response.json()["id"].text());
      });
}

comms::Outcome<comms::Fields> Resend::begin_verification(const std::string& id) const {
  return ask("POST", "/domains/" + comms::percent_encode(id) + "/verify")
      .idempotent()
      .then([this, id](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        return describe_domain(id);
      });
}

comms::Outcome<comms::Fields> Resend::describe_domain(const std::string& id) const {
  return ask("GET", "/domains/" + comms::percent_encode(id))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json domain = response.json();
        comms::Fields fields{{"domain_id", domain["id"].text()},
                             {"status", neutral_status(domain["status"].text())}};
        for (comms::JsonNode record : domain["records"]) {
          comms::add_dns_record(fields, record["type"].text(), record["name"].text(),
                                record["value"].text(), record["priority"].text(),
                                record["status"].text());
        }
        return fields;
      });
}

}  // namespace resend
