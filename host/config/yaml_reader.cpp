#include "config/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"

namespace commsd::config {

namespace {

/// Thrown through the parser to stop it; never leaves this file.
struct Stop {};

bool is_decimal(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits, a point and digits, perhaps an exponent.
bool is_fraction(std::string_view text) {
  bool digit = false;
  bool point = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9') {
      digit = true;
    } else if (c == '.' && digit && !point) {
      point = true;
    } else if (!(c == '-' && at == 0)) {
      return false;
    }
  }
  return digit && point;
}

std::string dotted(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

/// Builds the tree from the parser's events. A stack of open containers, because the parser
/// reports ends without saying of what.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, std::vector<ConfigFault>& faults)
      : file_(file), faults_(faults) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (takes_key()) {
      add_key(mark, {});
    } else {
      add(mark, Node{});
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fault(mark, "an alias (*name)", "the value itself, written out");
    throw Stop();
  }

  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    fault(mark, "an anchor (&name)", "values without anchors");
    throw Stop();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    check_tag(mark, tag);
    if (takes_key()) return add_key(mark, value);
    if (tag == "?" || tag.empty()) return add(mark, plain_scalar(value));
    Node node;
    node.type = Node::Type::string;
    node.string = value;
    add(mark, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Type::array);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, Node::Type::object);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    std::string path;
    std::string key;  // the member whose value comes next
    int key_line = 0;
    std::unordered_map<std::string, int> lines;  // of the keys so far
    bool has_key = false;
    bool discard = false;  // the key was refused, so its value is not kept
  };

  static int line_of(const YAML::Mark& mark) { return mark.line + 1; }

  std::string path_of_next() const {
    if (stack_.empty()) return {};
    const Level& level = stack_.back();
    if (level.node.is_array()) {
      return level.path + "[" + std::to_string(level.node.items.size()) + "]";
    }
    return dotted(level.path, level.key);
  }

  bool takes_key() const {
    return !stack_.empty() && stack_.back().node.is_object() && !stack_.back().has_key;
  }

  void fault(const YAML::Mark& mark, std::string found, std::string allowed) {
    faults_.push_back({file_, line_of(mark), path_of_next(), std::move(found), std::move(allowed)});
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    fault(mark, "the tag \"" + tag + "\"", "values without tags");
    throw Stop();
  }

  void add_key(const YAML::Mark& mark, const std::string& key) {
    Level& level = stack_.back();
    level.key = key;
    level.key_line = line_of(mark);
    level.has_key = true;
    const auto [same, added] = level.lines.try_emplace(key, line_of(mark));
    level.discard = !added;
    if (level.discard) {
      fault(mark, "a second time",
            "each key once; it stands on line " + std::to_string(same->second) + " already");
      if (faults_.size() >= most_faults) throw Stop();
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, Node::Type type) {
    check_tag(mark, tag);
    if (takes_key()) {
      fault(mark, "a list or group as a key", "text as a key");
      throw Stop();
    }
    if (stack_.size() >= deepest_nesting) {
      fault(mark, "groups nested deeper than " + std::to_string(deepest_nesting) + " levels",
            "a flatter file");
      throw Stop();
    }
    Level level;
    level.path = path_of_next();
    level.node.type = type;
    level.node.line = line_of(mark);
    stack_.push_back(std::move(level));
  }

  void close() {
    Node node = std::move(stack_.back().node);
    stack_.pop_back();
    place(std::move(node));
  }

  void add(const YAML::Mark& mark, Node node) {
    node.line = line_of(mark);
    place(std::move(node));
  }

  void place(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = stack_.back();
    if (level.node.is_array()) {
      level.node.items.push_back(std::move(node));
      return;
    }
    level.has_key = false;
    if (level.discard) return;
    level.node.members.push_back({std::move(level.key), std::move(node), level.key_line});
  }

  const std::string& file_;
  std::vector<ConfigFault>& faults_;
  std::vector<Level> stack_;
  Node root_;
};

/// Where text cannot be YAML for people: not UTF-8, or control characters (a NUL hides the rest
/// from many tools). 0 when all is well, else the line.
int first_bad_line(std::string_view text) {
  int line = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t' && c != '\r') || byte == 0x7F) return line;
    if (c == '\n') ++line;
  }
  return 0;
}

}  // namespace

Node plain_scalar(std::string text) {
  Node node;
  if (text.empty() || text == "~" || text == "null") return node;
  if (text == "true" || text == "false") {
    node.type = Node::Type::boolean;
    node.boolean = text == "true";
    return node;
  }
  if (is_decimal(text)) {
    const char* begin = text.data() + (text.front() == '+' ? 1 : 0);
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(begin, end, node.integer);
    if (error == std::errc() && stopped == end) {
      node.type = Node::Type::integer;
      node.number = static_cast<double>(node.integer);
      return node;
    }
    node.integer = 0;
  } else if (is_fraction(text)) {
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, node.number);
    if (error == std::errc() && stopped == end) {
      node.type = Node::Type::number;
      return node;
    }
    node.number = 0;
  }
  node.type = Node::Type::string;
  node.string = std::move(text);
  return node;
}

Node read_yaml(std::string_view text, const std::string& file, std::vector<ConfigFault>& faults) {
  Node empty;
  empty.type = Node::Type::object;
  empty.line = 1;
  if (text.size() > largest_file) {
    faults.push_back({file, 0, "", std::to_string(text.size()) + " bytes", "at most 1 MB"});
    return empty;
  }
  if (!is_valid_utf8(text)) {
    faults.push_back({file, 0, "", "bytes that are not UTF-8", "text saved as UTF-8"});
    return empty;
  }
  if (const int line = first_bad_line(text); line > 0) {
    faults.push_back({file, line, "", "a control character", "printable text"});
    return empty;
  }

  TreeBuilder builder(file, faults);
  try {
    // An end mark: yaml-cpp takes a quote that is never closed, as in a file cut short, for a
    // text up to the end, but refuses one with a document mark in it.
    std::istringstream stream(std::string(text) + "\n...\n");
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    std::vector<ConfigFault> ignored;
    const std::string nowhere;
    TreeBuilder rest(nowhere, ignored);
    if (parser.HandleNextDocument(rest)) {
      faults.push_back({file, 0, "", "more than one document (---)", "one document"});
    }
  } catch (const Stop&) {
    // the fault says why
  } catch (const YAML::Exception& problem) {
    const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) +
                       (text.ends_with('\n') ? 0 : 1);
    const int line = problem.mark.is_null() ? 0 : std::min(problem.mark.line + 1, lines);
    const bool cut_short = problem.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    faults.push_back(
        {file, line, "",
         cut_short ? "a quote that is never closed" : "text that is not YAML (" + problem.msg + ")",
         "keys and values as in the sample configuration"});
  }
  Node root = builder.take();
  if (root.type == Node::Type::null) return empty;
  return root;
}

}  // namespace commsd::config
