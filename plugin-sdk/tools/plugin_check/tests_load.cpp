#include <algorithm>
#include <cstring>

#include "allocation.h"
#include "manifest.h"
#include "subject.h"
#include "tests.h"

namespace comms::check {
namespace {

using allocation::PluginSide;

/// The one frame_dummy that compilers put into every shared object.
constexpr std::size_t kOfTheCompiler = 1;
#if defined(COMMSD_SANITIZED)
constexpr double kLongestMs = 50;  // sanitizers register every global of the object
#else
constexpr double kLongestMs = 1;
#endif

/// Complains and returns nothing when it cannot be loaded.
const comms_plugin* loaded(Context& test) {
  const Library& library = Library::open(test);
  if (!library.plugin) test.fail(library.entry ? kEntry : kLoading, library.error);
  return library.plugin;
}

void opens(Context& test) {
  const comms_plugin* plugin = loaded(test);
  if (!plugin) return;
  if (plugin->abi_major != COMMS_ABI_MAJOR) {
    test.fail(kEntry, "its table says ABI " + std::to_string(plugin->abi_major) + ", asked for " +
                          std::to_string(COMMS_ABI_MAJOR));
  } else if (!COMMS_HAS(comms_plugin, plugin, slot)) {
    test.fail(kEntry,
              "its table has " + std::to_string(plugin->size) + " bytes, too few for 'slot'");
  } else if (!plugin->create || !plugin->destroy || !plugin->slot) {
    test.fail(kEntry, "its table lacks create, destroy or slot");
  }
}

bool equals(const char* text, const std::string& expected) {
  return text && std::strncmp(text, expected.c_str(), expected.size() + 1) == 0;
}

void same_names(Context& test) {
  const comms_plugin* plugin = loaded(test);
  if (!plugin || !COMMS_HAS(comms_plugin, plugin, version)) return;
  if (!equals(plugin->id, test.plugin.id)) {
    test.fail(kSameAsManifest,
              "its code has another id than its manifest, which says " + test.plugin.id);
  }
  if (!equals(plugin->version, test.plugin.version)) {
    test.fail(kSameAsManifest,
              "its code has another version than its manifest, which says " + test.plugin.version);
  }
}

void constructors(Context& test) {
  const Library& library = Library::open(test);
  if (!library.entry) return;
  const std::size_t count = test.plugin.elf.constructors;
  test.note(std::to_string(count) + " entries in .init_array");
  // Told as a fact as well: the program repeats the test, because a busy machine may interrupt one.
  const bool slow = count > kOfTheCompiler && library.milliseconds > kLongestMs;
  test.fact("constructors", slow ? "slow" : "quick");
  if (!slow) return;
  test.fail({"plugin-abi: no globals with constructors; loading takes under 1 ms",
             "make what the constructors make in create, or at first use"},
            "loading it took " + std::to_string(library.milliseconds).substr(0, 5) + " ms, with " +
                std::to_string(count) + " entries in .init_array");
}

void wrong_major(Context& test) {
  const Library& library = Library::open(test);
  if (!library.entry) return;
  for (const std::uint32_t major : {0U, COMMS_ABI_MAJOR + 1, 0xffffffffU}) {
    test.step("in its entry function, asked for major " + std::to_string(major));
    const PluginSide side;
    if (library.entry(major, 0)) {
      test.fail(kEntry, "its entry function accepts a host of major " + std::to_string(major));
    }
  }
  const PluginSide side;
  if (!library.entry(COMMS_ABI_MAJOR, 1000)) {
    test.fail({"comms.h, COMMS_ABI_MINOR: older or newer is fine, `size` decides",
               "compare the major only"},
              "its entry function refuses a host of a newer minor");
  }
}

void unknown_slot(Context& test) {
  Instance instance(test);
  for (const char* id : {"comms.unknown/1", "comms.email/2", "comms.email", "", "comms.email/10"}) {
    test.step(std::string("asked for the slot '") + id + "'");
    if (instance.table(id)) {
      test.fail(kSameAsManifest, std::string("it has a table for the unknown slot '") + id + "'");
    }
  }
}

void check_ops(Context& test, const DeclaredSlot& declared, const void* table) {
  for (const std::string_view op : manifest::slot_ops(declared.id)) {
    const bool has = member_of(declared.id, table, std::string(op)) != nullptr;
    const bool says = declared.has(std::string(op));
    if (has == says) continue;
    test.fail(kSameAsManifest,
              declared.id + ": '" + std::string(op) +
                  (says ? "' is in the manifest's ops, but NULL in the table"
                        : "' is in the table, but not in the manifest's ops: the host will never "
                          "call it"));
  }
}

void same_slots(Context& test) {
  Instance instance(test);
  for (const char* name : slot_names) {
    const std::string id = "comms." + std::string(name) + "/1";
    const void* table = instance.table(id);
    const DeclaredSlot* declared = test.plugin.slot(id);
    if (table && !declared) {
      test.fail(kSameAsManifest, "its code offers " + id + ", which its manifest does not name");
    } else if (!table && declared) {
      test.fail(kSameAsManifest, "its manifest names " + id + ", which its code does not offer");
    } else if (declared) {
      check_ops(test, *declared, table);
    }
  }
}

}  // namespace

std::vector<Test> load_tests() {
  return {{"load.opens", &opens},
          {"load.id_and_version", &same_names},
          {"load.constructors", &constructors},
          {"load.wrong_major", &wrong_major},
          {"load.slots_and_ops", &same_slots},
          {"load.unknown_slot", &unknown_slot}};
}

}  // namespace comms::check
