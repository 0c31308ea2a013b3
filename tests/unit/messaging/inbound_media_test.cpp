#include "messaging/inbound_media.h"

#include <map>

#include "base/json.h"
#include "messaging/messaging_bed.h"
#include "store/agent_repository.h"
#include "store/purge_run_repository.h"

namespace commsd::messaging::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* contact = "+14155552671";
constexpr const char* vendor_url = "https://vendor.example/Media/ME1";

/// Objects in memory, which can be out of order.
class MemoryStorage final : public plugin::StorageProvider {
 public:
  const std::string& name() const override { return name_; }
  Task<Result<void>> put(std::string key, std::string content_type, std::string bytes,
                         std::chrono::milliseconds) override {
    if (broken) co_return fail(ErrorCode::unavailable, "out of order");
    const std::uint64_t size = bytes.size();
    objects[key] = {std::move(content_type), std::move(bytes), size};
    co_return Result<void>();
  }
  Task<Result<plugin::StoredObject>> get(std::string key, std::uint64_t, std::uint64_t,
                                         std::chrono::milliseconds) override {
    const auto found = objects.find(key);
    if (broken || found == objects.end()) co_return fail(ErrorCode::not_found, "nothing");
    co_return found->second;
  }
  Task<Result<plugin::ObjectFacts>> head(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "nobody asks");
  }
  Task<Result<void>> remove(std::string key, std::chrono::milliseconds) override {
    if (broken) co_return fail(ErrorCode::unavailable, "out of order");
    objects.erase(key);
    co_return Result<void>();
  }
  Result<std::string> signed_url(std::string_view, std::string_view,
                                 std::chrono::seconds) override {
    return fail(ErrorCode::unsupported, "no");
  }

  bool broken = false;
  std::map<std::string, plugin::StoredObject> objects;

 private:
  const std::string name_ = "memory";
};

class InboundMediaTest : public MessagingBed {
 protected:
  InboundMediaTest() { make(); }

  void make(MediaSettings settings = {}) {
    settings.waits = {seconds(5), seconds(30)};
    media_.emplace(
        *store_, providers_, [this](const plugin::Scope&) { return storage_; }, links_, *audit_,
        clock_, settings);
  }

  /// A message with these files; returns its item.
  store::InboxItem receive(const std::string& id, const std::vector<std::string>& urls) {
    plugin::ProviderEvent event = text_event(id, contact, "look");
    for (const std::string& url : urls) event.media.push_back({url, "image/png", "cat.png", 0});
    EXPECT_TRUE(webhook(std::move(event)));
    return waiting().back();
  }
  /// A message with this file in it.
  store::InboxItem receive_inside(const std::string& id, std::string bytes) {
    plugin::ProviderEvent event = text_event(id, contact, "look");
    const auto size = static_cast<std::int64_t>(bytes.size());
    event.media.push_back({"", "application/pdf", "menu.pdf", size, std::move(bytes)});
    EXPECT_TRUE(webhook(std::move(event)));
    return waiting().back();
  }
  bool lies_beside(const store::InboxItem& item) {
    const store::InboxFileRepository files(*store_);
    const auto bytes = executor_.run(files.bytes("org_1", "agt_1", item.id, 0));
    EXPECT_TRUE(bytes);
    return bytes && *bytes;
  }
  std::vector<std::string> urls(const store::InboxItem& item) {
    std::vector<std::string> found;
    const auto list = JsonDocument::parse(media_->shown(item));
    list->root().each([&](JsonValue file) { found.emplace_back(*file.string("url")); });
    return found;
  }
  Result<InboundMedia::File> open(const std::string& url) {
    return executor_.run(media_->open(url.substr(url.rfind('/') + 1)));
  }
  InboundMedia::State state() { return *executor_.run(media_->state("org_1", "agt_1")); }
  Result<InboundMedia::State> change(InboundMedia::Change change) {
    return executor_.run(media_->change("org_1", "agt_1", "tok", change));
  }
  std::size_t run() { return *executor_.run(media_->run_due()); }
  void sweep() { ASSERT_TRUE(executor_.run(media_->sweep(100))); }
  void serve(std::string bytes) {
    vendor_->files[vendor_url] = plugin::FetchedMedia{"image/png", std::move(bytes)};
  }
  void remove(const std::string& item) {
    store::UnitOfWork unit;
    unit.fetch(
        "inbox.remove",
        {{"org_id", std::string("org_1")}, {"agent_id", std::string("agt_1")}, {"id", item}});
    ASSERT_TRUE(executor_.run(store_->commit(std::move(unit))));
  }

  std::shared_ptr<MemoryStorage> storage_ = std::make_shared<MemoryStorage>();
  MediaLinks links_{"key", "https://comms.example.com", providers_};
  std::optional<InboundMedia> media_;
};

TEST_F(InboundMediaTest, PassesThroughWhatOnlyTheVendorsCredentialsOpen) {
  serve("bytes");
  const store::InboxItem item = receive("SM1", {vendor_url, "https://vendor.example/Media/ME2"});
  const auto shown = urls(item);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_TRUE(shown[0].starts_with("https://comms.example.com/media/inbound/"));
  EXPECT_EQ(shown[0].find("4155552671"), std::string::npos);
  const auto file = open(shown[0]);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bytes, "bytes");
  EXPECT_EQ(file->content_type, "image/png");
  EXPECT_EQ(file->filename, "cat.png");
  EXPECT_EQ(open(shown[1]).error().code, ErrorCode::not_found) << "the vendor has it no more";
  EXPECT_EQ(run(), 0U);
  EXPECT_TRUE(storage_->objects.empty()) << "nothing is kept by default";
}

TEST_F(InboundMediaTest, LinksExpireAndCannotBeMade) {
  serve("bytes");
  const std::string url = urls(receive("SM1", {vendor_url})).front();
  const std::string token = url.substr(url.rfind('/') + 1);
  for (std::size_t i = 0; i < token.size(); i += 7) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(executor_.run(media_->open(forged)).error().code, ErrorCode::not_found) << i;
  }
  for (const char* forged : {"", ".", "..", "a.b.c", "a.1.b"}) {
    EXPECT_EQ(executor_.run(media_->open(forged)).error().code, ErrorCode::not_found);
  }
  EXPECT_FALSE(
      MediaLinks("another key", "https://comms.example.com", providers_).open(token, clock_.now()));
  clock_.advance(hours(1));
  EXPECT_TRUE(open(url));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(open(url).error().code, ErrorCode::not_found);
}

TEST_F(InboundMediaTest, AFileMayBeTooLarge) {
  MediaSettings settings;
  settings.most_bytes = 3;
  make(settings);
  serve("four");
  const auto file = open(urls(receive("SM1", {vendor_url})).front());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::too_large);
}

TEST_F(InboundMediaTest, ARepeatedWebhookAddsNothing) {
  ASSERT_TRUE(change({true, {}, {}}));
  serve("bytes");
  receive("SM1", {vendor_url});
  receive("SM1", {vendor_url});
  EXPECT_EQ(state().waiting, 1);
}

TEST_F(InboundMediaTest, IsKeptAfterTheMessageWas) {
  ASSERT_TRUE(change({true, {}, {}}));
  serve("bytes");
  const store::InboxItem item = receive("SM1", {vendor_url});
  EXPECT_EQ(vendor_->fetched, 0) << "not before the message is stored";
  EXPECT_EQ(state().waiting, 1);
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(run(), 0U);
  EXPECT_EQ(state().stored, 1);
  EXPECT_EQ(state().used_bytes, 5);
  ASSERT_EQ(storage_->objects.size(), 1U);
  vendor_->files.clear();
  const auto file = open(urls(item).front());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->bytes, "bytes");
  storage_->broken = true;
  serve("again");
  EXPECT_EQ(open(urls(item).front())->bytes, "again") << "what is not read is passed through";
}

TEST_F(InboundMediaTest, IsTriedUntilItIsThere) {
  ASSERT_TRUE(change({true, {}, {}}));
  vendor_->files.insert_or_assign(
      vendor_url, Result<plugin::FetchedMedia>(fail(ErrorCode::unavailable, "down")));
  receive("SM1", {vendor_url});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(run(), 0U) << "not at once again";
  clock_.advance(seconds(5));
  vendor_->files.clear();
  serve("bytes");
  storage_->broken = true;
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(state().waiting, 1);
  EXPECT_EQ(state().used_bytes, 5) << "counted before it is stored";
  storage_->broken = false;
  clock_.advance(seconds(30));
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(state().stored, 1);
  EXPECT_EQ(state().used_bytes, 5) << "counted once";
}

TEST_F(InboundMediaTest, AWorkerThatDiesLosesNothing) {
  ASSERT_TRUE(change({true, {}, {}}));
  serve("bytes");
  receive("SM1", {vendor_url});
  store::UnitOfWork unit;  // it took the file and was gone
  store::MediaRepository::add_claim(unit, clock_.now(), clock_.now() + 120'000, 10);
  ASSERT_TRUE(executor_.run(store_->commit(std::move(unit))));
  EXPECT_EQ(run(), 0U);
  clock_.advance(seconds(120));
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(state().stored, 1);
}

TEST_F(InboundMediaTest, WhatIsRefusedForGoodIsNotTriedAgain) {
  ASSERT_TRUE(change({true, {}, {}}));
  receive("SM1", {vendor_url});
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(state().failed, 1);
  clock_.advance(hours(24));
  EXPECT_EQ(run(), 0U);
}

TEST_F(InboundMediaTest, EndsWithItsTries) {
  ASSERT_TRUE(change({true, {}, {}}));
  vendor_->files.insert_or_assign(
      vendor_url, Result<plugin::FetchedMedia>(fail(ErrorCode::unavailable, "down")));
  receive("SM1", {vendor_url});
  int tries = 0;
  for (int i = 0; i < 100; ++i) {
    tries += static_cast<int>(run());
    clock_.advance(seconds(30));
  }
  EXPECT_EQ(tries, 8);
  EXPECT_EQ(state().failed, 1);
}

TEST_F(InboundMediaTest, TheQuotaHolds) {
  ASSERT_TRUE(change({true, 12, {}}));
  serve("bytes");
  for (int i = 0; i < 4; ++i) receive("SM" + std::to_string(i), {vendor_url});
  EXPECT_EQ(run(), 4U);
  EXPECT_EQ(state().stored, 2);
  EXPECT_EQ(state().failed, 2);
  EXPECT_EQ(state().used_bytes, 10);
  EXPECT_EQ(storage_->objects.size(), 2U);
  EXPECT_TRUE(open(urls(waiting().back()).front())) << "it is passed through all the same";
}

TEST_F(InboundMediaTest, GoesWithItsMessage) {
  ASSERT_TRUE(change({true, {}, {}}));
  serve("bytes");
  const store::InboxItem item = receive("SM1", {vendor_url});
  run();
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U) << "still there";
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {item.id})));
  remove(item.id);
  storage_->broken = true;
  sweep();
  EXPECT_EQ(state().stored, 1) << "first the object, then the row";
  storage_->broken = false;
  sweep();
  EXPECT_TRUE(storage_->objects.empty());
  EXPECT_EQ(state().stored, 0);
  EXPECT_EQ(state().used_bytes, 0);
  EXPECT_EQ(open(urls(item).front()).error().code, ErrorCode::not_found);
}

TEST_F(InboundMediaTest, GoesWhenItsTimeIsOver) {
  ASSERT_TRUE(change({true, {}, 2}));
  serve("bytes");
  receive("SM1", {vendor_url});
  run();
  clock_.advance(hours(48));
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U);
  clock_.advance(seconds(1));
  sweep();
  EXPECT_TRUE(storage_->objects.empty());
  EXPECT_EQ(state().used_bytes, 0);
}

TEST_F(InboundMediaTest, StaysUnderALegalHold) {
  ASSERT_TRUE(change({true, {}, 2}));
  serve("bytes");
  receive("SM1", {vendor_url});
  run();
  store::UnitOfWork placing;
  store::PurgeRunRepository::add_hold(placing, {"org_1", "a lawsuit", clock_.now()});
  ASSERT_TRUE(executor_.run(store_->commit(std::move(placing)))->committed);
  clock_.advance(hours(72));
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U);
  store::UnitOfWork lifting;
  store::PurgeRunRepository::add_lift_hold(lifting, "org_1");
  ASSERT_TRUE(executor_.run(store_->commit(std::move(lifting)))->committed);
  sweep();
  EXPECT_TRUE(storage_->objects.empty());
}

TEST_F(InboundMediaTest, NewDaysCountForTheFilesThatAreThere) {
  ASSERT_TRUE(change({true, {}, 2}));
  serve("bytes");
  receive("SM1", {vendor_url});
  run();
  ASSERT_TRUE(change({{}, {}, 9}));
  clock_.advance(hours(72));
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U);
  ASSERT_TRUE(change({{}, 1000, {}}));
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U) << "not when something else is changed";
  ASSERT_TRUE(change({{}, {}, 3}));
  sweep();
  EXPECT_EQ(storage_->objects.size(), 1U) << "three days are not over";
  ASSERT_TRUE(change({{}, {}, 1}));
  sweep();
  EXPECT_TRUE(storage_->objects.empty());
  EXPECT_EQ(state().used_bytes, 0);
}

TEST_F(InboundMediaTest, PassesThroughWhatCameInTheWebhook) {
  const std::string bytes("%PDF\0\xff", 6);
  const store::InboxItem item = receive_inside("EM1", bytes);
  const auto shown = urls(item);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_TRUE(shown[0].starts_with("https://comms.example.com/media/inbound/"));
  for (int i = 0; i < 2; ++i) {
    const auto file = open(shown[0]);
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->bytes, bytes);
    EXPECT_EQ(file->content_type, "application/pdf");
    EXPECT_EQ(file->filename, "menu.pdf");
  }
  EXPECT_EQ(vendor_->fetched, 0);
  EXPECT_EQ(run(), 0U);
  EXPECT_TRUE(storage_->objects.empty());
}

TEST_F(InboundMediaTest, WhatCameInTheWebhookGoesWithItsMessage) {
  const store::InboxItem item = receive_inside("EM1", "bytes");
  receive_inside("EM1", "bytes");
  ASSERT_EQ(waiting().size(), 1U) << "a repeated webhook adds nothing";
  EXPECT_TRUE(lies_beside(item));
  const std::string url = urls(item).front();
  ASSERT_TRUE(executor_.run(inbox_->acknowledge("org_1", "agt_1", {item.id})));
  EXPECT_TRUE(open(url)) << "an item stays readable for a while, and so do its files";
  remove(item.id);
  EXPECT_EQ(open(url).error().code, ErrorCode::not_found);
  EXPECT_FALSE(lies_beside(item));
}

TEST_F(InboundMediaTest, OfAFileThatIsTooLargeOnlyTheFactStays) {
  inbound_settings_.media.most_bytes = 3;
  build();
  MediaSettings settings;
  settings.most_bytes = 3;
  make(settings);
  const store::InboxItem item = receive_inside("EM1", "four");
  EXPECT_EQ(open(urls(item).front()).error().code, ErrorCode::too_large);
  EXPECT_FALSE(lies_beside(item));
}

TEST_F(InboundMediaTest, WhatCameInTheWebhookMovesToWhereFilesAreKept) {
  ASSERT_TRUE(change({true, 12, {}}));
  const store::InboxItem item = receive_inside("EM1", "bytes");
  storage_->broken = true;
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(open(urls(item).front())->bytes, "bytes");
  EXPECT_TRUE(lies_beside(item));
  storage_->broken = false;
  clock_.advance(seconds(5));
  EXPECT_EQ(run(), 1U);
  EXPECT_EQ(state().stored, 1);
  EXPECT_EQ(state().used_bytes, 5);
  EXPECT_FALSE(lies_beside(item));
  ASSERT_EQ(storage_->objects.size(), 1U);
  EXPECT_EQ(storage_->objects.begin()->second.content_type, "application/pdf");
  EXPECT_EQ(open(urls(item).front())->bytes, "bytes");

  const store::InboxItem second = receive_inside("EM2", "much too much");
  run();
  EXPECT_EQ(state().failed, 1) << "over the quota";
  EXPECT_EQ(open(urls(second).front())->bytes, "much too much") << "and passed through";
}

TEST_F(InboundMediaTest, IsSwitchedByAgent) {
  storage_.reset();
  EXPECT_EQ(change({true, {}, {}}).error().code, ErrorCode::rejected) << "nowhere to keep it";
  storage_ = std::make_shared<MemoryStorage>();
  EXPECT_FALSE(state().persistent);
  EXPECT_EQ(state().retention_days, 30);
  ASSERT_TRUE(change({true, 100, 7}));
  EXPECT_EQ(state().quota_bytes, 100);
  EXPECT_EQ(state().retention_days, 7);
  ASSERT_TRUE(change({false, 0, {}}));
  EXPECT_FALSE(state().persistent);
  EXPECT_EQ(state().quota_bytes, MediaSettings().quota_bytes);
  EXPECT_EQ(state().retention_days, 7);
  serve("bytes");
  receive("SM1", {vendor_url});
  EXPECT_EQ(run(), 0U);
  EXPECT_EQ(change({{}, -1, {}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(change({{}, {}, 4000}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(executor_.run(media_->change("org_1", "agt_none", "tok", {true, {}, {}})).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(executor_.run(media_->change("org_2", "agt_1", "tok", {true, {}, {}})).error().code,
            ErrorCode::not_found);
}

}  // namespace
}  // namespace commsd::messaging::test
