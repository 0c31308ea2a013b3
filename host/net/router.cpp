#include "net/router.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "net/http_exchange.h"

namespace commsd::net {

/// A segment of the path. Literal children are sorted by name; look-ups compare views.
struct Router::Node {
  struct Endpoint {
    std::vector<std::pair<const Route*, std::vector<std::string>>> routes;  // with their names
    std::string allow;

    const std::pair<const Route*, std::vector<std::string>>* find(std::string_view method) const {
      for (const auto& route : routes)
        if (route.first->method == method) return &route;
      return nullptr;
    }
  };

  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  Endpoint here;
  Endpoint rest;  // "*" below this node

  /// Finds the best endpoint for `path` (without its leading slash) that knows `method`, noting
  /// the first that exists in `fallback`. Values of parameters are collected on the way.
  const Endpoint* find(std::string_view path, std::string_view method, Parameters& parameters,
                       const Endpoint*& fallback) const;
};

std::optional<std::string_view> Router::Parameters::get(std::string_view name) const {
  for (std::size_t i = 0; i < count; ++i)
    if (items[i].first == name) return items[i].second;
  return std::nullopt;
}

const Router::Node::Endpoint* Router::Node::find(std::string_view path, std::string_view method,
                                                 Parameters& parameters,
                                                 const Endpoint*& fallback) const {
  const auto usable = [&](const Endpoint& endpoint) -> const Endpoint* {
    if (endpoint.routes.empty()) return nullptr;
    if (fallback == nullptr) fallback = &endpoint;
    const bool knows =
        endpoint.find(method) != nullptr || (method == "HEAD" && endpoint.find("GET") != nullptr);
    return knows ? &endpoint : nullptr;
  };

  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  const bool last = slash == std::string_view::npos;
  const auto descend = [&](const Node& child) {
    return last ? usable(child.here)
                : child.find(path.substr(slash + 1), method, parameters, fallback);
  };

  if (const auto literal = literals.find(segment); literal != literals.end()) {
    if (const Endpoint* found = descend(*literal->second)) return found;
  }
  if (parameter && !segment.empty() && parameters.count < max_parameters) {
    const std::size_t before = parameters.count;
    parameters.items[parameters.count++].second = segment;
    if (const Endpoint* found = descend(*parameter)) return found;
    parameters.count = before;
  }
  if (const Endpoint* found = usable(rest)) {
    if (parameters.count < max_parameters) parameters.items[parameters.count++].second = path;
    return found;
  }
  return nullptr;
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler,
                 RouteOptions options) {
  const auto refuse = [&](const char* why) {
    throw std::invalid_argument("route '" + std::string(method) + " " + std::string(pattern) +
                                "': " + why);
  };
  if (method.empty() || !handler) refuse("needs a method and a handler");
  if (pattern.empty() || pattern.front() != '/') refuse("must begin with '/'");

  Node* node = root_.get();
  Node::Endpoint* endpoint = nullptr;
  std::vector<std::string> names;
  std::string_view left = pattern.substr(1);
  while (endpoint == nullptr) {
    const std::size_t slash = left.find('/');
    const std::string_view segment = left.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    if (segment == "*") {
      if (!last) refuse("'*' must be the last segment");
      names.emplace_back("*");
      endpoint = &node->rest;
      break;
    }
    std::unique_ptr<Node>* child = nullptr;
    if (!segment.empty() && segment.front() == ':') {
      if (segment.size() == 1) refuse("a parameter needs a name");
      names.emplace_back(segment.substr(1));
      child = &node->parameter;
    } else {
      child = &node->literals.try_emplace(std::string(segment)).first->second;
    }
    if (!*child) *child = std::make_unique<Node>();
    node = child->get();
    if (last) endpoint = &node->here;
    left = last ? std::string_view() : left.substr(slash + 1);
  }
  if (names.size() > max_parameters) refuse("has too many parameters");
  if (endpoint->find(method) != nullptr) refuse("was added before");

  routes_.push_back(std::make_unique<Route>(
      Route{std::string(method), std::string(pattern), options, std::move(handler)}));
  endpoint->routes.emplace_back(routes_.back().get(), std::move(names));
  const auto allow = [&](std::string_view name) {
    if (!endpoint->allow.empty()) endpoint->allow += ", ";
    endpoint->allow += name;
  };
  allow(method);
  if (method == "GET" && endpoint->find("HEAD") == nullptr) allow("HEAD");
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  if (path.empty() || path.front() != '/') return match;
  const Node::Endpoint* fallback = nullptr;
  const Node::Endpoint* endpoint = root_->find(path.substr(1), method, match.parameters, fallback);
  if (endpoint == nullptr) {
    match.parameters.count = 0;
    if (fallback != nullptr) match.allow = fallback->allow;
    return match;
  }
  const auto* found = endpoint->find(method);
  if (found == nullptr) found = endpoint->find("GET");
  match.route = found->first;
  match.allow = endpoint->allow;
  for (std::size_t i = 0; i < match.parameters.count; ++i)
    match.parameters.items[i].first = found->second[i];
  return match;
}

std::vector<const Router::Route*> Router::routes() const {
  std::vector<const Route*> all;
  for (const std::unique_ptr<Route>& route : routes_) all.push_back(route.get());
  return all;
}

}  // namespace commsd::net
