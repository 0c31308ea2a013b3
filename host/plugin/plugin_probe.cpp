#include "plugin/plugin_probe.h"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <comms/comms.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "plugin/file_descriptor.h"

namespace commsd::plugin {
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr int kChildSocket = 3;
constexpr std::size_t kLargestAnswer = 64 * 1024;

struct Sockets {
  FileDescriptor ours;
  FileDescriptor theirs;
};

Result<Sockets> make_sockets() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return fail(ErrorCode::internal, "the probe cannot be started",
                std::generic_category().message(errno));
  }
  return Sockets{FileDescriptor(pair[0]), FileDescriptor(pair[1])};
}

/// The child with its own process group, killed and waited for in every case.
class Child {
 public:
  static Result<Child> spawn(const std::string& program, int socket) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    for (int standard = 0; standard <= 2; ++standard) {
      posix_spawn_file_actions_addopen(&files, standard, "/dev/null", O_RDWR, 0);
    }
    posix_spawn_file_actions_adddup2(&files, socket, kChildSocket);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t every;
    sigset_t none;
    sigfillset(&every);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    const std::string descriptor = std::to_string(kChildSocket);
    const std::string parent = std::to_string(::getpid());
    std::array<char*, 4> arguments{const_cast<char*>(program.c_str()),
                                   const_cast<char*>(descriptor.c_str()),
                                   const_cast<char*>(parent.c_str()), nullptr};
    std::array<char*, 1> environment{nullptr};
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, program.c_str(), &files, &attributes, arguments.data(),
                                     environment.data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) {
      return fail(ErrorCode::internal, "the probe " + program + " cannot be started",
                  std::generic_category().message(failed));
    }
    return Child(pid);
  }

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&&) = delete;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) end();
  }

  /// Kills what still runs; the wait status. With `gently` a child that is just ending itself gets
  /// until `deadline` to do so, because how it ended is the reason we report.
  int end(bool gently = false, Moment deadline = {}) {
    int status = 0;
    pid_t waited = 0;
    while (gently && waited == 0 && std::chrono::steady_clock::now() < deadline) {
      waited = ::waitpid(pid_, &status, WNOHANG);
      if (waited == 0) ::poll(nullptr, 0, 2);
    }
    ::kill(-pid_, SIGKILL);  // the group: a plugin may have started something
    while (waited == 0 || (waited < 0 && errno == EINTR)) {
      ::kill(pid_, SIGKILL);  // it may not have entered its group yet
      waited = ::waitpid(pid_, &status, 0);
    }
    pid_ = -1;
    return status;
  }

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

bool write_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

struct Answer {
  std::string text;
  bool in_time = true;
};

/// Everything the child writes until it closes its end.
Answer read_answer(int socket, Moment deadline) {
  Answer answer;
  std::array<char, 4096> block;
  while (answer.text.size() < kLargestAnswer) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      answer.in_time = false;
      return answer;
    }
    pollfd waiting{socket, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready <= 0) continue;
    const ssize_t got = ::recv(socket, block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return answer;
    answer.text.append(block.data(), static_cast<std::size_t>(got));
    if (answer.text.find("\"verdict\"") != std::string::npos && answer.text.ends_with('\n')) {
      return answer;
    }
  }
  return answer;
}

struct Told {
  std::string phase = "starting";
  std::optional<Result<void>> verdict;
};

/// Lines of JSON: {"phase":"entry"} before each step, then one {"verdict":...}.
Told read_lines(std::string_view text) {
  Told told;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return told;  // cut off in the middle of a line
    const Result<JsonDocument> line = JsonDocument::parse(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!line) continue;
    const JsonValue root = line->root();
    if (const auto phase = root.string("phase")) told.phase = *phase;
    if (root.string("verdict") == "good") told.verdict = Result<void>();
    if (root.string("verdict") == "bad") {
      Error error;
      error.code = root.string("code") == "invalid_argument" ? ErrorCode::invalid_argument
                                                             : ErrorCode::permission_denied;
      error.message = root.string("reason").value_or("it gave no reason");
      error.cause = root.string("cause").value_or("");
      error.remedy = root.string("remedy").value_or("");
      told.verdict = Result<void>(fail(std::move(error)));
    }
  }
  return told;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return "it crashed with SIG" + std::string(name ? name : "?");
  }
  return "it ended the process with status " + std::to_string(WEXITSTATUS(status));
}

std::string during(const std::string& phase) {
  if (phase == "loading") return " while it was loaded (in a constructor of the library)";
  if (phase == "entry") return " in its entry function";
  if (phase == "create") return " in its create function";
  if (phase == "slots") return " in its slot function";
  if (phase == "destroy") return " in its destroy function";
  return " while the probe was " + phase;
}

}  // namespace

std::string program_folder() {
  std::string path(PATH_MAX, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) return {};
  path.resize(static_cast<std::size_t>(length));
  return path.substr(0, path.rfind('/'));
}

PluginProbe::PluginProbe(Options options) : options_(std::move(options)) {
  if (!options_.program.empty()) return;
  // Beside the program as built, and where packages put what is not for people to run.
  const std::string folder = program_folder();
  for (const char* at : {"/", "/../libexec/commsd/", "/../lib/commsd/"}) {
    options_.program = folder + at + "commsd-plugin-probe";
    if (::access(options_.program.c_str(), X_OK) == 0) return;
  }
  options_.program = folder + "/commsd-plugin-probe";
}

std::string PluginProbe::verdict_path(const AdmittedFile& file,
                                      const std::string& config_json) const {
  const std::string key = file.sha256 + "\n" + std::to_string(COMMS_ABI_MAJOR) + "." +
                          std::to_string(COMMS_ABI_MINOR) + "\n" + options_.host_version + "\n" +
                          config_json;
  return options_.cache_dir + "/" + sha256_hex(key) + ".good";
}

Result<void> PluginProbe::examine(const AdmittedFile& file, const std::string& config_json) const {
  const std::string remembered =
      options_.cache_dir.empty() ? std::string() : verdict_path(file, config_json);
  if (!remembered.empty() && ::access(remembered.c_str(), F_OK) == 0) return {};

  const Moment deadline = std::chrono::steady_clock::now() + options_.limit;
  Result<Sockets> sockets = make_sockets();
  if (!sockets) return fail(sockets.error());
  Result<Child> child = Child::spawn(options_.program, sockets->theirs.get());
  if (!child) return fail(child.error());
  sockets->theirs.close();

  JsonWriter request;
  request.begin_object().field("path", file.path).field("config", config_json).end_object();
  // One line. A configuration fits the socket's buffer, so this does not wait for the child.
  write_all(sockets->ours.get(), request.take() + "\n");
  ::shutdown(sockets->ours.get(), SHUT_WR);

  const Answer answer = read_answer(sockets->ours.get(), deadline);
  const Told told = read_lines(answer.text);
  if (told.verdict) {
    child->end();
    if (!*told.verdict) return *told.verdict;
    if (!remembered.empty()) {
      const FileDescriptor mark(::open(remembered.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    return {};
  }
  if (!answer.in_time) {
    child->end();
    return fail(ErrorCode::permission_denied, "it did not return within " +
                                                  std::to_string(options_.limit.count()) + " ms" +
                                                  during(told.phase));
  }
  const int status = child->end(true, deadline);
  return fail(ErrorCode::permission_denied, how_it_ended(status) + during(told.phase));
}

}  // namespace commsd::plugin
