#include "messaging/media_links.h"

#include <charconv>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace commsd::messaging {

namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (text.empty() || read.ec != std::errc() || read.ptr != end || number < 0) return std::nullopt;
  return number;
}

}  // namespace

MediaLinks::MediaLinks(std::string_view key, std::string public_url, plugin::Providers& providers)
    : key_(to_hex(hmac_sha256(key, "media links"))),
      public_url_(std::move(public_url)),
      providers_(providers) {}

std::string MediaLinks::sign(std::string_view text) const {
  return to_hex(hmac_sha256(key_, text));
}

std::string MediaLinks::url(const Target& target, UnixMillis expires_at) const {
  // Ids have no '/': they are ours.
  const std::string text =
      base64url_encode(target.org_id + '/' + target.agent_id + '/' + target.item_id + '/' +
                       std::to_string(target.position)) +
      '.' + std::to_string(expires_at);
  return public_url_ + "/media/inbound/" + text + '.' + sign(text);
}

std::optional<MediaLinks::Target> MediaLinks::open(std::string_view token, UnixMillis now) const {
  const std::size_t last = token.rfind('.');
  if (token.size() > 1024 || last == std::string_view::npos) return std::nullopt;
  const std::string_view text = token.substr(0, last);
  if (!constant_time_equal(sign(text), token.substr(last + 1))) return std::nullopt;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto expires_at = whole(text.substr(dot + 1));
  const auto path = base64url_decode(text.substr(0, dot));
  if (!expires_at || *expires_at < now || !path) return std::nullopt;
  const std::vector<std::string_view> parts = split(*path, '/');
  if (parts.size() != 4) return std::nullopt;
  const auto position = whole(parts[3]);
  if (!position) return std::nullopt;
  return Target{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]), *position};
}

std::string MediaLinks::media_json(const store::InboxItem& item, UnixMillis expires_at) const {
  const auto media = JsonDocument::parse(item.media_json);
  if (!media) return "[]";
  const auto channel = plugin::parse_channel(item.channel);
  const auto provider =
      channel ? providers_.named(*channel, item.provider, {item.org_id, item.agent_id}) : nullptr;
  const bool ours = item.media_kept || (provider && provider->can_fetch_media());
  Target target{item.org_id, item.agent_id, item.id, 0};
  JsonWriter out;
  out.begin_array();
  media->root().each([&](JsonValue file) {
    const std::string theirs(file.string("url").value_or(""));
    out.begin_object();
    out.field("url", ours || theirs.empty() ? url(target, expires_at) : theirs);
    out.field("contentType", file.string("contentType").value_or(""));
    out.field("filename", file.string("filename").value_or(""));
    out.field("size", file.integer("size").value_or(0)).end_object();
    ++target.position;
  });
  return out.end_array().take();
}

}  // namespace commsd::messaging
