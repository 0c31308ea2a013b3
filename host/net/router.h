#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"

namespace commsd::net {

class HttpExchange;

/// Runs on the connection's loop and must not block it. An exception is logged and answered with
/// 500; ending without an answer is too. The exchange lives until the task has ended.
using Handler = std::function<Task<void>(HttpExchange&)>;

enum class Lane {
  request,  // the connection's own loop
  voice,    // a WebSocket of this route lives on EventLoops::voice()
};

struct RouteOptions {
  std::size_t max_body = 0;  // bytes; 0 = ServerOptions::max_body
  Lane lane = Lane::request;
};

/// Which handler answers a request. Patterns are matched on the decoded path:
///
///     router.add("GET", "/health", handler);
///     router.add("GET", "/admin/api/agents/:id", handler);   // one segment, not empty
///     router.add("GET", "/assets/*", handler);               // the rest, param("*"), may be empty
///
/// "/mcp" and "/mcp/" are two paths: add both if both are served. Literal beats ":name" beats "*".
/// HEAD falls back to GET. Fill it before HttpServer::start() and leave it alone after that; match
/// is then safe from every loop and does not allocate.
class Router {
 public:
  static constexpr std::size_t max_parameters = 8;

  struct Route {
    std::string method;
    std::string pattern;
    RouteOptions options;
    Handler handler;
  };
  struct Parameters {
    std::array<std::pair<std::string_view, std::string_view>, max_parameters> items;
    std::size_t count = 0;
    std::optional<std::string_view> get(std::string_view name) const;
  };
  struct Match {
    const Route* route = nullptr;  // null: not_found, or method_not_allowed when `allow` is set
    std::string_view allow;        // "GET, HEAD, POST" when the path exists
    Parameters parameters;         // views into the router and into `path`
  };

  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Throws std::invalid_argument for a pattern that is malformed or added twice: both are faults
  /// of the program, seen at start.
  void add(std::string_view method, std::string_view pattern, Handler handler,
           RouteOptions options = {});

  /// Answers OPTIONS where no route does (CORS). Without it: 204 with Allow.
  void on_options(Handler handler) { options_ = Route{"OPTIONS", "*", {}, std::move(handler)}; }
  /// Answer 404 and 405 in place of the built-in JSON bodies. Allow is added to a 405 anyway.
  void on_not_found(Handler handler) { not_found_ = Route{"", "*", {}, std::move(handler)}; }
  void on_method_not_allowed(Handler handler) {
    method_not_allowed_ = Route{"", "*", {}, std::move(handler)};
  }

  Match match(std::string_view method, std::string_view path) const;

  const Route* options_hook() const { return options_.handler ? &options_ : nullptr; }
  const Route* not_found_hook() const { return not_found_.handler ? &not_found_ : nullptr; }
  const Route* method_not_allowed_hook() const {
    return method_not_allowed_.handler ? &method_not_allowed_ : nullptr;
  }

  /// Every route in the order of adding: for the generator of authorisation tests and the docs.
  std::vector<const Route*> routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
  Route options_;
  Route not_found_;
  Route method_not_allowed_;
};

}  // namespace commsd::net
