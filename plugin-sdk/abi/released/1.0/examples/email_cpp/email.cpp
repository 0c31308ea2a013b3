#include <comms/cpp/email.hpp>
#include <comms/cpp/plugin.hpp>

namespace {

/// An invented vendor: JSON over HTTPS, bearer token, hex HMAC-SHA256 on webhooks.
class ExampleEmail final : public comms::EmailProvider {
 public:
  ExampleEmail(const comms::Host& host, const comms::Config& config)
      : host_(host),
        key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")),
        secret_(config.text("webhook_secret")) {}

  comms::Outcome<comms::Done> probe() {
    return comms::get(base_ + "/me")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& m) override {
    comms::JsonObject body;
    body.put("from", m.from).put("to", m.to).put("subject", m.subject).put("ref", m.client_ref);
    body.put_nonempty("text", m.text).put_nonempty("html", m.html);
    return comms::post(base_ + "/emails")
        .bearer(key_)
        .idempotency_key(m.idempotency_key)
        .json(body)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Receipt> {
          std::string id = r.ok() ? r.json()["id"].text() : "";
          if (id.empty()) return r.error("/code", "/message");
          return comms::Receipt{id};
        });
  }

  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override {
    std::string url = base_ + "/domains/" + comms::percent_encode(domain);
    return comms::get(url).bearer(key_).then(
        [](const comms::HttpResponse& r) -> comms::Outcome<comms::Fields> {
          if (!r.ok()) return r.error("/code", "/message");
          comms::Json answer = r.json();
          comms::Fields fields{{"status", answer["verified"].boolean() ? "verified" : "pending"}};
          for (comms::JsonNode record : answer["records"]) {
            comms::add_dns_record(fields, record["type"].text(), record["name"].text(),
                                  record["value"].text());
          }
          return fields;
        });
  }

  bool verify_webhook(const comms::HttpIn& in) override {
    comms::Crypto crypto(host_);
    return !secret_.empty() && crypto.equal(in.header("X-Example-Signature"),
                                            comms::hex(crypto.hmac_sha256(secret_, in.body)));
  }

  comms::Events parse_webhook(const comms::HttpIn& in) override {
    comms::Json body(host_, in.body);
    if (!body) throw comms::Error(COMMS_INVALID, "the body is not JSON");
    comms::Event event(COMMS_EVENT_MESSAGE_STATUS);
    event.event_id = body["event_id"].text();
    event.vendor_id = body["email_id"].text();
    event.client_ref = body["ref"].text();
    event.status = body["status"].text();
    return {event};
  }

 private:
  comms::Host host_;
  std::string key_, base_, secret_;
};

}  // namespace

COMMS_PLUGIN(ExampleEmail)
