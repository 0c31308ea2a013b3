// commsd-plugin-probe: the child in which a plugin is tried. Started by PluginProbe only:
//   commsd-plugin-probe SOCKET PARENT
// Reads one line {"path":..,"config":".."} from SOCKET, writes {"phase":..} before each step and
// {"verdict":"good"} or {"verdict":"bad","code":..,"reason":..} at the end. Whatever a plugin does
// to this process, the parent sees how far it came and how it ended.

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/json_writer.h"
#include "plugin/abi_check.h"
#include "plugin/loaded_plugin.h"
#include "plugin/manifest_reader.h"
#include "plugin/probe_host.h"

namespace {

using namespace commsd;          // a program of one file
using namespace commsd::plugin;  // the same

constexpr std::size_t kLargestRequest = 1024 * 1024;

int number(const char* text) {
  int value = -1;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

void limit(__rlimit_resource_t resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

void set_limits() {
#ifndef COMMSD_SANITIZED  // the sanitizers reserve terabytes of address space
  limit(RLIMIT_AS, rlim_t{1} << 30);
#endif
  limit(RLIMIT_CPU, 5);
  limit(RLIMIT_NOFILE, 64);
  limit(RLIMIT_CORE, 0);
}

std::string read_line(int socket) {
  std::string text;
  char block[4096];
  while (text.size() < kLargestRequest) {
    const ssize_t got = ::recv(socket, block, sizeof block, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(block, static_cast<std::size_t>(got));
  }
  return text;
}

void say(int socket, std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t put = ::send(socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(put));
  }
}

void say_phase(int socket, std::string_view phase) {
  JsonWriter out;
  out.begin_object().field("phase", phase).end_object();
  say(socket, out.take());
}

void say_verdict(int socket, const Result<void>& verdict) {
  JsonWriter out;
  out.begin_object();
  if (verdict) {
    out.field("verdict", "good");
  } else {
    const Error& error = verdict.error();
    out.field("verdict", "bad").field("code", to_string(error.code));
    out.field("reason", error.message).field("cause", error.cause).field("remedy", error.remedy);
  }
  out.end_object();
  say(socket, out.take());
}

Result<void> examine(int socket, const std::string& path, const std::string& config) {
  say_phase(socket, "reading");
  const Result<Manifest> manifest = read_manifest(path);
  if (!manifest) return fail(manifest.error());
  say_phase(socket, "loading");
  const Result<std::shared_ptr<LoadedPlugin>> plugin = LoadedPlugin::open(path);
  if (!plugin) return fail(plugin.error());
  say_phase(socket, "entry");
  if (Result<void> entered = (*plugin)->enter(*manifest); !entered) return entered;

  say_phase(socket, "create");
  const std::shared_ptr<const comms_host> host = probe_host(manifest->provider, manifest->id);
  const Result<void*> self = (*plugin)->create(host.get(), config);
  if (!self) return fail(self.error());
  say_phase(socket, "slots");
  Result<void> slots = check_slots((*plugin)->table(), *self, *manifest);
  say_phase(socket, "destroy");
  if ((*plugin)->table().quiesce) (*plugin)->table().quiesce(*self);
  (*plugin)->table().destroy(*self);
  return slots;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const int socket = number(arguments[1]);
  // Dies with the daemon; if that has ended already, nobody will ever read the verdict.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != number(arguments[2])) return 2;
  set_limits();
  say_phase(socket, "starting");
  const std::string line = read_line(socket);
  const Result<JsonDocument> request = JsonDocument::parse(line);
  if (!request) return 2;
  const auto path = request->root().string("path");
  const auto config = request->root().string("config");
  if (!path || !config) return 2;
  say_verdict(socket, examine(socket, std::string(*path), std::string(*config)));
  // Without the destructors of the libraries: what they do at exit is not our question.
  ::_exit(0);
}
