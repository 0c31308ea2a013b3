#include "plugin/crash_journal.h"

#include <csignal>
#include <cstdlib>
#include <thread>
#include <unistd.h>

#include "plugin/crash_blame.h"
#include "plugin_bed.h"

namespace commsd::plugin {
namespace {

class CrashRecord : public PluginBed {
 protected:
  CrashRecord() : file_(folder() + "/plugin-crashes") {}
  static std::string crash(int at, const std::string& plugin, const std::string& sha = "aa") {
    return "crash " + std::to_string(at) + " " + plugin + " " + sha + " SIGSEGV\n";
  }
  bool held(const std::string& plugin, const std::string& sha = "aa") const {
    return CrashJournal(file_).held_back(plugin, sha, "name").has_value();
  }

  const std::string file_;
};

TEST_F(CrashRecord, TwoCrashesWithinTenMinutesHoldAPluginBack) {
  EXPECT_FALSE(held("com.acme"));
  write(file_, crash(1'000'000'000, "com.acme"));
  EXPECT_FALSE(held("com.acme"));
  write(file_, crash(1'000'000'000, "com.acme") + crash(1'000'000'601, "com.acme"));
  EXPECT_FALSE(held("com.acme"));
  write(file_, crash(1'000'000'000, "com.acme") + crash(1'000'000'600, "com.acme") +
                   crash(1'000'009'999, "com.acme"));
  EXPECT_TRUE(held("com.acme"));  // and stays so, however long ago it was
  EXPECT_FALSE(held("com.acme", "bb")) << "another version is innocent";
  EXPECT_FALSE(held("com.other"));
  const std::string why = *CrashJournal(file_).held_back("com.acme", "aa", "acme");
  EXPECT_NE(why.find("2001-09-09T01:46:40.000Z and again at 2001-09-09T01:56:40.000Z (SIGSEGV)"),
            std::string::npos)
      << why;
  EXPECT_NE(why.find("commsctl plugins enable acme"), std::string::npos);
}

TEST_F(CrashRecord, LiftingForgivesWhatWas) {
  write(file_, crash(1'000'000'000, "com.acme") + crash(1'000'000'010, "com.acme"));
  CrashJournal journal(file_);
  EXPECT_TRUE(journal.holds("com.acme"));
  ASSERT_TRUE(journal.lift("com.acme", 1'000'000'020'000));
  EXPECT_FALSE(journal.holds("com.acme"));
  EXPECT_FALSE(held("com.acme"));
  write(file_, read(file_) + crash(1'000'000'030, "com.acme"));
  EXPECT_FALSE(held("com.acme"));
  write(file_, read(file_) + crash(1'000'000'040, "com.acme"));
  EXPECT_TRUE(held("com.acme"));
}

TEST_F(CrashRecord, OtherLinesArePassedOver) {
  write(file_, "crash\ncrash x com.acme aa SIGSEGV\n\n" + std::string(300'000, 'z') + "\n" +
                   crash(1'000'000'000, "com.acme") + "crash 10000" /* cut off */);
  EXPECT_FALSE(held("com.acme"));
}

using CrashBlameDeathTest = CrashRecord;

TEST_F(CrashBlameDeathTest, ACrashInsideAPluginIsRecorded) {
  const std::string whom = "com.acme 0123";
  EXPECT_DEATH(
      {
        static_cast<void>(record_crashes(file_));
        const Blame blame(whom);
        std::abort();
      },
      "");
  EXPECT_NE(read(file_).find(" com.acme 0123 SIGABRT\n"), std::string::npos) << read(file_);
  EXPECT_DEATH(
      {
        static_cast<void>(record_crashes(file_));
        const Blame blame(whom);
        ::raise(SIGSEGV);  // and no null store, which a sanitizer turns into an abort
      },
      "");
  EXPECT_NE(read(file_).find(" com.acme 0123 SIGSEGV\n"), std::string::npos) << read(file_);
  EXPECT_TRUE(CrashJournal(file_).holds("com.acme"));
}

TEST_F(CrashBlameDeathTest, ACrashElsewhereIsNobodysFault) {
  EXPECT_DEATH(
      {
        static_cast<void>(record_crashes(file_));
        { const Blame blame("com.acme 0123"); }
        std::abort();
      },
      "");
  EXPECT_EQ(read(file_), "");
}

TEST_F(CrashBlameDeathTest, WhoeverHandledTheSignalBeforeIsCalledToo) {
  EXPECT_EXIT(
      {
        ::signal(SIGFPE, [](int) { ::_exit(7); });
        static_cast<void>(record_crashes(file_));
        const std::string whom = "com.acme 0123";
        const Blame blame(whom);
        ::raise(SIGFPE);
      },
      ::testing::ExitedWithCode(7), "");
  EXPECT_NE(read(file_).find(" com.acme 0123 SIGFPE\n"), std::string::npos);
}

#ifndef COMMSD_SANITIZED  // whose own report of an overflow needs the stack
/// Recursion that no optimizer can make a loop of, and no compiler see to be without end.
int deeper(volatile char* above, const volatile bool& go_on) {
  volatile char room[4096];
  room[0] = *above;
  return go_on ? room[0] + deeper(room, go_on) + room[1] : 0;
}

TEST_F(CrashBlameDeathTest, AnOverflowOfTheStackIsRecorded) {
  EXPECT_DEATH(
      {
        static_cast<void>(record_crashes(file_));
        std::thread([] {
          provide_signal_stack();
          const std::string whom = "com.acme 0123";
          const Blame blame(whom);
          volatile char begin = 0;
          const volatile bool go_on = true;
          ::_exit(deeper(&begin, go_on));
        }).join();
      },
      "");
  EXPECT_NE(read(file_).find(" com.acme 0123 SIGSEGV\n"), std::string::npos) << read(file_);
}
#endif

}  // namespace
}  // namespace commsd::plugin
