#include "api/webhooks.h"

#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "net/event_loops.h"
#include "net/http_server.h"
#include "net/raw_client.h"
#include "plugin/large_webhook.h"
#include "plugin/thread_executor.h"
#include "voice/voice_bed.h"

namespace commsd::api {
namespace {

using net::RawClient;
using plugin::longest_webhook_on_loop;

/// Notes which threads its functions are called on. A body begins with a word and its event's id:
/// "refuse" is not signed, "garble" is not understood, "hold" is read on when the test says so.
class NotingVendor final : public plugin::test::BareMessageProvider<plugin::MessageProvider> {
 public:
  NotingVendor() : BareMessageProvider("noting") {}

  Result<void> verify_webhook(const plugin::WebhookRequest& request) override {
    note();
    if (!request.body.starts_with("refuse")) return {};
    return fail(ErrorCode::permission_denied, "not signed");
  }
  Result<std::vector<plugin::ProviderEvent>> parse_webhook(
      const plugin::WebhookRequest& request) override {
    note();
    if (request.body.starts_with("garble")) {
      return fail(ErrorCode::invalid_argument, "not understood");
    }
    if (request.body.starts_with("hold")) {
      const std::shared_ptr<Hold> holding = hold;
      holding->begun.set_value();
      holding->go_on.get_future().wait();
    }
    plugin::ProviderEvent event = messaging::test::text_event(
        request.body.substr(0, request.body.find(' ')), "guest@example.com",
        std::to_string(request.body.size()) + request.body.back());
    return std::vector{std::move(event)};
  }
  plugin::WebhookReply webhook_reply(const plugin::WebhookRequest& request,
                                     plugin::EventKind) override {
    note();
    return {200, "text/plain", request.body.substr(0, request.body.find(' '))};
  }

  struct Hold {
    std::promise<void> begun;
    std::promise<void> go_on;
  };
  const std::shared_ptr<Hold> hold = std::make_shared<Hold>();

  std::vector<std::thread::id> threads() {
    const std::lock_guard lock(mutex_);
    return std::exchange(threads_, {});
  }

 private:
  void note() {
    const std::lock_guard lock(mutex_);
    threads_.push_back(std::this_thread::get_id());
  }

  std::mutex mutex_;
  std::vector<std::thread::id> threads_;
};

/// The same vendor's telephones.
class NotingPhone final : public voice::test::ScriptedPhone {
 public:
  explicit NotingPhone(std::shared_ptr<NotingVendor> vendor)
      : ScriptedPhone("noting"), vendor_(std::move(vendor)) {}

  Result<void> verify_webhook(const plugin::WebhookRequest& request) override {
    return vendor_->verify_webhook(request);
  }

 private:
  const std::shared_ptr<NotingVendor> vendor_;
};

class OneVendor final : public plugin::test::BareProviders {
 public:
  std::vector<std::shared_ptr<plugin::MessageProvider>> for_channel(plugin::ChannelKind channel,
                                                                    const plugin::Scope&) override {
    const std::lock_guard lock(mutex);
    if (channel == plugin::ChannelKind::voice) return {std::make_shared<NotingPhone>(vendor)};
    return {vendor};
  }

  std::mutex mutex;
  std::shared_ptr<NotingVendor> vendor = std::make_shared<NotingVendor>();
};

/// One loop, so that whatever keeps it is seen by everybody.
class WebhooksTest : public voice::test::VoiceBed {
 protected:
  WebhooksTest() {
    webhooks_.mount(router_);
    net::ServerOptions options;
    options.public_base_url = "https://comms.example.com";
    server_ = std::make_unique<net::HttpServer>(loops_, options, router_);
    EXPECT_TRUE(server_->start());
  }
  ~WebhooksTest() override {
    server_.reset();
    loops_.stop();
    aside_.stop();
  }

  static std::thread::id thread_of(Executor& executor) {
    std::promise<std::thread::id> id;
    executor.post([&id] { id.set_value(std::this_thread::get_id()); });
    return id.get_future().get();
  }
  static std::string request(const std::string& path, const std::string& word, std::size_t bytes) {
    std::string body = word + ' ';
    body.resize(bytes, 'x');
    return "POST /webhooks/" + path +
           " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
           body;
  }
  RawClient send(const std::string& path, const std::string& word, std::size_t bytes) {
    RawClient client(server_->port());
    client.send(request(path, word, bytes));
    return client;
  }
  RawClient::Response answer(const std::string& path, const std::string& word, std::size_t bytes) {
    return send(path, word, bytes).read_response();
  }
  void drain(std::chrono::milliseconds limit) {
    net::EventLoops runner(1);
    std::promise<void> done;
    spawn(runner.at(0), drained(*server_, limit, done));
    done.get_future().get();
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const store::InboxItem& item : waiting()) all.push_back(item.body);
    return all;
  }

  static constexpr std::size_t small = 100;
  static constexpr std::size_t large = longest_webhook_on_loop + 1;

  OneVendor vendors_;
  plugin::ThreadExecutor aside_;
  net::EventLoops loops_{1};
  messaging::InboundPipeline pipeline_{*store_,   vendors_, *outbound_, *inbox_,
                                       keywords_, clock_,   ids_,       inbound_settings_};
  voice::CallEvents call_events_{*store_, vendors_,  vendors_, *gate_, *spend_,
                                 *inbox_, *dialler_, clock_,   ids_,   events_settings_};
  Webhooks webhooks_{pipeline_, call_events_, 4 * longest_webhook_on_loop, aside_};
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;

 private:
  static Task<void> drained(net::HttpServer& server, std::chrono::milliseconds limit,
                            std::promise<void>& done) {
    Task<void> draining = server.drain(limit);
    co_await std::move(draining);
    done.set_value();
  }
};

TEST_F(WebhooksTest, OnlyWhatIsLongIsReadAsideAndTheAnswersAreTheSame) {
  const std::thread::id loop = thread_of(loops_.at(0));
  const std::thread::id aside = thread_of(aside_);
  const auto threads = [&](std::size_t calls, std::thread::id thread) {
    return vendors_.vendor->threads() == std::vector<std::thread::id>(calls, thread);
  };
  EXPECT_EQ(answer("agt_1/email", "one", longest_webhook_on_loop).body, "one");
  EXPECT_TRUE(threads(3, loop));
  EXPECT_EQ(answer("agt_1/email", "two", large).body, "two");
  EXPECT_TRUE(threads(3, aside));
  EXPECT_EQ(answer("agt_1/email", "two", large).body, "two") << "the vendor came again";
  EXPECT_TRUE(threads(3, aside));
  EXPECT_EQ(answer("agt_1/sms", "three", large).body, "three");
  EXPECT_TRUE(threads(3, aside));
  EXPECT_EQ(texts(),
            (std::vector<std::string>{std::to_string(longest_webhook_on_loop) + 'x',
                                      std::to_string(large) + 'x', std::to_string(large) + 'x'}));
  struct Case {
    std::string path;
    std::string word;
    int status;
    std::size_t calls;
  };
  for (const Case& c :
       {Case{"agt_1/email", "refuse", 403, 1}, Case{"agt_1/email", "garble", 400, 2},
        Case{"nobody/email", "four", 404, 0}, Case{"agt_1/voice", "refuse", 403, 1}}) {
    const RawClient::Response here = answer(c.path, c.word, small);
    EXPECT_EQ(here.status, c.status) << c.word;
    EXPECT_TRUE(threads(c.calls, loop)) << c.word;
    const RawClient::Response there = answer(c.path, c.word, large);
    EXPECT_EQ(there.status, here.status) << c.word;
    EXPECT_EQ(there.body, here.body) << c.word;
    EXPECT_EQ(there.field("Content-Type"), here.field("Content-Type")) << c.word;
    EXPECT_TRUE(threads(c.calls, aside)) << c.word;
  }
  EXPECT_EQ(texts().size(), 3U);
}

TEST_F(WebhooksTest, OthersAreServedWhileOneIsReadByAVendorThatIsReplaced) {
  const std::weak_ptr<NotingVendor> old = vendors_.vendor;
  RawClient client = send("agt_1/email", "hold", large);
  const std::shared_ptr<NotingVendor::Hold> hold = vendors_.vendor->hold;
  hold->begun.get_future().wait();
  {
    const std::lock_guard lock(vendors_.mutex);
    vendors_.vendor = std::make_shared<NotingVendor>();
  }
  EXPECT_EQ(answer("agt_1/email", "small", small).body, "small");
  EXPECT_FALSE(old.expired());
  hold->go_on.set_value();
  EXPECT_EQ(client.read_response().body, "hold");
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(texts(), (std::vector<std::string>{"100x", std::to_string(large) + 'x'}));
}

TEST_F(WebhooksTest, AServerThatStopsWaitsForWhatIsRead) {
  RawClient client = send("agt_1/email", "hold", large);
  vendors_.vendor->hold->begun.get_future().wait();
  std::thread stopping([this] { drain(std::chrono::seconds(20)); });
  vendors_.vendor->hold->go_on.set_value();
  EXPECT_EQ(client.read_response().body, "hold");
  stopping.join();
  EXPECT_EQ(server_->stats().requests_in_flight, 0U);
  EXPECT_EQ(texts().size(), 1U);
}

TEST_F(WebhooksTest, WhatIsStillReadWhenAServerHasStoppedIsTakenInOnce) {
  RawClient client = send("agt_1/email", "hold", large);
  vendors_.vendor->hold->begun.get_future().wait();
  drain(std::chrono::milliseconds(0));
  EXPECT_TRUE(client.at_end()) << "no answer: the vendor comes again";
  vendors_.vendor->hold->go_on.set_value();
  while (server_->stats().requests_in_flight > 0) std::this_thread::yield();
  thread_of(loops_.at(0));  // what it did before is seen from here on
  EXPECT_EQ(texts().size(), 1U);
  EXPECT_EQ(server_->stats().responses_2xx, 0U);
}

}  // namespace
}  // namespace commsd::api
