#include "mcp/session_streams.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace commsd::mcp {

namespace {

// How soon a client comes back. The official SDK gives up after two tries without this.
constexpr std::chrono::milliseconds retry_delay{1000};
// About what an event has around its JSON.
constexpr std::size_t event_overhead = 64;

std::optional<std::uint32_t> read_number(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

// An event id is EPOCH.STREAM.NUMBER; the standalone stream's begins with 's'.
std::optional<SessionStreams::Cursor> SessionStreams::parse(std::string_view event_id) const {
  const std::vector<std::string_view> parts = split(event_id, '.');
  if (parts.size() != 3 || parts[1].empty()) return std::nullopt;
  const bool standalone = parts[1].front() == 's';
  const auto stream = read_number(parts[1].substr(standalone ? 1 : 0));
  const auto number = read_number(parts[2]);
  if (!stream || !number) return std::nullopt;
  return Cursor{*stream, *number, standalone, parts[0] == epoch_};
}

std::string SessionStreams::event_id(Id id, const Stream& stream, std::uint32_t number) const {
  if (epoch_.empty()) return {};
  return epoch_ + (stream.standalone ? ".s" : ".") + std::to_string(id) + "." +
         std::to_string(number);
}

void SessionStreams::attach(Id id, Stream& stream, std::shared_ptr<EventSink> sink,
                            std::uint32_t number) {
  if (stream.sink) stream.sink->close();
  stream.sink = std::move(sink);
  if (!primed_) return;
  stream.sink->retry_after(retry_delay);
  stream.sink->send({}, event_id(id, stream, number));
}

void SessionStreams::append(Id id, Stream& stream, std::string_view json, bool response) {
  const std::uint32_t number = ++stream.last;
  if (stream.sink) stream.sink->send(json, event_id(id, stream, number));
  if (epoch_.empty() || json.size() > limits_.bytes) return;
  events_.push_back({id, number, response, std::string(json)});
  bytes_ += json.size();
  trim();
}

void SessionStreams::trim() {
  while (events_.size() > limits_.events || bytes_ > limits_.bytes) {
    // A response is what a client waits for; progress it can miss.
    auto victim = std::find_if(events_.begin(), events_.end(),
                               [](const Event& event) { return !event.response; });
    if (victim == events_.end()) victim = events_.begin();
    bytes_ -= victim->json.size();
    events_.erase(victim);
  }
}

void SessionStreams::drop_events(Id id) {
  std::erase_if(events_, [&](const Event& event) {
    if (event.stream != id) return false;
    bytes_ -= event.json.size();
    return true;
  });
}

void SessionStreams::forget_old() {
  const UnixMillis limit = clock_.now() - limits_.keep;
  for (auto item = streams_.begin(); item != streams_.end();) {
    const Stream& stream = item->second;
    const bool ended = stream.finished || stream.standalone;
    if (!ended || stream.sink || stream.left_at > limit) {
      ++item;
      continue;
    }
    drop_events(item->first);
    if (item->first == standalone_) standalone_ = 0;
    item = streams_.erase(item);
  }
}

bool SessionStreams::can_resume(const Cursor& cursor) const {
  const auto found = streams_.find(cursor.stream);
  if (!cursor.ours || found == streams_.end() || found->second.standalone != cursor.standalone) {
    return false;
  }
  const Stream& stream = found->second;
  if (cursor.number > stream.last) return false;
  if (!stream.finished || cursor.number == stream.last) return true;
  // The response is the last event of its stream: without it there is no point in coming back.
  return std::any_of(events_.begin(), events_.end(), [&](const Event& event) {
    return event.stream == cursor.stream && event.response;
  });
}

SessionStreams::Id SessionStreams::open(std::shared_ptr<EventSink> sink) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const Id id = ++last_id_;
  attach(id, streams_[id], std::move(sink), 0);
  return id;
}

bool SessionStreams::send(Id stream, std::string_view json) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.finished) return false;
  append(stream, found->second, json, false);
  return true;
}

std::shared_ptr<EventSink> SessionStreams::finish(Id stream, std::string_view json) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.finished) return nullptr;
  append(stream, found->second, json, true);
  found->second.finished = true;
  found->second.left_at = clock_.now();
  return std::exchange(found->second.sink, nullptr);
}

Completion<std::shared_ptr<EventSink>> SessionStreams::taken(Id stream) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  return found == streams_.end() ? Completion<std::shared_ptr<EventSink>>() : found->second.taken;
}

void SessionStreams::abandon(Id stream) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  if (found->second.sink) found->second.sink->close();
  drop_events(stream);
  streams_.erase(found);
}

void SessionStreams::close_connection(Id stream) {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end() || !found->second.sink) return;
  found->second.left_at = clock_.now();
  std::exchange(found->second.sink, nullptr)->close();
}

bool SessionStreams::reserve_standalone() {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(standalone_);
  if (reserved_) return false;
  if (found != streams_.end() && found->second.sink && !found->second.sink->closed()) return false;
  reserved_ = true;
  return true;
}

void SessionStreams::open_standalone(std::shared_ptr<EventSink> sink) {
  const std::lock_guard lock(mutex_);
  forget_old();
  if (const auto found = streams_.find(standalone_); found != streams_.end()) {
    // The client began anew: it does not want the rest of the old one.
    if (found->second.sink) found->second.sink->close();
    drop_events(standalone_);
    streams_.erase(found);
  }
  reserved_ = false;
  standalone_ = ++last_id_;
  Stream& stream = streams_[standalone_];
  stream.standalone = true;
  attach(standalone_, stream, std::move(sink), 0);
}

bool SessionStreams::send_standalone(std::string_view json) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const auto found = streams_.find(standalone_);
  if (found == streams_.end()) return false;
  append(standalone_, found->second, json, false);
  return true;
}

SessionStreams::Resumption SessionStreams::look_up(std::string_view last_event_id) {
  const std::lock_guard lock(mutex_);
  forget_old();
  const auto cursor = parse(last_event_id);
  if (!cursor) return Resumption::unknown;
  if (can_resume(*cursor)) return Resumption::known;
  return cursor->standalone ? Resumption::standalone : Resumption::unknown;
}

bool SessionStreams::resume(std::string_view last_event_id, std::shared_ptr<EventSink> sink) {
  const std::lock_guard lock(mutex_);
  const auto cursor = parse(last_event_id);
  if (!cursor || !can_resume(*cursor)) return false;
  Stream& stream = streams_.find(cursor->stream)->second;
  attach(cursor->stream, stream, std::move(sink), cursor->number);
  std::size_t sent = 0;
  bool whole = true;
  for (const Event& event : events_) {
    if (event.stream != cursor->stream || event.number <= cursor->number) continue;
    whole = sent == 0 || sent + event.json.size() <= limits_.replay_bytes;
    if (!whole) break;
    stream.sink->send(event.json, event_id(event.stream, stream, event.number));
    sent += event.json.size() + event_overhead;
  }
  if (stream.finished || !whole) {
    stream.left_at = clock_.now();
    const std::shared_ptr<EventSink> last = std::exchange(stream.sink, nullptr);
    last->close();
    if (whole) stream.taken.complete(last);
  }
  return true;
}

void SessionStreams::detach(const EventSink* sink) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, stream] : streams_) {
    if (stream.sink.get() != sink) continue;
    stream.sink.reset();
    stream.left_at = clock_.now();
  }
}

void SessionStreams::close_all() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, stream] : streams_) {
    if (stream.sink) stream.sink->close();
  }
  streams_.clear();
  events_.clear();
  bytes_ = 0;
  standalone_ = 0;
}

void SessionStreams::close_standalone() {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(standalone_);
  if (found != streams_.end() && found->second.sink) found->second.sink->close();
}

std::shared_ptr<EventSink> SessionStreams::standalone() const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(standalone_);
  return found == streams_.end() ? nullptr : found->second.sink;
}

bool SessionStreams::connected() const {
  const std::lock_guard lock(mutex_);
  return reserved_ || std::any_of(streams_.begin(), streams_.end(),
                                  [](const auto& item) { return item.second.sink != nullptr; });
}

std::size_t SessionStreams::kept_events() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

}  // namespace commsd::mcp
