#include "checked_host.h"

#include "allocation.h"
#include "checked_tables.h"

namespace comms::check {
namespace {

/// The host whose op is under way. One test, one thread, one op at a time.
CheckedHost* running = nullptr;
/// The host made last: who is told of calls that belong to no op.
CheckedHost* latest = nullptr;

std::string origin_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return {};
  std::string origin(url.substr(0, url.find_first_of("/?#", scheme + 3)));
  if (const std::size_t user = origin.find('@'); user != origin.npos) return {};
  for (char& c : origin) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string standard =
      origin.rfind("https:", 0) == 0 || origin.rfind("wss:", 0) == 0 ? ":443" : ":80";
  if (origin.size() > standard.size() && origin.ends_with(standard)) {
    origin.resize(origin.size() - standard.size());
  }
  return origin;
}

/// Whether the origin is the entry's: equal, or below it where that begins with "*.". A WebSocket
/// counts as the https origin it begins as.
bool covers(std::string entry, std::string origin) {
  for (std::string* text : {&entry, &origin}) {
    if (text->rfind("wss:", 0) == 0) text->replace(0, 3, "https");
    if (text->rfind("ws:", 0) == 0) text->replace(0, 2, "http");
  }
  const std::size_t star = entry.find("://*.");
  if (star == entry.npos) return origin_of(entry) == origin;
  const std::string scheme = entry.substr(0, star + 3), suffix = entry.substr(star + 4);
  return origin.rfind(scheme, 0) == 0 && origin.size() > scheme.size() + suffix.size() &&
         origin.ends_with(suffix);
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    std::uint32_t code = byte;
    if (byte >= 0xc2 && byte <= 0xdf) {
      more = 1;
      code = byte & 0x1fU;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      more = 2;
      code = byte & 0x0fU;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      more = 3;
      code = byte & 0x07U;
    } else if (byte >= 0x80) {
      return false;
    }
    if (i + more >= text.size()) return false;
    for (std::size_t n = 1; n <= more; ++n) {
      const auto next = static_cast<unsigned char>(text[i + n]);
      if ((next & 0xc0U) != 0x80U) return false;
      code = code << 6 | (next & 0x3fU);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (overlong || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return false;
    i += more + 1;
  }
  return true;
}

CheckedHost& CheckedHost::make(Context& test) {
  return *new CheckedHost(test);  // see the class: it stays
}

CheckedHost::CheckedHost(Context& test) : test_(&test) {
  fake.crypto = checked_crypto();
  host_.size = sizeof host_;
  host_.abi_major = COMMS_ABI_MAJOR;
  host_.abi_minor = COMMS_ABI_MINOR;
  host_.ctx = this;
  host_.service = &checked_service;
  host_.log = &checked_log;
  latest = this;
}

CheckedHost& CheckedHost::of(const comms_op*) {
  return running ? *running : *latest;
}

bool CheckedHost::may_call(const char* what) {
  if (alive_) return true;
  test_->fail(kDestroy, std::string(what) + " was called after destroy had returned");
  return false;
}

bool CheckedHost::may_call_here(const char* what) {
  if (!may_call(what)) return false;
  if (std::this_thread::get_id() == thread_) return true;
  test_->fail(kThread, std::string(what) + " was called from a thread of the plugin's own");
  return false;
}

bool CheckedHost::is_live(const comms_op* op, const char* what) {
  if (!may_call_here(what)) return false;
  if (op && op == current_ && !ended_) return true;
  if (running && running != this && op == running->current_) {
    test_->fail(kInstances,
                std::string(what) + " was called with an op of another instance's host");
    return false;
  }
  test_->fail(kOnce, std::string(what) + " was called for an op that had completed already");
  return false;
}

Status CheckedHost::after_answer(Status status, bool goes_on) {
  ++answers_;
  if (!goes_on) ended_ = true;
  if (goes_on && cancel_at == answers_) {
    ended_ = true;
    return COMMS_CANCELLED;
  }
  return status;
}

void CheckedHost::check_text(const std::string& where, std::string_view text) {
  if (!is_utf8(text)) test_->fail(kStrings, where + " is not UTF-8");
  for (const auto& [setting, secret] : test_->config.secrets) {
    if (secret.size() >= 6 && text.find(secret) != text.npos) {
      test_->fail(kSecret, where + " contains the secret '" + setting + "'");
    }
  }
}

bool CheckedHost::egress_allows(std::string_view url) const {
  const std::string origin = origin_of(url);
  for (const std::string& entry : test_->plugin.egress) {
    const bool configured = entry.rfind("config:", 0) == 0;
    const std::string allowed = configured ? test_->config.text(entry.substr(7)) : entry;
    if (!allowed.empty() && covers(allowed, origin)) return true;
  }
  return false;
}

Status CheckedHost::check_address(std::string_view url, std::string_view scheme, const char* what) {
  if (creating) test_->fail(kNoNetworkInCreate, std::string(what) + " was called inside create");
  const std::string origin = origin_of(url);
  if (origin.empty()) return COMMS_INVALID;  // as the host answers; the op fails by it
  if (!egress_allows(url)) {
    test_->fail(kEgress, "it asks " + origin + ", which is not in its manifest's egress");
    return COMMS_DENIED;
  }
  const bool of_config = test_->config.json.find(origin) != std::string::npos;
  if (origin.rfind(scheme, 0) != 0 && !of_config) {
    test_->fail(kEgress, "it asks " + origin + " without TLS");
    return COMMS_DENIED;
  }
  return COMMS_OK;
}

void CheckedHost::forget() {
  fake.requests.clear();
  fake.answers.clear();
  fake.socket_scripts.clear();
  fake.sockets.clear();
  fake.log.clear();
  gone_.clear();
  fake.transport = nullptr;
  cancel_at.reset();
}

OpResult CheckedHost::run(const std::string& what, const std::function<Status(comms_op*)>& begin) {
  under_way_ = answers_ = messages_ = 0;
  ended_ = false;
  Status at_once = COMMS_INTERNAL;
  OpResult result = fake.run([&](comms_op* op) -> Status {
    current_ = op;
    running = this;
    {
      const allocation::PluginSide side;
      at_once = begin(op);
    }
    ended_ = at_once != COMMS_PENDING;
    if (at_once == COMMS_OK && under_way_ > 0) {
      test_->fail(kOnce, what +
                             " returned COMMS_OK while a request of it was still under way: it "
                             "would complete twice");
    }
    if (at_once == COMMS_PENDING && cancel_at == 0) {
      ended_ = true;
      return COMMS_CANCELLED;
    }
    return at_once;
  });
  current_ = nullptr;
  running = nullptr;
  latest = this;
  check_completion(what, at_once, result);
  return result;
}

void CheckedHost::check_completion(const std::string& what, Status at_once,
                                   const OpResult& result) {
  const Status status = result.status;
  if (status == COMMS_PENDING) {
    test_->fail(kOnce, what + " never completed: it returned COMMS_PENDING with nothing under way");
    return;
  }
  if (status < COMMS_OK || status > COMMS_AMBIGUOUS || status == COMMS_BACKPRESSURE) {
    test_->fail(kOnce, what + " ended with " + std::to_string(status) + ", which is no outcome");
  }
  if (messages_ > 1) {
    test_->fail(kOnce, what + " delivered two results (result.message was called " +
                           std::to_string(messages_) + " times)");
  }
  if (cancel_at && at_once == COMMS_PENDING) return;
  if (result.error.status != COMMS_OK && result.error.status != status) {
    test_->fail(kDetail, what + " reported status " + std::to_string(result.error.status) +
                             " to result.fail and returned " + std::to_string(status));
  }
  if (status != COMMS_OK && status != COMMS_CANCELLED && result.error.message.empty()) {
    test_->fail(kDetail,
                what + " failed with status " + std::to_string(status) + " and did not say why");
  }
}

OpResult CheckedHost::report(const std::string& what,
                             const std::function<Status(const comms_report*)>& begin) {
  struct Told {
    CheckedHost* host;
    OpResult result;
    int times = 0;
  } told{this, {}};
  const comms_report report{&told, [](void* ctx, const comms_error* e) {
                              const allocation::HostSide side;
                              auto& to = *static_cast<Told*>(ctx);
                              if (!to.host->may_call_here("report.fail")) return;
                              ++to.times;
                              to.host->check_text("an error message", view(e->message));
                              to.host->check_text("a remedy", view(e->remedy));
                              to.host->check_text("a vendor code", view(e->vendor_code));
                              to.result.error = Error(e->status, std::string(view(e->message)),
                                                      std::string(view(e->vendor_code)),
                                                      std::string(view(e->remedy)));
                            }};
  {
    const allocation::PluginSide side;
    told.result.status = begin(&report);
  }
  if (told.times > 1) test_->fail(kDetail, what + " called report.fail more than once");
  return told.result;
}

}  // namespace comms::check
