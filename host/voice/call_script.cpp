#include "voice/call_script.h"

#include <array>
#include <utility>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace commsd::voice {

namespace {

using Member = std::pair<std::string_view, std::string CallScript::*>;
constexpr std::array<Member, 11> members = {{
    {"disclosure", &CallScript::disclosure},
    {"announcement", &CallScript::announcement},
    {"words", &CallScript::words},
    {"audioUrl", &CallScript::audio_url},
    {"dial", &CallScript::dial},
    {"dialFrom", &CallScript::dial_from},
    {"dialDoneUrl", &CallScript::dial_done_url},
    {"calleeUrl", &CallScript::callee_url},
    {"systemPrompt", &CallScript::system_prompt},
    {"voice", &CallScript::voice},
    {"language", &CallScript::language},
}};

void append(std::string& text, std::string_view more) {
  if (more.empty()) return;
  if (!text.empty()) text += ' ';
  text += more;
}

plugin::CallVerb say(const CallScript& script, const std::string& text) {
  plugin::CallVerb verb;
  verb.kind = plugin::CallVerbKind::say;
  verb.text = text;
  verb.voice = script.voice;
  verb.language = script.language;
  return verb;
}

}  // namespace

std::string encode_script(const CallScript& script) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [name, member] : members) {
    if (!(script.*member).empty()) out.field(name, script.*member);
  }
  if (script.recorded) out.field("recorded", true);
  return out.end_object().take();
}

Result<CallScript> decode_script(std::string_view json) {
  const auto document = JsonDocument::parse(json);
  if (!document) return fail(ErrorCode::internal, "the script of the call is damaged");
  CallScript script;
  for (const auto& [name, member] : members) {
    script.*member = document->root().string(name).value_or("");
  }
  // Those that were stored before it was a member of its own announced every recording.
  script.recorded = document->root().boolean("recorded").value_or(!script.announcement.empty());
  return script;
}

std::string spoken_text(const CallScript& script) {
  std::string text = script.announcement;
  const bool disclosed =
      to_lower_ascii(script.words).find(to_lower_ascii(script.disclosure)) != std::string::npos;
  if (!disclosed) append(text, script.disclosure);
  append(text, script.words);
  return text;
}

std::string callee_url_for(std::string callee_url, std::string_view provider) {
  if (!callee_url.empty()) callee_url += "&provider=" + percent_encode(provider);
  return callee_url;
}

std::vector<plugin::CallVerb> call_verbs(const CallScript& script, std::string_view provider) {
  using Kind = plugin::CallVerbKind;
  std::vector<plugin::CallVerb> verbs;
  const bool spoken = script.audio_url.empty();
  const std::string text = spoken ? spoken_text(script) : script.announcement;
  if (!text.empty()) verbs.push_back(say(script, text));
  if (!spoken) {
    plugin::CallVerb& play = verbs.emplace_back();
    play.kind = Kind::play;
    play.url = script.audio_url;
  }
  plugin::CallVerb& last = verbs.emplace_back();
  if (script.dial.empty()) return verbs;
  last.kind = Kind::dial;
  last.number = script.dial;
  last.from = script.dial_from;
  last.url = script.dial_done_url;
  last.callee_url = callee_url_for(script.callee_url, provider);
  return verbs;
}

std::vector<plugin::CallVerb> callee_verbs(const CallScript& script) {
  if (script.announcement.empty()) return std::vector<plugin::CallVerb>(1);  // hangs up
  return {say(script, script.announcement)};
}

}  // namespace commsd::voice
