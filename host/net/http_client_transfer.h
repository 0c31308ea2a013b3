#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "net/http_client.h"

namespace commsd::net {

/// One request on one libcurl easy handle: set-up, libcurl's callbacks, and the verdict at the
/// end. Used on the client's thread only; knows nothing of the loop around it.
class HttpTransfer {
 public:
  using Time = std::chrono::steady_clock::time_point;

  HttpTransfer(HttpClient::RequestId id, HttpRequestOut request, HttpCallbacks callbacks);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  HttpClient::RequestId id() const { return id_; }
  const HttpRequestOut& request() const { return request_; }
  const std::string& origin() const { return origin_; }
  CURL* easy() const { return easy_.get(); }

  /// Where it goes, once the policy let it through.
  void set_target(const EgressTarget& target);
  const EgressTarget& target() const { return target_; }

  /// Fills in the easy handle to connect to one of `addresses` (unused for a literal host).
  /// Error: the header or method that may not be sent.
  std::optional<std::string> prepare(const std::vector<std::string>& addresses,
                                     const HttpClient::Options& options);

  void resume();

  /// The verdict on what libcurl reported.
  HttpOutcome outcome(CURLcode code);
  TransportFailure timed_out() const;
  TransportFailure cancelled() const;
  TransportFailure failure(TransportFailure::Kind kind, std::string cause) const;

  /// Delivers the end; nothing is called afterwards.
  void finish(HttpOutcome outcome);

  std::multimap<Time, HttpClient::RequestId>::iterator deadline;  // the loop's
  bool in_multi = false;                                          // the loop's

 private:
  struct EasyCleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListCleanup>;

  static void append(List& list, const std::string& line);
  std::optional<std::string> prepare_headers(const HttpClient::Options& options);
  void prepare_method();

  static int before_request(void* self, char*, char*, int, int);
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  bool take_header(std::string_view line);
  std::size_t take_body(std::string_view chunk);

  const HttpClient::RequestId id_;
  HttpRequestOut request_;
  HttpCallbacks callbacks_;
  EgressTarget target_;
  std::string origin_ = "the URL";
  std::unique_ptr<CURL, EasyCleanup> easy_;
  List headers_;
  List resolve_;
  std::array<char, CURL_ERROR_SIZE> error_{};

  HttpResponseIn response_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  unsigned writes_ = 0;  // times libcurl set out to write the request
  bool head_done_ = false;
  bool too_large_ = false;
  bool address_refused_ = false;
  bool repeat_refused_ = false;
  bool paused_ = false;
};

}  // namespace commsd::net
