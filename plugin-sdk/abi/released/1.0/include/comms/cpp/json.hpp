#pragma once

#include <comms/cpp/host.hpp>
#include <comms/cpp/json_writer.hpp>

// Reading JSON, through comms.json/1.
//
//   comms::Json answer(host, body);
//   answer["data"]["id"].text();   answer.at("/errors/0/code").text();
//   for (comms::JsonNode part : answer["parts"]) ...

namespace comms {

/// A place in a document, or none. Everything asked of "none" answers with the default.
class JsonNode {
 public:
  JsonNode(const comms_svc_json* api, const comms_json* document, comms_json_node node)
      : api_(api), document_(document), node_(node) {}

  explicit operator bool() const { return node_ != 0; }
  std::int32_t type() const { return node_ ? api_->type(document_, node_) : 0; }
  bool is_null() const { return type() == COMMS_JSON_NULL; }
  std::size_t size() const { return node_ ? api_->count(document_, node_) : 0; }

  JsonNode operator[](std::string_view key) const {
    return with(node_ ? api_->member(document_, node_, str(key)) : 0);
  }
  /// JSON Pointer from here.
  JsonNode at(std::string_view pointer) const {
    return with(node_ ? api_->find(document_, node_, str(pointer)) : 0);
  }

  /// Key under which this node stands in its object.
  std::string key() const {
    return node_ ? std::string(view(api_->key(document_, node_))) : std::string();
  }
  /// Strings as they are, integers and booleans written out: vendors change "7" into 7 at will.
  std::string text(std::string_view otherwise = {}) const {
    comms_str s{};
    if (node_ && api_->string(document_, node_, &s) == COMMS_OK) return std::string(view(s));
    if (type() == COMMS_JSON_INTEGER) return std::to_string(integer());
    if (type() == COMMS_JSON_BOOL) return boolean() ? "true" : "false";
    return std::string(otherwise);
  }
  std::int64_t integer(std::int64_t otherwise = 0) const {
    std::int64_t value = 0;
    return node_ && api_->integer(document_, node_, &value) == COMMS_OK ? value : otherwise;
  }
  /// Also for integers.
  double number(double otherwise = 0) const {
    double value = 0;
    if (node_ && api_->number(document_, node_, &value) == COMMS_OK) return value;
    return type() == COMMS_JSON_INTEGER ? static_cast<double>(integer()) : otherwise;
  }
  bool boolean(bool otherwise = false) const {
    std::int32_t value = 0;
    bool found = node_ && api_->boolean(document_, node_, &value) == COMMS_OK;
    return found ? value != 0 : otherwise;
  }

  class iterator;
  iterator begin() const;
  iterator end() const;

 private:
  JsonNode with(comms_json_node node) const { return JsonNode(api_, document_, node); }

  const comms_svc_json* api_;
  const comms_json* document_;
  comms_json_node node_;
};

class JsonNode::iterator {
 public:
  explicit iterator(JsonNode at) : at_(at) {}
  JsonNode operator*() const { return at_; }
  iterator& operator++() {
    at_ = at_.with(at_.api_->next(at_.document_, at_.node_));
    return *this;
  }
  bool operator!=(const iterator& other) const { return at_.node_ != other.at_.node_; }

 private:
  JsonNode at_;
};

inline JsonNode::iterator JsonNode::begin() const {
  return iterator(with(node_ ? api_->first(document_, node_) : 0));
}
inline JsonNode::iterator JsonNode::end() const {
  return iterator(with(0));
}

/// A parsed document. Text that is not JSON gives an empty one: every look-up finds nothing.
class Json {
 public:
  Json(const Host& host, std::string_view text) : api_(&host.json()) {
    if (api_->parse(host.raw(), bytes(text), &document_) != COMMS_OK) document_ = nullptr;
  }
  Json(Json&& other) noexcept
      : api_(other.api_), document_(std::exchange(other.document_, nullptr)) {}
  Json& operator=(Json&&) = delete;
  ~Json() { api_->close(document_); }

  explicit operator bool() const { return document_ != nullptr; }
  JsonNode root() const { return JsonNode(api_, document_, document_ ? api_->root(document_) : 0); }
  JsonNode operator[](std::string_view key) const { return root()[key]; }
  JsonNode at(std::string_view pointer) const { return root().at(pointer); }

 private:
  const comms_svc_json* api_;
  comms_json* document_ = nullptr;
};

/// The instance's configuration, valid under the manifest's schema.
class Config {
 public:
  Config(const Host& host, std::string_view json) : json_(host, json) {}

  std::string text(std::string_view name, std::string_view otherwise = {}) const {
    return json_[name].text(otherwise);
  }
  std::string required(std::string_view name) const {
    std::string value = text(name);
    if (value.empty()) throw Error(COMMS_INVALID, std::string(name) + " is required");
    return value;
  }
  /// An origin or prefix without the slash at its end, so that paths can be appended.
  std::string url(std::string_view name, std::string_view otherwise = {}) const {
    std::string value = text(name, otherwise);
    while (!value.empty() && value.back() == '/') value.pop_back();
    return value;
  }
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const {
    return json_[name].integer(otherwise);
  }
  bool boolean(std::string_view name, bool otherwise = false) const {
    return json_[name].boolean(otherwise);
  }
  JsonNode operator[](std::string_view name) const { return json_[name]; }

 private:
  Json json_;
};

}  // namespace comms
