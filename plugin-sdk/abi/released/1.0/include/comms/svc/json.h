/* comms.json/1 - read-only JSON (RFC 8259). Writing needs no service: see cpp/json.hpp.
 *
 * A node is a number that means something only together with its document; 0 is "no node", accepted
 * everywhere and answered with "nothing", so that look-ups can be chained without checks.
 * All [any] for different documents; one document must not be used from two threads at once.
 */
#ifndef COMMS_SVC_JSON_H
#define COMMS_SVC_JSON_H

#include <comms/comms.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMMS_SVC_JSON "comms.json/1"

typedef struct comms_json comms_json; /* a parsed document; made and owned by the host */
typedef uint64_t comms_json_node;

/* Types of a node; 0 = no node. */
enum {
  COMMS_JSON_NULL = 1,
  COMMS_JSON_BOOL = 2,
  COMMS_JSON_INTEGER = 3, /* fits int64_t */
  COMMS_JSON_NUMBER = 4,  /* any other number */
  COMMS_JSON_STRING = 5,
  COMMS_JSON_ARRAY = 6,
  COMMS_JSON_OBJECT = 7
};

typedef struct comms_svc_json {
  uint32_t size, reserved;
  /* Copies `text`. COMMS_OK with *out set; COMMS_INVALID = not JSON, not UTF-8, nested deeper than
   * 64, or larger than the host allows. */
  comms_status (*parse)(const comms_host* host, comms_bytes text, comms_json** out);
  /* Frees the document; every string got from it dies with it. NULL is accepted. */
  void (*close)(comms_json* document);
  comms_json_node (*root)(const comms_json* document);
  /* JSON Pointer (RFC 6901) relative to `node`: "/data/0/id"; "" is the node itself. 0 = absent. */
  comms_json_node (*find)(const comms_json* document, comms_json_node node, comms_str pointer);
  /* Member `key` of an object, taken literally; 0 = absent. The last of repeated keys counts. */
  comms_json_node (*member)(const comms_json* document, comms_json_node node, comms_str key);
  /* First child of an array or object, then its next sibling; 0 = no more. In document order. */
  comms_json_node (*first)(const comms_json* document, comms_json_node node);
  comms_json_node (*next)(const comms_json* document, comms_json_node child);
  size_t (*count)(const comms_json* document, comms_json_node node);
  int32_t (*type)(const comms_json* document, comms_json_node node);
  /* Key under which a child stands in its object; empty in an array. Valid until close. */
  comms_str (*key)(const comms_json* document, comms_json_node child);
  /* COMMS_OK with *out set; COMMS_NOT_FOUND = no node; COMMS_INVALID = another type. */
  comms_status (*string)(const comms_json* document, comms_json_node node, comms_str* out);
  comms_status (*integer)(const comms_json* document, comms_json_node node, int64_t* out);
  comms_status (*number)(const comms_json* document, comms_json_node node, double* out);
  comms_status (*boolean)(const comms_json* document, comms_json_node node, int32_t* out);
} comms_svc_json;

#ifdef __cplusplus
}
#endif
#endif
