#include "mcp/content.h"

#include "base/digest.h"
#include "base/json_writer.h"

namespace commsd::mcp {

namespace {

std::string media_content(std::string_view type, std::string_view bytes,
                          std::string_view mime_type) {
  JsonWriter out;
  out.begin_object().field("type", type).field("data", base64_encode(bytes));
  return out.field("mimeType", mime_type).end_object().take();
}

std::string embedded(std::string_view uri, std::string_view mime_type, std::string_view member,
                     std::string_view value) {
  JsonWriter out;
  out.begin_object().field("type", "resource").key("resource").begin_object().field("uri", uri);
  if (!mime_type.empty()) out.field("mimeType", mime_type);
  return out.field(member, value).end_object().end_object().take();
}

}  // namespace

std::string text_content(std::string_view text) {
  JsonWriter out;
  return out.begin_object().field("type", "text").field("text", text).end_object().take();
}

std::string image_content(std::string_view bytes, std::string_view mime_type) {
  return media_content("image", bytes, mime_type);
}

std::string audio_content(std::string_view bytes, std::string_view mime_type) {
  return media_content("audio", bytes, mime_type);
}

std::string resource_content(std::string_view uri, std::string_view mime_type,
                             std::string_view text) {
  return embedded(uri, mime_type, "text", text);
}

std::string blob_resource_content(std::string_view uri, std::string_view mime_type,
                                  std::string_view bytes) {
  return embedded(uri, mime_type, "blob", base64_encode(bytes));
}

std::string resource_link(std::string_view uri, std::string_view name, std::string_view mime_type) {
  JsonWriter out;
  out.begin_object().field("type", "resource_link").field("uri", uri).field("name", name);
  if (!mime_type.empty()) out.field("mimeType", mime_type);
  return out.end_object().take();
}

}  // namespace commsd::mcp
