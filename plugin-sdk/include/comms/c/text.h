/* comms/c/text.h - text for providers written in C: literals, and a buffer that grows.
 *
 * Header-only C11, no part of the ABI: what is compiled in is yours. Every `comms_add...` is [any],
 * copies, and when memory runs out sets `failed` and drops the rest, so that one check at the end
 * is enough.
 */
#ifndef COMMS_C_TEXT_H
#define COMMS_C_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <comms/comms.h>

/* A literal, and a NUL-terminated string (NULL is empty), as comms_str. */
#define COMMS_LIT(literal) ((comms_str){(literal), sizeof(literal) - 1})
static inline comms_str comms_text(const char* text) {
  comms_str out = {text, text ? strlen(text) : 0};
  return out;
}
static inline comms_bytes comms_as_bytes(comms_str text) {
  comms_bytes out = {(const uint8_t*)text.ptr, text.len};
  return out;
}
static inline int comms_same(comms_str a, comms_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* ASCII, without case: header names. */
static inline int comms_same_name(comms_str a, comms_str b) {
  if (a.len != b.len) return 0;
  for (size_t i = 0; i < a.len; ++i) {
    char x = a.ptr[i], y = b.ptr[i];
    if (x >= 'A' && x <= 'Z') x = (char)(x + ('a' - 'A'));
    if (y >= 'A' && y <= 'Z') y = (char)(y + ('a' - 'A'));
    if (x != y) return 0;
  }
  return 1;
}
/* NUL-terminated copy, NULL when memory ran out; free() it. */
static inline char* comms_copy(comms_str text) {
  char* out = (char*)malloc(text.len + 1);
  if (!out) return NULL;
  if (text.len) memcpy(out, text.ptr, text.len);
  out[text.len] = '\0';
  return out;
}

/* Begin with comms_empty(); the owner calls comms_free. */
typedef struct comms_buffer {
  char* ptr;
  size_t len, room;
  int failed;
} comms_buffer;

static inline comms_buffer comms_empty(void) {
  comms_buffer buffer;
  memset(&buffer, 0, sizeof buffer);
  return buffer;
}
static inline void comms_free(comms_buffer* buffer) {
  free(buffer->ptr);
  memset(buffer, 0, sizeof *buffer);
}
static inline comms_str comms_view(const comms_buffer* buffer) {
  comms_str out = {buffer->ptr, buffer->len};
  return out;
}
static inline void comms_add(comms_buffer* buffer, comms_str text) {
  if (buffer->failed || text.len == 0) return;
  if (text.len > buffer->room - buffer->len) {
    size_t room = buffer->room * 2 + text.len + 64;
    char* more = (char*)realloc(buffer->ptr, room);
    if (!more) {
      buffer->failed = 1;
      return;
    }
    buffer->ptr = more;
    buffer->room = room;
  }
  memcpy(buffer->ptr + buffer->len, text.ptr, text.len);
  buffer->len += text.len;
}
static inline void comms_add_text(comms_buffer* buffer, const char* text) {
  comms_add(buffer, comms_text(text));
}
static inline void comms_add_integer(comms_buffer* buffer, int64_t number) {
  char digits[24];
  snprintf(digits, sizeof digits, "%lld", (long long)number);
  comms_add_text(buffer, digits);
}
/* As a JSON string, in quotes. */
static inline void comms_add_json(comms_buffer* buffer, comms_str text) {
  comms_add_text(buffer, "\"");
  for (size_t i = 0; i < text.len; ++i) {
    unsigned char c = (unsigned char)text.ptr[i];
    char escaped[8];
    if (c == '"' || c == '\\') {
      snprintf(escaped, sizeof escaped, "\\%c", c);
    } else if (c < 0x20) {
      snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)c);
    } else {
      snprintf(escaped, sizeof escaped, "%c", c);
    }
    comms_add_text(buffer, escaped);
  }
  comms_add_text(buffer, "\"");
}
/* Percent-encoded (RFC 3986), for a part of a URL; `keep` names further characters to leave. */
static inline void comms_add_percent(comms_buffer* buffer, comms_str text, const char* keep) {
  for (size_t i = 0; i < text.len; ++i) {
    unsigned char c = (unsigned char)text.ptr[i];
    int plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                (c != 0 && (strchr("-._~", c) || strchr(keep, c)));
    char escaped[8];
    snprintf(escaped, sizeof escaped, plain ? "%c" : "%%%02X", c);
    comms_add_text(buffer, escaped);
  }
}

#endif
