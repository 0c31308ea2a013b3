#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/task.h"
#include "identity/fetch.h"
#include "identity/oauth_error.h"
#include "store/store.h"

namespace commsd::identity {

struct ClientRules {
  bool registration = true;  // RFC 7591
  bool documents = true;     // client metadata documents
  std::vector<std::string> private_schemes;
};

/// A program that asks for access. All are public clients: they prove themselves by PKCE only.
struct OauthClientInfo {
  std::string id;
  std::string name;  // as it calls itself: show it as a claim, never as a fact
  std::vector<std::string> redirect_uris;
};

/// Who may ask for access. [any executor]
class OauthClients {
 public:
  static constexpr std::int64_t most_registered =
      5'000;  // anybody may register: it must be bounded
  static constexpr std::int64_t most_documents = 5'000;
  static constexpr UnixMillis unused_lifetime = 24 * 3'600'000LL;      // until the first consent
  static constexpr UnixMillis used_lifetime = 400 * 24 * 3'600'000LL;  // from the last consent
  static constexpr UnixMillis document_shortest = 5 * 60'000;          // cached at least
  static constexpr UnixMillis document_longest = 24 * 3'600'000LL;

  OauthClients(store::Store& store, Fetch fetch, const Clock& clock, const Ids& ids,
               ClientRules rules)
      : store_(store),
        fetch_(std::move(fetch)),
        clock_(clock),
        ids_(ids),
        rules_(std::move(rules)) {}

  /// Dynamic registration: the client as stored. `metadata` is the request's body.
  Task<OauthResult<OauthClientInfo>> enroll(std::string metadata);

  /// The client of that id; a document is fetched when it is not known or too old. invalid_client.
  Task<OauthResult<OauthClientInfo>> find(std::string id);

  const ClientRules& rules() const { return rules_; }

 private:
  Task<OauthResult<OauthClientInfo>> fetch_document(std::string url);
  OauthResult<OauthClientInfo> read_metadata(const JsonValue& metadata) const;

  store::Store& store_;
  Fetch fetch_;
  const Clock& clock_;
  const Ids& ids_;
  ClientRules rules_;
};

/// Whether a client id is the address of a metadata document: https with a path, no user info, no
/// query, no fragment, no dot segments (draft-ietf-oauth-client-id-metadata-document, section 3).
bool is_document_id(std::string_view id);

}  // namespace commsd::identity
