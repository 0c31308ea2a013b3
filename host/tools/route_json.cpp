#include "tools/route_json.h"

namespace commsd::tools {

messaging::Routes::Wanted routes_argument(const JsonValue& arguments) {
  messaging::Routes::Wanted wanted;
  if (const auto routes = arguments.get("routeDuplication")) {
    routes->each_member([&](std::string_view name, JsonValue target) {
      wanted[std::string(name)] = target.string().value_or("");
    });
  }
  return wanted;
}

void write_routes(JsonWriter& out, const std::vector<store::Route>& routes) {
  out.key("routeDuplication").begin_object();
  for (const store::Route& one : routes) {
    out.field(messaging::Routes::name_of(one.kind), one.target);
  }
  out.end_object();
}

}  // namespace commsd::tools
