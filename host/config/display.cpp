#include "base/json_writer.h"
#include "config/binding.h"
#include "config/config.h"

namespace commsd::config {

namespace {

class Writer {
 public:
  explicit Writer(JsonWriter& out) : out_(out) {}

  void operator()(std::string_view key, std::string& text) { out_.field(key, text); }
  void operator()(std::string_view key, std::int64_t& number) { out_.field(key, number); }
  void operator()(std::string_view key, double& number) { out_.field(key, number); }
  void operator()(std::string_view key, bool& flag) { out_.field(key, flag); }
  void operator()(std::string_view key, std::vector<std::string>& list) {
    out_.key(key).begin_array();
    for (const std::string& item : list) out_.value(item);
    out_.end_array();
  }
  void operator()(std::string_view key, std::vector<std::int64_t>& list) {
    out_.key(key).begin_array();
    for (const std::int64_t item : list) out_.value(item);
    out_.end_array();
  }
  void operator()(std::string_view key, std::map<std::string, std::string>& map) {
    out_.key(key).begin_object();
    for (const auto& [name, value] : map) out_.field(name, value);
    out_.end_object();
  }
  template <typename Group>
  void operator()(std::string_view key, Group& group) {
    out_.key(key).begin_object();
    each(*this, group);
    out_.end_object();
  }
  template <typename Member>
  void path(std::string_view key, Member& member) {
    (*this)(key, member);
  }

 private:
  JsonWriter& out_;
};

void write_slot(JsonWriter& out, const SlotConfig& slot) {
  out.begin_object().field("use", slot.use).key("fallback").begin_array();
  for (const std::string& name : slot.fallback) out.value(name);
  out.end_array().raw_field("config", slot.config.config_json_for_display());
  out.key("configs").begin_object();
  for (const auto& [name, settings] : slot.configs) {
    out.raw_field(name, settings.config_json_for_display());
  }
  out.end_object().end_object();
}

}  // namespace

std::string to_display_json(const Config& config) {
  JsonWriter out;
  Writer writer(out);
  Config copy = config;  // visitors take members they could write to
  out.begin_object();
  each(writer, copy);
  out.key("providers").begin_object();
  for (const auto& [name, slot] : config.providers) {
    out.key(name);
    write_slot(out, slot);
  }
  out.end_object().key("overrides").begin_array();
  for (const OverrideConfig& other : config.overrides) {
    out.begin_object().field("organization", other.organization);
    if (!other.agent.empty()) out.field("agent", other.agent);
    out.field("slot", other.slot).field("use", other.use);
    out.raw_field("config", other.config.config_json_for_display()).end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace commsd::config
