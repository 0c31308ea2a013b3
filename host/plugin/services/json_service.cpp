#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <simdjson.h>

#include "plugin/services/tables.h"
#include "plugin/services/views.h"

namespace commsd::plugin {

namespace {

/// The largest webhook, a mail with its attachments in base64.
constexpr std::size_t kMaxText = 64 * 1024 * 1024;
/// A longer text has to be long strings for the most part: a value takes a hundred bytes here, and
/// in a text of nothing but values one begins at every other byte.
constexpr std::size_t kDenseText = 16 * 1024 * 1024;
constexpr std::ptrdiff_t kMaxValues = 1024 * 1024;
constexpr std::size_t kMaxDepth = 64;

struct Node {
  std::int32_t type = 0;
  std::uint32_t first = 0;  // numbers of nodes; 0 = none
  std::uint32_t next = 0;
  std::uint32_t count = 0;
  std::string_view key;
  std::string_view text;
  std::int64_t integer = 0;
  double number = 0;
};

/// Each value stands behind one of these, and they stand in strings as well.
bool may_be_dense(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return c == ',' || c == '[' || c == '{'; }) > kMaxValues;
}

/// A parsed text laid flat, so that a node is a number that can be checked: a plugin may hand in
/// any. Strings point into the parser's memory.
class Document {
 public:
  /// False when the text is not acceptable.
  bool parse(std::string_view text) {
    if (text.empty() || text.size() > kMaxText) return false;
    if (text.size() > kDenseText && may_be_dense(text)) return false;
    if (parser_.allocate(text.size() + 1, kMaxDepth + 1) != simdjson::SUCCESS) return false;
    simdjson::dom::element root;
    if (parser_.parse(text.data(), text.size(), true).get(root) != simdjson::SUCCESS) return false;
    nodes_.reserve(std::min(text.size(), kDenseText) / 16 + 2);
    nodes_.emplace_back();  // node 0 is "no node"
    append(root, {});
    return true;
  }

  const Node& at(comms_json_node node) const {
    return nodes_[node < nodes_.size() ? static_cast<std::size_t>(node) : 0];
  }

  comms_json_node member(comms_json_node node, std::string_view key) const {
    const Node& object = at(node);
    comms_json_node found = 0;
    if (object.type != COMMS_JSON_OBJECT) return 0;
    for (std::uint32_t child = object.first; child != 0; child = nodes_[child].next) {
      if (nodes_[child].key == key) found = child;  // the last one counts
    }
    return found;
  }

  comms_json_node element(comms_json_node node, std::string_view index) const {
    const Node& array = at(node);
    const bool leading_zero = index.size() > 1 && index.front() == '0';
    if (array.type != COMMS_JSON_ARRAY || index.empty() || index.size() > 9 || leading_zero ||
        index.find_first_not_of("0123456789") != std::string_view::npos) {
      return 0;
    }
    auto left = std::stoul(std::string(index));
    std::uint32_t child = array.first;
    for (; child != 0 && left > 0; --left) child = nodes_[child].next;
    return child;
  }

 private:
  std::uint32_t append(simdjson::dom::element value, std::string_view key) {
    const auto number = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
    Node node;
    node.key = key;
    std::uint32_t last = 0;
    const auto link = [this, &node, &last](std::uint32_t child) {
      if (last == 0) {
        node.first = child;
      } else {
        nodes_[last].next = child;
      }
      last = child;
      ++node.count;
    };
    switch (value.type()) {
      // Named, because a range-for does not keep the result that value_unsafe() refers into.
      case simdjson::dom::element_type::OBJECT: {
        node.type = COMMS_JSON_OBJECT;
        const simdjson::dom::object object = value.get_object().value_unsafe();
        for (const auto field : object) link(append(field.value, field.key));
        break;
      }
      case simdjson::dom::element_type::ARRAY: {
        node.type = COMMS_JSON_ARRAY;
        const simdjson::dom::array array = value.get_array().value_unsafe();
        for (const simdjson::dom::element item : array) link(append(item, {}));
        break;
      }
      case simdjson::dom::element_type::STRING:
        node.type = COMMS_JSON_STRING;
        node.text = value.get_string().value_unsafe();
        break;
      case simdjson::dom::element_type::INT64:
        node.type = COMMS_JSON_INTEGER;
        node.integer = value.get_int64().value_unsafe();
        node.number = static_cast<double>(node.integer);
        break;
      case simdjson::dom::element_type::UINT64:  // only what does not fit int64_t
        node.type = COMMS_JSON_NUMBER;
        node.number = static_cast<double>(value.get_uint64().value_unsafe());
        break;
      case simdjson::dom::element_type::DOUBLE:
        node.type = COMMS_JSON_NUMBER;
        node.number = value.get_double().value_unsafe();
        break;
      case simdjson::dom::element_type::BOOL:
        node.type = COMMS_JSON_BOOL;
        node.integer = value.get_bool().value_unsafe() ? 1 : 0;
        break;
      case simdjson::dom::element_type::NULL_VALUE:
        node.type = COMMS_JSON_NULL;
        break;
    }
    nodes_[number] = node;
    return number;
  }

  simdjson::dom::parser parser_;
  std::vector<Node> nodes_;
};

const Document& of(const comms_json* handle) {
  return *reinterpret_cast<const Document*>(handle);
}

comms_status parse(const comms_host*, comms_bytes text, comms_json** out) {
  if (!out) return COMMS_INVALID;
  *out = nullptr;
  auto document = std::make_unique<Document>();
  if (!document->parse(view(text))) return COMMS_INVALID;
  *out = reinterpret_cast<comms_json*>(document.release());
  return COMMS_OK;
}

void close(comms_json* handle) {
  delete reinterpret_cast<Document*>(handle);
}

comms_json_node root(const comms_json* handle) {
  return handle ? 1 : 0;
}

/// A reference token of RFC 6901: "~1" is '/', "~0" is '~'; another escape is no pointer at all.
std::optional<std::string> unescape(std::string_view token) {
  std::string plain;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      plain += token[i];
    } else if (i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      plain += token[++i] == '0' ? '~' : '/';
    } else {
      return std::nullopt;
    }
  }
  return plain;
}

comms_json_node find(const comms_json* handle, comms_json_node node, comms_str pointer) {
  if (!handle || of(handle).at(node).type == 0) return 0;
  std::string_view rest = view(pointer);
  while (!rest.empty() && node != 0) {
    if (rest.front() != '/') return 0;
    rest.remove_prefix(1);
    const std::size_t slash = rest.find('/');
    const auto token = unescape(rest.substr(0, slash));
    if (!token) return 0;
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    node = of(handle).at(node).type == COMMS_JSON_ARRAY ? of(handle).element(node, *token)
                                                        : of(handle).member(node, *token);
  }
  return node;
}

comms_json_node member(const comms_json* handle, comms_json_node node, comms_str key) {
  return handle ? of(handle).member(node, view(key)) : 0;
}

comms_json_node first(const comms_json* handle, comms_json_node node) {
  return handle ? of(handle).at(node).first : 0;
}

comms_json_node next(const comms_json* handle, comms_json_node child) {
  return handle ? of(handle).at(child).next : 0;
}

std::size_t count(const comms_json* handle, comms_json_node node) {
  return handle ? of(handle).at(node).count : 0;
}

std::int32_t type(const comms_json* handle, comms_json_node node) {
  return handle ? of(handle).at(node).type : 0;
}

comms_str key(const comms_json* handle, comms_json_node child) {
  return handle ? to_str(of(handle).at(child).key) : comms_str{};
}

/// The node when it is there and of one of the types, else why not.
comms_status take(const comms_json* handle, comms_json_node node, std::int32_t wanted,
                  std::int32_t other, const Node** out) {
  if (!handle || of(handle).at(node).type == 0) return COMMS_NOT_FOUND;
  *out = &of(handle).at(node);
  return (*out)->type == wanted || (*out)->type == other ? COMMS_OK : COMMS_INVALID;
}

comms_status string(const comms_json* handle, comms_json_node node, comms_str* out) {
  const Node* found = nullptr;
  const comms_status status = take(handle, node, COMMS_JSON_STRING, COMMS_JSON_STRING, &found);
  if (status == COMMS_OK) *out = to_str(found->text);
  return status;
}

comms_status integer(const comms_json* handle, comms_json_node node, std::int64_t* out) {
  const Node* found = nullptr;
  const comms_status status = take(handle, node, COMMS_JSON_INTEGER, COMMS_JSON_INTEGER, &found);
  if (status == COMMS_OK) *out = found->integer;
  return status;
}

comms_status number(const comms_json* handle, comms_json_node node, double* out) {
  const Node* found = nullptr;
  const comms_status status = take(handle, node, COMMS_JSON_NUMBER, COMMS_JSON_INTEGER, &found);
  if (status == COMMS_OK) *out = found->number;
  return status;
}

comms_status boolean(const comms_json* handle, comms_json_node node, std::int32_t* out) {
  const Node* found = nullptr;
  const comms_status status = take(handle, node, COMMS_JSON_BOOL, COMMS_JSON_BOOL, &found);
  if (status == COMMS_OK) *out = static_cast<std::int32_t>(found->integer);
  return status;
}

}  // namespace

const comms_svc_json kJsonService = {sizeof(comms_svc_json),
                                     0,
                                     parse,
                                     close,
                                     root,
                                     find,
                                     member,
                                     first,
                                     next,
                                     count,
                                     type,
                                     key,
                                     string,
                                     integer,
                                     number,
                                     boolean};

}  // namespace commsd::plugin
