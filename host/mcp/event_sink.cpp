#include "mcp/event_sink.h"

#include <utility>

#include "net/event_stream.h"

namespace commsd::mcp {

namespace {

class NetSink final : public EventSink {
 public:
  explicit NetSink(std::shared_ptr<net::EventStream> stream) : stream_(std::move(stream)) {}

  bool send(std::string_view json, std::string_view id) override {
    return stream_->send("message", json, id);
  }
  void retry_after(std::chrono::milliseconds delay) override { stream_->send_retry(delay); }
  void close() override { stream_->close(); }
  bool closed() const override { return stream_->closed(); }
  Task<bool> written() override { return stream_->written(); }

 private:
  std::shared_ptr<net::EventStream> stream_;
};

}  // namespace

std::shared_ptr<EventSink> make_sink(std::shared_ptr<net::EventStream> stream) {
  return std::make_shared<NetSink>(std::move(stream));
}

}  // namespace commsd::mcp
