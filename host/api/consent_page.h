#pragma once

#include <string>
#include <string_view>

#include "api/form_fields.h"
#include "identity/authorization_service.h"
#include "net/http_exchange.h"

namespace commsd::api {

/// The page on which a person lets a program use the server: plain HTML from web/oauth, no script,
/// nothing from elsewhere, not to be framed. Every value on it is escaped.
class ConsentPage {
 public:
  /// `base_path`: that of the public URL, "" or "/comms".
  explicit ConsentPage(std::string base_path) : base_path_(std::move(base_path)) {}

  /// `fields` are the request's parameters, which the form sends again; `problem` tells what was
  /// wrong with the last try, "" at first.
  void show(net::HttpExchange& exchange, int status,
            const identity::AuthorizationService::Request& request, const FormFields& fields,
            std::string_view problem) const;

  /// For a request that may not be answered to the client: its address is not to be trusted.
  void refuse(net::HttpExchange& exchange, int status, std::string_view problem) const;

  void style(net::HttpExchange& exchange) const;

 private:
  void send(net::HttpExchange& exchange, int status, const std::string& html) const;

  std::string base_path_;
};

}  // namespace commsd::api
