/* What these plugins have in common: the entry function over create, destroy and slot, which the
 * source defines that includes this, with the faults that an entry can have; and a few words. */
#ifndef FAULTY_ENTRY_H
#define FAULTY_ENTRY_H

#include <comms/comms.h>

#include "comms_plugin_manifest.h"

#define STR(literal) ((comms_str){literal, sizeof(literal) - 1})

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out);
static void destroy(void* self);
static const void* slot(void* self, const char* id);

/* Why what was asked failed, for slots that answer at once. */
static inline comms_status report_failure(const comms_report* report, comms_status status,
                                          comms_str why) {
  comms_error error = {.size = sizeof error, .status = status, .message = why};
  report->fail(report->ctx, &error);
  return status;
}

const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor) {
  static const comms_plugin plugin = {
    .size = sizeof plugin,
    .abi_major = COMMS_ABI_MAJOR,
    .abi_minor = COMMS_ABI_MINOR,
#if defined(FAULTY_OTHER_ID)
    .id = "test.faulty.another",
#else
    .id = COMMS_PLUGIN_ID,
#endif
    .version = COMMS_PLUGIN_VERSION,
    .create = create,
    .destroy = destroy,
    .slot = slot
  };
  (void)host_minor;
#if defined(FAULTY_ANY_MAJOR)
  (void)host_major;
  return &plugin;
#elif defined(FAULTY_REFUSES_EVERY_HOST)
  (void)host_major, (void)plugin;
  return NULL;
#else
  return host_major == COMMS_ABI_MAJOR ? &plugin : NULL;
#endif
}

#endif
