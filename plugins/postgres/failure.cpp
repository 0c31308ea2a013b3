#include "failure.h"

#include <cctype>

namespace postgres_plugin {

namespace {

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

bool in_class(const std::string& code, std::string_view prefix) {
  return code.compare(0, prefix.size(), prefix) == 0;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void classify(Failure& failure) {
  const std::string& code = failure.code;
  failure.reason = COMMS_DB_STATEMENT;
  if (in_class(code, "23")) {
    failure.status = COMMS_REJECTED;
    failure.reason = code == "23505"   ? COMMS_DB_UNIQUE
                     : code == "23503" ? COMMS_DB_FOREIGN_KEY
                                       : COMMS_DB_CHECK;
  } else if (in_class(code, "22")) {
    failure.status = COMMS_REJECTED;
    failure.reason = COMMS_DB_CHECK;
    // The server quotes the value that it could not read.
    failure.message = "a value does not fit its column or parameter";
  } else if (code == "40001" || code == "40P01" || code == "55P03") {
    failure.kind = FailureKind::contention;
    failure.status = COMMS_TIMEOUT;
  } else if (code == "57014") {
    failure.status = COMMS_TIMEOUT;
  } else if (code == "26000" || (code == "0A000" && contains(failure.message, "cached plan"))) {
    failure.kind = FailureKind::stale;
    failure.status = COMMS_UNAVAILABLE;
  } else if (code == "XX001" || code == "XX002") {  // data or index corrupted
    failure.kind = FailureKind::server;
    failure.status = COMMS_INVALID;
  } else if (code == "08P01") {  // the wrong number of parameters
    failure.status = COMMS_INVALID;
  } else if (in_class(code, "08") || in_class(code, "53") || in_class(code, "57") ||
             in_class(code, "58") || in_class(code, "XX") || code == "25006" || code.empty()) {
    failure.kind = FailureKind::server;
    failure.status = COMMS_UNAVAILABLE;
  } else {
    failure.status = COMMS_INVALID;
  }
}

std::string remedy_of(const std::string& code) {
  if (code == "42501") return "let the user of commsd own the database, or its schema";
  if (code == "53100") return "free space on the server's disk";
  if (code == "53300") return "raise max_connections, or use a pooler";
  if (code == "25006") return "name the server that writes, not a standby";
  return {};
}

}  // namespace

comms::Error Failure::error(std::string_view doing) const {
  std::string text(doing);
  text.append(": ").append(message);
  return comms::Error(status, std::move(text), code, remedy_of(code));
}

Failure failure_of(const PGresult* result) {
  Failure failure;
  failure.code = field(result, PG_DIAG_SQLSTATE);
  failure.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (failure.code == "22P02" && contains(failure.message, guard_mark)) {
    failure.kind = FailureKind::guard;
    failure.status = COMMS_REJECTED;
    failure.reason = COMMS_DB_EXPECTATION;
    failure.message.clear();
    failure.code.clear();
    return failure;
  }
  if (failure.code.empty()) failure.message = PQresultErrorMessage(result);
  classify(failure);
  return failure;
}

comms::Error connect_failure(const PGconn* connection) {
  std::string text = PQerrorMessage(connection);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  const auto says = [&text](std::string_view part) { return contains(text, part); };
  if (says("authentication failed") || says("no password supplied") || says("no pg_hba.conf") ||
      (says("role \"") && says("does not exist"))) {
    return comms::Error(COMMS_UNAUTHENTICATED, std::move(text), {},
                        "check user and password, and pg_hba.conf on the server");
  }
  if (says("database \"") && says("does not exist")) {
    return comms::Error(COMMS_INVALID, std::move(text), {}, "make the database: createdb NAME");
  }
  if (says("certificate") || says("SSL") || says("channel binding")) {
    return comms::Error(COMMS_INVALID, std::move(text), {},
                        "set sslrootcert to the authority of the server's certificate; "
                        "sslmode says how much is checked");
  }
  return comms::Error(COMMS_UNAVAILABLE, std::move(text));
}

}  // namespace postgres_plugin
