#include "ctl/command_line.h"

namespace commsd::ctl {

const std::vector<OptionSpec>& common_options() {
  static const std::vector<OptionSpec> options{
      {"--socket", "PATH", "control socket of the server (or COMMSD_SOCKET)", ""},
      {"--config", "FILE", "configuration to find the socket in (or COMMSD_CONFIG)", ""},
      {"--json", "", "print JSON instead of text", ""},
      {"--help", "", "show this help", ""},
  };
  return options;
}

const std::vector<CommandSpec>& commands() {
  const OptionSpec organization{"--organization", "ID", "organization", "organization"};
  OptionSpec needed_organization = organization;
  needed_organization.required = true;
  static const std::vector<CommandSpec> list{
      {"status", "Show whether the server can do its work", "status", "", "", false, {}},
      {"agents list", "List agents", "agents.list", "", "", false, {organization}},
      {"organizations list", "List organizations", "organizations.list", "", "", false, {}},
      {"organizations create",
       "Create an organization",
       "organizations.create",
       "NAME",
       "name",
       true,
       {{"--mode", "MODE", "sandbox (nothing leaves; the default) or production", "mode"}}},
      {"tokens create",
       "Create a token; it is shown once",
       "tokens.create",
       "",
       "",
       false,
       {{"--role", "ROLE", "agent, organization or orchestrator", "role", true},
        organization,
        {"--agent", "ID", "agent, for a token of the role agent", "agent"},
        {"--label", "TEXT", "what the token is for", "label"}}},
      {"tokens list",
       "List tokens of an organization, or those of orchestrators",
       "tokens.list",
       "",
       "",
       false,
       {organization}},
      {"tokens revoke",
       "Revoke a token at once",
       "tokens.revoke",
       "ID",
       "id",
       true,
       {organization}},
      {"send",
       "Send a message as an agent; without BODY it is read from standard input",
       "messages.send",
       "BODY",
       "body",
       false,
       {{"--agent", "ID", "agent that sends", "agent", true},
        {"--to", "ADDRESS", "phone number in E.164 form, or mail address", "to", true},
        {"--channel", "NAME", "sms (the default), email or whatsapp", "channel"},
        {"--subject", "TEXT", "subject of a mail", "subject"},
        {"--key", "KEY", "idempotency key: the same key never sends twice", "key"}}},
      {"messages get",
       "Show a message and what happened to it",
       "messages.get",
       "ID",
       "id",
       true,
       {needed_organization}},
      {"plugins", "List plugins and the providers in use", "plugins.list", "", "", false, {}},
      {"reload", "Make the server read its configuration again", "reload", "", "", false, {}},
      {"mcp",
       "Speak MCP on standard input and output, for programs that start their servers themselves",
       "",
       "",
       "",
       false,
       {{"--url", "URL", "the server's MCP address (default: public_url and /mcp)", ""},
        {"--token-file", "FILE", "file with the token (or the variable COMMSD_TOKEN)", ""}}},
      {"config check", "Check a configuration file, without a server", "", "FILE", "", true, {}},
      {"config sample",
       "Print a configuration with every key and its default",
       "",
       "",
       "",
       false,
       {}},
      {"doctor", "Check this machine and the server, and say what to do", "", "", "", false, {}},
      {"version", "Show the version", "", "", "", false, {}},
  };
  return list;
}

}  // namespace commsd::ctl
