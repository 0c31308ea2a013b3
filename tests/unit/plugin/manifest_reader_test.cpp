#include "plugin/manifest_reader.h"

#include <cstring>
#include <elf.h>
#include <random>

#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

class ManifestReader : public PluginBed {};

TEST_F(ManifestReader, FindsTheSectionOfARealPlugin) {
  const Result<Manifest> manifest = read_manifest(built("scripted_v1"));
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->provider, "scripted");
  EXPECT_EQ(manifest->version, "1.0.0");
}

TEST_F(ManifestReader, NamesTheForeignMachine) {
  std::string elf = read(built("scripted_v1"));
  reinterpret_cast<Elf64_Ehdr*>(elf.data())->e_machine = EM_AARCH64 + EM_X86_64;
  EXPECT_NE(read_manifest_section(elf).error().message.find("it was built for"), std::string::npos);
}

TEST_F(ManifestReader, RefusesWhatIsNoPlugin) {
  EXPECT_EQ(read_manifest_section("#!/bin/sh\n").error().message, "it is not an ELF file");
  EXPECT_EQ(read_manifest_section("").error().message, "it is not an ELF file");
  const std::string program = read("/proc/self/exe");
  EXPECT_NE(read_manifest_section(program).error().message.find("no section .comms.manifest"),
            std::string::npos);
  EXPECT_EQ(read_manifest(plugins()).error().message, "it is not a regular file");
  EXPECT_EQ(read_manifest(plugins() + "/none.so").error().code, ErrorCode::not_found);
  std::filesystem::create_symlink(built("scripted_v1"), plugins() + "/link.so");
  EXPECT_EQ(read_manifest(plugins() + "/link.so").error().message, "it is a symbolic link");
}

TEST_F(ManifestReader, SurvivesEveryTruncation) {
  const std::string elf = read(built("broken_sound"));
  for (std::size_t length = 0; length < elf.size(); length += 97) {
    EXPECT_FALSE(read_manifest_section(std::string_view(elf).substr(0, length))) << length;
  }
  EXPECT_TRUE(read_manifest_section(elf));
}

TEST_F(ManifestReader, SurvivesMutation) {
  const std::string elf = read(built("broken_sound"));
  std::mt19937 random(1);
  int read_anyway = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string mutant = elf;
    // where the headers are: the file's own and the section table at its end
    const std::size_t tail = mutant.size() - 3000;
    for (int change = 0; change < 4; ++change) {
      const std::size_t at = random() % 2 == 0 ? random() % 64 : tail + random() % 3000;
      mutant[at] = static_cast<char>(random());
    }
    if (read_manifest_section(mutant)) ++read_anyway;
  }
  EXPECT_LT(read_anyway, 3000);
}

}  // namespace
}  // namespace commsd::plugin
