#include "plugin_file.h"

#include <algorithm>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <comms/svc/http.h>
#include <comms/svc/ws.h>

#include "manifest.h"
#include "manifest_schema.h"

namespace comms::check {
namespace {

std::vector<std::string> texts(const Poco::JSON::Object& object, const std::string& key) {
  std::vector<std::string> found;
  const Poco::JSON::Array::Ptr array = object.getArray(key);
  for (unsigned i = 0; array && i < array->size(); ++i) {
    found.push_back(array->getElement<std::string>(i));
  }
  return found;
}

void describe(PluginFile& file, const Poco::JSON::Object& root) {
  file.id = root.getValue<std::string>("id");
  file.version = root.getValue<std::string>("version");
  file.egress = texts(root, "egress");
  file.services = texts(root, "services");
  file.config = root.getObject("config");
  const Poco::JSON::Array::Ptr slots = root.getArray("slots");
  for (unsigned i = 0; i < slots->size(); ++i) {
    const Poco::JSON::Object::Ptr slot = slots->getObject(i);
    DeclaredSlot declared;
    declared.id = slot->getValue<std::string>("id");
    declared.name = declared.id.substr(6, declared.id.find('/') - 6);
    declared.runs = slot->getValue<std::string>("class");
    declared.ops = texts(*slot, "ops");
    file.slots.push_back(declared);
  }
}

}  // namespace

bool DeclaredSlot::has(const std::string& op) const {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

const DeclaredSlot* PluginFile::slot(const std::string& slot_id) const {
  for (const DeclaredSlot& slot : slots) {
    if (slot.id == slot_id) return &slot;
  }
  return nullptr;
}

bool PluginFile::blocks() const {
  return std::any_of(slots.begin(), slots.end(),
                     [](const DeclaredSlot& slot) { return slot.runs == "block"; });
}

bool PluginFile::uses(const std::string& service) const {
  return std::find(services.begin(), services.end(), service) != services.end();
}

PluginFile PluginFile::of_everything() {
  PluginFile file;
  file.services = {COMMS_SVC_HTTP, COMMS_SVC_WS};
  for (const char* name : slot_names) {
    DeclaredSlot slot;
    slot.name = name;
    slot.id = "comms." + slot.name + "/1";
    for (const std::string_view op : manifest::slot_ops(slot.id)) slot.ops.emplace_back(op);
    file.slots.push_back(slot);
  }
  return file;
}

PluginFile PluginFile::read(const std::string& path) {
  PluginFile file;
  file.path = path;
  file.elf = ElfFile::read(path);
  if (!file.elf.error.empty()) return file;
  manifest::Manifest manifest;
  try {
    manifest.value = Poco::JSON::Parser().parse(file.elf.manifest);
  } catch (const Poco::Exception& error) {
    file.problems.push_back("the manifest is not JSON: " + error.displayText());
    return file;
  }
  if (manifest.value.type() != typeid(Poco::JSON::Object::Ptr)) {
    file.problems.push_back("the manifest is not a JSON object");
    return file;
  }
  manifest::check(manifest, manifest_schema, {});
  for (const manifest::Problem& problem : manifest.problems) {
    file.problems.push_back((problem.where.empty() ? "manifest" : problem.where) + ": " +
                            problem.what);
  }
  if (manifest.good()) describe(file, *manifest.value.extract<Poco::JSON::Object::Ptr>());
  return file;
}

}  // namespace comms::check
