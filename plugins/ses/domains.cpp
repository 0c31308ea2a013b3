#include "failure.h"
#include "ses.h"

namespace ses {

namespace {

constexpr const char* identities = "/v2/email/identities";

/// Of VerificationStatus and DkimStatus: SUCCESS, PENDING, NOT_STARTED, TEMPORARY_FAILURE, FAILED.
std::string neutral_status(const comms::Json& identity) {
  if (identity["VerifiedForSendingStatus"].boolean()) return "verified";
  const std::string dkim = identity.at("/DkimAttributes/Status").text();
  return identity["VerificationStatus"].text(dkim) == "FAILED" || dkim == "FAILED" ? "failed"
                                                                                   : "pending";
}

/// Easy DKIM: three CNAME records prove the domain and sign its mail ("Creating and verifying
/// identities in Amazon SES").
comms::Outcome<comms::Fields> describe(const comms::HttpResponse& response,
                                       const std::string& domain) {
  if (!response.ok()) return failure(response);
  const comms::Json identity = response.json();
  const comms::JsonNode dkim = identity["DkimAttributes"];
  if (!dkim) return failure(response);
  comms::Fields fields{{"domain_id", domain}, {"status", neutral_status(identity)}};
  const std::string zone = dkim["SigningHostedZone"].text("dkim.amazonses.com");
  for (comms::JsonNode token : dkim["Tokens"]) {
    comms::add_dns_record(fields, "CNAME", token.text() + "._domainkey." + domain,
                          token.text() + '.' + zone, {}, dkim["Status"].text());
  }
  return fields;
}

}  // namespace

comms::Outcome<comms::Fields> Ses::verify_domain(std::string_view domain) {
  const std::string name(domain);
  comms::JsonObject body;
  body.put("EmailIdentity", name);
  // A second identity of one name is refused, so the request may be repeated.
  return ask("POST", identities, body.text())
      .idempotent()
      .then([this, name](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        if (!response.ok() && failure(response).vendor_code == "AlreadyExistsException") {
          return domain_status(name);
        }
        return describe(response, name);
      });
}

/// SES looks at the DNS by itself: there is nothing to ask it for.
comms::Outcome<comms::Fields> Ses::domain_status(std::string_view domain) {
  const std::string name(domain);
  return ask("GET", identities + ('/' + comms::percent_encode(name)))
      .then([name](const comms::HttpResponse& response) -> comms::Outcome<comms::Fields> {
        return describe(response, name);
      });
}

}  // namespace ses
