#include <algorithm>
#include <set>
#include <sstream>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/JSON/Stringifier.h>
#include <valijson/adapters/poco_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "manifest.h"

namespace comms::manifest {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

void add(Manifest& manifest, std::string where, std::string what) {
  manifest.problems.push_back({std::move(where), std::move(what)});
}

/// valijson's context is "<root>", "[slots]", "[0]", "[class]".
std::string path_of(const std::vector<std::string>& context) {
  std::string path;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string part = context[i];
    if (part.size() >= 2 && part.front() == '[') part = part.substr(1, part.size() - 2);
    bool index = !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
    if (index) {
      path += "[" + part + "]";
    } else {
      path += path.empty() ? part : "." + part;
    }
  }
  return path;
}

void check_schema(Manifest& manifest, const std::string& schema_json) {
  Poco::Dynamic::Var schema_value = Poco::JSON::Parser().parse(schema_json);
  valijson::Schema schema;
  valijson::SchemaParser().populateSchema(valijson::adapters::PocoJsonAdapter(schema_value),
                                          schema);
  valijson::ValidationResults results;
  valijson::Validator().validate(schema, valijson::adapters::PocoJsonAdapter(manifest.value),
                                 &results);
  // The innermost finding says most; the ones about its parents only repeat that it failed.
  std::set<std::string> told;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    std::string path = path_of(error.context);
    bool parent = std::any_of(told.begin(), told.end(), [&](const std::string& other) {
      return path.empty() ||
             (other.size() > path.size() && other.compare(0, path.size(), path) == 0);
    });
    bool summary = error.description.find("Failed to validate against") == 0 ||
                   error.description.find("Failed to validate item") == 0;
    if (parent && summary) continue;
    told.insert(path);
    add(manifest, path, error.description);
  }
}

void check_slots(Manifest& manifest, const Object& root,
                 const std::vector<std::string>& expected_slots) {
  Array::Ptr slots = root.getArray("slots");
  std::set<std::string> seen;
  for (unsigned i = 0; i < slots->size(); ++i) {
    Object::Ptr slot = slots->getObject(i);
    std::string where = "slots[" + std::to_string(i) + "]";
    auto id = slot->getValue<std::string>("id");
    if (!seen.insert(id).second) add(manifest, where + ".id", id + " is offered twice");
    const auto& known = slot_ops(id);
    Array::Ptr ops = slot->getArray("ops");
    for (unsigned n = 0; n < ops->size(); ++n) {
      auto op = ops->getElement<std::string>(n);
      if (std::find(known.begin(), known.end(), op) != known.end()) continue;
      std::string choices;
      for (std::string_view name : known)
        choices += (choices.empty() ? "" : ", ") + std::string(name);
      add(manifest, where + ".ops[" + std::to_string(n) + "]",
          id + " has no op '" + op + "'; it has " + choices);
    }
  }
  if (expected_slots.empty()) return;
  std::set<std::string> expected;
  for (const auto& name : expected_slots) expected.insert("comms." + name + "/1");
  if (expected != seen) add(manifest, "slots", "differs from SLOTS of comms_add_plugin");
}

bool has_setting(const Object& config, const std::string& name) {
  return config.getObject("properties")->has(name);
}

void check_egress(Manifest& manifest, const Object& holder, const Object& config,
                  const std::string& where) {
  if (!holder.has("egress")) return;
  Array::Ptr egress = holder.getArray("egress");
  for (unsigned i = 0; i < egress->size(); ++i) {
    auto entry = egress->getElement<std::string>(i);
    if (entry.rfind("config:", 0) != 0 || has_setting(config, entry.substr(7))) continue;
    add(manifest, where + "[" + std::to_string(i) + "]",
        "'" + entry.substr(7) + "' is no setting in config.properties");
  }
}

void check_config(Manifest& manifest, const Object& config) {
  if (config.has("required")) {
    Array::Ptr required = config.getArray("required");
    for (unsigned i = 0; i < required->size(); ++i) {
      auto name = required->getElement<std::string>(i);
      if (!has_setting(config, name)) {
        add(manifest, "config.required[" + std::to_string(i) + "]",
            "'" + name + "' is not described in config.properties");
      }
    }
  }
  for (const auto& [name, value] : *config.getObject("properties")) {
    auto setting = value.extract<Object::Ptr>();
    if (setting->optValue("writeOnly", false) && setting->has("default")) {
      add(manifest, "config.properties." + name, "a secret (writeOnly) must not have a default");
    }
  }
}

void check_presets(Manifest& manifest, const Object& root, const Object& config) {
  if (!root.has("presets")) return;
  std::set<std::string> names{root.getValue<std::string>("provider")};
  Array::Ptr presets = root.getArray("presets");
  for (unsigned i = 0; i < presets->size(); ++i) {
    Object::Ptr preset = presets->getObject(i);
    std::string where = "presets[" + std::to_string(i) + "]";
    auto name = preset->getValue<std::string>("provider");
    if (!names.insert(name).second) add(manifest, where + ".provider", name + " is named twice");
    for (const auto& entry : *preset->getObject("config")) {
      if (!has_setting(config, entry.first)) {
        add(manifest, where + ".config." + entry.first, "is no setting in config.properties");
      }
    }
    check_egress(manifest, *preset, config, where + ".egress");
  }
}

}  // namespace

void check(Manifest& manifest, const std::string& schema_json,
           const std::vector<std::string>& expected_slots) {
  if (!manifest.good()) return;
  check_schema(manifest, schema_json);
  if (!manifest.good()) return;  // what follows relies on the shape

  auto root = manifest.value.extract<Object::Ptr>();
  Object::Ptr config = root->getObject("config");
  check_slots(manifest, *root, expected_slots);
  check_egress(manifest, *root, *config, "egress");
  check_config(manifest, *config);
  check_presets(manifest, *root, *config);
  std::size_t bytes = canonical_json(manifest.value).size();
  if (bytes > max_json_bytes) {
    add(manifest, "", "is " + std::to_string(bytes) + " bytes as JSON; at most 65536 are read");
  }
}

std::string canonical_json(const Poco::Dynamic::Var& value) {
  std::ostringstream out;
  Poco::JSON::Stringifier::condense(value, out);
  return out.str();
}

std::string c_header(const Manifest& manifest) {
  auto root = manifest.value.extract<Object::Ptr>();
  return "/* Written by comms-manifest. */\n#define COMMS_PLUGIN_ID \"" +
         root->getValue<std::string>("id") + "\"\n#define COMMS_PLUGIN_VERSION \"" +
         root->getValue<std::string>("version") + "\"\n";
}

}  // namespace comms::manifest
