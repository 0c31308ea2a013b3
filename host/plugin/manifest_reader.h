#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plugin/manifest.h"

namespace commsd::plugin {

/// Bytes to read from, by position. An own reader with bounds checks on every step, because the
/// files it is pointed at are uploads: Boost.DLL's library_info crashed on 2 % of mutated files.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// False when not all of [offset, offset + length) could be read.
  virtual bool read(std::uint64_t offset, void* into, std::size_t length) const = 0;
};

/// Finds the section .comms.manifest (at most 64 KB) of a shared object for this machine.
/// Errors, all invalid_argument: not ELF, another class, byte order or machine (glibc's own message
/// for that is "no such file", which misleads), not a shared object, damaged, no such section.
Result<std::string> read_manifest_section(const ByteSource& source);

/// The same of memory, for the fuzzer and for tests.
Result<std::string> read_manifest_section(std::string_view elf);

/// Opens (no symbolic link), reads and parses. Blocks on the file. Errors as above and of
/// parse_manifest(); not_found, permission_denied from opening.
Result<Manifest> read_manifest(const std::string& path);

/// The same of an open file.
Result<Manifest> read_manifest(int descriptor);

/// Where the content of the section .comms.sig lies in a file.
struct SignatureSection {
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// Nothing when the file has none. invalid_argument: it is no ELF file for this machine, or the
/// section is damaged.
Result<std::optional<SignatureSection>> find_signature_section(std::string_view elf);

}  // namespace commsd::plugin
