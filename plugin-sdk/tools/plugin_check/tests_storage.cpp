#include <comms/slot/storage.h>

#include "allocation.h"
#include "faults.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

/// Kept without a request: the store is on this machine, and can be asked for what it was given.
bool keeps_here(Instance& instance) {
  return instance.host().fake.requests.empty();
}

OpResult put(Instance& instance, std::string_view key, std::string_view data) {
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  return instance.host().run("put", [&](comms_op* op) {
    return table->put(instance.self(), op, str(key), str("text/plain"), bytes(data));
  });
}

OpResult get(Instance& instance, std::string_view key, std::uint64_t offset = 0,
             std::uint64_t length = 0) {
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  return instance.host().run("get", [&](comms_op* op) {
    return table->get(instance.self(), op, str(key), offset, length);
  });
}

void keys(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  if (!table || !table->put || !table->get) return;
  const Rule rule{"slot/storage.h: every key of this form must work",
                  "encode what the store needs encoded"};
  for (const std::string& key :
       {std::string("a"), std::string("a/b/c.txt"), std::string("with space & <sharp> %20 +.txt"),
        std::string("caf\xc3\xa9/\xe4\xbd\xa0\xe5\xa5\xbd"), std::string("..a/b..c/...d"),
        std::string(512, 'k'), std::string("quote\"s and 'such'\\")}) {
    test.step("put and get of the key " + key.substr(0, 40));
    const std::string data = "content of " + key;
    const OpResult stored = put(instance, key, data);
    if (!keeps_here(instance)) {
      test.note("it keeps objects at a vendor: what it sends is for its own tests");
      return;
    }
    if (stored.status != COMMS_OK) {
      test.fail(rule, "put of '" + key.substr(0, 40) + "' ended with " +
                          name_of_status(stored.status) + ": " + stored.error.message);
      continue;
    }
    const OpResult back = get(instance, key);
    if (back.data != data) {
      test.fail(rule, "get of '" + key.substr(0, 40) + "' gave other bytes than put took");
    }
    if (get(instance, key, 3, 4).data != data.substr(3, 4)) {
      test.fail(rule, "get of 4 bytes at 3 gave other bytes");
    }
  }
}

void hostile_keys(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  if (!table || !table->put) return;
  for (const std::string& key :
       {std::string(), std::string("../outside"), std::string("a/../../outside"),
        std::string("/absolute"), std::string("a//b"), std::string("./a"),
        std::string("nul\0byte", 8), std::string("bad\xff"), std::string(100000, 'k')}) {
    test.step("put of a key outside the form");
    const OpResult stored = put(instance, key, "x");
    if (!keeps_here(instance)) return;
    const bool climbs = key.find("..") != key.npos || (!key.empty() && key.front() == '/');
    if (climbs && stored.status == COMMS_OK) {
      test.fail(
          {"slot/storage.h: no empty, \".\" or \"..\" part", "refuse such keys with COMMS_INVALID"},
          "put accepts the key '" + key + "'");
    }
  }
}

void absent(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  if (!table || !table->get) return;
  test.step("get of what is not there");
  const OpResult gone = get(instance, "no/such/object");
  if (keeps_here(instance) && gone.status != COMMS_NOT_FOUND) {
    test.fail(kClass, "get of what is not there ended with " + name_of_status(gone.status));
  }
}

void signed_url(Context& test) {
  Instance instance(test);
  const auto* table = instance.slot<comms_storage>(COMMS_SLOT_STORAGE);
  if (!table || !table->signed_url) return;
  for (const char* method : {"GET", "PUT"}) {
    std::string url;
    Status status = COMMS_INTERNAL;
    test.step("signed_url");
    {
      const PluginSide side;
      status = table->signed_url(instance.self(), str("a b/c&d.txt"), str(method), 600,
                                 testing::FakeHost::sink(url));
    }
    if (status == COMMS_UNSUPPORTED) continue;
    if (status != COMMS_OK) {
      test.fail(kResults,
                std::string("signed_url for ") + method + " ended with " + name_of_status(status));
    } else if (url.rfind("http", 0) != 0 || url.find(' ') != url.npos) {
      test.fail(kResults, "signed_url wrote what is no URL");
    }
    instance.host().check_text("a signed URL", url);
  }
}

}  // namespace

std::vector<Test> storage_tests(const PluginFile& plugin) {
  const DeclaredSlot* slot = plugin.slot(COMMS_SLOT_STORAGE);
  if (!slot) return {};
  std::vector<Test> tests = {{"storage.keys", &keys},
                             {"storage.hostile_keys", &hostile_keys},
                             {"storage.absent", &absent}};
  if (slot->has("signed_url")) tests.push_back({"storage.signed_url", &signed_url});
  return tests;
}

}  // namespace comms::check
