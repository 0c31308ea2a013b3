#pragma once

#include <string>
#include <utility>

#include "account.h"
#include "errors.h"

namespace twilio {

/// Path and query of `url` at `origin`. A next page is asked for where the credentials belong, and
/// behind a proxy Twilio names its own address.
inline std::string at_origin(const std::string& origin, const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  return path == std::string::npos ? std::string() : origin + url.substr(path);
}

/// Reads a list of the newer APIs ({KEY: [...], "meta": {"next_page_url"}}) page by page until
/// `visit(entry)` answers true, then gives `end(whether it did)`. A list of which a part could not
/// be read fails: from who is not in it follows that something is made or given up.
template <class Visit, class End>
auto walk_list(const Account& account, const std::string& origin, const std::string& url,
               std::string key, Visit visit, End end, int pages = 0)
    -> std::invoke_result_t<End, bool> {
  using Result = std::invoke_result_t<End, bool>;
  return account.authorized(comms::get(url))
      .then(
          [&account, origin, key, visit, end, pages](const comms::HttpResponse& answer) -> Result {
            if (!answer.ok()) return error_of(answer);
            const comms::Json body = answer.json();
            const comms::JsonNode list = body[key];
            if (list.type() != COMMS_JSON_ARRAY) return error_of(answer);
            for (const comms::JsonNode entry : list) {
              if (visit(entry)) return end(true);
            }
            const std::string next = at_origin(origin, body.at("/meta/next_page_url").text());
            if (next.empty()) return end(false);
            constexpr int max_pages = 50;
            if (pages + 1 >= max_pages) {
              return comms::Error(COMMS_UNSUPPORTED, "the list at Twilio is too long to be read");
            }
            return walk_list(account, origin, next, key, visit, end, pages + 1);
          });
}

}  // namespace twilio
