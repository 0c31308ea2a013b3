#include "engine.h"

#include <clocale>
#include <espeak-ng/espeak_ng.h>
#include <exception>

#include <comms/cpp/types.hpp>

#include "memory_reserve.h"

namespace espeak {

namespace {

constexpr int piece_ms = 100;

/// The library asks iswalpha() and others about letters, which know ASCII only in the locale "C".
/// It would set the locale of the whole process (see unused.cpp); here it is that of the thread.
class Utf8Locale {
 public:
  Utf8Locale() : mine_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (mine_) before_ = uselocale(mine_);
  }
  ~Utf8Locale() {
    if (!mine_) return;
    uselocale(before_);
    freelocale(mine_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t mine_, before_ = nullptr;
};

/// Whom the library's callback speaks for; its arguments do not say.
struct Listener {
  const std::function<bool(const std::int16_t*, std::size_t)>& take;
  std::exception_ptr thrown;
};
Listener* listener = nullptr;

int made(short* samples, int count, espeak_EVENT*) {
  if (!samples || count <= 0) return 0;
  try {
    return listener->take(samples, static_cast<std::size_t>(count)) ? 0 : 1;
  } catch (...) {  // C code is above
    listener->thrown = std::current_exception();
    return 1;
  }
}

void check(espeak_ng_STATUS status, const char* doing) {
  if (status == ENS_OK || status == ENS_SPEECH_STOPPED) return;
  char text[256] = "";
  espeak_ng_GetStatusCodeMessage(status, text, sizeof text);
  throw comms::Error(COMMS_UNAVAILABLE, std::string("eSpeak NG cannot ") + doing + ": " + text, {},
                     "install Debian's package espeak-ng-data");
}

std::string gender_of(unsigned char gender) {
  if (gender == ENGENDER_MALE) return "male";
  if (gender == ENGENDER_FEMALE) return "female";
  return gender == ENGENDER_NEUTRAL ? "neutral" : "";
}

std::vector<Voice> installed_voices() {
  std::vector<Voice> voices;
  for (const espeak_VOICE** at = espeak_ListVoices(nullptr); *at; ++at) {
    const espeak_VOICE& found = **at;
    Voice voice{found.identifier, found.name, gender_of(found.gender), {}};
    if (voice.id.rfind("mb/", 0) == 0) continue;  // of MBROLA, another program
    for (const char* language = found.languages; *language;) {
      const std::string tag(language + 1);
      voice.languages.emplace_back(*language, tag);
      language += tag.size() + 2;
    }
    voices.push_back(std::move(voice));
  }
  return voices;
}

std::vector<std::string> installed_variants() {
  espeak_VOICE wanted{};
  wanted.languages = "variant";
  std::vector<std::string> variants;
  for (const espeak_VOICE** at = espeak_ListVoices(&wanted); *at; ++at) {
    const std::string file((*at)->identifier);  // "!v/f3"
    if (file.rfind("!v/", 0) == 0) variants.push_back(file.substr(3));
  }
  return variants;
}

Voices start() {
  memory_reserve::hold();
  const Utf8Locale locale;
  espeak_ng_InitializePath(nullptr);
  check(espeak_ng_Initialize(nullptr), "begin");
  check(espeak_ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, piece_ms, nullptr), "begin");
  espeak_SetSynthCallback(&made);
  return Voices(installed_voices(), installed_variants());
}

}  // namespace

Engine& Engine::get() {
  static Engine& only = *new Engine;  // tried again after a failure
  return only;
}

Engine::Engine() : voices_(start()) {
  sample_rate_ = static_cast<std::uint32_t>(espeak_ng_GetSampleRate());
}

void Engine::speak(const Utterance& utterance,
                   const std::function<bool(const std::int16_t*, std::size_t)>& take) {
  const std::lock_guard lock(speaking_);
  memory_reserve::hold();
  const Utf8Locale locale;
  Listener mine{take, nullptr};
  listener = &mine;
  check(espeak_ng_SetVoiceByName(utterance.voice.c_str()), "load the voice");
  check(espeak_ng_SetParameter(espeakRATE, utterance.words_per_minute, 0), "set the speed");
  check(espeak_ng_SetParameter(espeakPITCH, utterance.pitch, 0), "set the pitch");
  // No espeakSSML: in a message "<" is a character, and <audio> would name a file of this machine.
  const espeak_ng_STATUS status =
      espeak_ng_Synthesize(utterance.text.c_str(), utterance.text.size() + 1, 0, POS_CHARACTER, 0,
                           espeakCHARS_UTF8, nullptr, nullptr);
  listener = nullptr;
  if (mine.thrown) std::rethrow_exception(mine.thrown);
  check(status, "speak");
}

}  // namespace espeak
