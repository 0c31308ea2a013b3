#include <comms/cpp/stream.hpp>

#include "postmark.h"

// https://postmarkapp.com/developer/api/domains-api

namespace postmark {

namespace {

constexpr std::size_t page = 500;  // the most that the vendor gives at once

}  // namespace

comms::Request Postmark::ask_account(std::string method, const std::string& path) const {
  return comms::Request(std::move(method), base_ + path)
      .header("Accept", "application/json")
      .header("X-Postmark-Account-Token", account_token_);
}

comms::Outcome<comms::Fields> Postmark::verify_domain(std::string_view domain) {
  return domain_by_name(std::string(domain), true, 0);
}

comms::Outcome<comms::Fields> Postmark::domain_status(std::string_view domain) {
  return domain_by_name(std::string(domain), false, 0);
}

/// Postmark names domains by id, so the list is read first.
comms::Outcome<comms::Fields> Postmark::domain_by_name(std::string name, bool create_and_verify,
                                                       std::size_t offset) const {
  if (account_token_.empty()) {
    return comms::Error(COMMS_UNAUTHENTICATED, "domains need the token of the Postmark account", {},
                        "set account_token in the email provider's settings");
  }
  return ask_account("GET",
                     "/domains?count=" + std::to_string(page) + "&offset=" + std::to_string(offset))
      .then([this, name = std::move(name), create_and_verify,
             offset](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json list = response.json();
        const comms::JsonNode domains = list["Domains"];
        if (domains.type() != COMMS_JSON_ARRAY) return failure(response);
        for (comms::JsonNode domain : domains) {
          if (!comms::same_text(domain["Name"].text(), name)) continue;
          const std::string id = domain["ID"].text();
          if (create_and_verify && !domain["DKIMVerified"].boolean()) return begin_verification(id);
          return describe_domain(id);
        }
        if (domains.size() == page) return domain_by_name(name, create_and_verify, offset + page);
        if (!create_and_verify) {
          return comms::Error(COMMS_NOT_FOUND, "Postmark does not know this domain");
        }
        return create_domain(name);
      });
}

comms::Outcome<comms::Fields> Postmark::create_domain(const std::string& name) const {
  comms::JsonObject body;
  body.put("Name", name).put("ReturnPathDomain", return_path_ + "." + name);
  // Not sent twice by the host, but harmless if it were: a second domain of one name is refused.
  return ask_account("POST", "/domains")
      .json(body)
      .then([this](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        return begin_verification(response.json()["ID"].text());
      });
}

/// Postmark looks into the DNS while it answers; that it finds nothing yet is no error.
comms::Outcome<comms::Fields> Postmark::begin_verification(const std::string& id) const {
  return ask_account("PUT", "/domains/" + comms::percent_encode(id) + "/verifyDkim")
      .then([this, id](const comms::HttpResponse& dkim) -> comms::Outcome<comms::Fields> {
        if (!dkim.ok()) return failure(dkim);
        return ask_account("PUT", "/domains/" + comms::percent_encode(id) + "/verifyReturnPath")
            .then([this, id](const comms::HttpResponse& path) -> comms::Outcome<comms::Fields> {
              if (!path.ok()) return failure(path);
              return describe_domain(id);
            });
      });
}

comms::Outcome<comms::Fields> Postmark::describe_domain(const std::string& id) const {
  return ask_account("GET", "/domains/" + comms::percent_encode(id))
      .then([](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok()) return failure(response);
        const comms::Json domain = response.json();
        if (!domain["ID"]) return failure(response);
        const auto word = [&domain](const char* flag) {
          return std::string(domain[flag].boolean() ? "verified" : "pending");
        };
        // Who has the DKIM record may send; without the return path bounces carry Postmark's name.
        comms::Fields fields{{"domain_id", domain["ID"].text()}, {"status", word("DKIMVerified")}};
        const bool pending = !domain["DKIMPendingHost"].text().empty();
        comms::add_dns_record(fields, "TXT",
                              domain[pending ? "DKIMPendingHost" : "DKIMHost"].text(),
                              domain[pending ? "DKIMPendingTextValue" : "DKIMTextValue"].text(), {},
                              pending ? "pending" : word("DKIMVerified"));
        if (const std::string path = domain["ReturnPathDomain"].text(); !path.empty()) {
          comms::add_dns_record(fields, "CNAME", path, domain["ReturnPathDomainCNAMEValue"].text(),
                                {}, word("ReturnPathDomainVerified"));
        }
        return fields;
      });
}

}  // namespace postmark
