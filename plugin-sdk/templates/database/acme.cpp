#include <cmath>

#include <comms/cpp/crypto.hpp>
#include <comms/cpp/database.hpp>
#include <comms/cpp/http.hpp>
#include <comms/cpp/plugin.hpp>

namespace {

/// An invented vendor, to be replaced call by call: SQL as JSON over HTTPS.
///   POST /v1/query  {sql, params}          -> {columns, rows}
///   POST /v1/commit {units: [{steps}]}     -> {units: [{results: [{columns, rows}]} | {error}]}
///   POST /v1/script {sql}                  -> {}
/// Blobs travel as {"base64": ...}; a commit is one transaction, each unit a savepoint in it.
class Connection final : public comms::DatabaseConnection {
 public:
  Connection(const comms::Host& host, std::string base, std::string key)
      : host_(host), base_(std::move(base)), key_(std::move(key)) {}

  void ping() override {
    ask(comms::get(base_ + "/v1/account"), [](const comms::Json&) {});
  }

  void run_script(std::string_view sql) override {
    ask(comms::post(base_ + "/v1/script").json(comms::JsonObject().put("sql", sql)),
        [](const comms::Json&) {});
  }

  void query(const comms_statement& statement, comms::RowSink& rows) override {
    ask(comms::post(base_ + "/v1/query").idempotent().json(described(statement)),
        [&](const comms::Json& answer) {
          if (!answer["columns"]) throw comms::Error(COMMS_UNAVAILABLE, "no rows came back");
          rows_of(
              answer.root(), [&](const auto& names) { rows.columns(names); },
              [&](const auto& values) { return rows.row(values); });
        });
  }

  void commit_units(const comms_unit* units, std::size_t count, comms::UnitSink& sink) override {
    comms::JsonArray list;
    for (std::size_t u = 0; u < count; ++u) {
      comms::JsonArray steps;
      for (std::size_t s = 0; s < units[u].step_count; ++s) {
        const comms_step& step = units[u].steps[s];
        comms::JsonObject one = described(*step.statement);
        if (step.expect_changes >= 0) one.put("expect", step.expect_changes);
        steps.add(one);
      }
      list.add(comms::JsonObject().put("steps", steps));
    }
    // Not idempotent: a lost answer is COMMS_AMBIGUOUS, and the host looks before it tries again.
    ask(comms::post(base_ + "/v1/commit").json(comms::JsonObject().put("units", list)),
        [&](const comms::Json& answer) {
          std::size_t u = 0;
          try {
            for (comms::JsonNode unit : answer["units"]) {
              if (u < count) tell(u, units[u], unit, sink);
              ++u;
            }
          } catch (const comms::Error& error) {  // it was committed all the same
            throw comms::Error(COMMS_AMBIGUOUS, error.message);
          }
          if (u < count) throw comms::Error(COMMS_AMBIGUOUS, "not every unit has a result");
        });
  }

 private:
  template <class Use>
  void ask(comms::Request request, Use&& use) {
    request.bearer(key_).perform(host_, [&](const comms::HttpResponse& r) {
      comms::Json answer = r.json();
      if (!r.ok() || !answer) throw r.error("/code", "/message");
      use(answer);
    });
  }

  comms::JsonObject described(const comms_statement& statement) const {
    comms::JsonArray params;
    for (std::size_t i = 0; i < statement.param_count; ++i)
      params.add(written(statement.params[i]));
    return comms::JsonObject().put("sql", comms::view(statement.sql)).put("params", params);
  }
  comms::JsonValue written(const comms_value& v) const {
    switch (v.type) {
      case COMMS_VALUE_I64:
        return v.i64;
      case COMMS_VALUE_F64:
        if (!std::isfinite(v.f64)) throw comms::Error(COMMS_INVALID, "JSON has no such number");
        return v.f64;
      case COMMS_VALUE_TEXT:
        return comms::view(v.bytes);
      case COMMS_VALUE_BOOL:
        return v.i64 != 0;
      case COMMS_VALUE_BLOB:
        return comms::JsonObject().put("base64", comms::Crypto(host_).base64(comms::view(v.bytes)));
      default:
        return nullptr;
    }
  }

  /// Hands on columns, then row by row; `row` returning false ends it.
  template <class Columns, class Row>
  void rows_of(const comms::JsonNode& result, Columns&& columns, Row&& row) const {
    std::vector<std::string> names;
    for (comms::JsonNode name : result["columns"]) names.push_back(name.text());
    std::vector<comms_str> lent;
    for (const std::string& name : names) lent.push_back(comms::str(name));
    columns(lent);
    for (comms::JsonNode line : result["rows"]) {
      std::vector<std::string> texts(names.size());
      std::vector<comms_value> values(names.size(), comms::null_value());
      std::size_t i = 0;
      for (comms::JsonNode cell : line) {
        if (i < names.size()) values[i] = read(cell, texts[i]);
        ++i;
      }
      if (i != names.size()) throw comms::Error(COMMS_INTERNAL, "a row of another length");
      if (!row(values)) return;
    }
  }
  /// `text` keeps what the value points to.
  comms_value read(const comms::JsonNode& cell, std::string& text) const {
    switch (cell.type()) {
      case COMMS_JSON_INTEGER:
        return comms::integer_value(cell.integer());
      case COMMS_JSON_NUMBER:
        return comms::real_value(cell.number());
      case COMMS_JSON_BOOL:
        return comms::boolean_value(cell.boolean());
      case COMMS_JSON_STRING:
        text = cell.text();
        return comms::text_value(text);
      case COMMS_JSON_OBJECT:
        text = comms::Crypto(host_).from_base64(cell["base64"].text()).value_or("");
        return comms::blob_value(text);
      default:
        return comms::null_value();
    }
  }

  void tell(std::size_t u, const comms_unit& unit, const comms::JsonNode& said,
            comms::UnitSink& sink) const {
    if (comms::JsonNode error = said["error"]) {
      const std::int32_t reason = reason_of(error["reason"].text());
      sink.failed(u, reason <= COMMS_DB_CHECK ? COMMS_REJECTED : COMMS_INVALID, reason,
                  static_cast<std::size_t>(error["step"].integer()), error["code"].text(),
                  error["message"].text());
      return;
    }
    std::size_t s = 0;
    for (comms::JsonNode result : said["results"]) {
      if (s < unit.step_count && (unit.steps[s].flags & COMMS_STEP_CAPTURE)) {
        rows_of(
            result, [&](const auto& names) { sink.columns(u, s, names); },
            [&](const auto& values) {
              sink.row(u, s, values);
              return true;
            });
      }
      ++s;
    }
    if (s != unit.step_count) throw comms::Error(COMMS_AMBIGUOUS, "a step has no result");
    sink.committed(u);
  }
  static std::int32_t reason_of(std::string_view word) {
    if (word == "expectation") return COMMS_DB_EXPECTATION;
    if (word == "unique") return COMMS_DB_UNIQUE;
    if (word == "foreign_key") return COMMS_DB_FOREIGN_KEY;
    return word == "check" ? COMMS_DB_CHECK : COMMS_DB_STATEMENT;
  }

  comms::Host host_;
  std::string base_, key_;
};

class Acme final : public comms::DatabaseProvider {
 public:
  Acme(const comms::Host& host, const comms::Config& config)
      : host_(host),
        key_(config.required("api_key")),
        base_(config.url("base_url", "https://api.example.com")) {}

  std::string_view dialect() const override { return "sqlite"; }
  std::unique_ptr<comms::DatabaseConnection> connect(std::int32_t) override {
    auto connection = std::make_unique<Connection>(host_, base_, key_);
    connection->ping();  // wrong credentials show here, not in the first statement
    return connection;
  }

 private:
  comms::Host host_;
  std::string key_, base_;
};

}  // namespace

COMMS_PLUGIN(Acme)
