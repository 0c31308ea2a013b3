#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/rest_answer.h"
#include "api/rest_arguments.h"
#include "base/clock.h"
#include "base/task.h"
#include "mcp/access_check.h"
#include "mcp/tool_caller.h"
#include "net/http_exchange.h"
#include "net/router.h"

namespace commsd::api {

struct RestOptions {
  std::string public_url;  // no trailing '/'
  std::string version;
  std::size_t max_body = 1024 * 1024;
};

/// /api/v1: every tool over plain HTTP, where the `rest` of its definition says, called by the same
/// ToolCaller and behind the same AccessCheck as over MCP. Besides, for everybody: health,
/// openapi.json and integration-guide. Reads no cookie. A call ends when its client goes, as on the
/// modern wire of MCP; what was sent by then is sent.
class RestApi {
 public:
  /// What is passed outlives this, and this the HttpServer.
  RestApi(const mcp::ToolCaller& tools, mcp::AccessCheck& access, const Clock& clock,
          RestOptions options);

  void mount(net::Router& router);

 private:
  struct Operation {
    const mcp::ToolRegistry::Entry* entry;
    RestArguments arguments;
    std::vector<std::string> in_path;
    std::string hint;  // how a right call looks, for those who made a wrong one
  };
  struct Page {
    std::string content_type;
    std::string text;
  };
  using Operations = std::map<std::string, Operation, std::less<>>;  // by method

  Task<void> serve(net::HttpExchange& exchange, const Operations& operations);
  Task<void> call(net::HttpExchange& exchange, const Operation& operation,
                  const identity::Principal& principal);
  Task<void> refused(const Operation& operation, const identity::Principal& principal,
                     const Error& error) const;
  Task<void> show(net::HttpExchange& exchange, const Page* page) const;
  void answer(net::HttpExchange& exchange, const RestAnswer& answer) const;
  void refuse_method(net::HttpExchange& exchange, std::string allowed) const;
  std::string health() const;

  const mcp::ToolCaller& tools_;
  mcp::AccessCheck& access_;
  const Clock& clock_;
  UnixMillis started_;
  RestOptions options_;
  std::map<std::string, Operations> paths_;  // by path below /api/v1
  Page openapi_;
  Page guide_;
};

}  // namespace commsd::api
