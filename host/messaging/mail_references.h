#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace commsd::messaging {

// Message-IDs and the header fields that lead from one mail to another: RFC 5322, section 3.6.4.

/// The longest value of a field "References: " on one line (RFC 5322, section 2.1.1: 998
/// characters). Whoever writes the mail may fold it; nobody has to.
inline constexpr std::size_t longest_references = 998 - 12;

/// The ids of a field In-Reply-To or References, without angle brackets, in their order; folded
/// lines are read as one. What is no id is left out: what others send is not to be trusted, and
/// comes back in our own headers. At most 100.
std::vector<std::string> parse_mail_ids(std::string_view field);

/// "<a> <b> <c>", at most longest_references: of more the first and the last ones are kept, which
/// is where readers hang the conversation up.
std::string write_references(const std::vector<std::string>& ids);

/// Our own id of a mail, without angle brackets: the message's, which is unique, at the sender's
/// domain.
std::string make_mail_id(std::string_view message_id, std::string_view from);

/// Whether a subject says that it answers: "Re:" in any case. Other languages' marks (AW:, SV:) are
/// not told from words.
bool is_answer(std::string_view subject);
/// "Re: " before a subject that does not answer yet.
std::string answer_subject(std::string_view subject);

}  // namespace commsd::messaging
