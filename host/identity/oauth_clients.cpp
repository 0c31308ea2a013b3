#include "identity/oauth_clients.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "identity/redirect_uri.h"
#include "store/oauth_repository.h"
#include "telemetry/log.h"

namespace commsd::identity {

namespace {

constexpr std::size_t most_redirect_uris = 16;
constexpr std::size_t longest_name = 100;

std::string write_list(const std::vector<std::string>& list) {
  JsonWriter out;
  out.begin_array();
  for (const std::string& one : list) out.value(one);
  return out.end_array().take();
}

OauthClientInfo info_of(const store::OauthClient& stored) {
  OauthClientInfo client{stored.id, stored.name, {}};
  const auto uris = JsonDocument::parse(stored.redirect_uris_json);
  if (!uris) return client;
  uris->root().each(
      [&](const JsonValue& one) { client.redirect_uris.emplace_back(one.string().value_or("")); });
  return client;
}

bool lists(const JsonValue& metadata, std::string_view name, std::string_view wanted) {
  const auto list = metadata.get(name);
  if (!list) return true;  // the defaults of RFC 7591, section 2 are what we do
  bool found = false;
  list->each([&](const JsonValue& one) { found = found || one.string() == wanted; });
  return found;
}

}  // namespace

bool is_document_id(std::string_view id) {
  constexpr std::string_view scheme = "https://";
  if (!id.starts_with(scheme) || id.size() > 512) return false;
  const std::size_t path = id.find('/', scheme.size());
  if (path == std::string_view::npos || path + 1 == id.size()) return false;
  if (id.find_first_of("?#@") != std::string_view::npos) return false;
  for (const std::string_view segment : split(id.substr(path), '/')) {
    if (segment == "." || segment == "..") return false;
  }
  return read_redirect_uri(id, {});
}

OauthResult<OauthClientInfo> OauthClients::read_metadata(const JsonValue& metadata) const {
  const auto invalid = [](std::string why) {
    return oauth_fail("invalid_client_metadata", std::move(why));
  };
  if (!metadata.is_object()) return invalid("the metadata is no JSON object");
  OauthClientInfo client;
  client.name = trim(metadata.string("client_name").value_or(""));
  if (has_control_character(client.name)) return invalid("client_name has control characters");
  if (client.name.size() > longest_name) return invalid("client_name is longer than 100 bytes");
  if (!lists(metadata, "grant_types", "authorization_code") ||
      !lists(metadata, "response_types", "code")) {
    return invalid("only the grant type authorization_code with the response type code is offered");
  }
  const auto uris = metadata.get("redirect_uris");
  if (!uris || !uris->is_array() || uris->size() == 0 || uris->size() > most_redirect_uris) {
    return oauth_fail("invalid_redirect_uri", "redirect_uris must list 1 to 16 addresses");
  }
  // Clients list all that they may ever use, those of other devices among them. What cannot be used
  // here is left out, and the answer says what is kept (RFC 7591, section 3.2.1).
  uris->each([&](const JsonValue& one) {
    const std::string uri(one.string().value_or(""));
    if (read_redirect_uri(uri, rules_.private_schemes)) client.redirect_uris.push_back(uri);
  });
  if (client.redirect_uris.empty()) {
    return oauth_fail("invalid_redirect_uri",
                      "a redirect URI must be https, or http to a loopback address, or of a scheme "
                      "in server.oauth.authorization_server.redirect_schemes, without fragment and "
                      "user info");
  }
  return client;
}

Task<OauthResult<OauthClientInfo>> OauthClients::enroll(std::string metadata) {
  const auto document = JsonDocument::parse(metadata, 16);
  if (!document) co_return oauth_fail("invalid_client_metadata", "the body is no JSON");
  OauthResult<OauthClientInfo> client = read_metadata(document->root());
  if (!client) co_return client;
  const UnixMillis now = clock_.now();
  const store::OauthRepository repository(store_);
  auto count = co_await repository.count_clients("registered", now);
  if (!count) co_return oauth_unavailable();
  if (*count >= most_registered) {
    co_return oauth_fail("temporarily_unavailable",
                         "too many clients are registered; unused ones are forgotten after a day");
  }
  client->id = ids_.make("clt");
  store::OauthClient stored{client->id,   "registered",
                            client->name, write_list(client->redirect_uris),
                            now,          now + unused_lifetime};
  store::UnitOfWork unit;
  store::OauthRepository::add_save_client(unit, stored);
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved || !saved->committed) co_return oauth_unavailable();
  co_return client;
}

Task<OauthResult<OauthClientInfo>> OauthClients::find(std::string id) {
  const store::OauthRepository repository(store_);
  auto stored = co_await repository.find_client(id, clock_.now());
  if (!stored) co_return oauth_unavailable();
  const bool document = is_document_id(id);
  if (*stored && (!document || rules_.documents)) {
    // The rules may have changed since it came.
    OauthClientInfo client = info_of(**stored);
    std::erase_if(client.redirect_uris, [this](const std::string& uri) {
      return !read_redirect_uri(uri, rules_.private_schemes);
    });
    co_return client;
  }
  if (!document || !rules_.documents) {
    co_return oauth_fail("invalid_client", "there is no such client; register it again");
  }
  Task<OauthResult<OauthClientInfo>> fetching = fetch_document(std::move(id));
  co_return co_await std::move(fetching);
}

Task<OauthResult<OauthClientInfo>> OauthClients::fetch_document(std::string url) {
  Task<Result<FetchedDocument>> fetching = fetch_(url);
  const Result<FetchedDocument> fetched = co_await std::move(fetching);
  if (!fetched) {
    log::info("oauth_client_document_failed", {{"cause", fetched.error().cause}});
    co_return oauth_fail("invalid_client", "the client's metadata document cannot be fetched");
  }
  const auto document = JsonDocument::parse(fetched->body, 16);
  if (!document || document->root().string("client_id") != url) {
    co_return oauth_fail("invalid_client",
                         "the client's metadata document is no JSON or names another client_id");
  }
  OauthResult<OauthClientInfo> client = read_metadata(document->root());
  if (!client) co_return oauth_fail("invalid_client", client.error().description);
  if (client->name.empty()) {
    co_return oauth_fail("invalid_client", "the client's metadata document has no client_name");
  }
  client->id = url;
  const UnixMillis now = clock_.now();
  const UnixMillis asked = std::chrono::milliseconds(fetched->max_age).count();
  const UnixMillis kept = std::clamp(asked, document_shortest, document_longest);
  // Anybody can make us read documents: beyond the bound they are used and not kept.
  const store::OauthRepository repository(store_);
  auto count = co_await repository.count_clients("document", now);
  if (!count) co_return oauth_unavailable();
  if (*count >= most_documents) co_return client;
  store::UnitOfWork unit;
  store::OauthClient stored{url, "document", client->name, write_list(client->redirect_uris),
                            now, now + kept};
  store::OauthRepository::add_save_client(unit, stored);
  auto saved = co_await store_.commit(std::move(unit));
  if (!saved || !saved->committed) co_return oauth_unavailable();
  co_return client;
}

}  // namespace commsd::identity
