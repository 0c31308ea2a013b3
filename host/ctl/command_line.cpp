#include "ctl/command_line.h"

#include <algorithm>

#include "config/nearest.h"

namespace commsd::ctl {

namespace {

std::string hint(std::string_view wanted, const std::vector<std::string_view>& known) {
  const std::string_view nearest = config::nearest_name(wanted, known);
  return nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
}

/// The command whose words begin `words`, and how many words that takes.
std::pair<const CommandSpec*, std::size_t> find_command(const std::vector<std::string>& words) {
  for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; --count) {
    const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
    for (const CommandSpec& command : commands()) {
      if (command.words == name) return {&command, count};
    }
  }
  return {nullptr, 0};
}

tl::unexpected<Error> unknown_command(const std::vector<std::string>& words) {
  std::vector<std::string_view> known;
  std::string group;  // "tokens" alone: its commands are what helps
  for (const CommandSpec& command : commands()) {
    known.push_back(command.words);
    if (!command.words.starts_with(words[0] + " ")) continue;
    group += (group.empty() ? "" : ", ") + std::string(command.words);
  }
  const std::string given = words.size() > 1 ? words[0] + " " + words[1] : words[0];
  std::string message = "there is no command '" + given + "'";
  const std::string nearest = hint(given, known);
  if (!group.empty() && (words.size() == 1 || nearest.empty())) {
    message += "; there are " + group;
  } else {
    message += nearest.empty() ? hint(words[0], known) : nearest;
  }
  return fail(ErrorCode::invalid_argument, message);
}

const OptionSpec* find_option(const CommandSpec* command, std::string_view name) {
  const auto named = [name](const OptionSpec& option) { return option.name == name; };
  const auto& common = common_options();
  if (const auto found = std::find_if(common.begin(), common.end(), named); found != common.end()) {
    return &*found;
  }
  if (!command) return nullptr;
  const auto found = std::find_if(command->options.begin(), command->options.end(), named);
  return found == command->options.end() ? nullptr : &*found;
}

/// True when any command takes a value for this option: needed before the command is known.
bool takes_value(std::string_view name) {
  for (const CommandSpec& command : commands()) {
    const OptionSpec* option = find_option(&command, name);
    if (option && !option->value.empty()) return true;
  }
  return false;
}

struct Words {
  std::vector<std::string> plain;
  std::vector<std::pair<std::string, std::string>> options;
};

Result<Words> sort_out(const std::vector<std::string>& arguments) {
  Words words;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    std::string word = arguments[at];
    if (word == "--") {
      words.plain.insert(words.plain.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                         arguments.end());
      break;
    }
    if (word == "-h") word = "--help";
    if (word.size() < 2 || word[0] != '-') {
      words.plain.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    std::string value;
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
      if (!takes_value(name) && find_option(nullptr, name)) {
        return fail(ErrorCode::invalid_argument, name + " takes no value");
      }
    } else if (takes_value(name)) {
      if (at + 1 == arguments.size()) {
        return fail(ErrorCode::invalid_argument, name + " needs a value");
      }
      value = arguments[++at];
    }
    words.options.emplace_back(name, value);
  }
  return words;
}

Result<void> take_options(Invocation& invocation, const Words& words) {
  for (const auto& [name, value] : words.options) {
    const OptionSpec* option = find_option(invocation.command, name);
    if (!option) {
      std::vector<std::string_view> known;
      for (const OptionSpec& one : common_options()) known.push_back(one.name);
      if (invocation.command) {
        for (const OptionSpec& one : invocation.command->options) known.push_back(one.name);
      }
      return fail(ErrorCode::invalid_argument, "unknown option " + name + hint(name, known));
    }
    if (!invocation.options.emplace(name, value).second) {
      return fail(ErrorCode::invalid_argument, name + " is given twice");
    }
  }
  return {};
}

}  // namespace

std::string Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::string() : found->second;
}

Result<Invocation> parse_command_line(const std::vector<std::string>& arguments) {
  Result<Words> words = sort_out(arguments);
  if (!words) return fail(words.error());
  Invocation invocation;
  if (!words->plain.empty() && words->plain[0] == "help") {
    words->plain.erase(words->plain.begin());
    words->options.emplace_back("--help", "");
  }
  const bool asks_version =
      words->plain.empty() && words->options.size() == 1 && words->options[0].first == "--version";
  if (asks_version) {
    words->options.clear();
    words->plain.push_back("version");
  }
  std::size_t used = 0;
  if (!words->plain.empty()) {
    std::tie(invocation.command, used) = find_command(words->plain);
    if (!invocation.command) return unknown_command(words->plain);
  }
  const Result<void> options = take_options(invocation, *words);
  if (!options) return fail(options.error());
  invocation.help = invocation.has("--help");
  if (invocation.help) return invocation;
  if (!invocation.command) {
    return fail(ErrorCode::invalid_argument, "no command given; see commsctl --help");
  }

  const CommandSpec& command = *invocation.command;
  invocation.operands.assign(words->plain.begin() + static_cast<std::ptrdiff_t>(used),
                             words->plain.end());
  const std::size_t most = command.operand.empty() ? 0 : 1;
  if (invocation.operands.size() > most) {
    return fail(ErrorCode::invalid_argument,
                "'" + invocation.operands[most] + "' is too much for 'commsctl " +
                    std::string(command.words) + "'; text with spaces needs quotes");
  }
  if (command.operand_required && invocation.operands.empty()) {
    return fail(ErrorCode::invalid_argument, "'commsctl " + std::string(command.words) +
                                                 "' needs " + std::string(command.operand));
  }
  for (const OptionSpec& option : command.options) {
    if (!option.required || invocation.has(option.name)) continue;
    return fail(ErrorCode::invalid_argument,
                "'commsctl " + std::string(command.words) + "' needs " + std::string(option.name) +
                    " " + std::string(option.value) + " (" + std::string(option.help) + ")");
  }
  return invocation;
}

namespace {

void append_options(std::string& out, const std::vector<OptionSpec>& options) {
  for (const OptionSpec& option : options) {
    std::string left = "  " + std::string(option.name);
    if (!option.value.empty()) left += " " + std::string(option.value);
    left.resize(std::max<std::size_t>(24, left.size() + 2), ' ');
    out += left + std::string(option.help) + (option.required ? " (needed)" : "") + "\n";
  }
}

std::string help_for(const CommandSpec& command) {
  std::string out = "usage: commsctl " + std::string(command.words);
  for (const OptionSpec& option : command.options) {
    const std::string text = std::string(option.name) + " " + std::string(option.value);
    out += option.required ? " " + text : " [" + text + "]";
  }
  if (!command.operand.empty()) {
    const std::string text(command.operand);
    out += command.operand_required ? " " + text : " [" + text + "]";
  }
  out += "\n\n" + std::string(command.summary) + ".\n\n";
  append_options(out, command.options);
  append_options(out, common_options());
  return out;
}

}  // namespace

std::string help_text(const CommandSpec* command) {
  if (command) return help_for(*command);
  std::string out =
      "usage: commsctl COMMAND [OPTIONS]\n\n"
      "  commsctl organizations create 'My company'\n"
      "  commsctl tokens create --role agent --agent agt_...\n"
      "  commsctl send --agent agt_... --to +14155550123 'Hello'\n"
      "  commsctl doctor\n\n";
  for (const CommandSpec& one : commands()) {
    std::string left = "  " + std::string(one.words);
    left.resize(std::max<std::size_t>(24, left.size() + 2), ' ');
    out += left + std::string(one.summary) + "\n";
  }
  out += "\n";
  append_options(out, common_options());
  out +=
      "\nExit codes: 0 done, 1 failed or no server, 2 wrong command line, 3 faults in the\n"
      "configuration. 'commsctl COMMAND --help' says more about one command.\n";
  return out;
}

}  // namespace commsd::ctl
