#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace commsd::ctl {

/// An option of a command. Its value becomes the member `argument` of the request.
struct OptionSpec {
  std::string_view name;   // "--organization"
  std::string_view value;  // "ID", as shown in help; empty = a flag
  std::string_view help;
  std::string_view argument;  // "" = used by commsctl itself
  bool required = false;
};

/// One command of commsctl.
struct CommandSpec {
  std::string_view words;    // "tokens create"
  std::string_view summary;  // one line
  std::string_view remote;   // the server's command; empty = done by commsctl itself
  std::string_view operand;  // "NAME"; empty = takes none
  std::string_view operand_argument;
  bool operand_required = false;
  std::vector<OptionSpec> options;
};

/// Every command, in the order of help. The only list: parsing, help and completion read it.
const std::vector<CommandSpec>& commands();
/// --socket, --config, --json and --help, which every command takes.
const std::vector<OptionSpec>& common_options();

/// A command line that was understood.
struct Invocation {
  const CommandSpec* command = nullptr;  // null with help or version asked for alone
  std::map<std::string, std::string, std::less<>> options;  // by name, with its dashes
  std::vector<std::string> operands;
  bool help = false;

  bool has(std::string_view option) const { return options.contains(option); }
  std::string option(std::string_view name) const;
};

/// `arguments` without the program's name. invalid_argument says what is wrong and what was
/// probably meant. Options may stand anywhere; `--name=value` works; after `--` all are operands.
/// Abbreviations are not taken: they would become ambiguous with the next option.
Result<Invocation> parse_command_line(const std::vector<std::string>& arguments);

/// Help for one command, or for all when null.
std::string help_text(const CommandSpec* command);

}  // namespace commsd::ctl
