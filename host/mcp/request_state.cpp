#include "mcp/request_state.h"

#include <array>
#include <utility>

#include "base/digest.h"
#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

std::string_view bytes_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

tl::unexpected<Error> refuse() {
  return fail(ErrorCode::invalid_argument,
              "requestState is not one this server gave for this call, or it has expired");
}

}  // namespace

RequestStates::RequestStates(std::string_view session_key, const Clock& clock, Random& random,
                             std::chrono::seconds lifetime)
    : key_(bytes_of(hmac_sha256(session_key, "mcp requestState 1"))),
      clock_(clock),
      random_(random),
      lifetime_(lifetime) {}

// The text is base64url(JSON) "." base64url(HMAC-SHA256 of the JSON).
Result<std::string> RequestStates::seal(std::string_view binding,
                                        const std::vector<std::string>& asked,
                                        std::string_view answers_json) const {
  std::array<std::uint8_t, 12> noise{};
  random_.fill(noise);
  JsonWriter out;
  out.begin_object()
      .field("call", sha256_hex(binding))
      .field("id", base64url_encode(
                       std::string_view(reinterpret_cast<const char*>(noise.data()), noise.size())))
      .field("until", clock_.now() + lifetime_.count() * 1000)
      .key("asked")
      .begin_array();
  for (const std::string& key : asked) out.value(key);
  out.end_array().raw_field("answers", answers_json).end_object();
  const std::string& text = out.text();
  std::string sealed =
      base64url_encode(text) + "." + base64url_encode(bytes_of(hmac_sha256(key_, text)));
  if (sealed.size() > max_size) {
    return fail(ErrorCode::too_large, "the answers to this call's questions are too large");
  }
  return sealed;
}

Result<RequestStates::State> RequestStates::open(std::string_view text,
                                                 std::string_view binding) const {
  const auto dot = text.find('.');
  if (text.size() > max_size || dot == std::string_view::npos) return refuse();
  const auto json = base64url_decode(text.substr(0, dot));
  const auto signature = base64url_decode(text.substr(dot + 1));
  if (!json || !signature) return refuse();
  if (!constant_time_equal(*signature, bytes_of(hmac_sha256(key_, *json)))) return refuse();
  auto document = JsonDocument::parse(*json);
  if (!document) return refuse();

  State state;
  state.owner = std::make_shared<const JsonDocument>(std::move(*document));
  const JsonValue root = state.owner->root();
  state.expires_at = root.integer("until").value_or(0);
  if (root.string("call") != sha256_hex(binding) || state.expires_at <= clock_.now()) {
    return refuse();
  }
  state.id = root.string("id").value_or("");
  state.answers = root.get("answers");
  if (const auto asked = root.get("asked")) {
    asked->each([&](JsonValue key) { state.asked.emplace_back(key.string().value_or("")); });
  }
  return state;
}

}  // namespace commsd::mcp
