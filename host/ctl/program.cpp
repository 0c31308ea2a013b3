#include "ctl/program.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "config/config.h"
#include "ctl/command_line.h"
#include "ctl/control_client.h"
#include "ctl/doctor.h"
#include "ctl/mcp_bridge.h"
#include "ctl/render.h"
#include "ctl/table.h"

namespace commsd::ctl {

namespace {

constexpr const char* default_config = "/etc/commsd/commsd.yaml";
constexpr std::size_t longest_body = 1 << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string config_path(const Invocation& invocation) {
  if (invocation.has("--config")) return invocation.option("--config");
  const std::string path = environment("COMMSD_CONFIG");
  return path.empty() ? default_config : path;
}

/// Empty when only the configuration says.
std::string named_socket(const Invocation& invocation) {
  if (invocation.has("--socket")) return invocation.option("--socket");
  return environment("COMMSD_SOCKET");
}

ExitCode tell(const Error& error, bool json, std::ostream& err) {
  if (json) {
    JsonWriter out;
    out.begin_object().key("error").begin_object().field("code", to_string(error.code));
    out.field("message", error.message);
    if (!error.remedy.empty()) out.field("remedy", error.remedy);
    err << out.end_object().end_object().take() << '\n';
  } else {
    err << "commsctl: " << printable(error.message) << '\n';
    if (!error.remedy.empty()) err << printable(error.remedy) << '\n';
  }
  return ExitCode::failed;
}

/// The request's arguments; the body of a message may come from standard input, where it stays
/// out of the shell's history and the process list.
Result<std::string> request_of(const Invocation& invocation, std::istream& in) {
  JsonWriter out;
  out.begin_object();
  for (const OptionSpec& option : invocation.command->options) {
    if (!option.argument.empty() && invocation.has(option.name)) {
      out.field(option.argument, invocation.option(option.name));
    }
  }
  const bool message = invocation.command->remote == "messages.send";
  // What may be left out is left out: "numbers add" without one buys a number.
  const bool given = message || !invocation.operands.empty();
  if (!invocation.command->operand_argument.empty() && given) {
    std::string operand = invocation.operands.empty() ? "-" : invocation.operands[0];
    if (message && operand == "-") {
      operand.assign(std::istreambuf_iterator<char>(in), {});
      if (operand.ends_with('\n')) operand.pop_back();
      if (operand.size() > longest_body) {
        return fail(ErrorCode::too_large, "the text on standard input is longer than 1 MB");
      }
    }
    out.field(invocation.command->operand_argument, operand);
  }
  return out.end_object().take();
}

ExitCode ask_server(const Invocation& invocation, const Streams& streams) {
  const bool json = invocation.has("--json");
  std::string socket = named_socket(invocation);
  if (socket.empty()) {
    const std::string path = config_path(invocation);
    const config::LoadedConfig config = config::load_config(path);
    if (!config && invocation.has("--config")) {
      print_faults(streams.err, config.error());
      return ExitCode::configuration;
    }
    // without --config: the file is perhaps not ours to read, and the usual place a good guess
    socket = config ? config->server.control_socket : config::ServerConfig().control_socket;
  }
  const Result<std::string> request = request_of(invocation, streams.in);
  if (!request) return tell(request.error(), json, streams.err);
  Result<ControlClient> client = ControlClient::connect(socket);
  if (!client) return tell(client.error(), json, streams.err);
  const Result<std::string> answer = client->ask(invocation.command->remote, *request);
  if (!answer) return tell(answer.error(), json, streams.err);
  if (json) {
    streams.out << *answer << '\n';
    return ExitCode::ok;
  }
  const Result<JsonDocument> document = JsonDocument::parse(*answer);
  if (!document) return tell(document.error(), json, streams.err);
  render(streams.out, invocation.command->remote, document->root());
  if (invocation.command->remote == "tokens.create") {
    streams.err << "Keep it now: it is not shown again. Its id is "
                << printable(document->root().string("id").value_or("")) << ".\n";
  }
  return ExitCode::ok;
}

ExitCode check_config(const Invocation& invocation, const Streams& streams) {
  const std::string& path = invocation.operands[0];
  const config::LoadedConfig config = config::load_config(path);
  if (invocation.has("--json")) {
    JsonWriter out;
    out.begin_object().field("ok", config.has_value()).key("faults").begin_array();
    if (!config) {
      for (const config::ConfigFault& fault : config.error()) {
        out.begin_object().field("file", fault.file).field("line", fault.line);
        out.field("key", fault.key).field("found", fault.found);
        out.field("allowed", fault.allowed).end_object();
      }
    }
    streams.out << out.end_array().end_object().take() << '\n';
  } else if (config) {
    streams.out << path << ": no faults\n";
  } else {
    print_faults(streams.err, config.error());
  }
  return config ? ExitCode::ok : ExitCode::configuration;
}

ExitCode see_doctor(const Invocation& invocation, const Streams& streams) {
  const auto findings = examine(config_path(invocation), named_socket(invocation));
  if (invocation.has("--json")) {
    streams.out << findings_json(findings) << '\n';
  } else {
    print_findings(streams.out, findings);
  }
  return any_failed(findings) ? ExitCode::failed : ExitCode::ok;
}

ExitCode show_version(const Invocation& invocation, std::string_view version,
                      const Streams& streams) {
  if (invocation.has("--json")) {
    JsonWriter out;
    streams.out << out.begin_object().field("version", version).end_object().take() << '\n';
  } else {
    streams.out << "commsctl " << version << '\n';
  }
  return ExitCode::ok;
}

/// Tokens are taken from a file or the environment: a command line is seen by every user.
Result<std::string> token_of(const Invocation& invocation) {
  std::string token = environment("COMMSD_TOKEN");
  if (invocation.has("--token-file")) {
    const std::string path = invocation.option("--token-file");
    std::ifstream file(path);
    if (!std::getline(file, token)) {
      return fail(ErrorCode::invalid_argument, "no token can be read from " + path);
    }
  }
  token = trim(token);
  if (token.empty() || has_control_character(token)) {
    return fail(ErrorCode::invalid_argument,
                "a token is needed: --token-file FILE, or the variable COMMSD_TOKEN");
  }
  return token;
}

ExitCode speak_mcp(const Invocation& invocation, const Streams& streams) {
  const Result<std::string> token = token_of(invocation);
  if (!token) {
    streams.err << "commsctl: " << printable(token.error().message) << '\n';
    return ExitCode::usage;
  }
  std::string url = invocation.option("--url");
  if (url.empty()) {
    const config::LoadedConfig config = config::load_config(config_path(invocation));
    url = (config ? config->server.public_url : config::ServerConfig().public_url) + "/mcp";
  }
  McpBridge bridge({url, *token}, streams.in, streams.out, streams.err);
  return bridge.run() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, std::string_view version, Streams streams) {
  const Result<Invocation> invocation = parse_command_line(arguments);
  if (!invocation) {
    streams.err << "commsctl: " << printable(invocation.error().message) << '\n'
                << "See 'commsctl --help'.\n";
    return ExitCode::usage;
  }
  if (invocation->help) {
    streams.out << help_text(invocation->command);
    return ExitCode::ok;
  }
  const std::string_view words = invocation->command->words;
  if (words == "config check") return check_config(*invocation, streams);
  if (words == "config sample") {
    streams.out << config::sample_config();
    return ExitCode::ok;
  }
  if (words == "mcp") return speak_mcp(*invocation, streams);
  if (words == "doctor") return see_doctor(*invocation, streams);
  if (words == "version") return show_version(*invocation, version, streams);
  return ask_server(*invocation, streams);
}

}  // namespace commsd::ctl
