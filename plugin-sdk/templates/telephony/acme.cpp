#include <comms/cpp/plugin.hpp>
#include <comms/cpp/telephony.hpp>

namespace {

/// An invented vendor, to be replaced call by call: JSON over HTTPS, a bearer token, and webhooks
/// signed with the hex HMAC-SHA256 of their body in X-Signature.
class Acme final : public comms::TelephonyProvider {
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

  comms::Outcome<comms::Receipt> send_message(const comms::Sms& m) override {
    comms::JsonObject body;
    body.put("from", m.from).put("to", m.to).put("text", m.body).put("ref", m.client_ref);
    body.put_nonempty("media", m.media).put_nonempty("status_url", m.status_url);
    return accept(comms::post(base_ + "/v1/messages").json(body), m.idempotency_key);
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

  comms::Outcome<comms::Receipt> make_call(const comms::CallRequest& c) override {
    comms::JsonObject body;
    body.put("from", c.from).put("to", c.to).put("ref", c.client_ref);
    body.put("answer_url", c.answer_url).put_nonempty("status_url", c.status_url);
    if (c.ring_timeout_ms) body.put("ring_seconds", c.ring_timeout_ms / 1000);
    return accept(comms::post(base_ + "/v1/calls").json(body), c.idempotency_key);
  }

  comms::Outcome<comms::Done> end_call(std::string_view call_id) override {
    return comms::del(base_ + "/v1/calls/" + comms::percent_encode(call_id))
        .bearer(key_)
        .then([](const comms::HttpResponse& r) -> comms::Outcome<comms::Done> {
          // ending what is over is success
          if (!r.ok() && r.status() != 404) return r.error("/code", "/message");
          return comms::Done{};
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
    comms::Event event(kind_of(body["type"].text()));
    if (event.kind == 0) return {};  // of a kind nobody cares about
    event.event_id = body["event_id"].text();
    event.vendor_id = body["id"].text();
    event.client_ref = body["ref"].text();
    event.from = body["from"].text();
    event.to = body["to"].text();
    event.text = body["text"].text();
    event.status = body["status"].text();
    if (event.event_id.empty()) throw comms::Error(COMMS_INVALID, "an event without event_id");
    return {event};
  }

  /// What a call shall do, in the vendor's language.
  comms::Reply render(const comms::Verbs& verbs) override {
    comms::JsonArray steps;
    for (const comms::Verb& verb : verbs) {
      switch (verb.kind) {
        case COMMS_VERB_SAY:
          steps.add(comms::JsonObject().put("say", verb.text).put_nonempty("voice", verb.voice));
          break;
        case COMMS_VERB_PLAY:
          steps.add(comms::JsonObject().put("play", verb.url));
          break;
        case COMMS_VERB_DIAL:
          steps.add(comms::JsonObject().put("dial", verb.number).put_nonempty("from", verb.from));
          break;
        case COMMS_VERB_PAUSE:
          steps.add(comms::JsonObject().put("pause_ms", verb.timeout_ms));
          break;
        case COMMS_VERB_HANGUP:
          steps.add(comms::JsonObject().put("hangup", true));
          break;
        default:
          throw comms::Error(COMMS_UNSUPPORTED, "a verb this vendor has no word for");
      }
    }
    return {steps.text(), "application/json"};
  }

 private:
  comms::Outcome<comms::Receipt> accept(comms::Request request, std::string_view key) const {
    return request.bearer(key_).idempotency_key(key).then(
        [](const comms::HttpResponse& r) -> comms::Outcome<comms::Receipt> {
          // 2xx without an id may be accepted work: error() makes that ambiguous
          std::string id = r.ok() ? r.json()["id"].text() : "";
          if (id.empty()) return r.error("/code", "/message");
          return comms::Receipt{id};
        });
  }
  static std::int32_t kind_of(std::string_view type) {
    if (type == "message") return COMMS_EVENT_MESSAGE_IN;
    if (type == "message_status") return COMMS_EVENT_MESSAGE_STATUS;
    if (type == "call") return COMMS_EVENT_CALL_IN;
    return type == "call_status" ? COMMS_EVENT_CALL_STATUS : 0;
  }

  comms::Host host_;
  std::string key_, base_, secret_;
};

}  // namespace

COMMS_PLUGIN(Acme)
