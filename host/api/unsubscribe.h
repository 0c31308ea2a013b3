#pragma once

#include "base/task.h"
#include "net/http_exchange.h"
#include "net/router.h"
#include "policy/contact_preferences.h"
#include "policy/unsubscribe_links.h"

namespace commsd::api {

/// /unsubscribe/:token, the address in the List-Unsubscribe header of mails (RFC 8058). POST acts
/// at once: no cookie, login or redirect, whatever is in its body, because mailbox providers send
/// it for their users. GET shows a page with a button and changes nothing: scanners follow links.
class Unsubscribe {
 public:
  Unsubscribe(const policy::UnsubscribeLinks& links, policy::ContactPreferences& contacts)
      : links_(links), contacts_(contacts) {}

  void mount(net::Router& router);

 private:
  Task<void> show(net::HttpExchange& exchange) const;
  Task<void> act(net::HttpExchange& exchange);

  const policy::UnsubscribeLinks& links_;
  policy::ContactPreferences& contacts_;
};

}  // namespace commsd::api
