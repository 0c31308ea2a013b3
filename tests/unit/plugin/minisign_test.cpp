#include "plugin/minisign.h"

#include "minisign_bed.h"

namespace commsd::plugin {
namespace {

class Minisign : public MinisignBed {
 protected:
  void SetUp() override {
    key_ = make_key("author");
    file_ = folder() + "/file";
    write(file_, "what was signed");
  }
  MinisignKey key() const { return *MinisignKey::parse(read(key_)); }
  std::string signature_text() const { return read(file_ + ".minisig"); }
  static std::string verdict(const std::string& content, const std::string& text,
                             const MinisignKey& key) {
    const Result<MinisignSignature> signature = MinisignSignature::parse(text);
    if (!signature) return signature.error().message;
    const Result<void> verified = signature->verify(content, key);
    return verified ? "" : verified.error().message;
  }

  std::string key_;
  std::string file_;
};

TEST_F(Minisign, TakesWhatTheToolMade) {
  sign(file_, "author", "version 1");
  EXPECT_EQ(verdict("what was signed", signature_text(), key()), "");
  const Result<MinisignSignature> signature = MinisignSignature::parse(signature_text());
  EXPECT_EQ(signature->trusted_comment(), "version 1");
  EXPECT_EQ(signature->key_id(), key().id);
  // the first line of the key's file names the id as the tool shows it
  EXPECT_NE(read(key_).find(minisign_id_text(key().id)), std::string::npos);

  sign(file_, "author", "the way of old versions", "-l");
  EXPECT_EQ(verdict("what was signed", signature_text(), key()), "");
}

TEST_F(Minisign, AnotherContentIsNotSigned) {
  for (const char* how : {"", "-l"}) {
    sign(file_, "author", "version 1", how);
    EXPECT_EQ(verdict("what was signeD", signature_text(), key()),
              "the signature is not one of this file");
  }
}

TEST_F(Minisign, AnotherKeyDidNotSign) {
  make_key("other");
  sign(file_, "author", "version 1");
  const MinisignKey other = *MinisignKey::parse(read(folder() + "/other.pub"));
  EXPECT_EQ(verdict("what was signed", signature_text(), other),
            "the signature is not one of this file");
}

TEST_F(Minisign, TheTrustedCommentIsSignedToo) {
  sign(file_, "author", "version 1");
  std::string text = signature_text();
  text.replace(text.find("version 1"), 9, "version 2");
  EXPECT_EQ(verdict("what was signed", text, key()),
            "the trusted comment was changed after the file was signed");
}

TEST_F(Minisign, EveryBitOfTheSignaturesCounts) {
  sign(file_, "author", "version 1");
  const std::string text = signature_text();
  const std::size_t second = text.find('\n') + 1;
  const std::size_t fourth = text.find("trusted comment: version 1") + 27;
  for (const std::size_t begin : {second + 16, fourth}) {
    for (std::size_t at = begin; at < begin + 64; at += 7) {
      std::string changed = text;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      if (changed == text) continue;
      EXPECT_NE(verdict("what was signed", changed, key()), "") << at;
    }
  }
}

TEST_F(Minisign, WhatIsNoSignatureSaysSo) {
  sign(file_, "author", "version 1");
  const std::string text = signature_text();
  for (const std::string& bad :
       {std::string(), std::string("\n\n\n\n"), text.substr(0, text.size() / 2), "x" + text,
        text + "another line\n", std::string(100'000, 'A')}) {
    EXPECT_FALSE(MinisignSignature::parse(bad)) << bad.substr(0, 80);
  }
  EXPECT_FALSE(MinisignKey::parse("untrusted comment: x\nAAAA\n"));
  EXPECT_FALSE(MinisignKey::parse(""));
  EXPECT_FALSE(MinisignKey::parse(text));
}

}  // namespace
}  // namespace commsd::plugin
