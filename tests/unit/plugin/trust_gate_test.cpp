#include "plugin/trust_gate.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

class TrustGate : public PluginBed {
 protected:
  TrustPolicy policy() const {
    TrustPolicy policy;
    policy.cache_dir = cache();
    return policy;
  }
  std::string refusal(const std::string& path, const TrustPolicy& policy) const {
    const Result<AdmittedFile> file = admit(path, policy);
    return file ? "" : file.error().message;
  }
};

TEST_F(TrustGate, CopiesUnderTheHash) {
  const std::string path = install("scripted_v1", "scripted.so");
  const Result<AdmittedFile> file = admit(path, policy());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->sha256, sha256_hex(read(path)));
  EXPECT_EQ(file->path, cache() + "/" + file->sha256 + ".so");
  EXPECT_EQ(read(file->path), read(path));
  struct stat status {};
  ASSERT_EQ(::stat(cache().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(TrustGate, ReplacesACopyThatIsNotWhatItsNameSays) {
  const std::string path = install("scripted_v1", "scripted.so");
  const std::string copy = admit(path, policy())->path;
  ASSERT_EQ(::chmod(copy.c_str(), 0600), 0);
  write(copy, "something else");
  ASSERT_TRUE(admit(path, policy()));
  EXPECT_EQ(read(copy), read(path));
}

TEST_F(TrustGate, RefusesWhatOthersMayWriteTo) {
  const std::string path = install("scripted_v1", "scripted.so");
  ::chmod(path.c_str(), 0666);
  EXPECT_NE(refusal(path, policy()).find("others than its owner may write"), std::string::npos);
  ::chmod(path.c_str(), 0664);
  EXPECT_NE(refusal(path, policy()).find("others than its owner may write"), std::string::npos);
  ::chmod(path.c_str(), 0644);
  EXPECT_EQ(refusal(path, policy()), "");

  ::chmod(plugins().c_str(), 0777);
  EXPECT_NE(refusal(path, policy()).find("the folder " + plugins()), std::string::npos);
  ::chmod(plugins().c_str(), 01777);  // sticky: nobody else can replace the file
  EXPECT_EQ(refusal(path, policy()), "");
  ::chmod(plugins().c_str(), 0777);
  TrustPolicy rooted = policy();
  rooted.roots = {plugins()};
  EXPECT_EQ(refusal(path, rooted), "");
}

TEST_F(TrustGate, RefusesLinksFoldersAndGiants) {
  const std::string path = install("scripted_v1", "scripted.so");
  std::filesystem::create_symlink(path, plugins() + "/link.so");
  EXPECT_EQ(refusal(plugins() + "/link.so", policy()), "it is a symbolic link");
  EXPECT_EQ(refusal(plugins(), policy()), "it is not a regular file");
  ASSERT_EQ(::mkfifo((plugins() + "/fifo.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal(plugins() + "/fifo.so", policy()), "it is not a regular file");
  TrustPolicy small = policy();
  small.largest = 1000;
  EXPECT_EQ(admit(path, small).error().code, ErrorCode::too_large);
}

TEST_F(TrustGate, PinsHoldTheFileToItsHash) {
  const std::string path = install("scripted_v1", "scripted.so");
  TrustPolicy pinned = policy();
  pinned.trust = Trust::pinned;
  EXPECT_NE(refusal(path, pinned).find("has no entry 'scripted.so'"), std::string::npos);
  pinned.pins["scripted.so"] = std::string(64, '0');
  EXPECT_NE(refusal(path, pinned).find("plugins.pinned says 000"), std::string::npos);
  pinned.pins["scripted.so"] = sha256_hex(read(path));
  EXPECT_EQ(refusal(path, pinned), "");
}

}  // namespace
}  // namespace commsd::plugin
