#include "mcp/client_requests.h"

#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

struct Needs {
  bool form = false;
  bool url = false;
  bool sampling = false;
  bool sampling_tools = false;
  bool roots = false;
  bool unknown = false;  // a method no client has
};

void add_needs(Needs& needs, const InputRequest& request) {
  const auto params = JsonDocument::parse(request.params_json.empty() ? "{}" : request.params_json);
  if (request.method == "elicitation/create") {
    const bool url = params && params->root().string("mode") == std::string_view("url");
    (url ? needs.url : needs.form) = true;
  } else if (request.method == "sampling/createMessage") {
    needs.sampling = true;
    if (params && params->root().get("tools")) needs.sampling_tools = true;
  } else if (request.method == "roots/list") {
    needs.roots = true;
  } else {
    needs.unknown = true;
  }
}

}  // namespace

std::string undeclared(const std::vector<InputRequest>& requests,
                       const ClientCapabilities& declared) {
  Needs needs;
  for (const InputRequest& request : requests) add_needs(needs, request);
  const bool form = needs.form && !declared.elicitation_form;
  const bool url = needs.url && !declared.elicitation_url;
  const bool tools = needs.sampling_tools && !declared.sampling_tools;
  const bool sampling = needs.sampling && (!declared.sampling || tools);
  const bool roots = needs.roots && !declared.roots;
  if (!form && !url && !sampling && !roots && !needs.unknown) return {};
  JsonWriter out;
  out.begin_object();
  if (form || url) {
    out.key("elicitation").begin_object();
    if (url) out.raw_field("url", "{}");
    if (url && form) out.raw_field("form", "{}");
    out.end_object();
  }
  if (sampling) out.raw_field("sampling", tools ? R"({"tools":{}})" : "{}");
  if (roots) out.raw_field("roots", "{}");
  out.end_object();
  return out.take();
}

bool is_answer_to(std::string_view method, JsonValue answer) {
  if (!answer.is_object()) return false;
  if (method == "elicitation/create") {
    const auto action = answer.string("action");
    const auto content = answer.get("content");
    return (action == "accept" || action == "decline" || action == "cancel") &&
           (!content || content->is_object());
  }
  if (method == "sampling/createMessage") {
    return answer.string("role").has_value() && answer.get("content").has_value();
  }
  const auto roots = answer.get("roots");
  return method == "roots/list" && roots && roots->is_array();
}

}  // namespace commsd::mcp
