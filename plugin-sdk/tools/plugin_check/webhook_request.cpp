#include "webhook_request.h"

#include <algorithm>
#include <array>

#include <comms/cpp/crypto.hpp>

#include "allocation.h"
#include "crypto_spy.h"
#include "faults.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool has_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != text.npos; });
}

std::string unhex(std::string_view text) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  if (text.size() % 2 != 0 ||
      text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
    return {};
  }
  std::string raw;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    raw += static_cast<char>(value(text[i]) * 16 + value(text[i + 1]));
  }
  return raw;
}

/// Whole header values around a signature that vendors use; # is the signature, @ the time.
constexpr std::array<std::string_view, 8> kForms = {"#",        "v1,#",     "sha256=#", "sha1=#",
                                                    "t=@,v1=#", "Bearer #", "Basic #",  "v1=#"};
/// Signatures of the usual lengths: SHA-256 and SHA-1, in hexadecimal and in base64.
const std::array<std::string, 4> kMarks = {
    "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee",
    "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee",
    "AMD/7gDA/+4AwP/uAMD/7gDA/+4AwP/uAMD/7gDA/+4=", "AMD/7gDA/+4AwP/uAMD/7gDA/+4="};

std::string filled(std::string_view form, const std::string& signature, const std::string& time) {
  std::string text;
  for (const char c : form) {
    if (c == '#') {
      text += signature;
    } else if (c == '@') {
      text += time;
    } else {
      text += c;
    }
  }
  return text;
}

bool carries_time(const std::string& name) {
  return has_one_of(lower(name), {"time", "stamp", "date"});
}

bool carries_signature(const std::string& name) {
  return has_one_of(lower(name), {"sign", "hmac", "auth", "digest", "hash", "token", "secret"});
}

/// Header values to try, given that `mark` was sent in `form` and came to a comparison as `given`
/// while `expected` was the other side.
std::vector<std::string> answers(const Crypto& crypto, std::string_view form,
                                 const std::string& mark, const std::string& time,
                                 const std::string& given, const std::string& expected) {
  std::vector<std::string> values;
  if (given == filled(form, mark, time)) values.push_back(expected);
  if (given == mark) values.push_back(filled(form, expected, time));
  if (given == unhex(mark)) values.push_back(filled(form, hex(expected), time));
  if (given == crypto.from_base64(mark)) {
    values.push_back(filled(form, crypto.base64(expected), time));
  }
  if (given.size() >= 4 && given.size() < mark.size() && mark.rfind(given, 0) == 0) {
    values.push_back(filled(form, expected + mark.substr(given.size()), time));  // looks at a part
  }
  return values;
}

class Forger {
 public:
  Forger(WebhookDesk& desk, const PluginFile& plugin, bool with_public_keys)
      : desk_(desk),
        names_(signature_headers(plugin)),
        with_public_keys_(with_public_keys),
        host_(desk.instance().host().raw()),
        crypto_(host_) {}

  std::optional<WebhookRequest> forge() {
    const std::int64_t now = desk_.instance().host().fake.now_ms;
    for (const auto& [type, body] :
         {std::pair("application/json", R"({"id":"check-id-1","type":"check","text":"hello"})"),
          std::pair("application/x-www-form-urlencoded",
                    "MessageSid=SM0123456789abcdef&From=15551234567&Body=hello")}) {
      for (const std::string& time : {std::to_string(now / 1000), std::to_string(now)}) {
        for (const std::string_view form : kForms) {
          for (const std::string& mark : kMarks) {
            if (auto found = try_one(type, body, time, form, mark)) return found;
          }
        }
      }
    }
    return std::nullopt;
  }

 private:
  WebhookRequest request(const std::string& type, const std::string& body, const std::string& time,
                         const std::string& signature) const {
    WebhookRequest request;
    request.body = body;
    request.headers = {{"Content-Type", type}};
    for (const std::string& name : names_) {
      std::string value = "check-id-1";
      if (carries_signature(name)) value = signature;
      if (carries_time(name)) value = time;
      request.headers.emplace_back(name, value);
    }
    return request;
  }

  std::optional<WebhookRequest> try_one(const std::string& type, const std::string& body,
                                        const std::string& time, std::string_view form,
                                        const std::string& mark) {
    CryptoSpy& spy = CryptoSpy::get();
    const WebhookRequest first = request(type, body, time, filled(form, mark, time));
    spy.compared.clear();
    spy.watching = true;
    spy.believing = with_public_keys_;
    const Status status = desk_.verify(first);
    spy.watching = spy.believing = false;
    if (status == COMMS_OK) return first;
    for (const auto& [a, b] : std::vector(spy.compared)) {
      for (const auto& [given, expected] : {std::pair(a, b), std::pair(b, a)}) {
        for (const std::string& value : answers(crypto_, form, mark, time, given, expected)) {
          WebhookRequest second = request(type, body, time, value);
          if (desk_.verify(second) == COMMS_OK) return second;
        }
      }
    }
    return std::nullopt;
  }

  WebhookDesk& desk_;
  std::vector<std::string> names_;
  bool with_public_keys_;
  Host host_;
  Crypto crypto_;
};

}  // namespace

std::string* WebhookRequest::header(const std::string& name) {
  for (auto& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

WebhookDesk::WebhookDesk(Context& test, const std::string& slot_id, const std::string& config)
    : test_(test), instance_(test, config) {
  const void* table = instance_.table(slot_id);
  if (!table) return;
  verify_ = reinterpret_cast<Verify>(member_of(slot_id, table, "verify_webhook"));
  parse_ = reinterpret_cast<Parse>(member_of(slot_id, table, "parse_webhook"));
  reply_ = reinterpret_cast<Reply>(member_of(slot_id, table, "webhook_reply"));
}

Status WebhookDesk::verify(const WebhookRequest& request) {
  return request.use([&](const comms_http_in* in) {
    const PluginSide side;
    return verify_(instance_.self(), in);
  });
}

void WebhookDesk::parse(const std::string& what, const WebhookRequest& request) {
  if (!parse_) return;
  test_.step(what);
  struct Taken {
    CheckedHost* host;
    const std::string* what;
    bool readable;
    int count = 0;
    std::int32_t first_kind = 0;
  } taken{&instance_.host(), &what, is_utf8(request.body)};
  const comms_emit emit{
      &taken, [](void* ctx, const comms_event* event) {
        const allocation::HostSide side;
        auto& t = *static_cast<Taken*>(ctx);
        Context& test = t.host->test();
        if (t.count++ == 0) t.first_kind = event->kind;
        if (event->kind < COMMS_EVENT_MESSAGE_IN || event->kind > COMMS_EVENT_SPEECH) {
          test.fail(kParse,
                    *t.what + ": an event has the unknown kind " + std::to_string(event->kind));
        }
        for (const comms_str text : {event->event_id, event->vendor_id, event->from, event->to,
                                     event->status, event->error_message, event->text}) {
          if (t.readable && !is_utf8(view(text))) {
            test.fail(kStrings, *t.what + ": an event's text is not UTF-8");
          }
        }
      }};
  const Status status = request.use([&](const comms_http_in* in) {
    const PluginSide side;
    return parse_(instance_.self(), in, &emit);
  });
  if (status != COMMS_OK && status != COMMS_INVALID) {
    test_.fail(kParse, what + " ended with " + name_of_status(status));
  }
  if (status != COMMS_OK && taken.count > 0) {
    test_.fail(kParse, what + " emitted " + std::to_string(taken.count) +
                           " events and ended with " + name_of_status(status));
  }
  if (status == COMMS_OK) reply(what, request, taken.first_kind);
}

void WebhookDesk::reply(const std::string& what, const WebhookRequest& request, std::int32_t kind) {
  if (!reply_) return;
  std::string body, type;
  const Status status = request.use([&](const comms_http_in* in) {
    const PluginSide side;
    return reply_(instance_.self(), in, kind, testing::FakeHost::sink(body),
                  testing::FakeHost::sink(type));
  });
  if (allocation::failed()) return;  // then it may fail in any way
  if (status != COMMS_OK) {
    test_.fail(kParse, what + ": webhook_reply ended with " + name_of_status(status));
  } else if (!body.empty() && type.empty()) {
    test_.fail(kParse, what + ": webhook_reply wrote a body without a content type");
  }
  instance_.host().check_text("the reply to a webhook", body);
}

std::vector<std::string> signature_headers(const PluginFile& plugin) {
  std::vector<std::string> names;
  for (const std::string& text : plugin.elf.strings) {
    const std::string name = lower(text);
    const bool token =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    const bool shape = token && (name.find('-') != name.npos || name == "authorization" ||
                                 name == "signature" || name == "timestamp");
    const bool telling = carries_signature(name) || carries_time(name) ||
                         has_one_of(name, {"-id", "nonce", "svix", "webhook", "key"});
    if (!shape || !telling || has_one_of(name, {"content-", "retry-", "user-agent"})) continue;
    const auto same = [&](const std::string& other) { return lower(other) == name; };
    if (std::none_of(names.begin(), names.end(), same)) names.push_back(text);
    if (names.size() == 100) break;
  }
  return names;
}

std::optional<WebhookRequest> make_genuine(WebhookDesk& desk, const PluginFile& plugin,
                                           bool with_public_keys) {
  return Forger(desk, plugin, with_public_keys).forge();
}

}  // namespace comms::check
