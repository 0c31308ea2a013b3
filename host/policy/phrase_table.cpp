#include "policy/phrase_table.h"

#include <algorithm>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace commsd::policy {
namespace {

/// Nodes in all sets together: lists of an administrator must not fill the memory.
constexpr std::size_t most_nodes = 1'000'000;

}  // namespace

/// Subset construction, depth first: which nodes of the graph a row of letters may lead to. A set
/// that was met before is not gone through again, and one that does the same as another in all that
/// follows becomes the same state.
class PhraseTable::Builder {
 public:
  explicit Builder(const PhraseGraph& graph)
      : arcs_(graph.arcs()), end_of_(graph.nodes()), seen_(graph.nodes()) {
    std::stable_sort(arcs_.begin(), arcs_.end(),
                     [](const Arc& a, const Arc& b) { return a.from < b.from; });
    first_arc_.resize(graph.nodes() + 1);
    for (const Arc& arc : arcs_) ++first_arc_[arc.from + 1];
    for (std::size_t node = 0; node < graph.nodes(); ++node) {
      first_arc_[node + 1] += first_arc_[node];
    }
    for (const PhraseGraph::End& end : graph.ends()) end_of_[end.node] = &end;
    table_.states_.resize(1);  // none
  }

  Result<PhraseTable> build() {
    const std::uint32_t start = PhraseGraph::root;
    table_.root_ = state_of(reach({&start, 1}, after_gap, true));
    if (nodes_ > most_nodes) {
      return fail(ErrorCode::invalid_argument,
                  "the phrases together are too many: write fewer, or fewer alternatives");
    }
    table_.states_.push_back({static_cast<std::uint32_t>(table_.edges_.size()), 0});
    table_.states_.shrink_to_fit();
    table_.edges_.shrink_to_fit();
    return std::move(table_);
  }

 private:
  using Arc = PhraseGraph::Arc;
  /// How a node was reached since the last letter.
  enum How : unsigned { directly, after_gap, after_open };
  /// The place of a set of outcomes in the table, then the nodes that letters go on from.
  using Subset = std::pmr::u32string;

  std::span<const Arc> arcs_from(std::uint32_t node) const {
    return std::span(arcs_).subspan(first_arc_[node], first_arc_[node + 1] - first_arc_[node]);
  }
  static bool is_letter(char32_t sign) {
    return sign != PhraseGraph::nothing && sign != PhraseGraph::gap && sign != PhraseGraph::open;
  }

  /// Everything up to the next letters. `over_gaps`: a word ends here, else it goes on.
  Subset reach(std::span<const std::uint32_t> from, How how, bool over_gaps) {
    std::vector<std::pair<std::uint32_t, How>> reached;
    const auto visit = [&](std::uint32_t node, How by) {
      if ((seen_[node] & (1U << by)) != 0) return;
      seen_[node] |= static_cast<unsigned char>(1U << by);
      reached.emplace_back(node, by);
    };
    for (const std::uint32_t node : from) visit(node, how);
    Subset subset(1, 0, &arena_);
    std::vector<Outcome> outcomes;
    for (std::size_t at = 0; at < reached.size(); ++at) {
      const auto [node, by] = reached[at];
      if (over_gaps && end_of_[node]) {
        outcomes.push_back({end_of_[node]->tag, end_of_[node]->exception, by == after_open});
      }
      bool goes_on = false;
      for (const Arc& arc : arcs_from(node)) {
        goes_on |= is_letter(arc.sign);
        if (arc.sign == PhraseGraph::nothing) visit(arc.to, by);
        if (arc.sign == PhraseGraph::gap && over_gaps) visit(arc.to, after_gap);
        if (arc.sign == PhraseGraph::open && over_gaps) visit(arc.to, after_open);
      }
      if (goes_on && (by != directly) == over_gaps) subset += node;
    }
    for (const auto& [node, by] : reached) seen_[node] = 0;
    std::sort(subset.begin() + 1, subset.end());
    subset.erase(std::unique(subset.begin() + 1, subset.end()), subset.end());
    subset[0] = place_of(std::move(outcomes));
    return subset;
  }

  std::uint32_t place_of(std::vector<Outcome> outcomes) {
    std::sort(outcomes.begin(), outcomes.end());
    outcomes.erase(std::unique(outcomes.begin(), outcomes.end()), outcomes.end());
    auto& all = table_.outcomes_;
    const auto known = std::find(all.begin(), all.end(), outcomes);
    const auto place = static_cast<std::uint32_t>(known - all.begin());
    if (known == all.end()) all.push_back(std::move(outcomes));
    return place;
  }

  std::uint32_t state_of(Subset subset) {
    if (subset.size() == 1 && subset[0] == 0) return none;
    if (const auto found = known_.find(subset); found != known_.end()) return found->second;
    nodes_ += subset.size();
    if (nodes_ > most_nodes) return none;
    std::vector<std::pair<char32_t, std::uint32_t>> steps;
    for (const std::uint32_t node : std::u32string_view(subset).substr(1)) {
      for (const Arc& arc : arcs_from(node)) {
        if (is_letter(arc.sign)) steps.emplace_back(arc.sign, arc.to);
      }
    }
    std::sort(steps.begin(), steps.end());
    std::vector<Edge> edges;
    std::vector<std::uint32_t> to;
    for (std::size_t at = 0; at < steps.size();) {
      const char32_t letter = steps[at].first;
      to.clear();
      for (; at < steps.size() && steps[at].first == letter; ++at) to.push_back(steps[at].second);
      for (const bool ends_word : {false, true}) {
        const std::uint32_t next = state_of(reach(to, directly, ends_word));
        if (next != none) edges.push_back({label(letter, ends_word), next});
      }
    }
    const std::uint32_t state = add(edges, subset[0]);
    known_.emplace(std::move(subset), state);
    return state;
  }

  /// The state with these edges and outcomes.
  std::uint32_t add(const std::vector<Edge>& edges, std::uint32_t outcomes) {
    const auto state = static_cast<std::uint32_t>(table_.states_.size());
    const auto first = static_cast<std::uint32_t>(table_.edges_.size());
    table_.edges_.insert(table_.edges_.end(), edges.begin(), edges.end());
    table_.states_.push_back({first, outcomes});
    const auto [same, is_new] = same_.insert(state);
    if (is_new) return state;
    table_.edges_.resize(first);
    table_.states_.pop_back();
    return *same;
  }

  /// What states of the table are compared by; the last one has its edges up to the end.
  struct Content {
    const PhraseTable* table;
    std::span<const Edge> edges(std::uint32_t state) const {
      const std::size_t from = table->states_[state].edges;
      const std::size_t to = state + 1 < table->states_.size() ? table->states_[state + 1].edges
                                                               : table->edges_.size();
      return std::span(table->edges_).subspan(from, to - from);
    }
    std::size_t operator()(std::uint32_t state) const {
      std::size_t hash = table->states_[state].outcomes;
      for (const Edge& edge : edges(state)) {
        hash = (hash ^ edge.label) * 0x9E3779B97F4A7C15U;
        hash = (hash ^ edge.to ^ (hash >> 32U)) * 0x9E3779B97F4A7C15U;
      }
      return hash;
    }
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return table->states_[a].outcomes == table->states_[b].outcomes &&
             std::ranges::equal(edges(a), edges(b));
    }
  };

  std::vector<Arc> arcs_;  // by the node they leave
  std::vector<std::size_t> first_arc_;
  std::vector<const PhraseGraph::End*> end_of_;  // by node
  std::vector<unsigned char> seen_;              // by node, bits of How
  std::size_t nodes_ = 0;                        // in the sets met so far
  PhraseTable table_;
  std::pmr::monotonic_buffer_resource arena_;  // all at once given back
  std::pmr::unordered_map<Subset, std::uint32_t> known_{&arena_};
  std::pmr::unordered_set<std::uint32_t, Content, Content> same_{0, Content{&table_},
                                                                 Content{&table_}, &arena_};
};

Result<PhraseTable> PhraseTable::build(const PhraseGraph& graph) {
  return Builder(graph).build();
}

std::uint32_t PhraseTable::step(std::uint32_t state, char32_t letter, bool ends_word) const {
  const auto begin = edges_.begin() + states_[state].edges;
  const auto end = edges_.begin() + states_[state + 1].edges;
  const auto found =
      std::lower_bound(begin, end, label(letter, ends_word),
                       [](const Edge& edge, std::uint32_t wanted) { return edge.label < wanted; });
  return found != end && found->label == label(letter, ends_word) ? found->to : none;
}

std::size_t PhraseTable::bytes() const {
  std::size_t bytes = states_.capacity() * sizeof(State) + edges_.capacity() * sizeof(Edge);
  for (const auto& set : outcomes_) bytes += sizeof(set) + set.capacity() * sizeof(Outcome);
  return bytes;
}

}  // namespace commsd::policy
