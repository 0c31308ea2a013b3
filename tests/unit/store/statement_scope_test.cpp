#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "store/database_connection.h"
#include "store/fixture.h"
#include "store/migrator.h"
#include "store/statement_registry.h"

namespace commsd::store::test {
namespace {

/// Statements that look across tenants on purpose. Adding one here is a decision to be reviewed.
const std::set<std::string_view> system_statements{
    "organizations.list",          // the orchestrator's overview
    "agents.find_for_webhook",     // a webhook path names the agent and nothing else
    "channels.find_by_address",    // a call comes in for a number
    "tokens.find_by_hash",         // the hash is how a caller says who they are
    "tokens.list_orchestrator",    // tokens of no tenant
    "tokens.revoke_orchestrator",  //
    "tokens.touch_orchestrator",   //
    "users.find_by_email",         // the address is how somebody says who they are
    "users.find_orchestrator",     // users of no tenant
    "users.list_orchestrator",     //
    "users.set_status_orchestrator",
    "users.login_succeeded_orchestrator",
    "users.login_failed_orchestrator",
    "messages.find_by_vendor_id",  // a callback that names the vendor's id only
    "messages.due",                // the scan for work, and recovery at start
    "attempts.open",               //
    "attempts.open_of_worker",     //
    "attempts.find",               // our own client reference, echoed by a vendor
    "calls.cost_due",              // the same of calls
    "call_attempts.open",          //
    "call_attempts.open_of_worker",
    "call_attempts.find",             //
    "one_time_codes.lock",            // touches no row
    "spoken_audio.expired",           //
    "inbound_events.find",            // an event is unique by vendor
    "inbound_events.purge",           // retention
    "idempotency.purge",              //
    "mcp_sessions.purge",             //
    "mcp_sessions.purge_states",      //
    "usage.totals_everywhere",        // the orchestrator's overview
    "limits.lock",                    // touches no row
    "mcp_tasks.renew",                // a worker keeps its tasks
    "mcp_tasks.list_cancelled",       //
    "mcp_tasks.fail_worker",          // recovery after a process died
    "mcp_tasks.fail_expired",         //
    "mcp_tasks.purge",                // retention
    "audit.list_all",                 // verification reads the whole chain
    "audit.lock",                     // touches no row
    "inbox.lock",                     //
    "email_domains.lock",             //
    "dnc.all_lists",                  // how old each list is, for the gate
    "suppressions.share_contact",     // touches no row
    "suppressions.lock_contact",      //
    "oauth.find_client",              // clients are of no tenant until somebody consents
    "oauth.count_clients",            //
    "oauth.save_client",              //
    "oauth.keep_client",              //
    "oauth.create_code",              // hangs on the grant, which has the tenant
    "oauth.find_code",                // the hash is how a client says which
    "oauth.use_code",                 //
    "oauth.create_refresh_token",     //
    "oauth.find_refresh_token",       //
    "oauth.use_refresh_token",        //
    "oauth.find_approval",            // the hash is how a person says which
    "oauth.find_subject",             // the issuer's subject is how a caller says who they are
    "oauth.purge_codes",              // retention
    "oauth.purge_refresh_tokens",     //
    "oauth.purge_approvals",          //
    "oauth.purge_tokens",             //
    "oauth.purge_clients",            //
    "oauth.purge_grants",             //
    "provisionings.cut_short",        // recovery after a process died
    "provisionings.purge",            // retention
    "acquisitions.due",               // the scan for work
    "acquisitions.purge",             // retention
    "email_domains.find_verified",    // a domain is of one organization
    "registered_providers.list_all",  // the server's own set of providers
    "schema.exists",                  // no tenant's data
    "schema.count_tables",            //
    "schema.version",                 //
    "messages.due_scheduled",         //
    "callback_deliveries.any_due",    // the scan for work
    "callback_deliveries.claim",      // a worker takes what is due
    "callback_deliveries.reclaim",    // recovery at start
    "callback_deliveries.advance_forgotten",
    "callback_copies.any_due",    // the scan for work
    "callback_copies.claim",      // a worker takes what is due
    "copies.due",                 // the scan for work
    "copies.between",             // two mirrors stop each other, also across organizations
    "data_keys.all",              // who has keys in memory looks which there are
    "data_keys.count_of_others",  // whether the server has its key
    "data_keys.under",            // what is to be encrypted under the server's new key
    "body_storage.all",           // asked by every delivery, so kept in memory
    "legal_holds.list",           // the operator's overview
    "retention.dead_letters",     // retention
    "retention.inbox",            //
    "retention.message_bodies",   //
    "retention.call_scripts",     //
    "retention.messages",         //
    "retention.calls",            //
    "retention.usage",            //
    "retention.reservations",     //
    "retention.limit_alerts",     //
    "retention.contact_hours",    //
    "retention.one_time_codes",   //
    "retention.mail_ids",         //
    "retention.number_threads",   //
    "retention.callback_deliveries",
    "retention.callback_copies",   //
    "retention.whatsapp_windows",  //
    "retention.revoked_consents",
    "purge_runs.find",                 // the server's own
    "purge_runs.claim",                //
    "purge_runs.renew",                //
    "purge_runs.finish",               //
    "erasures.due",                    // the scan for work
    "erasures.pending",                // what is to be encrypted under the server's new key
    "media.any_due",                   // the scan for work
    "media.claim",                     //
    "media.removable",                 // retention
    "whatsapp_senders.organizations",  // whose pools are compared with the vendor
};

/// Whether the statement can only touch rows of the organization it is given.
bool is_scoped(const Statement& statement, char marker) {
  const auto known = std::find(statement.parameters.begin(), statement.parameters.end(), "org_id");
  if (known == statement.parameters.end()) return false;
  const std::string parameter = marker + std::to_string(known - statement.parameters.begin() + 1);
  const std::string& sql = statement.sql;
  const std::size_t insert = sql.find("INSERT");
  if (insert == 0 || (sql.starts_with("WITH") && insert != std::string::npos)) {
    const std::size_t columns = sql.find('(', insert);
    const std::string list = sql.substr(columns, sql.find(')', columns) - columns);
    return list.find("org_id") != std::string::npos || sql.starts_with("INSERT INTO organizations");
  }
  const std::size_t where = sql.find("WHERE");
  if (where == std::string::npos) return false;
  const std::string condition = sql.substr(where);
  // Organizations are their own tenant: their key is the organization.
  const bool own = sql.find("organizations") != std::string::npos;
  return condition.find((own ? "id = " : "org_id = ") + parameter) != std::string::npos &&
         condition.find(" OR org_id") == std::string::npos;
}

TEST(StatementScope, EveryStatementIsBoundToAnOrganization) {
  for (const auto& [dialect, marker] :
       {std::pair("sqlite", '?'), std::pair("libsql", '?'), std::pair("postgres", '$')}) {
    const Result<StatementRegistry> registry = StatementRegistry::embedded(dialect);
    ASSERT_TRUE(registry) << registry.error().message;
    EXPECT_GT(registry->all().size(), 70u);
    for (const auto& [name, statement] : registry->all()) {
      EXPECT_NE(is_scoped(statement, marker), system_statements.contains(name))
          << dialect << " " << name << "\n"
          << statement.sql;
    }
  }
}

TEST(StatementScope, TheCheckFindsAnUnscopedStatement) {
  const StatementRegistry::File files[] = {
      {"a.sql",
       "-- name: a.one\nSELECT * FROM messages WHERE id = :id;\n"
       "-- name: a.two\nSELECT * FROM messages WHERE id = :id OR org_id = :org_id;\n"
       "-- name: a.three\nDELETE FROM messages;\n"
       "-- name: a.four\nINSERT INTO usage (agent_id) VALUES (:org_id);\n"
       "-- name: a.five\nUPDATE messages SET org_id = :org_id WHERE id = :id;\n"
       "-- name: a.six\nWITH a (org_id) AS (SELECT :org_id) SELECT * FROM messages WHERE id = "
       "1;\n"}};
  const Result<StatementRegistry> registry = StatementRegistry::parse(files, "sqlite");
  ASSERT_TRUE(registry);
  for (const auto& [name, statement] : registry->all()) {
    EXPECT_FALSE(is_scoped(statement, '?')) << name;
  }
}

TEST(StatementScope, TheListNamesOnlyStatementsThatExist) {
  const Result<StatementRegistry> registry = StatementRegistry::embedded("sqlite");
  for (const std::string_view name : system_statements) {
    EXPECT_TRUE(registry->find(name)) << name;
  }
}

// A statement that does not compile would be found by its first caller only.
TEST(StatementScope, EveryStatementCompilesAgainstTheSchema) {
  const TemporaryFolder folder;
  const ManualClock clock(0);
  Result<StatementRegistry> registry = StatementRegistry::embedded(dialect());
  auto connection = DatabaseConnection::open(load_empty_database(folder.file("a.db")),
                                             DatabaseConnection::Role::writer);
  ASSERT_TRUE(connection);
  Migrator migrator(**connection, *registry, clock);
  const auto migrations = Migrator::embedded(dialect());
  ASSERT_TRUE(migrator.migrate(*migrations));
  for (const auto& [name, statement] : registry->all()) {
    const Statement explained{name, "EXPLAIN " + statement.sql, statement.parameters};
    const BoundStatement bound{&explained, std::vector<Value>(explained.parameters.size())};
    const Result<Rows> rows = (*connection)->query(bound);
    EXPECT_TRUE(rows) << name << ": " << rows.error().cause;
  }
}

TEST(StatementScope, TheMigrationsOfBothDialectsAreTheSame) {
  const auto sqlite = Migrator::embedded("sqlite");
  const auto postgres = Migrator::embedded("postgres");
  ASSERT_TRUE(sqlite && postgres);
  ASSERT_EQ(sqlite->size(), postgres->size());
  const auto names = [](std::string_view sql) {
    std::vector<std::string> found;
    for (const std::string_view line : split(sql, '\n')) {
      if (line.starts_with("CREATE") || line.starts_with("  ")) {
        found.emplace_back(line.substr(0, line.find_first_of(" (", line.find_first_not_of(' '))));
      }
    }
    return found;
  };
  for (std::size_t index = 0; index < sqlite->size(); ++index) {
    EXPECT_EQ((*sqlite)[index].name, (*postgres)[index].name);
    EXPECT_THAT(names((*postgres)[index].sql),
                testing::ElementsAreArray(names((*sqlite)[index].sql)));
  }
}

}  // namespace
}  // namespace commsd::store::test
