// What libespeak-ng.a refers to and commsd must not have. Only its synchronous mode is used, which
// opens no sound device; Debian's pcaudio would load PulseAudio's and ALSA's libraries for it. Nor
// does that mode queue anything: the library's own queue (fifo.c, event.c) is left out, because it
// starts a thread at every espeak_ng_Initialize() and, the second time that one is to end, waits
// for an answer that the thread has given in its first life.

#include <cstddef>
#include <cstdint>
#include <espeak-ng/espeak_ng.h>

struct audio_object;

namespace {
constexpr int queueless = ENS_NOT_SUPPORTED;
}

extern "C" {

audio_object* create_audio_device_object(const char*, const char*, const char*) {
  return nullptr;
}
int audio_object_open(audio_object*, int, std::uint32_t, std::uint8_t) {
  return -1;
}
void audio_object_close(audio_object*) {}
void audio_object_destroy(audio_object*) {}
int audio_object_write(audio_object*, const void*, std::size_t) {
  return -1;
}
int audio_object_drain(audio_object*) {
  return -1;
}
int audio_object_flush(audio_object*) {
  return -1;
}
const char* audio_object_strerror(audio_object*, int) {
  return "there is no sound device";
}

// 0 is ENS_OK, and "no" of the questions.
void fifo_init() {}
void fifo_terminate() {}
int fifo_stop() {
  return 0;
}
int fifo_is_busy() {
  return 0;
}
int fifo_is_command_enabled() {
  return 0;
}
int fifo_add_command(void*) {
  return queueless;
}
int fifo_add_commands(void*, void*) {
  return queueless;
}
void event_init() {}
void event_terminate() {}
void event_set_callback(void*) {}
int event_clear_all() {
  return 0;
}
int event_declare(void*) {
  return queueless;
}

/// espeak_ng_Initialize() would change the locale of the process, which no plugin may (comms.h,
/// rule 8). The linker sends it here (--wrap); see Utf8Locale for what it gets instead.
char* __wrap_setlocale(int, const char*) {  // NOLINT(bugprone-reserved-identifier): ld's name
  static char name[] = "C.UTF-8";
  return name;
}
}
