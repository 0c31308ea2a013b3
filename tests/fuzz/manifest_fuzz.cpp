// The manifest reader is pointed at files that somebody uploaded: any bytes may come, as a whole
// shared object and as the JSON inside one.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugin/manifest.h"
#include "plugin/manifest_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const commsd::Result<std::string> section = commsd::plugin::read_manifest_section(bytes);
  const commsd::Result<commsd::plugin::Manifest> manifest =
      commsd::plugin::parse_manifest(section ? std::string_view(*section) : bytes);
  if (manifest && (manifest->id.empty() || manifest->slots.empty())) __builtin_trap();
  if (!manifest && manifest.error().message.empty()) __builtin_trap();
  return 0;
}
