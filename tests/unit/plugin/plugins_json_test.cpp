#include "plugin/plugins_json.h"

#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

using PluginsJson = PluginBed;

TEST_F(PluginsJson, ShowsStatesTrustAndReachButNoSettings) {
  install("scripted_v1", "scripted.so");
  write(plugins() + "/rubbish.so", "rubbish");
  config::Config config = configuration();
  use(config, "email", "scripted", R"({"label":"a secret label"})");
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  const std::string text = plugins_json(manager);
  EXPECT_EQ(text.find("a secret label"), std::string::npos);
  const Result<JsonDocument> document = JsonDocument::parse(text);
  ASSERT_TRUE(document);
  const JsonValue root = document->root();
  EXPECT_EQ(root.boolean("safeMode"), false);
  EXPECT_EQ(root.integer("mapped"), 1);
  EXPECT_EQ(root.get("restartAdvised")->size(), 0U);
  std::string shown;
  root.get("plugins")->each([&](JsonValue one) {
    shown += std::string(*one.string("status")) + "|" + std::string(*one.string("trust")) + "|" +
             std::string(*one.string("reason")) + "|" + one.get("egress")->to_string() + "\n";
  });
  EXPECT_EQ(shown,
            "healthy|any||[\"https://api.scripted.invalid\"]\n"
            "refused||it is not an ELF file|[]\n");
}

}  // namespace
}  // namespace commsd::plugin
