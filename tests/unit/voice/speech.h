#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plugin/storage_provider.h"
#include "plugin/tts_provider.h"

namespace commsd::voice::test {

/// Keeps objects in memory and signs no URLs.
class Shelf final : public plugin::StorageProvider {
 public:
  std::map<std::string, plugin::StoredObject> objects;
  bool full = false;

  const std::string& name() const override { return name_; }
  Task<Result<void>> put(std::string key, std::string type, std::string bytes,
                         std::chrono::milliseconds) override {
    if (full) co_return fail(ErrorCode::ambiguous, "no space left");
    objects[key] = {std::move(type), std::move(bytes), 0};
    co_return Result<void>();
  }
  Task<Result<plugin::StoredObject>> get(std::string key, std::uint64_t, std::uint64_t,
                                         std::chrono::milliseconds) override {
    const auto found = objects.find(key);
    if (found == objects.end()) co_return fail(ErrorCode::not_found, "gone");
    co_return found->second;
  }
  Task<Result<plugin::ObjectFacts>> head(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "nobody asks");
  }
  Task<Result<void>> remove(std::string key, std::chrono::milliseconds) override {
    objects.erase(key);
    co_return Result<void>();
  }
  Result<std::string> signed_url(std::string_view, std::string_view,
                                 std::chrono::seconds) override {
    return fail(ErrorCode::unsupported, "the host serves it");
  }

 private:
  std::string name_ = "shelf";
};

/// Speaks a tenth of a second of silence for each character, in one format.
class Speaker final : public plugin::TtsProvider {
 public:
  std::string format = "pcm_s16le";
  std::string content_type = "audio/pcm";
  std::optional<ErrorCode> fails;
  std::vector<plugin::SpeechRequest> asked;

  const std::string& name() const override { return name_; }
  bool is_sandbox() const override { return true; }
  Task<Result<plugin::Speech>> synthesize(plugin::SpeechRequest request,
                                          std::chrono::milliseconds) override {
    asked.push_back(request);
    if (fails) co_return fail(*fails, "the voice is hoarse");
    if (request.format != format) co_return fail(ErrorCode::unsupported, "not this format");
    co_return plugin::Speech{content_type, 8'000, std::string(request.text.size() * 1'600, '\0')};
  }
  Task<Result<plugin::Speech>> stream(plugin::SpeechRequest, std::function<void(std::string_view)>,
                                      std::chrono::milliseconds, std::stop_token) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<std::vector<plugin::VoiceInfo>>> list_voices(std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }

 private:
  std::string name_ = "speaker";
};

}  // namespace commsd::voice::test
