#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace comms::check {

/// What can be told of a shared object without loading it. Every offset of the file is checked, so
/// that a damaged file gives an error and nothing worse.
struct ElfFile {
  std::string manifest;  // bytes of the section .comms.manifest
  std::vector<std::string> needed;
  std::vector<std::string> exported;  // defined and visible to others
  std::vector<std::string> imported;  // to be found in other objects
  std::vector<std::string> strings;   // printable texts of 4 to 64 characters in its constants
  std::size_t constructors = 0;       // entries of .init_array
  bool text_relocations = false;
  bool executable_stack = false;

  /// "" when it was read, else what is wrong with it.
  std::string error;

  static ElfFile read(const std::string& path);
};

}  // namespace comms::check
