#include "policy/phrase_graph.h"

#include <algorithm>
#include <limits>

#include "policy/text_folding.h"

namespace commsd::policy {
namespace {

constexpr int deepest_nesting = 8;  // a list that names itself ends here
/// Of one phrase, so that a list with a slip is told and does not fill the memory.
constexpr std::size_t most_arcs = 50'000;
constexpr std::size_t longest_phrase = 400;  // letters; also how deep PhraseTable has to go

tl::unexpected<Error> bad(std::string what) {
  return fail(ErrorCode::invalid_argument, std::move(what));
}

/// The bracket that closes the one at `open`; npos when there is none.
std::size_t closing(std::string_view phrase, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < phrase.size(); ++at) {
    if (phrase[at] == '(') ++depth;
    if (phrase[at] == ')' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

Result<void> PhraseGraph::add(std::string_view phrase, const PhraseLists& lists, std::uint32_t tag,
                              bool exception) {
  lists_ = &lists;
  most_arcs_ = arcs_.size() + most_arcs;
  const auto whole = alternatives(phrase, root, 0);
  if (!whole) return fail(whole.error());
  if (whole->shortest == 0) return bad("has no letters");
  if (whole->longest > longest_phrase) {
    return bad("has more than " + std::to_string(longest_phrase) + " letters");
  }
  ends_.push_back({whole->end, tag, exception});
  return {};
}

// The alternatives of "a|b c|d"; a phrase without a bar is one of itself.
Result<PhraseGraph::Part> PhraseGraph::alternatives(std::string_view text, std::uint32_t from,
                                                    int depth) {
  Part whole{nodes_++, std::numeric_limits<std::size_t>::max(), 0};
  std::size_t begin = 0;
  int brackets = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') ++brackets;
    if (at < text.size() && text[at] == ')') --brackets;
    if (at < text.size() && (text[at] != '|' || brackets > 0)) continue;
    const auto choice = sequence(text.substr(begin, at - begin), from, depth);
    if (!choice) return choice;
    join(whole, *choice);
    begin = at + 1;
  }
  return whole;
}

Result<PhraseGraph::Part> PhraseGraph::sequence(std::string_view text, std::uint32_t from,
                                                int depth) {
  if (arcs_.size() > most_arcs_) return bad("is too long with its lists written out");
  Part whole{from};
  for (std::size_t at = 0; at < text.size();) {
    const char first = text[at];
    if (first == ')' || first == '}') return bad("has a bracket too many");
    std::size_t end = at + 1;
    Result<Part> part = Part{whole.end};
    if (first == '(' || first == '{') {
      const std::size_t close = first == '(' ? closing(text, at) : text.find('}', at);
      if (close == std::string_view::npos) return bad("has a bracket that is not closed");
      if (depth >= deepest_nesting) return bad("is nested too deep");
      const std::string_view inside = text.substr(at + 1, close - at - 1);
      part = first == '(' ? alternatives(inside, whole.end, depth + 1)
                          : named(inside, whole.end, depth + 1);
      if (!part) return part;
      end = close + 1;
    } else if (first == '*') {
      part->end = arc(whole.end, open);
    } else {
      end = std::min(text.find_first_of("(){}*", at), text.size());
      part = plain(text.substr(at, end - at), whole.end);
    }
    whole = {part->end, whole.shortest + part->shortest, whole.longest + part->longest};
    at = end;
  }
  return whole;
}

Result<PhraseGraph::Part> PhraseGraph::named(std::string_view list, std::uint32_t from, int depth) {
  const auto found = std::find_if(lists_->begin(), lists_->end(),
                                  [list](const auto& known) { return known.first == list; });
  if (found == lists_->end()) {
    return bad("names a list '" + std::string(list) + "' that is not there");
  }
  Part whole{nodes_++, std::numeric_limits<std::size_t>::max(), 0};
  for (const std::string& entry : found->second) {
    const auto choice = alternatives(entry, from, depth);
    if (!choice) return choice;
    join(whole, *choice);
  }
  return whole;
}

PhraseGraph::Part PhraseGraph::plain(std::string_view text, std::uint32_t from) {
  Part part{from};
  for (const char32_t sign : fold_piece(text)) {
    part.end = arc(part.end, sign);
    if (sign != gap) ++part.longest;
  }
  part.shortest = part.longest;
  return part;
}

std::uint32_t PhraseGraph::arc(std::uint32_t from, char32_t sign) {
  arcs_.push_back({from, nodes_, sign});
  return nodes_++;
}

void PhraseGraph::join(Part& whole, const Part& choice) {
  arcs_.push_back({choice.end, whole.end, nothing});
  whole.shortest = std::min(whole.shortest, choice.shortest);
  whole.longest = std::max(whole.longest, choice.longest);
}

}  // namespace commsd::policy
