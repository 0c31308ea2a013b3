#pragma once

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <comms/testing/redaction.hpp>

namespace comms::testing {

/// A built plugin, loaded as the host does it; in whatever language it was written.
/// Throws std::runtime_error with the loader's words. Never unloaded, as in the host.
class Library {
 public:
  explicit Library(const std::string& file) {
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library) throw std::runtime_error(dlerror());
    void* symbol = dlsym(library, COMMS_ENTRY_SYMBOL);
    if (!symbol) throw std::runtime_error(file + " has no " COMMS_ENTRY_SYMBOL);
    entry_ = reinterpret_cast<comms_entry_fn>(symbol);
    std::ifstream in(file, std::ios::binary);
    std::ostringstream image;
    image << in.rdbuf();
    manifest_ = section(image.str(), ".comms.manifest");
    if (manifest_.empty()) throw std::runtime_error(file + " carries no manifest");
  }

  /// NULL when the plugin refuses a host of this version.
  const comms_plugin* plugin(std::uint32_t host_major = COMMS_ABI_MAJOR) const {
    return entry_(host_major, COMMS_ABI_MINOR);
  }
  /// The embedded manifest, JSON.
  const std::string& manifest() const { return manifest_; }
  /// What must not stand in a recording made with this configuration.
  Redaction redaction(std::string_view config_json) const {
    return Redaction(manifest_, config_json);
  }

 private:
  template <class T>
  static T at(const std::string& image, std::size_t offset) {
    T out{};
    if (offset + sizeof out > image.size()) throw std::runtime_error("not a whole ELF file");
    std::memcpy(&out, image.data() + offset, sizeof out);
    return out;
  }
  static std::string section(const std::string& image, const char* name) {
    const auto file = at<Elf64_Ehdr>(image, 0);
    auto header = [&](std::size_t i) {
      return at<Elf64_Shdr>(image, file.e_shoff + i * file.e_shentsize);
    };
    const auto names = header(file.e_shstrndx);
    for (std::size_t i = 0; i < file.e_shnum; ++i) {
      const auto one = header(i);
      const std::size_t text = names.sh_offset + one.sh_name;
      if (text < image.size() && std::strcmp(image.c_str() + text, name) == 0) {
        return image.substr(one.sh_offset, one.sh_size);
      }
    }
    return {};
  }

  comms_entry_fn entry_ = nullptr;
  std::string manifest_;
};

/// The configuration of a test: of `file`, or of the file COMMS_CONFIG names, where the credentials
/// stand that a recording needs.
inline std::string config_text(const std::string& file) {
  const char* other = std::getenv("COMMS_CONFIG");
  std::ifstream in(other ? other : file);
  if (!in) throw std::runtime_error(std::string("cannot read ") + (other ? other : file.c_str()));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace comms::testing
