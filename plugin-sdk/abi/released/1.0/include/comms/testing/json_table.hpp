#pragma once

#include <comms/testing/json_service.hpp>

namespace comms::testing {

/// The table of comms.json/1 over JsonDocument.
inline const comms_svc_json* json_table() {
  static const auto of = [](const comms_json* d) {
    return reinterpret_cast<const JsonDocument*>(d);
  };
  static const auto member = [](const comms_json* d, comms_json_node n,
                                std::string_view key) -> comms_json_node {
    comms_json_node found = 0;
    if (of(d)->node(n).type != COMMS_JSON_OBJECT) return 0;
    for (auto c = of(d)->node(n).first; c; c = of(d)->node(c).next) {
      if (of(d)->node(c).key == key) found = c;
    }
    return found;
  };
  static const comms_svc_json table = [] {
    comms_svc_json t{};
    t.size = sizeof t;
    t.parse = [](const comms_host*, comms_bytes text, comms_json** out) -> Status {
      auto* document = new JsonDocument;
      if (document->parse(view(text))) {
        *out = reinterpret_cast<comms_json*>(document);
        return COMMS_OK;
      }
      delete document;
      return COMMS_INVALID;
    };
    t.close = [](comms_json* d) { delete reinterpret_cast<JsonDocument*>(d); };
    t.root = [](const comms_json*) -> comms_json_node { return 1; };
    t.member = [](const comms_json* d, comms_json_node n, comms_str key) {
      return member(d, n, view(key));
    };
    t.find = [](const comms_json* d, comms_json_node n, comms_str pointer) -> comms_json_node {
      std::string_view rest = view(pointer);
      while (n && !rest.empty()) {
        if (rest.front() != '/') return 0;
        rest.remove_prefix(1);
        std::string token(rest.substr(0, rest.find('/')));
        rest.remove_prefix(token.size());
        for (auto [from, to] : {std::pair("~1", "/"), std::pair("~0", "~")}) {
          for (std::size_t i = 0; (i = token.find(from, i)) != token.npos; ++i) {
            token.replace(i, 2, to);
          }
        }
        if (of(d)->node(n).type != COMMS_JSON_ARRAY) {
          n = member(d, n, token);
          continue;
        }
        if (token.empty() || token.find_first_not_of("0123456789") != token.npos) return 0;
        n = of(d)->node(n).first;
        for (auto skip = std::strtoul(token.c_str(), nullptr, 10); n && skip; --skip) {
          n = of(d)->node(n).next;
        }
      }
      return n;
    };
    t.first = [](const comms_json* d, comms_json_node n) { return of(d)->node(n).first; };
    t.next = [](const comms_json* d, comms_json_node n) { return of(d)->node(n).next; };
    t.count = [](const comms_json* d, comms_json_node n) { return of(d)->node(n).count; };
    t.type = [](const comms_json* d, comms_json_node n) { return of(d)->node(n).type; };
    t.key = [](const comms_json* d, comms_json_node n) { return str(of(d)->node(n).key); };
    t.string = [](const comms_json* d, comms_json_node n, comms_str* out) -> Status {
      if (!n) return COMMS_NOT_FOUND;
      if (of(d)->node(n).type != COMMS_JSON_STRING) return COMMS_INVALID;
      *out = str(of(d)->node(n).text);
      return COMMS_OK;
    };
    t.integer = [](const comms_json* d, comms_json_node n, std::int64_t* out) -> Status {
      if (!n) return COMMS_NOT_FOUND;
      *out = of(d)->node(n).integer;
      return of(d)->node(n).type == COMMS_JSON_INTEGER ? COMMS_OK : COMMS_INVALID;
    };
    t.number = [](const comms_json* d, comms_json_node n, double* out) -> Status {
      if (!n) return COMMS_NOT_FOUND;
      *out = of(d)->node(n).number;
      std::int32_t type = of(d)->node(n).type;
      return type == COMMS_JSON_NUMBER || type == COMMS_JSON_INTEGER ? COMMS_OK : COMMS_INVALID;
    };
    t.boolean = [](const comms_json* d, comms_json_node n, std::int32_t* out) -> Status {
      if (!n) return COMMS_NOT_FOUND;
      *out = of(d)->node(n).integer != 0;
      return of(d)->node(n).type == COMMS_JSON_BOOL ? COMMS_OK : COMMS_INVALID;
    };
    return t;
  }();
  return &table;
}

}  // namespace comms::testing
