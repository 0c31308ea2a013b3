/* As email.c, for objects that are kept in memory. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <comms/slot/storage.h>
#include <comms/svc/result.h>

#include "faulty_entry.h"

enum { LONGEST_KEY = 512, MOST_OBJECTS = 32 };

typedef struct object {
  char key[LONGEST_KEY];
  size_t key_size, size;
  uint8_t* data;
} object;

typedef struct instance {
  const comms_svc_result* result;
  pthread_mutex_t lock;
  object objects[MOST_OBJECTS];
} instance;

static comms_status fail(const instance* self, comms_op* op, comms_status status, comms_str why) {
  comms_error error = {.size = sizeof error, .status = status, .message = why};
  self->result->fail(op, &error);
  return status;
}

/* slot/storage.h: no empty, "." or ".." part, at most 512 bytes. */
static int allowed(comms_str key) {
  if (key.len > LONGEST_KEY) return 0;
#if defined(FAULTY_KEYS_ASCII_ONLY)
  for (size_t i = 0; i < key.len; ++i) {
    if (key.ptr[i] & 0x80) return 0;
  }
#endif
  for (size_t at = 0, end = 0; at <= key.len; at = end + 1) {
    for (end = at; end < key.len && key.ptr[end] != '/';) ++end;
    const size_t size = end - at;
#if defined(FAULTY_KEYS_CLIMB)
    if (size == 0 && key.len == 0) return 0;
#else
    if (size == 0 || (size <= 2 && memcmp(key.ptr + at, "..", size) == 0)) return 0;
#endif
  }
  return 1;
}

/* The object of that key, else a free place when there is to be one. */
static object* find(instance* self, comms_str key, int make) {
  object* place = NULL;
  for (int i = 0; i < MOST_OBJECTS; ++i) {
    object* one = &self->objects[i];
    if (one->data && one->key_size == key.len && memcmp(one->key, key.ptr, key.len) == 0) {
      return one;
    }
    if (!one->data && !place) place = one;
  }
  return make ? place : NULL;
}

static comms_status put(void* self_, comms_op* op, comms_str key, comms_str type,
                        comms_bytes data) {
  instance* self = self_;
  (void)type;
  if (!allowed(key)) return fail(self, op, COMMS_INVALID, STR("no such key can be kept"));
  uint8_t* copy = malloc(data.len + 1);
  if (!copy) return fail(self, op, COMMS_INTERNAL, STR("out of memory"));
  memcpy(copy, data.ptr, data.len);
  pthread_mutex_lock(&self->lock);
  object* place = find(self, key, 1);
  if (place) {
    free(place->data);
    const size_t kept = key.len < LONGEST_KEY ? key.len : LONGEST_KEY;
    memcpy(place->key, key.ptr, kept);
    place->key_size = kept;
    place->data = copy;
    place->size = data.len;
  }
  pthread_mutex_unlock(&self->lock);
  if (place) {
    self->result->field(op, STR("etag"), STR("check"));
    return COMMS_OK;
  }
  free(copy);
  return fail(self, op, COMMS_REJECTED, STR("there is no room"));
}

static void describe(const instance* self, comms_op* op, const object* one) {
  char digits[24];
  snprintf(digits, sizeof digits, "%zu", one->size);
  self->result->field(op, STR("content_type"), STR("text/plain"));
  self->result->field(op, STR("byte_count"), (comms_str){digits, strlen(digits)});
}

static comms_status get(void* self_, comms_op* op, comms_str key, uint64_t offset,
                        uint64_t length) {
  instance* self = self_;
  comms_status status = COMMS_OK;
  pthread_mutex_lock(&self->lock);
  const object* one = find(self, key, 0);
  if (one && offset <= one->size) {
    size_t left = one->size - offset;
    if (length > 0 && length < left) left = length;
    describe(self, op, one);
#if defined(FAULTY_IGNORES_THE_RANGE)
    self->result->chunk(op, (comms_bytes){one->data, one->size});
#else
    self->result->chunk(op, (comms_bytes){one->data + offset, left});
#endif
  } else {
#if defined(FAULTY_EMPTY_WHEN_ABSENT)
    self->result->field(op, STR("content_type"), STR("text/plain"));
#else
    status = fail(self, op, one ? COMMS_INVALID : COMMS_NOT_FOUND, STR("it is not there"));
#endif
  }
  pthread_mutex_unlock(&self->lock);
  return status;
}

static comms_status head(void* self_, comms_op* op, comms_str key) {
  instance* self = self_;
  pthread_mutex_lock(&self->lock);
  const object* one = find(self, key, 0);
  if (one) describe(self, op, one);
  pthread_mutex_unlock(&self->lock);
  return one ? COMMS_OK : fail(self, op, COMMS_NOT_FOUND, STR("it is not there"));
}

static comms_status take_away(void* self_, comms_op* op, comms_str key) {
  instance* self = self_;
  (void)op;
  pthread_mutex_lock(&self->lock);
  object* one = find(self, key, 0);
  if (one) {
    free(one->data);
    one->data = NULL;
  }
  pthread_mutex_unlock(&self->lock);
  return COMMS_OK;
}

static comms_status signed_url(void* self_, comms_str key, comms_str method, uint32_t ttl_s,
                               comms_sink* out) {
  const instance* self = self_;
  (void)key, (void)method, (void)ttl_s;
#if defined(FAULTY_SIGNED_URL_IS_NONE)
  static const char url[] = "object of /tmp";
#else
  static const char url[] = "https://api.example.com/one?signature=check";
#endif
  self->result->sink_write(out, (comms_bytes){(const uint8_t*)url, sizeof url - 1});
  return COMMS_OK;
}

static comms_status create(const comms_host* host, comms_str config, const comms_report* report,
                           void** out) {
  instance* self = calloc(1, sizeof *self);
  (void)config;
  if (!self) return report_failure(report, COMMS_INTERNAL, STR("out of memory"));
  self->result = host->service(host, COMMS_SVC_RESULT);
  pthread_mutex_init(&self->lock, NULL);
  *out = self;
  return COMMS_OK;
}

static void destroy(void* self_) {
  instance* self = self_;
  for (int i = 0; i < MOST_OBJECTS; ++i) free(self->objects[i].data);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

static const void* slot(void* self, const char* id) {
  static const comms_storage table = {.size = sizeof table,
                                      .put = put,
                                      .get = get,
                                      .head = head,
                                      .remove = take_away,
                                      .signed_url = signed_url};
  (void)self;
  return strcmp(id, COMMS_SLOT_STORAGE) == 0 ? &table : NULL;
}
