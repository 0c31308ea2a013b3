#pragma once

#include <algorithm>

#include <comms/cpp/crypto.hpp>
#include <comms/testing/decoded_view.hpp>

// Takes secrets out of recorded HTTP. Header values go by the header's name; the values of
// writeOnly settings go wherever they stand: as they are, percent-encoded, escaped in JSON, in hex,
// and in base64, alone or as part of something longer (the user:password of Basic).

namespace comms::testing {

/// Whether the value of this header is a secret whatever it is.
inline bool secret_header(std::string_view name) {
  std::string low;
  for (char c : name) low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto ends = [&low](std::string_view with) {
    return low.size() >= with.size() && low.compare(low.size() - with.size(), with.npos, with) == 0;
  };
  for (const char* known : {"authorization", "proxy-authorization", "cookie", "set-cookie"}) {
    if (low == known) return true;
  }
  return ends("-key") || ends("-token") || ends("-secret") || low == "apikey" || low == "token";
}

class Redaction {
 public:
  /// Shorter values cannot be told from ordinary text: a recording with one is refused.
  static constexpr std::size_t shortest = 4;

  Redaction() = default;
  /// The writeOnly settings of a manifest (JSON), with their values in this configuration (JSON).
  Redaction(std::string_view manifest_json, std::string_view config_json) {
    JsonDocument manifest, config;
    if (!manifest.parse(manifest_json) || !config.parse(config_json)) return;
    collect(manifest, member(manifest, 1, "config"), config, 1, "");
  }

  Redaction& add(std::string name, std::string value) {
    if (!value.empty()) secrets_.push_back({std::move(name), std::move(value)});
    return *this;
  }

  /// The name of a secret that is too short to look for; empty = none.
  std::string too_short() const {
    for (const Secret& secret : secrets_) {
      if (secret.value.size() < shortest) return secret.name;
    }
    return {};
  }

  /// Every occurrence of a secret becomes ${name}.
  std::string redact(std::string_view text) const {
    std::vector<Range> ranges;
    const View plain = identity(text);
    const View percent = decode_percent(plain);
    const View json = decode_json(plain);
    for (const View& view : {plain, percent, json, decode_percent(json)}) find(view, ranges);
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
      return a.from != b.from ? a.from < b.from : a.to > b.to;
    });
    std::string out;
    std::size_t at = 0;
    for (const Range& range : ranges) {
      if (range.to <= at) continue;
      if (range.from >= at) {
        out += text.substr(at, range.from - at);
        out += "${" + range.name + "}";
      }
      at = range.to;
    }
    return out + std::string(text.substr(at));
  }
  /// By name first: credentials that are in no setting (a token got by OAuth) stand there too.
  Fields redact_headers(const Fields& headers) const {
    Fields out;
    for (const auto& [name, value] : headers) {
      out.emplace_back(name, secret_header(name) ? "[redacted]" : redact(value));
    }
    return out;
  }
  /// Puts this configuration's own values where ${name} stands, for a vendor's answer that echoes.
  std::string restore(std::string text) const {
    for (const Secret& secret : secrets_) {
      const std::string mark = "${" + secret.name + "}";
      for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos; at += secret.value.size()) {
        text.replace(at, mark.size(), secret.value);
      }
    }
    return text;
  }
  /// A credential that came over the wire (an access token) is a secret from now on.
  void learn(const Fields& headers) {
    for (const auto& [name, value] : headers) {
      std::string_view token = value;
      const bool authorization = same_text(name, "Authorization");
      const std::string last_word = name.substr(name.rfind('-') + 1);
      if (!authorization && !same_text(last_word, "token")) continue;
      if (authorization) token.remove_prefix(std::min(token.size(), token.find(' ') + 1));
      bool known = token.size() < 8;
      for (const Secret& secret : secrets_) known = known || secret.value == token;
      if (!known) add(authorization ? "authorization" : name, std::string(token));
    }
  }

 private:
  struct Secret {
    std::string name, value;
  };
  struct Range {
    std::size_t from, to;
    std::string name;
  };
  void find(const View& view, std::vector<Range>& ranges) const {
    const std::string low = lower(view.text);
    for (const Secret& secret : secrets_) {
      if (secret.value.size() < shortest) continue;
      search(view, view.text, secret.value, secret.name, ranges);
      search(view, low, hex(secret.value), secret.name, ranges);
    }
    auto of_base64 = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             std::string_view("+/-_").find(c) != std::string_view::npos;
    };
    for (std::size_t at = 0; at < view.text.size();) {
      std::size_t end = at;
      while (end < view.text.size() && of_base64(view.text[end])) ++end;
      // A run may begin with letters that are not of it ("/v1/" before it in a path).
      for (std::size_t skip = 0; skip < 4 && at + skip < end; ++skip) {
        find_encoded(view, at + skip, end, ranges);
      }
      at = end + 1;
    }
  }
  static void search(const View& view, const std::string& text, const std::string& what,
                     const std::string& name, std::vector<Range>& ranges) {
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; ++at) {
      ranges.push_back({view.origin[at], view.origin[at + what.size()], name});
    }
  }
  void find_encoded(const View& view, std::size_t from, std::size_t to,
                    std::vector<Range>& ranges) const {
    const std::string decoded = decode_base64(std::string_view(view.text).substr(from, to - from));
    for (const Secret& secret : secrets_) {
      if (secret.value.size() < shortest) continue;
      for (std::size_t at = 0; (at = decoded.find(secret.value, at)) != decoded.npos; ++at) {
        const std::size_t first = from + at * 4 / 3;
        std::size_t last = std::min(to, from + ((at + secret.value.size()) * 4 + 2) / 3);
        while (last < view.text.size() && view.text[last] == '=') ++last;
        ranges.push_back({view.origin[first], view.origin[last], secret.name});
      }
    }
  }
  static std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }
  static comms_json_node member(const JsonDocument& in, comms_json_node of, std::string_view key) {
    comms_json_node at = of ? in.node(of).first : 0;
    while (at && in.node(at).key != key) at = in.node(at).next;
    return at;
  }
  /// `schema` describes the object `values` of the configuration.
  void collect(const JsonDocument& manifest, comms_json_node schema, const JsonDocument& config,
               comms_json_node values, const std::string& path) {
    const comms_json_node properties = member(manifest, schema, "properties");
    for (auto at = properties ? manifest.node(properties).first : 0; at;
         at = manifest.node(at).next) {
      const std::string& name = manifest.node(at).key;
      const comms_json_node value = member(config, values, name);
      const comms_json_node secret = member(manifest, at, "writeOnly");
      if (value && secret && manifest.node(secret).integer) {
        add_leaves(config, value, path + name);
      } else if (value) {
        collect(manifest, at, config, value, path + name + ".");
      }
    }
  }
  void add_leaves(const JsonDocument& config, comms_json_node value, const std::string& name) {
    const JsonDocument::Node& node = config.node(value);
    if (node.type == COMMS_JSON_STRING) add(name, node.text);
    if (node.type == COMMS_JSON_INTEGER) add(name, std::to_string(node.integer));
    for (auto child = node.first; child; child = config.node(child).next) {
      const std::string& key = config.node(child).key;  // none in a list
      add_leaves(config, child, key.empty() ? name : name + "." + key);
    }
  }

  std::vector<Secret> secrets_;
};

}  // namespace comms::testing
