#include <comms/cpp/plugin.hpp>
#include <comms/cpp/whatsapp.hpp>

namespace {

/// An invented vendor, to be replaced call by call: JSON over HTTPS, a bearer token, and webhooks
/// signed with the hex HMAC-SHA256 of their body in X-Signature.
class Acme final : public comms::WhatsappProvider {
 public:
  Acme(const comms::Host& host, const comms::Config& config)
      : host_(host),
        key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")),
        secret_(config.text("webhook_secret")) {}

  /// The health check: the cheapest request that proves the credentials.
  comms::Outcome<comms::Done> probe() {
    return comms::get(base_ + "/v1/account")
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          if (!r.ok()) return r.error("/code", "/message");
          return comms::Done{};
        });
  }

  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& m) override {
    comms::JsonObject body;
    body.put("from", m.from).put("to", m.to).put("ref", m.client_ref);
    if (m.template_id.empty()) {
      body.put("text", m.body).put_nonempty("media", m.media);
    } else {
      comms::JsonObject variables;
      for (comms::Pair variable : m.variables) variables.put(variable.key, variable.value);
      body.put("template", m.template_id).put_nonempty("language", m.language);
      body.put("variables", variables);
    }
    return comms::post(base_ + "/v1/messages")
        .bearer(key_)
        .idempotency_key(m.idempotency_key)
        .json(body)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Receipt> {
          // 2xx without an id may be a sent message: error() makes that ambiguous
          std::string id = r.ok() ? r.json()["id"].text() : "";
          if (!id.empty()) return comms::Receipt{id};
          comms::Error error = r.error("/code", "/message");
          if (error.vendor_code == "outside_window") {
            error.remedy = "24 hours after their last message people get templates only: send one";
          }
          return error;
        });
  }

  /// What the host asks after an ambiguous send, before it would ever send again.
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override {
    if (what.client_ref.empty()) {
      return comms::Error(COMMS_UNSUPPORTED, "messages are found by their reference only");
    }
    return comms::get(base_ + "/v1/messages?ref=" + comms::percent_encode(what.client_ref))
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Receipt> {
          comms::Json answer = r.json();
          if (!r.ok() || answer["data"].type() != COMMS_JSON_ARRAY) {
            return r.error("/code", "/message");
          }
          std::string id = answer.at("/data/0/id").text();
          if (id.empty()) return comms::Error(COMMS_NOT_FOUND, "no message has this reference");
          comms::Receipt receipt{id, answer.at("/data/0/status").text("queued")};
          receipt.fields = {{"match", "client_ref"}};
          return receipt;
        });
  }

  bool verify_webhook(const comms::HttpIn& in) override {
    comms::Crypto crypto(host_);
    return !secret_.empty() &&
           crypto.equal(in.header("X-Signature"), comms::hex(crypto.hmac_sha256(secret_, in.body)));
  }

  comms::Events parse_webhook(const comms::HttpIn& in) override {
    comms::Json body(host_, in.body);
    if (!body) throw comms::Error(COMMS_INVALID, "the body is not JSON");
    const std::string type = body["type"].text();
    if (type != "status" && type != "message") return {};  // of a kind nobody cares about
    comms::Event event(type == "status" ? COMMS_EVENT_MESSAGE_STATUS : COMMS_EVENT_MESSAGE_IN);
    event.event_id = body["event_id"].text();
    event.vendor_id = body["id"].text();
    event.client_ref = body["ref"].text();
    event.status = body["status"].text();
    event.from = body["from"].text();
    event.to = body["to"].text();
    event.text = body["text"].text();
    if (event.event_id.empty()) throw comms::Error(COMMS_INVALID, "an event without event_id");
    return {event};
  }

 private:
  comms::Host host_;
  std::string key_, base_, secret_;
};

}  // namespace

COMMS_PLUGIN(Acme)
