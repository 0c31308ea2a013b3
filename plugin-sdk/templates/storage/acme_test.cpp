#include <comms/slot/storage.h>
#include <comms/testing/cassette.hpp>
#include <comms/testing/expect.hpp>
#include <comms/testing/library.hpp>

using namespace comms::testing;  // a program of one file

namespace {

const Library library(COMMS_PLUGIN_FILE);
const std::string config = config_text(COMMS_TEST_CONFIG);

void keeps_reads_and_removes_an_object() {
  FakeHost host;
  Cassette tape(COMMS_CASSETTES "/object.jsonl", library.redaction(config));
  tape.attach(host);
  Plugin plugin(host, library.plugin(), config);
  COMMS_EXPECT_EQ(plugin.status, COMMS_OK);
  const auto* store = plugin.slot<comms_storage>(COMMS_SLOT_STORAGE);
  const comms_str key = comms::str("a folder/\xC3\xBC.txt");
  OpResult kept = host.run([&](comms_op* op) {
    return store->put(plugin.self, op, key, comms::str("text/plain"), comms::bytes("hello"));
  });
  COMMS_EXPECT_EQ(kept.status, COMMS_OK);
  COMMS_EXPECT(!kept.field("etag").empty());
  OpResult seen = host.run([&](comms_op* op) { return store->head(plugin.self, op, key); });
  COMMS_EXPECT_EQ(seen.field("content_type"), "text/plain");
  OpResult whole = host.run([&](comms_op* op) { return store->get(plugin.self, op, key, 0, 0); });
  COMMS_EXPECT_EQ(whole.data, "hello");
  OpResult part = host.run([&](comms_op* op) { return store->get(plugin.self, op, key, 1, 3); });
  COMMS_EXPECT_EQ(part.data, "ell");
  COMMS_EXPECT_EQ(part.field("byte_count"), "5");  // of the whole
  for (int twice = 0; twice < 2; ++twice) {
    OpResult gone = host.run([&](comms_op* op) { return store->remove(plugin.self, op, key); });
    COMMS_EXPECT_EQ(gone.status, COMMS_OK);
  }
  OpResult absent = host.run([&](comms_op* op) { return store->get(plugin.self, op, key, 0, 0); });
  COMMS_EXPECT_EQ(absent.status, COMMS_NOT_FOUND);
  COMMS_EXPECT_EQ(tape.problems(), "");
}

void tells_failures_apart() {
  FakeHost host;
  Plugin plugin(host, library.plugin(), config);
  const auto* store = plugin.slot<comms_storage>(COMMS_SLOT_STORAGE);
  const comms_str key = comms::str("k");
  for (auto [status, expected] : {std::pair(401, COMMS_UNAUTHENTICATED),
                                  {416, COMMS_INVALID},
                                  {429, COMMS_RATE_LIMITED},
                                  {500, COMMS_UNAVAILABLE}}) {  // not ambiguous: idempotent
    host.answer(status, "{}");
    OpResult result =
        host.run([&](comms_op* op) { return store->get(plugin.self, op, key, 9, 0); });
    COMMS_EXPECT_EQ(result.status, expected);
  }
}

}  // namespace

int main() {
  keeps_reads_and_removes_an_object();
  tells_failures_apart();
  return failures() != 0;
}
