#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "policy/phrase_graph.h"

namespace commsd::policy {

/// All phrases of a graph as a minimal acyclic automaton: beginnings and endings that phrases share
/// are kept once. An edge is a letter and whether a word ends with it, so that a path is one plain
/// phrase. [any thread]
class PhraseTable {
 public:
  static constexpr std::uint32_t none = 0;  // no phrase goes on; never a state on a path

  /// A phrase that ends at a state.
  struct Outcome {
    std::uint32_t tag = 0;
    bool exception = false;
    bool open = false;  // the last word may go on
    auto operator<=>(const Outcome&) const = default;
  };

  PhraseTable() = default;
  /// invalid_argument: the phrases together need more than a table may have.
  static Result<PhraseTable> build(const PhraseGraph& graph);

  std::uint32_t root() const { return root_; }
  /// The state after one more letter; none when no phrase goes on so.
  std::uint32_t step(std::uint32_t state, char32_t letter, bool ends_word) const;
  /// What ends at a state, by tag.
  std::span<const Outcome> outcomes(std::uint32_t state) const {
    return outcomes_[states_[state].outcomes];
  }

  std::size_t states() const { return states_.size() - 1; }
  std::size_t edges() const { return edges_.size(); }
  std::size_t bytes() const;

 private:
  class Builder;

  struct State {
    std::uint32_t edges = 0;  // where its edges begin; they end where those of the next begin
    std::uint32_t outcomes = 0;
    auto operator<=>(const State&) const = default;
  };
  struct Edge {
    std::uint32_t label = 0;
    std::uint32_t to = 0;
    auto operator<=>(const Edge&) const = default;
  };
  static std::uint32_t label(char32_t letter, bool ends_word) {
    return (std::uint32_t{letter} << 1U) | (ends_word ? 1U : 0U);
  }

  std::uint32_t root_ = none;
  std::vector<State> states_ = std::vector<State>(2);  // the last one only ends the edges
  std::vector<Edge> edges_;                            // by state, then by label
  std::vector<std::vector<Outcome>> outcomes_ = {{}};  // the sets that occur
};

}  // namespace commsd::policy
