#include <memory>
#include <utility>

#include "base/digest.h"
#include "command.h"

namespace commsd::contract {

Answer run_storage_command(Stage& stage, const std::string& op, const Command& command) {
  const std::shared_ptr<plugin::StorageProvider> provider = stage.manager.storage({});
  if (!provider) return fail(ErrorCode::unavailable, "no provider in the slot 'storage'");
  const std::string key = command.text("key");
  if (op == "put") {
    // "repeat": so often the bytes, for large objects.
    const std::string piece = command.bytes("bytesBase64");
    std::string bytes;
    for (std::int64_t i = 0; i < command.number("repeat", 1); ++i) bytes += piece;
    const Result<void> put = stage.executor.run(
        provider->put(key, command.text("contentType"), std::move(bytes), command.limit()));
    if (!put) return fail(put.error());
    return std::string("{}");
  }
  if (op == "get") {
    const auto object = stage.executor.run(
        provider->get(key, static_cast<std::uint64_t>(command.number("offset")),
                      static_cast<std::uint64_t>(command.number("length")), command.limit()));
    if (!object) return fail(object.error());
    JsonWriter out;
    out.begin_object().field("contentType", object->content_type);
    out.field("byteCount", object->byte_count).field("sha256", to_hex(sha256(object->bytes)));
    // Large ones by their digest only: lines of many megabytes help nobody.
    if (object->bytes.size() <= 1024 * 1024) {
      out.field("bytesBase64", base64_encode(object->bytes));
    }
    return out.end_object().take();
  }
  if (op == "head") {
    const auto facts = stage.executor.run(provider->head(key, command.limit()));
    if (!facts) return fail(facts.error());
    JsonWriter out;
    out.begin_object().field("contentType", facts->content_type).field("etag", facts->etag);
    out.field("byteCount", facts->byte_count).field("modifiedAt", facts->modified_at);
    return out.end_object().take();
  }
  if (op == "remove") {
    const Result<void> removed = stage.executor.run(provider->remove(key, command.limit()));
    if (!removed) return fail(removed.error());
    return std::string("{}");
  }
  if (op == "signed_url") {
    const auto url = provider->signed_url(key, command.text("method"),
                                          std::chrono::seconds(command.number("ttlSeconds", 60)));
    if (!url) return fail(url.error());
    return JsonWriter().begin_object().field("url", *url).end_object().take();
  }
  return no_such_op(op);
}

}  // namespace commsd::contract
