#include "sample_config.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <Poco/JSON/Stringifier.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "sample_text.h"

namespace comms::check {
namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Object;

enum class Choice { required_and_secrets, everything, required };

/// 64 hexadecimal digits, which are base64 as well: the two forms vendors give keys in.
std::string digits(const std::string& name, unsigned variant) {
  std::string text;
  std::size_t state = std::hash<std::string>()(name) + variant * 0x9e3779b9U + 1;
  while (text.size() < 64) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += "0123456789abcdef"[state >> 60];
  }
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_private_key(const std::string& name, const Object& setting) {
  const std::string about = lower(name + ' ' + setting.optValue<std::string>("title", "") + ' ' +
                                  setting.optValue<std::string>("description", "") + ' ' +
                                  setting.optValue<std::string>("x-comms-help", ""));
  return setting.optValue("writeOnly", false) &&
         (about.find("private key") != about.npos || about.find("private_key") != about.npos ||
          about.find("pem") != about.npos);
}

std::string private_key() {
  static const std::string pem = [] {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048),
                                                                  &EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  }();
  return pem;
}

std::optional<std::string> text_value(const std::string& name, const Object& setting,
                                      unsigned variant) {
  const auto format = setting.optValue<std::string>("format", "");
  const std::string filler = digits(name, variant);
  if (is_private_key(name, setting)) return private_key();
  std::string text = setting.optValue("writeOnly", false) ? filler : "check-" + name;
  if (setting.has("pattern")) {
    const auto made = text_matching(setting.getValue<std::string>("pattern"), filler.substr(0, 32),
                                    std::hash<std::string>()(name) + variant);
    if (!made) return std::nullopt;
    text = *made;
  } else if (format == "uri") {
    return "https://check.example.com";
  } else if (format == "email") {
    return "check@example.com";
  } else if (format == "phone") {
    return "+14155550100";
  }
  const auto least = setting.optValue<std::size_t>("minLength", 0);
  const auto most = setting.optValue<std::size_t>("maxLength", text.size() + least);
  while (text.size() < least && !setting.has("pattern")) text += filler;
  if (text.size() > most && !setting.has("pattern")) text.resize(most);
  if (text.size() < least || text.size() > most) return std::nullopt;
  return text;
}

/// False when no value can be made up.
bool make_value(const std::string& name, const Object& setting, unsigned variant, Var& into) {
  for (const char* given : {"const", "default"}) {
    if (!setting.has(given) || setting.isNull(given)) continue;
    into = setting.get(given);
    return true;
  }
  if (setting.has("enum")) {
    into = setting.getArray("enum")->get(0);
    return true;
  }
  const auto type = setting.getValue<std::string>("type");
  if (type == "string") {
    const auto text = text_value(name, setting, variant);
    if (text) into = *text;
    return text.has_value();
  }
  if (type == "integer" || type == "number") {
    const auto least = setting.optValue<double>("minimum", 1);
    const double value = std::min(std::max(least, 1.0), setting.optValue<double>("maximum", 1e9));
    if (type == "number") into = value;
    if (type == "integer") into = static_cast<Poco::Int64>(value);
    return true;
  }
  if (type == "boolean") into = false;
  if (type == "array") into = Poco::JSON::Array::Ptr(new Poco::JSON::Array);
  if (type != "object") return true;
  Object::Ptr inner = new Object;
  const Object::Ptr members = setting.getObject("properties");
  const Poco::JSON::Array::Ptr needed = setting.getArray("required");
  for (unsigned i = 0; needed && i < needed->size(); ++i) {
    const auto member = needed->getElement<std::string>(i);
    const Object::Ptr described = members ? members->getObject(member) : nullptr;
    Var value;
    if (!described || !make_value(member, *described, variant, value)) return false;
    inner->set(member, value);
  }
  into = inner;
  return true;
}

void finish(SampleConfig& config, const Object& properties) {
  std::ostringstream out;
  Poco::JSON::Stringifier::condense(config.value, out);
  config.json = out.str();
  for (const auto& [name, described] : properties) {
    const auto setting = described.extract<Object::Ptr>();
    if (!setting->optValue("writeOnly", false) || !config.value->has(name)) continue;
    const std::string secret = config.text(name);
    if (!secret.empty()) config.secrets.emplace_back(name, secret);
  }
}

}  // namespace

std::string SampleConfig::text(const std::string& setting) const {
  return value && value->has(setting) && value->get(setting).isString()
             ? value->getValue<std::string>(setting)
             : std::string();
}

std::vector<SampleConfig> sample_configs(const Object& schema, unsigned variant) {
  const Object::Ptr properties = schema.getObject("properties");
  std::vector<std::string> required;
  const Poco::JSON::Array::Ptr listed = schema.getArray("required");
  for (unsigned i = 0; listed && i < listed->size(); ++i) {
    required.push_back(listed->getElement<std::string>(i));
  }
  std::vector<SampleConfig> configs;
  for (const Choice choice : {Choice::required_and_secrets, Choice::everything, Choice::required}) {
    SampleConfig config;
    config.value = new Object;
    for (const auto& [name, described] : *properties) {
      const auto setting = described.extract<Object::Ptr>();
      const bool needed = std::find(required.begin(), required.end(), name) != required.end();
      const bool wanted = needed || choice == Choice::everything ||
                          (choice == Choice::required_and_secrets &&
                           (setting->optValue("writeOnly", false) || setting->has("default")));
      if (!wanted) continue;
      Var value;
      if (make_value(name, *setting, variant, value)) {
        config.value->set(name, value);
      } else if (needed) {
        config.left_out.push_back(name);
      }
    }
    finish(config, *properties);
    const bool repeated = std::any_of(configs.begin(), configs.end(),
                                      [&](const auto& other) { return other.json == config.json; });
    if (!repeated) configs.push_back(std::move(config));
  }
  return configs;
}

SampleConfig config_from_file(const std::string& path, const Object& schema) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  SampleConfig config;
  try {
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    config.value = Poco::JSON::Parser().parse(text).extract<Object::Ptr>();
  } catch (const Poco::Exception& error) {
    throw std::runtime_error(path + " must hold a JSON object: " + error.displayText());
  }
  finish(config, *schema.getObject("properties"));
  return config;
}

}  // namespace comms::check
