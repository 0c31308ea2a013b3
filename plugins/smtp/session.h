#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "settings.h"

namespace smtp {

/// How far an exchange came, by the server's own replies.
struct Progress {
  CURLcode outcome = CURLE_OK;
  std::string failed_at;            // libcurl's words: "RCPT failed: 550"
  int code = 0;                     // of the last reply
  std::string text;                 // of the last reply, its first 500 bytes
  bool greeted = false;             // the server said 220
  bool handed_over = false;         // the last byte of the message was given away ...
  bool answered_message = false;    // ... and this is the reply to it
  std::vector<std::string> offers;  // keywords of EHLO, upper case

  bool offered(std::string_view keyword) const;
};

/// One connection, used by one thread and then closed: a server may end an idle one at any moment,
/// and a message would meet that. [block]
class Session {
 public:
  /// `token` is the access token when the settings say xoauth2. Throws comms::Error.
  Session(const Settings& settings, const std::string& our_name, const std::string& token);
  Session(const Session&) = delete;  // libcurl knows its address
  Session& operator=(const Session&) = delete;

  /// Connects, logs in, does nothing.
  const Progress& greet();
  /// Hands over one message; connects first unless greet() did.
  const Progress& submit(const std::string& from, const std::vector<std::string>& recipients,
                         std::string_view message);

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  template <class Value>
  void set(CURLoption option, Value value);
  void log_in(const Settings& settings, const std::string& token);
  const Progress& run();
  void hear(std::string_view line);
  static std::size_t on_reply(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);

  Progress progress_;
  std::string_view rest_;  // of the message
  char error_[CURL_ERROR_SIZE] = "";
  std::unique_ptr<CURL, Free> curl_;  // last, because it refers to what is above
};

}  // namespace smtp
