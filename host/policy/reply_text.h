#pragma once

#include <string_view>

namespace commsd::policy {

/// What somebody wrote themselves in a mail: the text above what it quotes (lines that begin with
/// '>', or the line that introduces them) and above a signature ("-- "). Without that, no reply
/// would ever be the one word that unsubscribes.
std::string_view own_words(std::string_view mail);

/// The first line of that which is not blank: people sign.
std::string_view first_line(std::string_view text);

}  // namespace commsd::policy
