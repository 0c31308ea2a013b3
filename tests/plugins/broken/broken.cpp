// A plugin that is wrong in one way, chosen by a macro; with none it is sound. Written against the
// bare ABI, because the C++ layer exists to prevent most of these.

#include <cstdlib>
#include <stdexcept>
#include <unistd.h>

#include <comms/comms.h>
#include <comms/slot/email.h>
#include <comms/slot/tts.h>

#include "comms_plugin_manifest.h"

namespace {

#if defined(BROKEN_CONSTRUCTOR_THROWS)
[[maybe_unused]] const int at_load = (throw std::runtime_error("thrown while loading"), 0);
#elif defined(BROKEN_CONSTRUCTOR_HANGS)
[[maybe_unused]] const int at_load = [] {
  for (;;) ::pause();
  return 0;
}();
#elif defined(BROKEN_CONSTRUCTOR_EXITS)
[[maybe_unused]] const int at_load = (std::exit(0), 0);
#endif

#if defined(BROKEN_MISSING_SYMBOL)
}
extern "C" int a_function_that_nobody_defines(int);
namespace {
#endif

int instance;

comms_status create(const comms_host*, comms_str, const comms_report*, void** out_self) {
#if defined(BROKEN_CREATE_HANGS)
  for (;;) ::pause();
#elif defined(BROKEN_CREATE_CRASHES)
  std::abort();
#endif
  *out_self = &instance;
  return COMMS_OK;
}

void destroy(void*) {
#if defined(BROKEN_DESTROY_CRASHES)
  std::abort();
#endif
}

[[maybe_unused]] comms_status send(void*, comms_op*, const comms_email_message*) {
#if defined(BROKEN_MISSING_SYMBOL)
  return a_function_that_nobody_defines(1);
#else
  return COMMS_UNSUPPORTED;
#endif
}

const comms_email* email_table() {
  static comms_email table = {};
  table.size = sizeof table;
#if !defined(BROKEN_MISSING_OP)
  table.send = send;
#endif
  return &table;
}

const void* slot(void*, const char* id) {
  const comms_str wanted = {id, 0};
  for (const char* expected = COMMS_SLOT_EMAIL;; ++expected, ++id) {
    if (*expected != *id) break;
    if (*expected == '\0') return email_table();
  }
#if defined(BROKEN_EXTRA_SLOT)
  static const comms_tts tts = {sizeof(comms_tts), 0, nullptr, nullptr, nullptr};
  if (wanted.ptr[6] == 't' && wanted.ptr[7] == 't') return &tts;  // comms.tts/1
#endif
  (void)wanted;
  return nullptr;
}

const comms_plugin* table() {
  static comms_plugin plugin = {};
  plugin.size = sizeof plugin;
  plugin.abi_major = COMMS_ABI_MAJOR;
  plugin.abi_minor = COMMS_ABI_MINOR;
  plugin.id = COMMS_PLUGIN_ID;
  plugin.version = COMMS_PLUGIN_VERSION;
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.slot = slot;
#if defined(BROKEN_WRONG_MAJOR)
  plugin.abi_major = COMMS_ABI_MAJOR + 1;
#elif defined(BROKEN_SHORT_STRUCT)
  plugin.size = offsetof(comms_plugin, destroy);
#elif defined(BROKEN_OTHER_ID)
  plugin.id = "test.broken.copied";
#elif defined(BROKEN_OTHER_VERSION)
  plugin.version = "1.0.0-copied";
#endif
  return &plugin;
}

}  // namespace

#if defined(BROKEN_NO_ENTRY)
extern "C" COMMS_EXPORT const comms_plugin* some_other_entry(std::uint32_t, std::uint32_t) {
  return table();
}
#else
extern "C" COMMS_EXPORT const comms_plugin* comms_plugin_entry(std::uint32_t, std::uint32_t) {
#if defined(BROKEN_ENTRY_THROWS)
  throw std::runtime_error("thrown by the entry function");
#elif defined(BROKEN_ENTRY_CRASHES)
  volatile int* volatile nowhere = nullptr;  // both: a store nobody reads may be left out
  *nowhere = 1;
#elif defined(BROKEN_ENTRY_HANGS)
  for (;;) ::pause();
#elif defined(BROKEN_ENTRY_REFUSES)
  return nullptr;
#endif
  return table();
}
#endif
