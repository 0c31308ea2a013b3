#include "plugin/signature_gate.h"

#include <sys/stat.h>

#include "minisign_bed.h"
#include "plugin/trust_gate.h"

namespace commsd::plugin {
namespace {

class SignatureGate : public MinisignBed {
 protected:
  void SetUp() override {
    file_ = install("scripted_v1", "scripted.so");
    make_key("author");
  }
  Result<AdmittedFile> tried() const {
    TrustPolicy policy;
    policy.trust = Trust::by_signature;
    policy.cache_dir = cache();
    policy.keys_dir = keys();
    return admit(file_, policy);
  }
  /// Message and remedy, which is what people read.
  std::string refusal() const {
    const Result<AdmittedFile> file = tried();
    return file ? "" : file.error().message + "; " + file.error().remedy;
  }

  std::string file_;
};

TEST_F(SignatureGate, AFileSignedByAnInstalledKeyPasses) {
  install_key("author");
  sign(file_, "author", "scripted 1.0.0");
  const Result<AdmittedFile> file = tried();
  ASSERT_TRUE(file) << refusal();
  EXPECT_EQ(file->trust, Trust::by_signature);
  EXPECT_NE(file->signer.find("(author.pub): scripted 1.0.0"), std::string::npos) << file->signer;
  sign(file_, "author", "scripted 1.0.0", "-l");
  EXPECT_EQ(refusal(), "");
}

TEST_F(SignatureGate, WithoutASignatureItSaysHowToMakeOne) {
  install_key("author");
  EXPECT_NE(refusal().find("there is neither " + file_ + ".minisig nor one in its section"),
            std::string::npos)
      << refusal();
  EXPECT_NE(refusal().find("minisign -Sm scripted.so"), std::string::npos);
}

TEST_F(SignatureGate, ASignatureByAStrangerIsNone) {
  make_key("stranger");
  install_key("author");
  sign(file_, "stranger", "trust me");
  EXPECT_NE(refusal().find("which is not among the 1 in " + keys()), std::string::npos)
      << refusal();
  EXPECT_NE(refusal().find("if you trust its owner, put the public key there"), std::string::npos);
}

TEST_F(SignatureGate, AFileThatWasChangedIsNotTheSignedOne) {
  install_key("author");
  sign(file_, "author", "scripted 1.0.0");
  write(file_, read(file_) + " ");
  EXPECT_NE(refusal().find("does not hold: the signature is not one of this file; do not load it"),
            std::string::npos)
      << refusal();
}

TEST_F(SignatureGate, AKeyThatOthersMayWriteToCountsForNothing) {
  install_key("author");
  sign(file_, "author", "scripted 1.0.0");
  ::chmod((keys() + "/author.pub").c_str(), 0666);
  EXPECT_NE(refusal().find("author.pub cannot be used: others than its owner may write to it"),
            std::string::npos)
      << refusal();
  ::chmod((keys() + "/author.pub").c_str(), 0644);
  ::chmod(keys().c_str(), 0777);
  EXPECT_NE(refusal().find("author.pub cannot be used: others than its owner may write to the"),
            std::string::npos)
      << refusal();
}

TEST_F(SignatureGate, ADamagedKeyIsNamed) {
  install_key("author");
  write(keys() + "/broken.pub", "not a key\n");
  sign(file_, "author", "scripted 1.0.0");
  EXPECT_NE(refusal().find("broken.pub cannot be used"), std::string::npos) << refusal();
}

TEST_F(SignatureGate, ASignatureInTheSectionCounts) {
  install_key("author");
  // As an author does it: room for it first, then signed, then put into the room.
  write(folder() + "/zeros", std::string(1024, '\0'));
  run("objcopy --add-section .comms.sig=zeros --set-section-flags .comms.sig=noload,readonly " +
      file_ + " signed.so");
  const std::string with_room = read(folder() + "/signed.so");
  write(file_, with_room);
  EXPECT_NE(refusal().find("neither"), std::string::npos) << refusal();
  sign("signed.so", "author", "scripted 1.0.0");
  const std::string signature = read(folder() + "/signed.so.minisig");
  run("{ readelf -SW signed.so | awk '$2 == \".comms.sig\" || $3 == \".comms.sig\" "
      "{ for (i = 1; i <= NF; i++) if ($i == \".comms.sig\") print $(i + 3) }' >offset; }");
  const std::size_t offset = std::stoul(read(folder() + "/offset"), nullptr, 16);
  std::string whole = with_room;
  whole.replace(offset, signature.size(), signature);
  write(file_, whole);
  const Result<AdmittedFile> file = tried();
  ASSERT_TRUE(file) << refusal();
  EXPECT_NE(file->signer.find("scripted 1.0.0"), std::string::npos);
  whole[offset - 1] = static_cast<char>(whole[offset - 1] + 1);
  write(file_, whole);
  EXPECT_NE(refusal().find("not one of this file"), std::string::npos) << refusal();
}

TEST_F(SignatureGate, EachFolderHasItsOwnTrust) {
  const std::string second = folder() + "/admin";
  std::filesystem::create_directory(second);
  std::filesystem::permissions(second, std::filesystem::perms(0755));
  write(second + "/sound.so", read(built("broken_sound")));
  config::Config config = configuration();
  config.plugins.path.push_back(second);
  config.plugins.trust_in[second] = "signed";
  config.plugins.keys_dir = keys();
  install_key("author");
  use(config, "email", "sound");
  use(config, "telephony", "scripted");
  ProviderManager manager(options());
  ASSERT_TRUE(manager.start(config));
  EXPECT_EQ(state_in(manager.states(), "telephony")->status, ProviderStatus::healthy);
  EXPECT_EQ(state_in(manager.states(), "telephony")->trust, "any");
  EXPECT_EQ(state_in(manager.states(), "email")->status, ProviderStatus::refused);
  EXPECT_NE(state_in(manager.states(), "email")->reason.find("minisign -Sm sound.so"),
            std::string::npos);
  sign(second + "/sound.so", "author", "sound 1");
  ASSERT_TRUE(manager.reload(config));
  EXPECT_EQ(state_in(manager.states(), "email")->status, ProviderStatus::healthy);
  EXPECT_EQ(state_in(manager.states(), "email")->trust, "signed");
  EXPECT_NE(state_in(manager.states(), "email")->signer.find("sound 1"), std::string::npos);
}

}  // namespace
}  // namespace commsd::plugin
