#pragma once

#include <array>
#include <string>
#include <vector>

#include <Poco/JSON/Object.h>

#include "elf_file.h"

namespace comms::check {

inline constexpr std::array<const char*, 8> slot_names = {
    "telephony", "whatsapp", "email", "tts", "stt", "voice", "database", "storage"};

struct DeclaredSlot {
  std::string id;    // "comms.email/1"
  std::string name;  // "email"
  std::string runs;  // "async", "block" or "pure"
  std::vector<std::string> ops;

  bool has(const std::string& op) const;
};

/// A plugin as its file describes itself, before any of its code runs.
struct PluginFile {
  std::string path;
  ElfFile elf;
  std::string id, version;
  std::vector<DeclaredSlot> slots;
  std::vector<std::string> egress, services;
  Poco::JSON::Object::Ptr config;     // JSON Schema of its configuration
  std::vector<std::string> problems;  // of the manifest; empty when it is valid

  bool usable() const { return elf.error.empty() && problems.empty(); }
  const DeclaredSlot* slot(const std::string& slot_id) const;
  bool blocks() const;  // some slot is of class block

  bool uses(const std::string& service) const;

  static PluginFile read(const std::string& path);
  /// No file: what a plugin would say of itself that offers every op of every slot.
  static PluginFile of_everything();
};

}  // namespace comms::check
