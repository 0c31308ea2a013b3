#include "store/statement_registry.h"

#include <algorithm>

#include "embedded/statements.h"
#include "store/dialect.h"
#include "store/statement_source.h"

namespace commsd::store {

namespace {

/// How well a variant suits; 0 = not at all.
int suits(std::string_view variant, std::string_view dialect) {
  if (variant.empty()) return 1;
  if (variant == dialect) return 3;
  return variant == parent_dialect(dialect) ? 2 : 0;
}

}  // namespace

Result<StatementRegistry> StatementRegistry::embedded(std::string_view dialect) {
  std::vector<File> files;
  for (const commsd::embedded::File& file : commsd::embedded::statements::files()) {
    files.emplace_back(file.name, file.text);
  }
  return parse(files, dialect);
}

Result<StatementRegistry> StatementRegistry::parse(std::span<const File> files,
                                                   std::string_view dialect) {
  const char marker = dialect == "postgres" ? '$' : '?';
  StatementRegistry registry;
  std::map<std::pair<std::string, std::string>, std::string> seen;  // name, dialect -> where
  std::map<std::string, int> chosen;  // name -> how well that one suits
  for (const auto& [file, text] : files) {
    Result<std::vector<StatementSource>> sources = parse_statement_file(file, text);
    if (!sources) return fail(sources.error());
    for (const StatementSource& source : *sources) {
      const auto [first, added] =
          seen.emplace(std::pair(source.name, source.dialect), source.where);
      if (!added) {
        return fail(ErrorCode::invalid_argument, source.where + ": statement '" + source.name +
                                                     "' was given before, at " + first->second);
      }
      const int suited = suits(source.dialect, dialect);
      if (suited <= chosen[source.name]) continue;
      chosen[source.name] = suited;
      Result<NumberedSql> numbered = number_parameters(source, marker);
      if (!numbered) return fail(numbered.error());
      registry.statements_[source.name] = {source.name, std::move(numbered->sql),
                                           std::move(numbered->parameters)};
    }
  }
  return registry;
}

const Statement* StatementRegistry::find(std::string_view name) const {
  const auto found = statements_.find(name);
  return found == statements_.end() ? nullptr : &found->second;
}

Result<BoundStatement> StatementRegistry::bind(std::string_view name, Parameters parameters) const {
  const auto fault = [name](std::string_view what, std::string_view parameter) {
    return fail(ErrorCode::internal, "the server could not run a statement of its own",
                "statement '" + std::string(name) + "' " + std::string(what) +
                    (parameter.empty() ? "" : " '" + std::string(parameter) + "'"));
  };
  const Statement* statement = find(name);
  if (!statement) return fault("is not in schema/statements", "");
  BoundStatement bound{statement, std::vector<Value>(statement->parameters.size())};
  std::vector<bool> given(statement->parameters.size());
  for (Parameter& parameter : parameters) {
    const auto known =
        std::find(statement->parameters.begin(), statement->parameters.end(), parameter.name);
    if (known == statement->parameters.end()) return fault("has no parameter", parameter.name);
    const auto position = static_cast<std::size_t>(known - statement->parameters.begin());
    if (given[position]) return fault("was given twice the parameter", parameter.name);
    given[position] = true;
    bound.values[position] = std::move(parameter.value);
  }
  const auto missing = std::find(given.begin(), given.end(), false);
  if (missing != given.end()) {
    return fault("lacks the parameter",
                 statement->parameters[static_cast<std::size_t>(missing - given.begin())]);
  }
  return bound;
}

Result<BoundUnit> StatementRegistry::bind(UnitOfWork unit) const {
  std::vector<UnitOfWork::Step> steps = std::move(unit).take_steps();
  BoundUnit bound;
  bound.reserve(steps.size());
  for (UnitOfWork::Step& step : steps) {
    Result<BoundStatement> statement = bind(step.statement, std::move(step.parameters));
    if (!statement) return fail(statement.error());
    bound.push_back({std::move(*statement), step.expect_changes, step.returns_rows});
  }
  return bound;
}

}  // namespace commsd::store
