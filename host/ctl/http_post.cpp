#include "ctl/http_post.h"

#include <memory>

#include <curl/curl.h>

#include "base/text.h"

namespace commsd::ctl {

namespace {

constexpr std::size_t largest = 64 << 20;

/// Takes an answer apart as it arrives.
class Reception {
 public:
  using OnEvent = std::function<void(std::string_view, std::string_view)>;

  Reception(HttpReply& reply, const OnEvent& on_event, const std::atomic<bool>& cancelled)
      : reply_(reply), on_event_(on_event), cancelled_(cancelled) {}

  bool cancelled() const { return cancelled_.load(); }

  void header(std::string_view line) {
    if (line.starts_with("HTTP/")) reply_ = HttpReply();  // an interim answer came before
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name = to_lower_ascii(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1));
    if (name == "content-type") reply_.content_type = to_lower_ascii(value);
    if (name == "mcp-session-id") reply_.session = value;
  }

  bool body(std::string_view bytes) {
    if (!reply_.content_type.starts_with("text/event-stream")) {
      reply_.body += bytes;
      return reply_.body.size() <= largest;
    }
    pending_ += bytes;
    std::size_t start = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', start)) != std::string::npos;) {
      std::string_view line(pending_.data() + start, end - start);
      if (line.ends_with('\r')) line.remove_suffix(1);
      take(line);
      start = end + 1;
    }
    pending_.erase(0, start);
    return pending_.size() + data_.size() <= largest;
  }

 private:
  /// One line of an event stream (WHATWG HTML, 9.2.6); the server sends LF or CRLF, never CR.
  void take(std::string_view line) {
    if (line.empty()) {
      if (!data_.empty()) on_event_(data_, id_);
      data_.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") {
      if (!data_.empty()) data_ += '\n';
      data_ += value;
    } else if (name == "id") {
      id_ = value;
    }
  }

  HttpReply& reply_;
  const OnEvent& on_event_;
  const std::atomic<bool>& cancelled_;
  std::string pending_;
  std::string data_;
  std::string id_;
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* reception) {
  static_cast<Reception*>(reception)->header({data, size * count});
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* reception) {
  return static_cast<Reception*>(reception)->body({data, size * count}) ? size * count : 0;
}

int on_progress(void* reception, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Reception*>(reception)->cancelled() ? 1 : 0;
}

}  // namespace

HttpClients::HttpClients() {
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

HttpClients::~HttpClients() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
}

void* HttpClients::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return curl_easy_init();
  void* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void HttpClients::give_back(void* handle) {
  curl_easy_reset(handle);  // keeps its connections
  const std::lock_guard lock(mutex_);
  idle_.push_back(handle);
}

HttpReply HttpClients::run(
    std::string_view method, const std::string& url, const HttpFields& fields,
    const std::string& body,
    const std::function<void(std::string_view data, std::string_view id)>& on_event,
    const std::atomic<bool>& cancelled) {
  HttpReply reply;
  Reception reception(reply, on_event, cancelled);
  CURL* const handle = take();
  if (!handle) {
    reply.problem = "out of memory";
    return reply;
  }
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // no 100-continue round trip
  for (const auto& [name, value] : fields) {
    list = curl_slist_append(list, (name + ": " + value).c_str());
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> owner(list, curl_slist_free_all);
  char problem[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, problem);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, std::string(method).c_str());
  if (method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reception);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reception);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &reception);
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK) {
    reply.status = static_cast<int>(status);
  } else {
    reply.problem = *problem ? problem : curl_easy_strerror(code);
  }
  give_back(handle);
  return reply;
}

}  // namespace commsd::ctl
