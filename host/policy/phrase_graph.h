#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace commsd::policy {

/// Lists a phrase may name in braces: "{kill}" is any of its words.
using PhraseLists = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Every way to read phrases such as "(a|b|) c {list}*", as a graph without cycles whose arcs are
/// letters: a few lines stand for tens of thousands of plain phrases, the graph is as long as the
/// lines. PhraseTable is made of it.
class PhraseGraph {
 public:
  /// What an arc may carry besides a letter.
  static constexpr char32_t nothing = 0;
  static constexpr char32_t gap = U' ';   // two words, or nothing between letters
  static constexpr char32_t open = U'*';  // the same; at the end of a phrase its last word goes on
  static constexpr std::uint32_t root = 0;  // the node all phrases begin at

  struct Arc {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    char32_t sign = nothing;
  };
  struct End {
    std::uint32_t node = 0;
    std::uint32_t tag = 0;
    bool exception = false;
  };

  /// invalid_argument says what is wrong with the phrase; the graph is of no use after it.
  Result<void> add(std::string_view phrase, const PhraseLists& lists, std::uint32_t tag,
                   bool exception);

  std::uint32_t nodes() const { return nodes_; }
  const std::vector<Arc>& arcs() const { return arcs_; }
  const std::vector<End>& ends() const { return ends_; }

 private:
  /// Where a part of a phrase ends, and how many letters its shortest and longest reading have.
  struct Part {
    std::uint32_t end = 0;
    std::size_t shortest = 0;
    std::size_t longest = 0;
  };

  Result<Part> alternatives(std::string_view text, std::uint32_t from, int depth);
  Result<Part> sequence(std::string_view text, std::uint32_t from, int depth);
  Result<Part> named(std::string_view list, std::uint32_t from, int depth);
  Part plain(std::string_view text, std::uint32_t from);
  std::uint32_t arc(std::uint32_t from, char32_t sign);
  void join(Part& whole, const Part& choice);

  const PhraseLists* lists_ = nullptr;  // of the phrase that is being added
  std::uint32_t nodes_ = 1;
  std::size_t most_arcs_ = 0;  // of the phrase that is being added, and all before it
  std::vector<Arc> arcs_;
  std::vector<End> ends_;
};

}  // namespace commsd::policy
