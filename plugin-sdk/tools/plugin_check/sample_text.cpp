#include "sample_text.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace comms::check {
namespace {

/// Thrown inside this file only: the pattern asks for more than is understood here.
struct Beyond {};

constexpr std::size_t kMany = 24;  // repetitions for * and +, enough for usual minimum lengths
constexpr std::size_t kMostCounted = 4096;

class Generator {
 public:
  Generator(const std::string& pattern, std::size_t variant)
      : pattern_(pattern), variant_(variant) {}

  std::string run() {
    std::string text = alternatives();
    if (at_ != pattern_.size()) throw Beyond();
    return text;
  }
  bool ends_open() const { return pattern_.empty() || pattern_.back() != '$'; }

 private:
  bool more() const { return at_ < pattern_.size(); }
  char peek() const { return pattern_[at_]; }
  char next() {
    if (!more()) throw Beyond();
    return pattern_[at_++];
  }

  std::string alternatives() {
    std::string first = sequence();
    while (more() && peek() == '|') {
      ++at_;
      sequence();  // read, not used
    }
    return first;
  }

  std::string sequence() {
    std::string text;
    while (more() && peek() != '|' && peek() != ')') {
      if (peek() == '^' || peek() == '$') {
        ++at_;
        continue;
      }
      const std::size_t begin = at_;
      std::string once = atom();
      const std::size_t end = at_;
      const std::size_t times = count();
      const std::size_t after = at_;
      for (std::size_t i = 0; i < times; ++i) {
        if (i > 0) {  // anew, so that a class gives another character each time
          at_ = begin;
          once = atom();
        }
        text += once;
      }
      at_ = std::max(end, after);
    }
    return text;
  }

  std::string atom() {
    const char c = next();
    if (c == '(') return group();
    if (c == '[') return std::string(1, character_of_class());
    if (c == '.') return "a";
    if (c == '\\') return std::string(1, pick(escaped(next())));
    if (c == '*' || c == '+' || c == '?' || c == '{') throw Beyond();
    return std::string(1, c);
  }

  std::string group() {
    if (more() && peek() == '?') {
      ++at_;
      if (next() != ':') throw Beyond();  // look-ahead and the like
    }
    std::string text = alternatives();
    if (next() != ')') throw Beyond();
    return text;
  }

  static std::string range(char from, char to) {
    std::string all;
    for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to); ++c) {
      all += static_cast<char>(c);
    }
    return all;
  }

  static std::string escaped(char c) {
    if (c == 'd') return range('0', '9');
    if (c == 'w') return range('a', 'z') + range('0', '9');
    if (c == 's') return " ";
    if (std::isalnum(static_cast<unsigned char>(c))) throw Beyond();
    return std::string(1, c);
  }

  char pick(std::string choices) {
    if (choices.empty()) throw Beyond();
    std::string plain;
    for (const char c : choices) {
      if (std::isalnum(static_cast<unsigned char>(c))) plain += c;
    }
    if (plain.empty()) plain = std::move(choices);
    step_ = step_ * 31 + variant_ + 7;
    return plain[step_ % plain.size()];
  }

  char character_of_class() {
    bool negated = false;
    if (more() && peek() == '^') {
      negated = true;
      ++at_;
    }
    std::string members;
    for (bool first = true; first || peek() != ']'; first = false) {
      char c = next();
      if (c == '\\') {
        members += escaped(next());
        if (!more()) throw Beyond();
        continue;
      }
      if (at_ + 1 < pattern_.size() && peek() == '-' && pattern_[at_ + 1] != ']') {
        ++at_;
        members += range(c, next());
      } else {
        members += c;
      }
      if (!more()) throw Beyond();
    }
    ++at_;
    if (!negated) return pick(members);
    std::string others;
    for (const char c : range('a', 'z') + range('0', '9')) {
      if (members.find(c) == std::string::npos) others += c;
    }
    return pick(others);
  }

  std::size_t number() {
    std::size_t value = 0;
    if (!more() || !std::isdigit(static_cast<unsigned char>(peek()))) throw Beyond();
    while (more() && std::isdigit(static_cast<unsigned char>(peek()))) {
      value = value * 10 + static_cast<std::size_t>(next() - '0');
      if (value > kMostCounted) throw Beyond();
    }
    return value;
  }

  std::size_t count() {
    if (!more()) return 1;
    std::size_t times = 1;
    switch (peek()) {
      case '*':
      case '+':
        times = kMany;
        ++at_;
        break;
      case '?':
        ++at_;
        break;
      case '{': {
        ++at_;
        times = number();
        if (peek() == ',') {
          ++at_;
          if (peek() == '}') {
            times = std::max(times, kMany);
          } else {
            const std::size_t most = number();
            if (times == 0) times = std::min<std::size_t>(1, most);
          }
        }
        if (next() != '}') throw Beyond();
        break;
      }
      default:
        return 1;
    }
    if (more() && peek() == '?') ++at_;  // lazy: the same texts
    return times;
  }

  const std::string& pattern_;
  std::size_t variant_, at_ = 0, step_ = 1;
};

}  // namespace

std::optional<std::string> text_matching(const std::string& pattern, const std::string& filler,
                                         std::size_t variant) {
  try {
    Generator generator(pattern, variant);
    std::string text = generator.run();
    if (generator.ends_open()) text += filler;
    if (std::regex_search(text, std::regex(pattern))) return text;
  } catch (const Beyond&) {
    return std::nullopt;
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace comms::check
