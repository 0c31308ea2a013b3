#pragma once

#include <string>
#include <string_view>

namespace commsd::mcp {

// Content blocks (specification 2025-11-25 and 2026-07-28, server/tools, "Tool Result") as JSON
// objects, for ToolResult::content_json and for the messages of prompts. Bytes are given raw.

std::string text_content(std::string_view text);
std::string image_content(std::string_view bytes, std::string_view mime_type);
std::string audio_content(std::string_view bytes, std::string_view mime_type);
/// A resource with its contents inside.
std::string resource_content(std::string_view uri, std::string_view mime_type,
                             std::string_view text);
std::string blob_resource_content(std::string_view uri, std::string_view mime_type,
                                  std::string_view bytes);
/// Points to a resource that the client reads when it wants to.
std::string resource_link(std::string_view uri, std::string_view name, std::string_view mime_type);

}  // namespace commsd::mcp
