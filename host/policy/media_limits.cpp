#include "policy/media_limits.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "config/schema_checker.h"
#include "config/yaml_reader.h"
#include "embedded/content.h"

namespace commsd::policy {

namespace {

const config::SchemaChecker& schema() {
  static const config::SchemaChecker checker = [] {
    auto parsed = config::SchemaChecker::parse(embedded::content::media_schema_json());
    if (!parsed) {
      // The schema is part of the program: a fault in it is a build that should not have left CI.
      std::fprintf(stderr, "commsd: media.schema.json: %s\n", parsed.error().message.c_str());
      std::abort();
    }
    return std::move(*parsed);
  }();
  return checker;
}

std::optional<std::int64_t> bytes_of(const config::Node& group, std::string_view key) {
  const config::Node* node = group.find(key);
  return node ? std::optional(node->integer) : std::nullopt;
}

/// "image/png" of "image/png; charset=..."; "" for what says nothing.
std::string plain_type(std::string_view type) {
  const std::string plain = to_lower_ascii(trim(type.substr(0, type.find(';'))));
  return plain == "application/octet-stream" || plain == "binary/octet-stream" ? std::string()
                                                                               : plain;
}

bool fits(std::string_view type, std::string_view row) {
  const bool group = row.ends_with('/') || row.ends_with('.');
  return group ? type.starts_with(row) : type == row;
}

std::string size_text(std::int64_t bytes) {
  return std::to_string(bytes) + " bytes";
}

}  // namespace

Result<MediaLimits> MediaLimits::parse(std::string_view yaml, const std::string& file) {
  std::vector<config::ConfigFault> faults;
  config::Node root = config::read_yaml(yaml, file, faults);
  schema().check(root, file, "", true, faults);
  if (!faults.empty()) return fail(ErrorCode::invalid_argument, faults.front().to_string());
  MediaLimits limits;
  for (const config::Node::Member& member : root.find("channels")->members) {
    const config::Node& group = member.value;
    Channel channel;
    channel.carries = group.find("carries")->string;
    channel.most_bytes = group.find("most_bytes")->integer;
    channel.together_bytes = bytes_of(group, "together_bytes");
    for (const config::Node& row : group.find("files")->items) {
      channel.files.push_back(
          {row.find("type")->string, bytes_of(row, "most_bytes").value_or(channel.most_bytes)});
    }
    limits.channels_.emplace(*plugin::parse_channel(member.key), std::move(channel));
  }
  return limits;
}

MediaLimits MediaLimits::standard() {
  Result<MediaLimits> limits = parse(embedded::content::media_yaml(), "media.yaml");
  if (!limits) {
    // The file is part of the program: a fault in it is a build that should not have left CI.
    std::fprintf(stderr, "commsd: %s\n", limits.error().message.c_str());
    std::abort();
  }
  return std::move(*limits);
}

Result<void> MediaLimits::refuse_channel() const {
  std::string names;
  for (const auto& [kind, unused] : channels_) {
    names += (names.empty() ? "" : " and ") + std::string(plugin::to_string(kind));
  }
  return fail(ErrorCode::unsupported, "'mediaUrls' works on " +
                                          (names.empty() ? "no channel" : names) +
                                          "; give an e-mail 'attachments'");
}

Result<void> MediaLimits::check(plugin::ChannelKind channel,
                                const std::vector<FileFacts>& facts) const {
  if (facts.empty()) return {};
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return refuse_channel();
  const Channel& limits = found->second;
  std::int64_t together = 0;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const std::string which = "'mediaUrls[" + std::to_string(i) + "]'";
    const std::string type = plain_type(facts[i].content_type);
    std::int64_t most = limits.most_bytes;
    if (!type.empty()) {
      const auto row = std::find_if(limits.files.begin(), limits.files.end(),
                                    [&](const File& one) { return fits(type, one.type); });
      if (row == limits.files.end()) {
        return fail(ErrorCode::unsupported, which + " is of the type " + type + "; " +
                                                std::string(plugin::to_string(channel)) +
                                                " carries " + limits.carries);
      }
      most = row->most_bytes;
    }
    if (!facts[i].bytes) continue;
    if (*facts[i].bytes > most) {
      return fail(ErrorCode::too_large, which + " has " + size_text(*facts[i].bytes) +
                                            "; at most " + size_text(most) +
                                            " of its type are carried on this channel");
    }
    together += *facts[i].bytes;
  }
  if (limits.together_bytes && together > *limits.together_bytes) {
    return fail(ErrorCode::too_large, "'mediaUrls' together have " + size_text(together) +
                                          "; one message carries at most " +
                                          size_text(*limits.together_bytes));
  }
  return {};
}

}  // namespace commsd::policy
