#include <comms/slot/storage.h>

#include "account.h"
#include "comms_plugin_manifest.h"

/* An invented vendor, to be replaced call by call: objects under /v1/objects/KEY over plain HTTP
 * verbs. PUT, GET, HEAD and DELETE are idempotent, so the host may repeat them by itself. */

static request of_object(account* self, const char* method, comms_str key) {
  request r = {.method = method, .url = account_url(self, "/v1/objects/")};
  comms_add_percent(&r.url, key, "/");
  return r;
}
static comms_status failed(account* self, comms_op* op, const comms_http_response* r) {
  return comms_http_fail(&self->services, op, r, 1, "/code", "/message");
}
static void tell(account* self, comms_op* op, const comms_http_response* r, const char* header,
                 const char* field) {
  self->services.result->field(op, comms_text(field),
                               comms_header(r->headers, r->header_count, header));
}

static comms_status kept(void* self, comms_op* op, const comms_http_response* r) {
  if (!comms_http_ok(r)) return failed(self, op, r);
  tell(self, op, r, "ETag", "etag");
  return COMMS_OK;
}
static comms_status put(void* self, comms_op* op, comms_str key, comms_str content_type,
                        comms_bytes data) {
  request r = of_object(self, "PUT", key);
  comms_str body = {(const char*)data.ptr, data.len};
  comms_add(&r.body, body);
  r.content_type = content_type;
  return account_send(self, op, &r, kept);
}

/* The whole size: of the body, or what stands after the slash of "bytes 1-3/5". */
static void tell_size(account* self, comms_op* op, const comms_http_response* r) {
  char digits[24];
  comms_str range = comms_header(r->headers, r->header_count, "Content-Range");
  snprintf(digits, sizeof digits, "%zu", r->body.len);
  comms_str size = comms_text(digits);
  for (size_t i = 0; i < range.len; ++i) {
    if (range.ptr[i] == '/') size = (comms_str){range.ptr + i + 1, range.len - i - 1};
  }
  self->services.result->field(op, COMMS_LIT("byte_count"), size);
}
static comms_status read_object(void* self_, comms_op* op, const comms_http_response* r) {
  account* self = self_;
  if (r->status == 416) {
    return comms_fail(&self->services, op, COMMS_INVALID, "the offset is beyond the end", NULL);
  }
  if (!comms_http_ok(r)) return failed(self, op, r);
  tell(self, op, r, "Content-Type", "content_type");
  tell_size(self, op, r);
  (void)self->services.result->chunk(op, r->body);
  return COMMS_OK;
}
static comms_status get(void* self_, comms_op* op, comms_str key, uint64_t offset,
                        uint64_t length) {
  account* self = self_;
  request r = of_object(self, "GET", key);
  char range[64];
  if (offset || length) {
    int used = snprintf(range, sizeof range, "bytes=%llu-", (unsigned long long)offset);
    if (length) {
      snprintf(range + used, sizeof range - (size_t)used, "%llu",
               (unsigned long long)(offset + length - 1));
    }
    r.range = comms_text(range);
  }
  return account_send(self, op, &r, read_object);
}

static comms_status looked_at(void* self, comms_op* op, const comms_http_response* r) {
  if (!comms_http_ok(r)) return failed(self, op, r);
  tell(self, op, r, "Content-Length", "byte_count");
  tell(self, op, r, "Content-Type", "content_type");
  tell(self, op, r, "ETag", "etag");
  return COMMS_OK;
}
static comms_status head(void* self, comms_op* op, comms_str key) {
  request r = of_object(self, "HEAD", key);
  return account_send(self, op, &r, looked_at);
}

static comms_status gone(void* self, comms_op* op, const comms_http_response* r) {
  if (comms_http_ok(r) || r->status == 404) return COMMS_OK; /* removing what is gone is success */
  return failed(self, op, r);
}
static comms_status remove_object(void* self, comms_op* op, comms_str key) {
  request r = of_object(self, "DELETE", key);
  return account_send(self, op, &r, gone);
}

static const void* slot(void* self, const char* id) {
  static const comms_storage table = {
      .size = sizeof table, .put = put, .get = get, .head = head, .remove = remove_object};
  (void)self;
  return strcmp(id, COMMS_SLOT_STORAGE) == 0 ? &table : NULL;
}

const comms_plugin* comms_plugin_entry(uint32_t host_major, uint32_t host_minor) {
  static const comms_plugin plugin = {.size = sizeof plugin,
                                      .abi_major = COMMS_ABI_MAJOR,
                                      .abi_minor = COMMS_ABI_MINOR,
                                      .id = COMMS_PLUGIN_ID,
                                      .version = COMMS_PLUGIN_VERSION,
                                      .create = account_create,
                                      .probe = account_probe,
                                      .destroy = account_destroy,
                                      .slot = slot};
  (void)host_minor;
  return host_major == COMMS_ABI_MAJOR ? &plugin : NULL;
}
