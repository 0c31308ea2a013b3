/* comms/c/json.h - single values of JSON texts and settings, for providers written in C.
 *
 * Each call parses anew, which is right for answers of a few members; for lists use comms.json/1
 * itself. Pointers are JSON Pointers (RFC 6901): "/data/0/id".
 */
#ifndef COMMS_C_JSON_H
#define COMMS_C_JSON_H

#include <comms/c/services.h>

/* Value of a text member, by JSON Pointer; a copy to free(), NULL when there is none. */
static inline char* comms_json_copy(const comms_services* services, comms_bytes json,
                                    const char* pointer) {
  comms_json* document = NULL;
  comms_str text = {NULL, 0};
  char* out = NULL;
  if (!services->json || services->json->parse(services->host, json, &document) != COMMS_OK) {
    return NULL;
  }
  comms_json_node node =
      services->json->find(document, services->json->root(document), comms_text(pointer));
  if (services->json->string(document, node, &text) == COMMS_OK) out = comms_copy(text);
  services->json->close(document);
  return out;
}
/* Number of children of an array or object; -1 when there is none at that place. */
static inline int64_t comms_json_count(const comms_services* services, comms_bytes json,
                                       const char* pointer) {
  comms_json* document = NULL;
  int64_t out = -1;
  if (!services->json || services->json->parse(services->host, json, &document) != COMMS_OK) {
    return out;
  }
  comms_json_node node =
      services->json->find(document, services->json->root(document), comms_text(pointer));
  int32_t type = services->json->type(document, node);
  if (type == COMMS_JSON_ARRAY || type == COMMS_JSON_OBJECT) {
    out = (int64_t)services->json->count(document, node);
  }
  services->json->close(document);
  return out;
}

/* A setting into *out, to free(); NULL when it is not set. COMMS_INTERNAL = memory ran out, which
 * must not be taken for a setting that is absent. */
static inline comms_status comms_config_read(const comms_services* services, comms_str config,
                                             const char* name, char** out) {
  comms_buffer pointer = comms_empty();
  comms_json* document = NULL;
  comms_status status = COMMS_OK;
  *out = NULL;
  comms_add_text(&pointer, "/");
  comms_add_text(&pointer, name);
  if (pointer.failed) {
    status = COMMS_INTERNAL;
  } else if (services->json &&
             services->json->parse(services->host, comms_as_bytes(config), &document) == COMMS_OK) {
    comms_str text = {NULL, 0};
    comms_json_node node =
        services->json->find(document, services->json->root(document), comms_view(&pointer));
    if (services->json->string(document, node, &text) == COMMS_OK) {
      *out = comms_copy(text);
      if (!*out) status = COMMS_INTERNAL;
    }
    services->json->close(document);
  }
  comms_free(&pointer);
  return status;
}
/* The same without the difference; NULL when it is not set, or when memory ran out. */
static inline char* comms_config_copy(const comms_services* services, comms_str config,
                                      const char* name) {
  char* out = NULL;
  (void)comms_config_read(services, config, name, &out);
  return out;
}
/* An address without the slash at its end, so that paths can be appended; to free(). NULL = memory
 * ran out. */
static inline char* comms_config_url(const comms_services* services, comms_str config,
                                     const char* name, const char* otherwise) {
  char* out = NULL;
  if (comms_config_read(services, config, name, &out) != COMMS_OK) return NULL;
  if (!out) out = comms_copy(comms_text(otherwise));
  for (size_t at = out ? strlen(out) : 0; at > 0 && out[at - 1] == '/'; --at) out[at - 1] = 0;
  return out;
}

#endif
