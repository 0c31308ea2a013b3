#include "identity/sealing_store.h"

#include <algorithm>

#include "base/sealed_text.h"

namespace commsd::identity {

namespace {

using store::Parameter;
using store::Parameters;
using store::Value;

constexpr std::string_view mark = "sealed1:";

const std::string* text_of(const Parameters& parameters, std::string_view name) {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(),
                   [name](const Parameter& parameter) { return parameter.name == name; });
  return found == parameters.end() ? nullptr : std::get_if<std::string>(&found->value);
}

std::string binding_of(std::string_view org_id, const SealedColumns::Column& column,
                       std::string_view row, std::string_view key_id) {
  std::string binding(org_id);
  for (const std::string_view part : {std::string_view(column.place), row, key_id}) {
    binding += '|';
    binding += part;
  }
  return binding;
}

/// No two values share it, so nonces never come near their limit, however much is sent.
Sha256 key_of(const DataKeys::Key& key, std::string_view binding) {
  const std::string_view secret(reinterpret_cast<const char*>(key.secret.data()),
                                key.secret.size());
  return hmac_sha256(secret, binding);
}

std::optional<std::size_t> index_of(const store::Rows& rows, std::string_view column) {
  const auto& columns = rows.columns();
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

/// The id of the data key of a sealed value; empty for one that is not sealed.
std::string_view key_id_of(std::string_view text) {
  if (!text.starts_with(mark)) return {};
  text.remove_prefix(mark.size());
  return text.substr(0, text.find(':'));
}

std::optional<std::string> opened(const DataKeys::Key& key, const std::string& text,
                                  const std::string& binding) {
  const std::size_t start = mark.size() + key.id.size() + 1;
  if (text.size() < start) return std::nullopt;
  return open_text(key_of(key, binding), std::string_view(text).substr(start), binding);
}

}  // namespace

Task<Result<store::UnitOutcome>> SealingStore::commit(store::UnitOfWork unit) {
  std::string missing;
  const auto writes = writes_of(unit, missing);
  if (!writes) return commit_sealed(std::move(unit));
  seal(unit, *writes);
  return real_.commit(std::move(unit));
}

std::optional<std::vector<SealingStore::Write>> SealingStore::writes_of(
    const store::UnitOfWork& unit, std::string& missing) const {
  std::vector<Write> writes;
  for (std::size_t index = 0; index < unit.steps().size(); ++index) {
    const store::UnitOfWork::Step& step = unit.steps()[index];
    Write write{index, columns_.written_by(step.statement), nullptr};
    const std::string* org_id = write.columns ? text_of(step.parameters, "org_id") : nullptr;
    if (!org_id) continue;
    write.key = keys_.known(*org_id);
    if (!write.key) {
      missing = *org_id;
      return std::nullopt;
    }
    writes.push_back(std::move(write));
  }
  return writes;
}

void SealingStore::seal(store::UnitOfWork& unit, const std::vector<Write>& writes) const {
  for (const Write& write : writes) {
    const Parameters& parameters = unit.edit()[write.step].parameters;
    const std::string& org_id = *text_of(parameters, "org_id");
    for (const SealedColumns::Column& column : *write.columns) {
      const std::string* row = text_of(parameters, column.row);
      for (const Parameter& parameter : parameters) {
        std::string* text = std::get_if<std::string>(&parameter.value);
        if (parameter.name != column.value || !text || !row) continue;
        const std::string binding = binding_of(org_id, column, *row, write.key->id);
        *text = std::string(mark) + write.key->id + ':' +
                seal_text(key_of(*write.key, binding), *text, binding, random_);
      }
    }
  }
}

Task<Result<store::UnitOutcome>> SealingStore::commit_sealed(store::UnitOfWork unit) {
  std::string missing;
  std::optional<std::vector<Write>> writes = writes_of(unit, missing);
  while (!writes) {
    Task<Result<DataKeys::Shared>> asking = keys_.in_use(missing);
    Result<DataKeys::Shared> key = co_await std::move(asking);
    if (!key) co_return fail(key.error());
    writes = writes_of(unit, missing);
  }
  seal(unit, *writes);
  Task<Result<store::UnitOutcome>> saving = real_.commit(std::move(unit));
  co_return co_await std::move(saving);
}

Task<Result<store::Rows>> SealingStore::query(std::string_view statement, Parameters parameters) {
  const Columns* columns = columns_.read_by(statement);
  if (!columns) return real_.query(statement, std::move(parameters));
  return query_sealed(statement, std::move(parameters), columns);
}

Task<Result<store::Rows>> SealingStore::query_sealed(std::string_view statement,
                                                     Parameters parameters,
                                                     const Columns* columns) {
  const Parameters asked = parameters;
  Task<Result<store::Rows>> reading = real_.query(statement, std::move(parameters));
  Result<store::Rows> rows = co_await std::move(reading);
  if (!rows || rows->empty()) co_return rows;
  const std::string* organization = text_of(asked, "org_id");
  if (!organization) co_return rows;

  std::vector<std::vector<Value>> values;
  values.reserve(rows->size());
  for (const store::Row& row : *rows) values.push_back(row.values());
  bool changed = false;
  for (const SealedColumns::Column& column : *columns) {
    const auto at = index_of(*rows, column.value);
    const auto id_at = index_of(*rows, column.row);
    for (std::vector<Value>& row : values) {
      const std::string* text = at ? std::get_if<std::string>(&row[*at]) : nullptr;
      const std::string key_id(text ? key_id_of(*text) : std::string_view());
      const std::string* id =
          id_at ? std::get_if<std::string>(&row[*id_at]) : text_of(asked, column.row);
      if (key_id.empty() || !id) continue;
      Task<Result<DataKeys::Shared>> asking = keys_.find(*organization, key_id);
      Result<DataKeys::Shared> key = co_await std::move(asking);
      if (!key) co_return fail(key.error());
      std::optional<std::string> clear;
      if (*key) clear = opened(**key, *text, binding_of(*organization, column, *id, key_id));
      row[*at] = store::nullable(clear);
      changed = true;
    }
  }
  if (!changed) co_return rows;
  co_return store::Rows(rows->columns(), std::move(values));
}

}  // namespace commsd::identity
