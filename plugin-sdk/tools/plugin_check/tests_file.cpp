#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "tests.h"

namespace comms::check {
namespace {

/// Part of the C and C++ run time, there wherever commsd runs.
constexpr std::array<std::string_view, 10> kRunTime = {
    "libc.so",  "libm.so",  "libstdc++.so", "libgcc_s.so",   "libpthread.so",
    "libdl.so", "librt.so", "ld-linux",     "linux-vdso.so", "libresolv.so"};
/// Sanitizers put these into everything they build.
constexpr std::array<std::string_view, 7> kInstrumented = {
    "__asan", "__tsan", "__ubsan", "__sanitizer", "__lsan", "__odr_asan", "__sancov"};

template <class List>
bool begins_with_one_of(std::string_view text, const List& list) {
  return std::any_of(list.begin(), list.end(),
                     [&](std::string_view start) { return text.substr(0, start.size()) == start; });
}

bool of_sanitizer(std::string_view library) {
  constexpr std::array<std::string_view, 4> names = {"libasan", "libtsan", "libubsan", "liblsan"};
  return begins_with_one_of(library, names);
}

void manifest_valid(Context& test) {
  if (!test.plugin.elf.error.empty()) {
    test.fail(kManifest, test.plugin.elf.error);
    return;
  }
  for (const std::string& problem : test.plugin.problems) test.fail(kManifest, problem);
}

void exports(Context& test) {
  std::string others;
  bool entry = false;
  std::size_t count = 0;
  for (const std::string& name : test.plugin.elf.exported) {
    if (name == COMMS_ENTRY_SYMBOL) {
      entry = true;
    } else if (!begins_with_one_of(name, kInstrumented)) {
      ++count;
      if (count <= 5) others += (others.empty() ? "" : ", ") + name;
    }
  }
  if (!entry) test.fail(kOneSymbol, "it does not export " COMMS_ENTRY_SYMBOL);
  if (count > 0) {
    test.fail(kOneSymbol, "it exports " + std::to_string(count) + " other symbols: " + others +
                              (count > 5 ? " ..." : ""));
  }
}

void relocations(Context& test) {
  if (!test.plugin.elf.text_relocations) return;
  test.fail({"DT_TEXTREL: its code must be written to while it is loaded, which hardened systems "
             "refuse",
             "compile everything in it with -fPIC, assembler files too"},
            "it has text relocations");
}

void stack(Context& test) {
  if (!test.plugin.elf.executable_stack) return;
  test.fail({"PT_GNU_STACK: loading it would make the stack of the whole server executable",
             "link with -Wl,-z,noexecstack; give assembler files a .note.GNU-stack section"},
            "it asks for an executable stack");
}

void needed(Context& test) {
  for (const std::string& library : test.plugin.elf.needed) {
    if (begins_with_one_of(library, kRunTime) || of_sanitizer(library)) continue;
    if (library.rfind("libc++", 0) == 0) {
      test.warn({"a shared libc++ binds to libstdc++ of the host; exception_ptr and async break",
                 "link it statically: -nostdlib++ -Wl,-Bstatic -lc++ -lc++abi -Wl,-Bdynamic "
                 "(comms_add_plugin does)"},
                "it needs " + library);
    } else if (test.plugin.blocks()) {
      test.note("it needs " + library + ", as a native driver does");
    } else {
      test.warn(kDependencies, "it needs " + library);
    }
  }
}

void imports(Context& test) {
  static const std::map<std::string_view, const Rule*> unwise = {
      {"exit", &kRuleEight},       {"_exit", &kRuleEight},     {"quick_exit", &kRuleEight},
      {"setlocale", &kRuleEight},  {"chdir", &kRuleEight},     {"fchdir", &kRuleEight},
      {"setenv", &kRuleEight},     {"putenv", &kRuleEight},    {"unsetenv", &kRuleEight},
      {"signal", &kRuleEight},     {"sigaction", &kRuleEight}, {"system", &kRuleEight},
      {"fork", &kRuleEight},       {"execve", &kRuleEight},    {"longjmp", &kRuleEight},
      {"socket", &kOwnNetwork},    {"connect", &kOwnNetwork},  {"getaddrinfo", &kOwnNetwork},
      {"sleep", &kThread},         {"usleep", &kThread},       {"nanosleep", &kThread},
      {"pthread_create", &kThread}};
  for (const std::string& name : test.plugin.elf.imported) {
    const auto found = unwise.find(name);
    if (found == unwise.end()) continue;
    const bool driver = found->second != &kRuleEight && test.plugin.blocks();
    if (!driver) test.warn(*found->second, "it uses " + name);
  }
}

}  // namespace

std::vector<Test> file_tests() {
  return {{"manifest.valid", &manifest_valid},
          {"file.one_exported_symbol", &exports},
          {"file.no_text_relocations", &relocations},
          {"file.no_executable_stack", &stack},
          {"file.dependencies", &needed},
          {"file.imports", &imports}};
}

}  // namespace comms::check
