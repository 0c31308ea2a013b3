#include "session.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <comms/cpp/types.hpp>

namespace smtp {

namespace {

/// More keywords than any server has; a hostile one shall not fill our memory.
constexpr std::size_t most_offers = 64;
constexpr std::size_t longest_text = 500;
constexpr long connect_ms = 10'000;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

bool Progress::offered(std::string_view keyword) const {
  return std::find(offers.begin(), offers.end(), keyword) != offers.end();
}

template <class Value>
void Session::set(CURLoption option, Value value) {
  if (curl_easy_setopt(curl_.get(), option, value) != CURLE_OK) {
    throw comms::Error(COMMS_INTERNAL, "libcurl does not take an option of SMTP");
  }
}

Session::Session(const Settings& settings, const std::string& our_name, const std::string& token)
    : curl_(curl_easy_init()) {
  if (!curl_) throw comms::Error(COMMS_INTERNAL, "libcurl made no handle");
  set(CURLOPT_URL, settings.url(our_name).c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");  // not from the environment
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min<long>(connect_ms, settings.timeout_ms));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout_ms));
  set(CURLOPT_ERRORBUFFER, error_);
  set(CURLOPT_HEADERFUNCTION, &Session::on_reply);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_READFUNCTION, &Session::on_read);
  set(CURLOPT_READDATA, this);
  set(
      CURLOPT_WRITEFUNCTION,
      +[](char*, std::size_t size, std::size_t count, void*) { return size * count; });
  if (settings.security != "none") {
    set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings.ca_file.empty()) set(CURLOPT_CAINFO, settings.ca_file.c_str());
  }
  if (!settings.username.empty()) log_in(settings, token);
}

void Session::log_in(const Settings& settings, const std::string& token) {
  set(CURLOPT_USERNAME, settings.username.c_str());
  if (settings.uses_oauth()) {
    set(CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
    set(CURLOPT_XOAUTH2_BEARER, token.c_str());
    return;
  }
  set(CURLOPT_PASSWORD, settings.password.c_str());
  set(CURLOPT_LOGIN_OPTIONS, settings.auth == "plain"   ? "AUTH=PLAIN"
                             : settings.auth == "login" ? "AUTH=LOGIN"
                                                        : "AUTH=PLAIN;AUTH=LOGIN");
}

const Progress& Session::greet() {
  set(CURLOPT_CUSTOMREQUEST, "NOOP");
  run();
  set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
  return progress_;
}

const Progress& Session::submit(const std::string& from, const std::vector<std::string>& recipients,
                                std::string_view message) {
  std::unique_ptr<curl_slist, FreeList> list;
  for (const std::string& recipient : recipients) {
    curl_slist* longer = curl_slist_append(list.get(), recipient.c_str());
    if (!longer) throw comms::Error(COMMS_INTERNAL, "out of memory");
    (void)list.release();
    list.reset(longer);
  }
  rest_ = message;
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, list.get());
  set(CURLOPT_UPLOAD, 1L);
  // Goes out as SIZE=, so that a message that is too large is refused before it is sent.
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
  set(CURLOPT_FORBID_REUSE, 1L);
  return run();
}

const Progress& Session::run() {
  error_[0] = '\0';
  progress_.outcome = curl_easy_perform(curl_.get());
  progress_.failed_at = error_;
  return progress_;
}

/// One line of a reply: "250-SIZE 1000", "250 2.0.0 Ok: queued".
void Session::hear(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  int code = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (i >= line.size() || !std::isdigit(static_cast<unsigned char>(line[i]))) return;
    code = code * 10 + (line[i] - '0');
  }
  if (code == 221) return;  // to the QUIT that libcurl sends in the end; it explains nothing
  const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
  progress_.code = code;
  progress_.text = text.substr(0, longest_text);
  if (code == 220) progress_.greeted = true;
  if (progress_.handed_over) progress_.answered_message = true;
  if (code == 250 && progress_.offers.size() < most_offers) {
    std::string keyword(text.substr(0, std::min<std::size_t>(text.find(' '), 40)));
    for (char& c : keyword) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    progress_.offers.push_back(std::move(keyword));
  }
}

std::size_t Session::on_reply(char* data, std::size_t size, std::size_t count, void* self) {
  try {
    static_cast<Session*>(self)->hear(std::string_view(data, size * count));
    return size * count;
  } catch (...) {  // out of memory; no exception may pass through C
    return 0;
  }
}

std::size_t Session::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  auto& session = *static_cast<Session*>(self);
  const std::size_t taken = std::min(size * count, session.rest_.size());
  if (taken > 0) std::memcpy(out, session.rest_.data(), taken);
  session.rest_.remove_prefix(taken);
  // libcurl ends the message as soon as it has sent what was given here.
  if (session.rest_.empty()) session.progress_.handed_over = true;
  return taken;
}

}  // namespace smtp
