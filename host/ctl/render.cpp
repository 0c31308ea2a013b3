#include "ctl/render.h"

#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "ctl/table.h"

namespace commsd::ctl {

namespace {

struct Column {
  std::string_view heading;
  std::string_view member;
};

/// Results that are one list, and what of it is shown.
struct ListView {
  std::string_view remote;
  std::string_view list;
  std::string_view nothing;  // said when the list is empty
  std::vector<Column> columns;
};

const std::vector<ListView>& list_views() {
  static const std::vector<ListView> views{
      {"agents.list",
       "agents",
       "No agents yet. An orchestrator or the sandbox's first run makes them.",
       {{"ID", "id"},
        {"NAME", "displayName"},
        {"STATUS", "status"},
        {"ORGANIZATION", "organization"},
        {"CREATED", "createdAt"}}},
      {"organizations.list",
       "organizations",
       "No organizations yet. Make one: commsctl organizations create NAME",
       {{"ID", "id"},
        {"NAME", "name"},
        {"MODE", "mode"},
        {"STATUS", "status"},
        {"CREATED", "createdAt"}}},
      {"dnc.lists",
       "lists",
       "No do-not-call lists. Import one: commsctl dnc import FILE",
       {{"LIST", "list"},
        {"COUNTRY", "country"},
        {"ORGANIZATION", "organization"},
        {"ENTRIES", "entries"},
        {"CHECKED", "checkedAt"}}},
      {"tokens.list",
       "tokens",
       "No tokens. Make one: commsctl tokens create --role ROLE",
       {{"ID", "id"},
        {"ROLE", "role"},
        {"AGENT", "agent"},
        {"LABEL", "label"},
        {"REVOKED", "revoked"},
        {"CREATED", "createdAt"}}},
      {"plugins.list",
       "plugins",
       "No plugins were found. See plugins.path in the configuration.",
       {{"NAME", "name"},
        {"SLOT", "slot"},
        {"ROLE", "role"},
        {"STATUS", "status"},
        {"VERSION", "version"},
        {"GENERATION", "generation"},
        {"STANDBY", "standby"},
        {"TRUST", "trust"},
        {"REASON", "reason"}}},
  };
  return views;
}

std::string cell(const JsonValue& value, std::string_view name) {
  if (const auto text = value.string()) return std::string(*text);
  if (const auto flag = value.boolean()) return *flag ? "yes" : "no";
  if (const auto number = value.integer()) {
    const bool moment = name == "createdAt" || name == "at";
    return moment ? time_text(*number) : std::to_string(*number);
  }
  return value.is_null() ? std::string() : value.to_string();
}

std::string cell_of(const JsonValue& row, std::string_view member) {
  const auto value = row.get(member);
  return value ? cell(*value, member) : std::string();
}

bool render_list(std::ostream& out, std::string_view remote, const JsonValue& result) {
  for (const ListView& view : list_views()) {
    const auto list = result.get(view.list);
    if (view.remote != remote || !list || !list->is_array()) continue;
    std::vector<std::string> headings;
    for (const Column& column : view.columns) headings.emplace_back(column.heading);
    Table table(headings);
    list->each([&](JsonValue row) {
      std::vector<std::string> cells;
      for (const Column& column : view.columns) cells.push_back(cell_of(row, column.member));
      table.add(std::move(cells));
    });
    if (table.empty()) {
      out << view.nothing << '\n';
    } else {
      table.print(out);
    }
    return true;
  }
  return false;
}

/// "member: value" for members that are scalars and not empty.
void render_lines(std::ostream& out, const JsonValue& object) {
  std::size_t width = 0;
  object.each_member(
      [&](std::string_view name, JsonValue) { width = std::max(width, name.size()); });
  object.each_member([&](std::string_view name, JsonValue value) {
    const std::string text = cell(value, name);
    if (text.empty()) return;
    out << printable(name) << ':' << std::string(width - name.size() + 2, ' ') << printable(text)
        << '\n';
  });
}

void render_status(std::ostream& out, const JsonValue& result) {
  const auto health = result.get("health");
  const std::string state(health ? health->string("status").value_or("unknown") : "unknown");
  out << "commsd " << printable(result.string("version").value_or("")) << " on "
      << printable(result.string("listen").value_or("")) << ": " << printable(state) << '\n';
  out << "connections " << result.integer("connections").value_or(0) << ", streams "
      << result.integer("streams").value_or(0) << ", requests "
      << result.integer("requests").value_or(0) << ", sends in flight "
      << result.integer("inFlight").value_or(0) << "\n\n";
  Table parts({"SLOT", "STATE"});
  if (const auto providers = health ? health->get("providers") : std::nullopt) {
    providers->each_member([&parts](std::string_view name, JsonValue value) {
      parts.add({std::string(name), std::string(value.string().value_or(""))});
    });
  }
  parts.print(out);
  const auto circuits = result.get("circuits");
  if (!circuits || circuits->size() == 0) return;
  out << '\n';
  Table table({"PROVIDER", "CHANNEL", "CIRCUIT"});
  circuits->each([&table](JsonValue row) {
    table.add({cell_of(row, "provider"), cell_of(row, "channel"), cell_of(row, "state")});
  });
  table.print(out);
}

void render_message(std::ostream& out, const JsonValue& result) {
  if (const auto message = result.get("message")) render_lines(out, *message);
  if (const auto timeline = result.get("timeline"); timeline && timeline->size() > 0) {
    out << '\n';
    Table table({"AT", "STATE", "DETAIL"});
    timeline->each([&table](JsonValue row) {
      table.add({cell_of(row, "at"), cell_of(row, "state"), cell_of(row, "detail")});
    });
    table.print(out);
  }
  const auto failure = result.get("failure");
  if (!failure || !failure->is_object()) return;
  out << "\nwhy: " << printable(failure->string("why").value_or("")) << '\n';
  out << "what to do: " << printable(failure->string("whatToDo").value_or("")) << '\n';
}

/// What concerns all plugins, below their list.
void render_advice(std::ostream& out, const JsonValue& result) {
  if (result.boolean("safeMode").value_or(false)) {
    out << "\nThe server was started with --safe-mode: plugins of others are left out.\n";
  }
  const auto advice = result.get("restartAdvised");
  if (!advice) return;
  advice->each([&out](JsonValue why) {
    out << "\nRestart the server when you can: " << printable(why.string().value_or("")) << ".\n";
  });
}

}  // namespace

std::string time_text(std::int64_t unix_millis) {
  if (unix_millis <= 0) return {};
  const std::time_t seconds = unix_millis / 1000;
  tm parts{};
  if (!::gmtime_r(&seconds, &parts)) return std::to_string(unix_millis);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

void render(std::ostream& out, std::string_view remote, const JsonValue& result) {
  if (render_list(out, remote, result)) {
    if (remote == "plugins.list") render_advice(out, result);
    return;
  }
  if (remote == "status" && result.is_object()) {
    render_status(out, result);
  } else if (remote == "messages.get" && result.is_object()) {
    render_message(out, result);
  } else if (remote == "tokens.create" && result.string("token")) {
    out << printable(*result.string("token")) << '\n';  // alone, so that a script can take it
  } else if ((remote == "oauth.approve" || remote == "plugins.upload_code") &&
             result.string("code")) {
    out << printable(*result.string("code")) << '\n';
  } else if (remote == "oauth.bind") {
    out << "The subject is bound.\n";
  } else if (remote == "oauth.revoke") {
    out << "The clients have no access any more.\n";
  } else if (remote == "tokens.revoke") {
    out << "The token is revoked.\n";
  } else if (remote == "plugins.enable") {
    out << printable(result.string("enabled").value_or(""))
        << " is loaded again; 'commsctl plugins' shows what became of it.\n";
  } else if (remote == "reload") {
    out << "The server reads its configuration; 'commsctl plugins' and its log show the outcome.\n";
  } else if (result.is_object()) {
    render_lines(out, result);
  } else {
    out << result.to_string() << '\n';
  }
}

}  // namespace commsd::ctl
