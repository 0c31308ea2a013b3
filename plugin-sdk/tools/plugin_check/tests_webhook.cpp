#include <fstream>
#include <iterator>
#include <random>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <comms/cpp/crypto.hpp>

#include "allocation.h"
#include "crypto_spy.h"
#include "tests.h"
#include "webhook_request.h"

namespace comms::check {
namespace {

constexpr int kFlips = 200;

/// What the author knows to be genuine: [{"slot":"email","url":..,"headers":{..},"body":..,
/// "now_ms":..}].
std::vector<WebhookRequest> given_requests(Context& test, const std::string& slot, Instance& at) {
  std::vector<WebhookRequest> found;
  if (test.webhooks.empty()) return found;
  try {
    std::ifstream in(test.webhooks, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto list = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Array::Ptr>();
    for (unsigned i = 0; i < list->size(); ++i) {
      const Poco::JSON::Object::Ptr one = list->getObject(i);
      if (one->getValue<std::string>("slot") != slot) continue;
      WebhookRequest request;
      request.method = one->optValue<std::string>("method", "POST");
      request.url = one->getValue<std::string>("url");
      request.body = one->optValue<std::string>("body", "");
      for (const auto& [name, value] : *one->getObject("headers")) {
        request.headers.emplace_back(name, value.convert<std::string>());
      }
      at.host().fake.now_ms = one->optValue<Poco::Int64>("now_ms", at.host().fake.now_ms);
      found.push_back(request);
    }
  } catch (const Poco::Exception& error) {
    test.fail(kWebhook, test.webhooks + " cannot be used: " + error.displayText());
  }
  return found;
}

void unsigned_ones(Context& test, const DeclaredSlot& slot) {
  WebhookDesk desk(test, slot.id, test.config.json);
  if (!desk.ready()) return;
  const std::vector<std::string> names = signature_headers(test.plugin);
  for (const char* method : {"POST", "GET"}) {
    for (const char* body : {"", "{}", R"({"id":"1","type":"check"})", "a=1&b=2"}) {
      for (const char* value : {"-", "", "0", "check", "v1,", "sha256=", "Bearer ", "Basic Og=="}) {
        WebhookRequest request;
        request.method = method;
        request.body = body;
        request.headers.emplace_back("Content-Type", *body == '{'
                                                         ? "application/json"
                                                         : "application/x-www-form-urlencoded");
        for (const std::string& name : names) {
          if (*value != '-') request.headers.emplace_back(name, value);
        }
        test.step("verify_webhook of an unsigned request");
        if (desk.verify(request) != COMMS_OK) continue;
        test.fail(kWebhook,
                  std::string("verify_webhook accepts a ") + method +
                      (*value == '-' ? " without any signature"
                                     : std::string(" whose signature is '") + value + "'"));
      }
    }
  }
}

/// Without the secrets that may be left out, what is signed with nothing must not do.
void empty_secret(Context& test, const DeclaredSlot& slot) {
  const auto without = [&](unsigned variant) {
    const std::vector<SampleConfig> all = sample_configs(*test.plugin.config, variant);
    return all.back();  // the required settings alone
  };
  const SampleConfig mine = without(0), theirs = without(2);
  WebhookDesk desk(test, slot.id, mine.json);
  if (!desk.ready()) {
    test.note("no instance without its secrets");
    return;
  }
  test.step("verify_webhook without a secret");
  const auto genuine = make_genuine(desk, test.plugin, false);
  if (!genuine) return;
  WebhookDesk other(test, slot.id, theirs.json);
  if (other.ready() && other.verify(*genuine) == COMMS_OK) {
    test.fail(kWebhook,
              "without its secret, verify_webhook accepts what anybody can sign with nothing");
  }
}

class Falsifier {
 public:
  Falsifier(Context& test, WebhookDesk& desk, WebhookRequest genuine)
      : test_(test), desk_(desk), genuine_(std::move(genuine)), random_(test.seed) {}

  void run() {
    drop_needless_headers();
    for (std::size_t i = 0; i < genuine_.headers.size(); ++i) flip_header(i);
    if (changes_matter(&WebhookRequest::body)) {
      flip(&WebhookRequest::body, "the body");
    } else if (is_shared_token()) {
      test_.note(
          "it is authenticated by a token that is the same for every request: the body is "
          "not covered");
    } else {
      test_.fail(kWebhook, "verify_webhook accepts another body under the same signature");
    }
    if (changes_matter(&WebhookRequest::url)) flip(&WebhookRequest::url, "the URL");
    if (timed_) age();
  }

 private:
  bool accepted(const WebhookRequest& request) { return desk_.verify(request) == COMMS_OK; }

  void drop_needless_headers() {
    for (std::size_t i = genuine_.headers.size(); i-- > 0;) {
      WebhookRequest without = genuine_;
      without.headers.erase(without.headers.begin() + static_cast<std::ptrdiff_t>(i));
      if (accepted(without)) genuine_ = without;
    }
    for (const auto& [name, value] : genuine_.headers) {
      if (value.find("1700000000") != value.npos) timed_ = true;
      names_ += (names_.empty() ? "" : ", ") + name;
    }
    test_.note("signed by " + names_);
  }

  bool changes_matter(std::string WebhookRequest::*part) {
    WebhookRequest changed = genuine_;
    changed.*part += "x";
    return !accepted(changed);
  }

  bool is_shared_token() {
    const Host host(desk_.instance().host().raw());
    for (const auto& [setting, secret] : test_.config.secrets) {
      for (const auto& [name, value] : genuine_.headers) {
        const auto decoded = Crypto(host).from_base64(value.substr(value.find(' ') + 1));
        if (value.find(secret) != value.npos ||
            (decoded && decoded->find(secret) != std::string::npos)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Bit 5 is left alone: it is the case of a letter, which hexadecimal and percent-encoding may
  /// ignore.
  void flip_bit(std::string& text, std::size_t at) {
    text[at] = static_cast<char>(text[at] ^ (1 << random_() % 5));
  }

  void flip(std::string WebhookRequest::*part, const std::string& what) {
    if ((genuine_.*part).empty()) return;
    for (int i = 0; i < kFlips; ++i) {
      WebhookRequest changed = genuine_;
      flip_bit(changed.*part, random_() % (changed.*part).size());
      report(changed, what);
    }
  }

  void flip_header(std::size_t index) {
    const std::string name = genuine_.headers[index].first;
    if (name == "Content-Type") return;  // says how to read the body, which is covered
    // The last two characters of base64 hold bits that belong to no byte.
    const std::size_t size = genuine_.headers[index].second.size();
    if (size < 4) return;
    for (int i = 0; i < kFlips; ++i) {
      WebhookRequest changed = genuine_;
      flip_bit(changed.headers[index].second, random_() % (size - 2));
      report(changed, name);
    }
  }

  void report(const WebhookRequest& changed, const std::string& what) {
    if (!accepted(changed)) return;
    test_.fail(kWebhook, "verify_webhook accepts a request with a flipped bit in " + what +
                             " (--seed " + std::to_string(test_.seed) + ")");
  }

  void age() {
    std::int64_t& now = desk_.instance().host().fake.now_ms;
    now += 86'400'000;
    if (accepted(genuine_)) {
      test_.fail(kWebhook, "verify_webhook accepts a request that was signed a day ago");
    }
    now -= 86'400'000;
  }

  Context& test_;
  WebhookDesk& desk_;
  WebhookRequest genuine_;
  std::mt19937_64 random_;
  std::string names_;
  bool timed_ = false;
};

void flipped_bits(Context& test, const DeclaredSlot& slot) {
  WebhookDesk desk(test, slot.id, test.config.json);
  if (!desk.ready()) return;
  test.step("verify_webhook of a genuine request");
  std::vector<WebhookRequest> genuine = given_requests(test, slot.name, desk.instance());
  for (const WebhookRequest& request : genuine) {
    if (desk.verify(request) == COMMS_OK) continue;
    test.fail(kWebhook, "verify_webhook refuses a request of " + test.webhooks);
    return;
  }
  if (genuine.empty()) {
    const auto made = make_genuine(desk, test.plugin, true);
    if (!made) {
      test.not_tried("no request could be made that its verify_webhook takes for genuine",
                     "give genuine ones with --webhooks FILE (and the --config they belong to)");
      return;
    }
    genuine.push_back(*made);
  }
  test.step("verify_webhook of falsified requests");
  for (const WebhookRequest& request : genuine) {
    Falsifier(test, desk, request).run();
    // Signed with another secret.
    const std::vector<SampleConfig> others = sample_configs(*test.plugin.config, 2);
    for (const SampleConfig& other : others) {
      if (other.secrets.size() < test.config.secrets.size() || other.secrets.empty() ||
          !CryptoSpy::get().believed.empty()) {
        continue;
      }
      WebhookDesk stranger(test, slot.id, other.json);
      if (stranger.ready() && stranger.verify(request) == COMMS_OK) {
        test.fail(kWebhook, "verify_webhook accepts what was signed with another secret");
      }
    }
  }
}

std::string deep(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[');
}

void garbage(Context& test, const DeclaredSlot& slot) {
  WebhookDesk desk(test, slot.id, test.config.json);
  if (!desk.ready()) return;
  std::string large = R"({"filler":")" + std::string(8 * 1024 * 1024 - 32, 'x') + R"("})";
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"an empty body", ""},
      {"truncated JSON", R"({"id":"1","type":"email.del)"},
      {"an HTML page", "<!DOCTYPE html><html></html>"},
      {"JSON of another kind", "[null,1,\"a\",{}]"},
      {"a JSON text", "\"text\""},
      {"bytes that are not UTF-8", "{\"id\":\"caf\xe9\"}"},
      {"bytes of zero", std::string(16, '\0')},
      {"a thousand levels", deep(1000)},
      {"a form", "From=%2B15551234567&Body=a%00b&To=&=&&%zz"},
      {"8 MB", std::move(large)}};
  const char* types[] = {"application/json", "application/x-www-form-urlencoded",
                         "multipart/form-data; boundary=x", ""};
  for (const auto& [what, body] : bodies) {
    for (const char* type : types) {
      for (const char* method : {"POST", "GET"}) {
        WebhookRequest request;
        request.method = method;
        request.body = body;
        if (*type) request.headers.emplace_back("Content-Type", type);
        desk.parse("parse_webhook of " + what + " as '" + type + "'", request);
      }
    }
  }
  std::mt19937_64 random(test.seed);
  for (int i = 0; i < 300; ++i) {
    WebhookRequest request;
    request.body = R"({"id":"1","type":"email.delivered","data":{"to":["a@example.com"],"n":1.5}})";
    for (int n = 0; n < 3; ++n) {
      request.body[random() % request.body.size()] = static_cast<char>(random() & 0xff);
    }
    request.headers.emplace_back("Content-Type", types[random() % 2]);
    desk.parse("parse_webhook of random bytes (--seed " + std::to_string(test.seed) + ")", request);
  }
}

void short_of_memory(Context& test, const DeclaredSlot& slot) {
  WebhookDesk desk(test, slot.id, test.config.json);
  if (!desk.ready()) return;
  WebhookRequest request;
  request.body = R"({"id":"1","from":"+14155550100","text":"hello"})";
  request.headers.emplace_back("Content-Type", "application/json");
  for (const std::string& name : signature_headers(test.plugin)) {
    request.headers.emplace_back(name, "1700000000");
  }
  fail_each_allocation(test, Leaves::what_instances_keep, [&] {
    if (desk.verify(request) == COMMS_OK) {
      test.fail(kWebhook, "verify_webhook accepts an unsigned request when memory is short");
    }
    desk.parse("parse_webhook without the memory it wanted", request);
  });
}

}  // namespace

std::vector<Test> webhook_tests(const PluginFile& plugin) {
  std::vector<Test> tests;
  for (const DeclaredSlot& slot : plugin.slots) {
    if (!slot.has("verify_webhook")) continue;
    const auto add = [&](const char* name, void (*run)(Context&, const DeclaredSlot&)) {
      tests.push_back({"webhook." + slot.name + '.' + name,
                       [slot, run](Context& test) { run(test, slot); }, 30});
    };
    add("unsigned", &unsigned_ones);
    add("empty_secret", &empty_secret);
    add("flipped_bits", &flipped_bits);
    add("garbage", &garbage);
    add("allocation_failure", &short_of_memory);
  }
  return tests;
}

}  // namespace comms::check
