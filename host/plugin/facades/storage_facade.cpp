#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <comms/slot/storage.h>

#include "base/text.h"
#include "plugin/facades/abi_values.h"
#include "plugin/facades/facades.h"
#include "plugin/services/sink.h"

namespace commsd::plugin {
namespace {

constexpr std::chrono::seconds kLongestUrl{7 * 24 * 3600};

/// A field that is a number; 0 when it is none.
template <class Number>
Number number_field(const OpOutcome& outcome, std::string_view name) {
  const std::string text = field(outcome, name);
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result<void> check_key(std::string_view key) {
  bool good =
      !key.empty() && key.size() <= 512 && is_valid_utf8(key) && !has_control_character(key);
  for (const std::string_view part : split(key, '/')) {
    good = good && !part.empty() && part != "." && part != "..";
  }
  if (good) return {};
  return fail(ErrorCode::invalid_argument,
              "a storage key has 1 to 512 bytes of UTF-8 and no part that is empty, '.' or '..'");
}

class StorageFacade final : public StorageProvider {
 public:
  StorageFacade(std::string name, std::shared_ptr<Generation> generation)
      : name_(std::move(name)),
        generation_(std::move(generation)),
        table_(generation_->table<comms_storage>(COMMS_SLOT_STORAGE)) {}

  const std::string& name() const override { return name_; }

  Task<Result<void>> put(std::string key, std::string content_type, std::string bytes,
                         std::chrono::milliseconds limit) override {
    if (!offers("put")) co_return fail(not_offered(name_, "store objects"));
    if (const Result<void> good = check_key(key); !good) co_return good;
    struct Call {
      std::string key, content_type, bytes;
    };
    auto call = std::make_shared<const Call>(
        Call{std::move(key), std::move(content_type), std::move(bytes)});
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, call](comms_op* op) {
      return table->put(self, op, to_str(call->key), to_str(call->content_type),
                        to_bytes(call->bytes));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Task<Result<StoredObject>> get(std::string key, std::uint64_t offset, std::uint64_t length,
                                 std::chrono::milliseconds limit) override {
    if (!offers("get")) co_return fail(not_offered(name_, "read objects"));
    if (const Result<void> good = check_key(key); !good) co_return fail(good.error());
    auto held = std::make_shared<const std::string>(std::move(key));
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, held, offset,
                    length](comms_op* op) {
      return table->get(self, op, to_str(*held), offset, length);
    };
    OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    StoredObject object;
    object.content_type = field(outcome, "content_type");
    object.byte_count = number_field<std::uint64_t>(outcome, "byte_count");
    object.bytes = std::move(outcome.data);
    co_return object;
  }

  Task<Result<ObjectFacts>> head(std::string key, std::chrono::milliseconds limit) override {
    if (!offers("head")) co_return fail(not_offered(name_, "describe objects"));
    if (const Result<void> good = check_key(key); !good) co_return fail(good.error());
    auto held = std::make_shared<const std::string>(std::move(key));
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, held](comms_op* op) {
      return table->head(self, op, to_str(*held));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    if (!outcome.ok()) co_return fail(outcome.to_error(name_));
    ObjectFacts facts;
    facts.content_type = field(outcome, "content_type");
    facts.etag = field(outcome, "etag");
    facts.byte_count = number_field<std::uint64_t>(outcome, "byte_count");
    facts.modified_at = number_field<UnixMillis>(outcome, "modified_at_ms");
    co_return facts;
  }

  Task<Result<void>> remove(std::string key, std::chrono::milliseconds limit) override {
    if (!offers("remove")) co_return fail(not_offered(name_, "remove objects"));
    if (const Result<void> good = check_key(key); !good) co_return good;
    auto held = std::make_shared<const std::string>(std::move(key));
    OpRequest request;
    request.limit = limit;
    request.call = [self = generation_->self(), table = table_, held](comms_op* op) {
      return table->remove(self, op, to_str(*held));
    };
    const OpOutcome outcome = co_await run(std::move(request));
    co_return to_void(outcome, name_);
  }

  Result<std::string> signed_url(std::string_view key, std::string_view method,
                                 std::chrono::seconds ttl) override {
    if (!offers("signed_url")) return fail(not_offered(name_, "sign URLs"));
    if (const Result<void> good = check_key(key); !good) return fail(good.error());
    if ((method != "GET" && method != "PUT") || ttl.count() < 1 || ttl > kLongestUrl) {
      return fail(ErrorCode::invalid_argument,
                  "a signed URL is for GET or PUT and for 1 second to 7 days");
    }
    Sink url(16 * 1024);
    const comms_status status = generation_->timed("signed_url", [&] {
      return table_->signed_url(generation_->self(), to_str(key), to_str(method),
                                static_cast<std::uint32_t>(ttl.count()), url.handle());
    });
    if (status == COMMS_OK && !url.overflowed()) return url.take();
    if (status == COMMS_UNSUPPORTED) return fail(not_offered(name_, "sign URLs"));
    return fail(to_error_code(status), "the provider '" + name_ + "' could not sign a URL");
  }

 private:
  bool offers(std::string_view op) const { return generation_->offers(COMMS_SLOT_STORAGE, op); }
  Task<OpOutcome> run(OpRequest request) const {
    return generation_->run(COMMS_SLOT_STORAGE, std::move(request));
  }

  const std::string name_;
  const std::shared_ptr<Generation> generation_;
  const comms_storage* const table_;
};

}  // namespace

std::shared_ptr<StorageProvider> make_storage(std::string name,
                                              std::shared_ptr<Generation> generation) {
  return std::make_shared<StorageFacade>(std::move(name), std::move(generation));
}

}  // namespace commsd::plugin
