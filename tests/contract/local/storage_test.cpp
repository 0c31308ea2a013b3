#include <atomic>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

TEST_F(LocalTest, GivesBackWhatWasPut) {
  const std::string data("\0\xff raw\n", 7);
  const OpResult stored = put("org_1/media/a.png", data);
  ASSERT_EQ(stored.status, COMMS_OK);
  EXPECT_EQ(stored.field("etag").size(), 64u);

  const OpResult found = get("org_1/media/a.png");
  EXPECT_EQ(found.status, COMMS_OK);
  EXPECT_EQ(found.data, data);
  EXPECT_EQ(found.field("content_type"), "image/png");
  EXPECT_EQ(found.field("byte_count"), "7");

  const OpResult described = head("org_1/media/a.png");
  EXPECT_EQ(described.status, COMMS_OK);
  EXPECT_EQ(described.field("byte_count"), "7");
  EXPECT_EQ(described.field("content_type"), "image/png");
  EXPECT_EQ(described.field("etag"), stored.field("etag"));
  EXPECT_GT(std::stoll(described.field("modified_at_ms")), 1600000000000);
}

TEST_F(LocalTest, SurvivesARestart) {
  ASSERT_EQ(put("k", "kept").status, COMMS_OK);
  start();
  EXPECT_EQ(get("k").data, "kept");
}

TEST_F(LocalTest, GivesParts) {
  ASSERT_EQ(put("k", "0123456789").status, COMMS_OK);
  EXPECT_EQ(get("k", 3, 4).data, "3456");
  EXPECT_EQ(get("k", 3, 4).field("byte_count"), "10");
  EXPECT_EQ(get("k", 8, 100).data, "89");
  EXPECT_EQ(get("k", 4, 0).data, "456789");
  EXPECT_EQ(get("k", 10, 0).data, "");
  EXPECT_EQ(get("k", 10, 0).status, COMMS_OK);
  EXPECT_EQ(get("k", 11, 0).status, COMMS_INVALID);
  EXPECT_EQ(get("k", UINT64_MAX, UINT64_MAX).status, COMMS_INVALID);
  EXPECT_EQ(get("k", 2, UINT64_MAX).data, "23456789");
}

TEST_F(LocalTest, HandsLargeObjectsOnInPieces) {
  std::string data(3 * 1024 * 1024 + 17, 'x');
  for (std::size_t i = 0; i < data.size(); i += 1000) data[i] = static_cast<char>(i / 1000);
  ASSERT_EQ(put("large", data).status, COMMS_OK);
  EXPECT_EQ(get("large").data, data);
  EXPECT_EQ(get("large", 1000000, 1500000).data, data.substr(1000000, 1500000));
}

TEST_F(LocalTest, StopsWhenNobodyListens) {
  ASSERT_EQ(put("large", std::string(1024 * 1024, 'x')).status, COMMS_OK);
  const comms_storage& slot = storage();
  OpResult result;
  result.chunk_status = COMMS_CANCELLED;
  const comms_status status =
      slot.get(plugin->self, reinterpret_cast<comms_op*>(&result), comms::str("large"), 0, 0);
  EXPECT_EQ(status, COMMS_CANCELLED);
  EXPECT_LT(result.data.size(), std::size_t{1024 * 1024});
}

TEST_F(LocalTest, ReplacesAndRemoves) {
  ASSERT_EQ(put("k", "long first version", "text/plain").status, COMMS_OK);
  ASSERT_EQ(put("k", "second", "text/html").status, COMMS_OK);
  EXPECT_EQ(get("k").data, "second");
  EXPECT_EQ(get("k").field("content_type"), "text/html");
  EXPECT_EQ(files().size(), 1u);

  EXPECT_EQ(remove("k").status, COMMS_OK);
  EXPECT_EQ(get("k").status, COMMS_NOT_FOUND);
  EXPECT_EQ(head("k").status, COMMS_NOT_FOUND);
  EXPECT_EQ(remove("k").status, COMMS_OK);
  EXPECT_TRUE(files().empty());
}

TEST_F(LocalTest, StoresEmptyObjects) {
  ASSERT_EQ(put("empty", "", "").status, COMMS_OK);
  EXPECT_EQ(get("empty").status, COMMS_OK);
  EXPECT_EQ(get("empty").data, "");
  EXPECT_EQ(head("empty").field("byte_count"), "0");
}

// A tree of folders could not hold these: a name of 255 bytes at most, a file that is a folder too.
TEST_F(LocalTest, TakesEveryKeyOfTheForm) {
  const std::vector<std::string> keys = {"a",
                                         "a/b",
                                         "a/b/c",
                                         "A",
                                         "..a",
                                         "a..",
                                         "...",
                                         std::string(512, 'x'),
                                         "a b?",
                                         "%2e",
                                         "gr\xc3\xbc\xc3\x9f/1",
                                         "tmp"};
  for (const std::string& key : keys) ASSERT_EQ(put(key, "of " + key).status, COMMS_OK) << key;
  for (const std::string& key : keys) EXPECT_EQ(get(key).data, "of " + key);
}

TEST_F(LocalTest, RefusesWhatIsNoKey) {
  const std::vector<std::string> bad = {"",
                                        "/etc/passwd",
                                        "..",
                                        "../up",
                                        "a/../../up",
                                        "a/..",
                                        ".",
                                        "./a",
                                        "a//b",
                                        "a/",
                                        "/",
                                        std::string(513, 'x'),
                                        std::string("a\0b", 3),
                                        "a\nb",
                                        "a\x7f"};
  for (const std::string& key : bad) {
    EXPECT_EQ(put(key, "x").status, COMMS_INVALID);
    EXPECT_EQ(get(key).status, COMMS_INVALID);
    EXPECT_EQ(head(key).status, COMMS_INVALID);
    EXPECT_EQ(remove(key).status, COMMS_INVALID);
  }
  EXPECT_TRUE(files().empty());
  for (const auto& entry : std::filesystem::directory_iterator(base)) {
    EXPECT_EQ(entry.path(), root);
  }
}

TEST_F(LocalTest, RefusesContentTypesThatCouldSplitAHeader) {
  EXPECT_EQ(put("k", "x", "text/html\r\nx: y").status, COMMS_INVALID);
  EXPECT_EQ(put("k", "x", std::string(256, 't')).status, COMMS_INVALID);
  EXPECT_EQ(put("k", "x", std::string(255, 't')).status, COMMS_OK);
  EXPECT_EQ(head("k").field("content_type"), std::string(255, 't'));
}

TEST_F(LocalTest, OnlyTheServerCanRead) {
  const mode_t old_mask = umask(0);
  ASSERT_EQ(put("k", "x").status, COMMS_OK);
  umask(old_mask);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    struct stat status {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0077, 0u) << entry.path();
  }
  struct stat status {};
  ASSERT_EQ(stat(root.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(LocalTest, FollowsNoLinkOutOfTheFolder) {
  std::ofstream(base / "outside") << "secret";
  ASSERT_EQ(put("k", "x").status, COMMS_OK);
  const std::filesystem::path object = files().front();
  std::filesystem::remove(object);
  std::filesystem::create_symlink(base / "outside", object);

  const OpResult found = get("k");
  EXPECT_EQ(found.status, COMMS_INTERNAL);
  EXPECT_EQ(found.error.vendor_code, "foreign_file");
  EXPECT_EQ(found.data, "");

  // A put replaces the link itself, not what it points to.
  EXPECT_EQ(put("k", "new").status, COMMS_OK);
  EXPECT_EQ(get("k").data, "new");
  std::string outside;
  std::getline(std::ifstream(base / "outside"), outside);
  EXPECT_EQ(outside, "secret");
}

TEST_F(LocalTest, FollowsNoLinkInPlaceOfASubfolder) {
  ASSERT_EQ(put("k", "x").status, COMMS_OK);
  const std::filesystem::path folder = files().front().parent_path();
  std::filesystem::rename(folder, base / "moved");
  std::filesystem::create_directory_symlink(base / "moved", folder);
  EXPECT_EQ(get("k").status, COMMS_INTERNAL);
  EXPECT_EQ(put("k", "y").status, COMMS_INTERNAL);
  EXPECT_EQ(remove("k").status, COMMS_INTERNAL);
}

TEST_F(LocalTest, DoesNotHangOnAPipe) {
  ASSERT_EQ(put("k", "x").status, COMMS_OK);
  const std::filesystem::path object = files().front();
  std::filesystem::remove(object);
  ASSERT_EQ(mkfifo(object.c_str(), 0600), 0);
  EXPECT_EQ(get("k").status, COMMS_INTERNAL);
}

TEST_F(LocalTest, ReportsDamagedFiles) {
  ASSERT_EQ(put("k", "0123456789").status, COMMS_OK);
  const std::filesystem::path object = files().front();
  const std::uintmax_t whole = std::filesystem::file_size(object);
  for (const std::uintmax_t size : {whole - 1, whole / 2, std::uintmax_t{3}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(object, size);
    EXPECT_EQ(get("k").status, COMMS_INTERNAL);
    EXPECT_EQ(head("k").error.vendor_code, "damaged");
  }
}

TEST_F(LocalTest, RefusesAFileOfAnotherKey) {
  ASSERT_EQ(put("a", "of a").status, COMMS_OK);
  const std::filesystem::path first = files().front();
  ASSERT_EQ(put("b", "of b").status, COMMS_OK);
  for (const auto& file : files()) {
    if (file != first) {
      std::filesystem::copy_file(first, file, std::filesystem::copy_options::overwrite_existing);
    }
  }
  EXPECT_EQ(get("a").data, "of a");
  EXPECT_EQ(get("b").error.vendor_code, "damaged");
}

TEST_F(LocalTest, KeepsToItsSize) {
  start(R"(,"max_megabytes":1)");
  const std::string half(500 * 1024, 'h');
  ASSERT_EQ(put("1", half).status, COMMS_OK);
  ASSERT_EQ(put("2", half).status, COMMS_OK);
  const OpResult refused = put("3", half);
  EXPECT_EQ(refused.status, COMMS_UNAVAILABLE);
  EXPECT_EQ(refused.error.vendor_code, "disk_full");
  EXPECT_EQ(get("3").status, COMMS_NOT_FOUND);
  EXPECT_EQ(files().size(), 2u);
  EXPECT_EQ(put("larger than all", std::string(1024 * 1024, 'x')).status, COMMS_UNAVAILABLE);
  EXPECT_EQ(get("1").data, half);

  // What was stored before counts after a restart, and what is removed no longer.
  start(R"(,"max_megabytes":1)");
  EXPECT_EQ(put("3", half).status, COMMS_UNAVAILABLE);
  ASSERT_EQ(remove("1").status, COMMS_OK);
  EXPECT_EQ(put("3", half).status, COMMS_OK);
  EXPECT_EQ(put("4", half).status, COMMS_UNAVAILABLE);
}

TEST_F(LocalTest, ReplacingDoesNotUseUpTheSize) {
  start(R"(,"max_megabytes":1)");
  for (int round = 0; round < 12; ++round) {
    ASSERT_EQ(put("k", std::string(400 * 1024, 'x')).status, COMMS_OK) << round;
  }
}

// Readers see the old object or the new one, never a mixture and never none.
TEST_F(LocalTest, ReplacesAtomically) {
  const std::string old_data(200000, 'o');
  const std::string new_data(300000, 'n');
  ASSERT_EQ(put("k", old_data).status, COMMS_OK);
  const comms_storage& slot = storage();
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      do {
        OpResult found;
        found.status =
            slot.get(plugin->self, reinterpret_cast<comms_op*>(&found), comms::str("k"), 0, 0);
        if (found.status != COMMS_OK || (found.data != old_data && found.data != new_data)) ++wrong;
      } while (!done);
    });
  }
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(put("k", round % 2 ? old_data : new_data).status, COMMS_OK);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(LocalTest, ClearsWhatACrashLeft) {
  ASSERT_EQ(put("k", "x").status, COMMS_OK);
  std::ofstream(root / "tmp" / "old") << "half";
  std::ofstream(root / "tmp" / "young") << "half";
  using FileClock = std::filesystem::file_time_type::clock;
  std::filesystem::last_write_time(root / "tmp" / "old", FileClock::now() - std::chrono::hours(2));
  start();
  EXPECT_FALSE(std::filesystem::exists(root / "tmp" / "old"));
  EXPECT_TRUE(std::filesystem::exists(root / "tmp" / "young"));
  EXPECT_EQ(get("k").data, "x");
}

TEST_F(LocalTest, MakesTheFolderWithItsParents) {
  root = base / "deep" / "er" / "media";
  EXPECT_EQ(put("k", "x").status, COMMS_OK);
}

TEST_F(LocalTest, NamesTheSettingThatIsWrong) {
  std::ofstream(base / "file") << "x";
  root = base / "file";
  start();
  EXPECT_EQ(plugin->status, COMMS_INVALID);
  EXPECT_THAT(plugin->error.message, testing::HasSubstr("root"));
  root = base / "file" / "below";
  start();
  EXPECT_EQ(plugin->status, COMMS_INVALID);
  comms::testing::Plugin without(host, load_local(), "{}");
  EXPECT_EQ(without.status, COMMS_INVALID);
  EXPECT_THAT(without.error.message, testing::HasSubstr("root"));
}

TEST_F(LocalTest, LeavesServingToTheHost) {
  EXPECT_EQ(storage().signed_url, nullptr);
}

TEST_F(LocalTest, TellsThatItIsHealthy) {
  start();
  const OpResult probed =
      host.run([&](comms_op* op) { return plugin->plugin->probe(plugin->self, op); });
  EXPECT_EQ(probed.status, COMMS_OK);
}

}  // namespace
