#include "plugin/manifest.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"

namespace commsd::plugin {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kSlots{{
    {"telephony", "comms.telephony/1"},
    {"whatsapp", "comms.whatsapp/1"},
    {"email", "comms.email/1"},
    {"tts", "comms.tts/1"},
    {"stt", "comms.stt/1"},
    {"voice", "comms.voice/1"},
    {"database", "comms.database/1"},
    {"storage", "comms.storage/1"},
}};

bool only(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kNameTail = "abcdefghijklmnopqrstuvwxyz0123456789_-";

bool is_provider_name(std::string_view text) {
  return !text.empty() && text.size() <= 40 && only(text.substr(0, 1), kLower) &&
         only(text, kNameTail);
}

bool is_reverse_domain(std::string_view text) {
  if (text.size() > 128) return false;
  std::size_t labels = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label.empty() || !only(label, labels == 0 ? kLowerDigits : kNameTail)) return false;
    ++labels;
    if (dot == std::string_view::npos) return labels >= 2;
    text.remove_prefix(dot + 1);
  }
}

bool is_op_name(std::string_view text) {
  return !text.empty() && only(text.substr(0, 1), kLower) &&
         only(text, "abcdefghijklmnopqrstuvwxyz_");
}

bool is_version(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  const std::string_view core = text.substr(0, text.find('-'));
  return std::count(core.begin(), core.end(), '.') == 2 && only(core, "0123456789.") &&
         core.find("..") == std::string_view::npos && core.front() != '.' && core.back() != '.';
}

bool is_service(std::string_view text) {
  const std::size_t slash = text.find('/');
  return text.starts_with("comms.") && slash != std::string_view::npos && slash > 6 &&
         only(text.substr(6, slash - 6), kLower) && slash + 1 < text.size() &&
         only(text.substr(slash + 1), "0123456789");
}

/// Reads one object and remembers the first thing that was wrong with it.
class Reader {
 public:
  Reader(JsonValue object, std::string where, std::optional<Error>& fault)
      : object_(object), where_(std::move(where)), fault_(fault) {
    if (!object_.is_object()) wrong("", "must be an object");
  }

  void wrong(std::string_view member, std::string_view rule) {
    if (fault_) return;
    std::string name = where_;
    if (!member.empty()) name += (name.empty() ? "" : ".") + std::string(member);
    fault_ = Error{ErrorCode::invalid_argument,
                   "the manifest's '" + (name.empty() ? "root" : name) + "' " + std::string(rule),
                   {},
                   {},
                   {},
                   {}};
  }

  void allow(std::initializer_list<std::string_view> members) {
    object_.each_member([&](std::string_view key, JsonValue) {
      if (std::find(members.begin(), members.end(), key) == members.end()) {
        wrong(key.substr(0, 80), "is no member of a manifest");
      }
    });
  }

  std::string text(std::string_view member, bool required, std::size_t longest) {
    const std::optional<JsonValue> value = object_.get(member);
    if (!value) {
      if (required) wrong(member, "is missing");
      return {};
    }
    const std::optional<std::string_view> string = value->string();
    if (!string || (required && string->empty()) || string->size() > longest) {
      wrong(member, "must be a text of at most " + std::to_string(longest) + " characters");
      return {};
    }
    return std::string(*string);
  }

  std::vector<std::string> texts(std::string_view member, bool required, std::size_t most) {
    std::vector<std::string> found;
    const std::optional<JsonValue> value = object_.get(member);
    if (!value) {
      if (required) wrong(member, "is missing");
      return found;
    }
    if (!value->is_array() || value->size() > most || (required && value->size() == 0)) {
      wrong(member, "must be a list of at most " + std::to_string(most) + " texts");
      return found;
    }
    value->each([&](JsonValue item) {
      const std::optional<std::string_view> string = item.string();
      if (!string || string->empty() || string->size() > 300) {
        wrong(member, "must be a list of short texts");
      } else if (std::find(found.begin(), found.end(), *string) != found.end()) {
        wrong(member, "repeats an entry");
      } else {
        found.emplace_back(*string);
      }
    });
    return found;
  }

  /// Calls `visit(JsonValue, where)` for each element of a list.
  template <typename Visit>
  void each(std::string_view member, bool required, std::size_t most, Visit visit) {
    const std::optional<JsonValue> value = object_.get(member);
    if (!value) {
      if (required) wrong(member, "is missing");
      return;
    }
    if (!value->is_array() || value->size() > most || (required && value->size() == 0)) {
      wrong(member, "must be a list of 1 to " + std::to_string(most) + " entries");
      return;
    }
    std::size_t index = 0;
    value->each([&](JsonValue item) {
      visit(item, std::string(member) + "[" + std::to_string(index++) + "]");
    });
  }

  JsonValue object() const { return object_; }

 private:
  JsonValue object_;
  std::string where_;
  std::optional<Error>& fault_;
};

ManifestSlot read_slot(JsonValue value, const std::string& where, std::optional<Error>& fault) {
  ManifestSlot slot;
  Reader in(value, where, fault);
  if (fault) return slot;
  in.allow({"id", "ops", "class", "idempotency_key", "one_process"});
  slot.id = in.text("id", true, 64);
  if (slot_name(slot.id).empty()) in.wrong("id", "is no slot of this host");
  slot.ops = in.texts("ops", true, 32);
  for (const std::string& op : slot.ops) {
    if (!is_op_name(op)) in.wrong("ops", "must name members of the slot's table");
  }
  const std::string execution = in.text("class", true, 16);
  if (execution == "async") {
    slot.execution = ExecutionClass::async;
  } else if (execution == "block") {
    slot.execution = ExecutionClass::block;
  } else if (execution == "pure") {
    slot.execution = ExecutionClass::pure;
  } else {
    in.wrong("class", "must be async, block or pure");
  }
  slot.idempotency_key = value.boolean("idempotency_key").value_or(false);
  slot.one_process = value.boolean("one_process").value_or(false);
  return slot;
}

ManifestPreset read_preset(JsonValue value, const std::string& where, std::optional<Error>& fault) {
  ManifestPreset preset;
  Reader in(value, where, fault);
  if (fault) return preset;
  in.allow({"provider", "name", "status", "config", "egress"});
  preset.provider = in.text("provider", true, 40);
  if (!is_provider_name(preset.provider)) in.wrong("provider", "must match [a-z][a-z0-9_-]*");
  preset.name = in.text("name", true, 80);
  preset.egress = in.texts("egress", false, 64);
  const std::optional<JsonValue> config = value.get("config");
  if (!config || !config->is_object()) {
    in.wrong("config", "must be an object");
  } else {
    preset.config_json = config->to_string();
  }
  return preset;
}

ManifestWebhook read_webhook(JsonValue value, const std::string& where,
                             std::optional<Error>& fault) {
  ManifestWebhook webhook;
  Reader in(value, where, fault);
  if (fault) return webhook;
  in.allow({"path", "methods"});
  webhook.path = in.text("path", true, 64);
  if (!is_provider_name(webhook.path)) in.wrong("path", "must match [a-z][a-z0-9_-]*");
  webhook.methods = in.texts("methods", true, 2);
  for (const std::string& method : webhook.methods) {
    if (method != "GET" && method != "POST") in.wrong("methods", "may hold GET and POST");
  }
  return webhook;
}

void read_names(Reader& in, Manifest& manifest) {
  if (in.object().integer("schema") != 1) in.wrong("schema", "must be 1");
  manifest.id = in.text("id", true, 128);
  if (!is_reverse_domain(manifest.id)) in.wrong("id", "must be a reverse domain name");
  manifest.provider = in.text("provider", true, 40);
  if (!is_provider_name(manifest.provider)) in.wrong("provider", "must match [a-z][a-z0-9_-]*");
  manifest.name = in.text("name", true, 80);
  manifest.description = in.text("description", false, 400);
  manifest.vendor = in.text("vendor", false, 80);
  manifest.version = in.text("version", true, 64);
  if (!is_version(manifest.version)) in.wrong("version", "must look like 1.2.3 or 1.2.3-rc.1");
  manifest.license = in.text("license", true, 80);
  manifest.homepage = in.text("homepage", false, 200);
  manifest.status = in.text("status", false, 16);
  if (manifest.status.empty()) manifest.status = "active";
  if (manifest.status != "active" && manifest.status != "unofficial" &&
      manifest.status != "closed" && manifest.status != "sandbox") {
    in.wrong("status", "must be active, unofficial, closed or sandbox");
  }
}

void read_abi(Reader& in, Manifest& manifest, std::optional<Error>& fault) {
  const std::optional<JsonValue> abi = in.object().get("abi");
  const std::optional<std::int64_t> major = abi ? abi->integer("major") : std::nullopt;
  const std::optional<std::int64_t> minor = abi ? abi->integer("minor") : std::nullopt;
  if (!major || !minor || *minor < 0 || *minor > 1000) {
    in.wrong("abi", "must have the numbers major and minor");
    return;
  }
  if (*major != 1 && !fault) {
    fault = Error{ErrorCode::permission_denied,
                  "it was built for ABI " + std::to_string(*major) + ", this host has ABI 1",
                  {},
                  {},
                  "install the version of the plugin made for this host",
                  {}};
  }
  manifest.abi_minor = static_cast<std::uint32_t>(*minor);
}

void read_limits(Reader& in, Manifest& manifest, std::optional<Error>& fault) {
  const std::optional<JsonValue> limits = in.object().get("limits");
  if (!limits) return;
  Reader inner(*limits, "limits", fault);
  if (fault) return;
  inner.allow({"max_concurrency", "max_body_bytes", "requests_per_second"});
  if (limits->get("max_concurrency")) {
    const std::int64_t most = limits->integer("max_concurrency").value_or(0);
    if (most < 1 || most > 100000) inner.wrong("max_concurrency", "must be 1 to 100000");
    manifest.max_concurrency = static_cast<std::uint32_t>(most);
  }
}

void check_unique(Reader& in, const Manifest& manifest) {
  std::set<std::string_view> slots;
  for (const ManifestSlot& slot : manifest.slots) {
    if (!slots.insert(slot.id).second) in.wrong("slots", "names a slot twice");
  }
  std::set<std::string_view> names{manifest.provider};
  for (const ManifestPreset& preset : manifest.presets) {
    if (!names.insert(preset.provider).second) in.wrong("presets", "uses a provider name twice");
  }
}

}  // namespace

bool ManifestSlot::has_op(std::string_view name) const {
  return std::find(ops.begin(), ops.end(), name) != ops.end();
}

const ManifestSlot* Manifest::slot(std::string_view wanted) const {
  for (const ManifestSlot& slot : slots) {
    if (slot.id == wanted) return &slot;
  }
  return nullptr;
}

const ManifestPreset* Manifest::preset(std::string_view provider_name) const {
  for (const ManifestPreset& one : presets) {
    if (one.provider == provider_name) return &one;
  }
  return nullptr;
}

bool Manifest::answers_to(std::string_view provider_name) const {
  return provider_name == provider || provider_name == id || preset(provider_name) != nullptr;
}

std::string_view slot_name(std::string_view id) {
  for (const auto& [name, wire] : kSlots) {
    if (wire == id) return name;
  }
  return {};
}

std::string_view slot_id(std::string_view name) {
  for (const auto& [known, wire] : kSlots) {
    if (known == name) return wire;
  }
  return {};
}

Result<Manifest> parse_manifest(std::string_view json) {
  const Result<JsonDocument> document = JsonDocument::parse(json);
  if (!document) {
    return fail(ErrorCode::invalid_argument, "its manifest is not JSON", document.error().message);
  }
  Manifest manifest;
  std::optional<Error> fault;
  Reader in(document->root(), "", fault);
  if (fault) return fail(*fault);
  in.allow({"schema", "id", "provider", "name", "description", "vendor", "version", "license",
            "homepage", "status", "abi", "slots", "services", "egress", "webhooks", "limits",
            "presets", "config"});
  read_names(in, manifest);
  read_abi(in, manifest, fault);
  in.each("slots", true, 8, [&](JsonValue value, const std::string& where) {
    manifest.slots.push_back(read_slot(value, where, fault));
  });
  manifest.services = in.texts("services", false, 64);
  for (const std::string& service : manifest.services) {
    if (!is_service(service)) in.wrong("services", "must hold ids such as comms.http/1");
  }
  manifest.egress = in.texts("egress", false, 64);
  in.each("webhooks", false, 16, [&](JsonValue value, const std::string& where) {
    manifest.webhooks.push_back(read_webhook(value, where, fault));
  });
  read_limits(in, manifest, fault);
  in.each("presets", false, 32, [&](JsonValue value, const std::string& where) {
    manifest.presets.push_back(read_preset(value, where, fault));
  });
  const std::optional<JsonValue> config = document->root().get("config");
  if (!config || !config->is_object() || config->string("type") != "object" ||
      !config->get("properties") || !config->get("properties")->is_object()) {
    in.wrong("config", "must be a JSON Schema of an object with its properties");
  } else {
    manifest.config_schema = config->to_string();
  }
  check_unique(in, manifest);
  if (fault) return fail(*fault);
  manifest.json = std::string(json);
  return manifest;
}

}  // namespace commsd::plugin
