#include "mcp/session.h"

#include <algorithm>
#include <utility>

#include "base/json_writer.h"
#include "mcp/protocol.h"

namespace commsd::mcp {

Session::Session(std::string id, std::string principal_key, std::string version,
                 ClientCapabilities capabilities, const Clock& clock, std::string epoch)
    : id_(std::move(id)),
      principal_key_(std::move(principal_key)),
      version_(std::move(version)),
      epoch_(std::move(epoch)),
      streams_(clock, epoch_, !epoch_.empty() && version_ >= newest_legacy_version),
      capabilities_(capabilities) {}

ClientCapabilities Session::capabilities() const {
  const std::lock_guard lock(mutex_);
  return capabilities_;
}

void Session::set_capabilities(ClientCapabilities capabilities) {
  const std::lock_guard lock(mutex_);
  capabilities_ = capabilities;
}

Session::Running::Running(std::shared_ptr<Session> session, std::string id_json)
    : session_(std::move(session)), id_json_(std::move(id_json)) {
  const std::lock_guard lock(session_->mutex_);
  session_->running_.push_back(this);
}

Session::Running::~Running() {
  const std::lock_guard lock(session_->mutex_);
  std::erase(session_->running_, this);
}

std::size_t Session::running() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

bool Session::cancel(std::string_view id_json) {
  // The sources are copied out, because a callback of one may end its request and come back here.
  std::vector<std::stop_source> sources;
  {
    const std::lock_guard lock(mutex_);
    for (const Running* running : running_) {
      if (running->id_json_ == id_json) sources.push_back(running->source_);
    }
  }
  for (std::stop_source& source : sources) source.request_stop();
  return !sources.empty();
}

void Session::cancel_all() {
  std::vector<std::stop_source> sources;
  {
    const std::lock_guard lock(mutex_);
    for (const Running* running : running_) sources.push_back(running->source_);
  }
  for (std::stop_source& source : sources) source.request_stop();
}

Session::Question::Question(std::shared_ptr<Session> session, std::string method)
    : session_(std::move(session)), method_(std::move(method)) {
  const std::lock_guard lock(session_->mutex_);
  id_json_ = "\"" + (session_->epoch_.empty() ? session_->id_ : session_->epoch_) + "-" +
             std::to_string(++session_->last_question_) + "\"";
  session_->questions_.emplace(id_json_, this);
}

Session::Question::~Question() {
  const std::lock_guard lock(session_->mutex_);
  session_->questions_.erase(id_json_);
}

bool Session::answer(RpcMessage response) {
  std::string method;
  Completion<Result<InputAnswer>> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = questions_.find(response.id_json());
    if (found == questions_.end()) return false;
    method = found->second->method_;
    waiting = found->second->answer_;
    questions_.erase(found);  // a second answer finds nothing
  }
  if (const auto error = response.error()) {
    const std::string said(error->string("message").value_or("").substr(0, 200));
    return waiting.complete(
        fail(ErrorCode::rejected, "the client refused " + method + ": " + said));
  }
  const auto result = response.result();
  if (!result || !is_answer_to(method, *result)) {
    return waiting.complete(
        fail(ErrorCode::invalid_argument, "the client's answer is no result of " + method));
  }
  const JsonValue value = *result;
  return waiting.complete(
      InputAnswer{std::make_shared<const JsonDocument>(std::move(response).document()), value});
}

LogLevel Session::log_level() const {
  const std::lock_guard lock(mutex_);
  return level_;
}

void Session::set_log_level(LogLevel level) {
  const std::lock_guard lock(mutex_);
  level_ = level;
  level_set_ = true;
  ++wishes_version_;
}

bool Session::subscribe(std::string uri) {
  const std::lock_guard lock(mutex_);
  if (subscriptions_.size() >= max_subscriptions && !subscriptions_.contains(uri)) return false;
  subscriptions_.insert(std::move(uri));
  ++wishes_version_;
  return true;
}

void Session::unsubscribe(std::string_view uri) {
  const std::lock_guard lock(mutex_);
  ++wishes_version_;
  if (const auto found = subscriptions_.find(uri); found != subscriptions_.end()) {
    subscriptions_.erase(found);
  }
}

std::string Session::wishes_json() const {
  const std::lock_guard lock(mutex_);
  if (!level_set_ && subscriptions_.empty()) return {};
  JsonWriter out;
  out.begin_object();
  if (level_set_) out.field("level", to_string(level_));
  out.key("resources").begin_array();
  for (const std::string& uri : subscriptions_) out.value(uri);
  out.end_array().end_object();
  return out.take();
}

std::uint64_t Session::wishes_version() const {
  const std::lock_guard lock(mutex_);
  return wishes_version_;
}

void Session::restore_wishes(std::string_view json, std::uint64_t version) {
  const auto document = JsonDocument::parse(json.empty() ? "{}" : json);
  if (!document) return;
  const auto name = document->root().string("level");
  const auto level = name ? parse_log_level(*name) : std::nullopt;
  std::set<std::string, std::less<>> subscriptions;
  if (const auto resources = document->root().get("resources")) {
    resources->each([&](JsonValue uri) {
      const auto text = uri.string();
      if (text && subscriptions.size() < max_subscriptions) subscriptions.emplace(*text);
    });
  }
  const std::lock_guard lock(mutex_);
  if (wishes_version_ != version) return;
  level_set_ = level.has_value();
  level_ = level.value_or(LogLevel::info);
  subscriptions_ = std::move(subscriptions);
}

void Session::listen(NotificationHub& hub, const identity::Principal& principal) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(listening_, true)) return;
    listener_ = principal;
  }
  auto subscription = hub.subscribe(principal, [weak = weak_from_this()](const Change& change) {
    if (const auto session = weak.lock()) session->deliver(change);
  });
  const std::lock_guard lock(mutex_);
  hub_subscription_ = std::move(subscription);
}

void Session::collect(std::vector<WatchedResource>& watched) const {
  const std::lock_guard lock(mutex_);
  if (!listening_) return;
  for (const std::string& uri : subscriptions_) watched.push_back({listener_, uri});
}

void Session::deliver(const Change& change) {
  switch (change.kind) {
    case Change::Kind::tools:
      streams_.send_standalone(write_notification("notifications/tools/list_changed", {}));
      return;
    case Change::Kind::prompts:
      streams_.send_standalone(write_notification("notifications/prompts/list_changed", {}));
      return;
    case Change::Kind::resources:
      streams_.send_standalone(write_notification("notifications/resources/list_changed", {}));
      return;
    case Change::Kind::resource:
      break;
    case Change::Kind::task:
      return;  // an extension of the modern protocol
  }
  {
    const std::lock_guard lock(mutex_);
    if (!subscriptions_.contains(change.subject)) return;
  }
  JsonWriter params;
  params.begin_object().field("uri", change.subject).end_object();
  streams_.send_standalone(write_notification("notifications/resources/updated", params.text()));
}

UnixMillis Session::last_used() const {
  const std::lock_guard lock(mutex_);
  return last_used_;
}

void Session::touch(UnixMillis now) {
  const std::lock_guard lock(mutex_);
  last_used_ = now;
}

bool Session::idle() const {
  if (streams_.connected()) return false;
  const std::lock_guard lock(mutex_);
  return running_.empty();
}

UnixMillis Session::checked_at() const {
  const std::lock_guard lock(mutex_);
  return checked_at_;
}

void Session::set_checked_at(UnixMillis now) {
  const std::lock_guard lock(mutex_);
  checked_at_ = now;
}

}  // namespace commsd::mcp
