#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plugin/services/http_request.h"
#include "plugin/services/op.h"

namespace commsd::plugin {

class ServiceHost;

/// One http.send of an op: carries what the client's thread hears to the op's executor, where the
/// plugin's continuation runs. At most 256 KB wait in between; then the transfer is paused.
class HttpCall final : public Op::Part, public std::enable_shared_from_this<HttpCall> {
 public:
  HttpCall(ServiceHost& host, std::shared_ptr<Op> op, HttpServiceRequest request,
           comms_http_cb callback, void* user, void (*release)(void*));
  ~HttpCall() override;

  void start();
  void cancel() override;
  void resume_chunks() override;

 private:
  static constexpr std::size_t kWindow = 256 * 1024;
  struct Pump;

  // on the client's thread
  void on_head(int status, const net::HttpHeaders& headers);
  bool on_chunk(std::string_view chunk);
  void on_done(net::HttpOutcome outcome);
  void schedule();

  // on the op's executor
  void pump();
  void deliver_end(net::HttpOutcome outcome);
  bool try_again(const net::TransportFailure& failure);
  comms_status call_plugin(const HttpResponseView& response);
  void deliver(const HttpResponseView& response);
  void end(Op::Sent sent);
  void let_go();
  void abandon();

  ServiceHost& host_;
  std::shared_ptr<Op> op_;
  HttpServiceRequest request_;
  comms_http_cb callback_;
  void* user_;
  void (*release_)(void*);
  bool finished_ = false;  // the plugin wants to hear no more
  bool ended_ = false;
  int tries_ = 0;
  net::HttpClient::RequestId id_ = 0;
  Executor::TimerId retry_ = 0;  // not 0 between two tries

  std::mutex mutex_;  // guards what follows: both threads touch it
  std::deque<std::string> chunks_;
  std::size_t waiting_bytes_ = 0;
  bool paused_ = false;
  bool scheduled_ = false;
  bool swallow_ = false;  // the body of a redirect
  int status_ = 0;
  net::HttpHeaders headers_;
  std::optional<net::HttpOutcome> outcome_;
};

}  // namespace commsd::plugin
