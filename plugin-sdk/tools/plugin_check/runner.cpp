#include "runner.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace comms::check {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostOutput = 4096;

// From a child: lines of fields with tabs between them. F level what contract remedy, S step,
// K name value, and E when the test has come to its end.

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\t' || c == '\\') {
      out += '\\';
      out += c == '\n' ? 'n' : c == '\t' ? 't' : '\\';
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> all(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      all.emplace_back();
    } else if (line[i] == '\\' && i + 1 < line.size()) {
      const char c = line[++i];
      all.back() += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    } else {
      all.back() += line[i];
    }
  }
  return all;
}

void write_line(int file, std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t put = ::write(file, left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(put));
  }
}

Context::Listener listener_to(int file) {
  return {[file](const Finding& f) {
            write_line(file, "F\t" + std::to_string(static_cast<int>(f.level)) + '\t' +
                                 escaped(f.what) + '\t' + escaped(f.contract) + '\t' +
                                 escaped(f.remedy));
          },
          [file](const std::string& step) { write_line(file, "S\t" + escaped(step)); },
          [file](const std::string& key, const std::string& value) {
            write_line(file, "K\t" + escaped(key) + '\t' + escaped(value));
          }};
}

std::string make_folder() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "plugin-check-XXXXXX").string();
  return ::mkdtemp(path.data()) ? path : std::string();
}

void remove_folder(const std::string& path) {
  std::error_code ignored;
  if (!path.empty()) std::filesystem::remove_all(path, ignored);
}

void limit(__rlimit_resource_t resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

}  // namespace

struct Runner::Child {
  std::size_t index = 0;
  pid_t process = -1;
  int told = -1, output = -1;  // our ends
  std::string lines, text, folder, step;
  bool complete = false;
  Clock::time_point begun, deadline;

  bool ended() const { return told < 0 && output < 0; }
};

TestResult Runner::run_here(const Test& test, const SampleConfig& config) {
  TestResult result;
  result.test = test.name;
  const auto begun = Clock::now();
  Context context(plugin_, config, options_,
                  {[&](const Finding& finding) { result.findings.push_back(finding); },
                   [](const std::string&) {},
                   [&](const std::string& key, const std::string& value) {
                     result.facts.emplace_back(key, value);
                   }});
  const std::string folder = make_folder();
  std::error_code ignored;
  const std::filesystem::path before = std::filesystem::current_path(ignored);
  std::filesystem::current_path(folder, ignored);
  test.run(context);
  std::filesystem::current_path(before, ignored);
  remove_folder(folder);
  result.milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count();
  return result;
}

void Runner::start(Child& child, const Test& test, const SampleConfig& config) {
  int told[2] = {-1, -1}, output[2] = {-1, -1};
  child.folder = make_folder();
  const auto limit_ms = static_cast<long long>(test.seconds * 1000 * options_.time_factor);
  child.begun = Clock::now();
  child.deadline = child.begun + std::chrono::milliseconds(limit_ms);
  if (::pipe2(told, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) return;
  const pid_t parent = ::getpid();
  child.process = ::fork();
  if (child.process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(2);
    ::dup2(output[1], STDOUT_FILENO);
    ::dup2(output[1], STDERR_FILENO);
    limit(RLIMIT_CORE, 0);
#ifndef COMMSD_SANITIZED  // the sanitizers reserve terabytes of address space
    limit(RLIMIT_AS, rlim_t{4} << 30);
#endif
    if (::chdir(child.folder.c_str()) != 0) ::_exit(2);
    Context context(plugin_, config, options_, listener_to(told[1]));
    test.run(context);
    write_line(told[1], "E");
    ::_exit(0);  // what destructors of libraries do at exit is not our question
  }
  ::close(told[1]);
  ::close(output[1]);
  child.told = told[0];
  child.output = output[0];
}

namespace {

/// Reads what is there; closes and forgets the descriptor at its end.
void read_some(int& file, std::string& into) {
  char block[65536];
  const ssize_t got = ::read(file, block, sizeof block);
  if (got < 0 && errno == EINTR) return;
  if (got > 0) {
    into.append(block, static_cast<std::size_t>(got));
    return;
  }
  ::close(file);
  file = -1;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return "it crashed with SIG" + std::string(name ? name : "?");
  }
  return "it ended the process with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Runner::finish(Child& child, bool in_time, TestResult& result) {
  for (int* file : {&child.told, &child.output}) {
    if (*file >= 0) ::close(*file);
    *file = -1;
  }
  int status = 0;
  if (child.process > 0) {
    ::kill(child.process, SIGKILL);  // of a child that has ended already, this does nothing
    while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
    }
  }
  std::size_t at = 0;
  for (std::size_t end = 0; (end = child.lines.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::vector<std::string> line = fields(child.lines.substr(at, end - at));
    if (line[0] == "F" && line.size() == 5) {
      const int level = std::clamp(std::atoi(line[1].c_str()), 0, 3);
      result.findings.push_back({static_cast<Level>(level), line[2], line[3], line[4]});
    } else if (line[0] == "S" && line.size() == 2) {
      child.step = line[1];
    } else if (line[0] == "K" && line.size() == 3) {
      result.facts.emplace_back(line[1], line[2]);
    } else if (line[0] == "E") {
      child.complete = true;
    }
  }
  const std::string during = child.step.empty() ? "" : ": " + child.step;
  if (child.process < 0) {
    result.findings.push_back({Level::failure, "no process could be started for it", "",
                               "free processes, files and space in the temporary folder"});
  } else if (!in_time && !child.complete) {
    result.findings.push_back(
        {Level::failure, "it did not return in time" + during,
         "comms.h, rule 9: [any] and [op] functions do not wait, [block] ones "
         "come to an end",
         "find what it waits for: --in-process under a debugger"});
  } else if (!child.complete) {
    result.findings.push_back(
        {Level::failure, how_it_ended(status) + during,
         "comms.h, rule 8: nothing a plugin does ends the process",
         "run this test under a debugger: --in-process --include " + result.test});
  }
  if (result.failed()) {
    const std::size_t from = child.text.size() - std::min(child.text.size(), kMostOutput);
    result.output = child.text.substr(from);
  }
  remove_folder(child.folder);
  result.milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - child.begun).count();
}

std::vector<TestResult> Runner::run(const std::vector<Test>& tests, const SampleConfig& config) {
  std::vector<TestResult> results(tests.size());
  if (options_.in_process) {
    for (std::size_t i = 0; i < tests.size(); ++i) results[i] = run_here(tests[i], config);
    return results;
  }
  const std::size_t most =
      options_.jobs ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  std::deque<Child> running;
  std::size_t next = 0;
  while (next < tests.size() || !running.empty()) {
    while (next < tests.size() && running.size() < most) {
      results[next].test = tests[next].name;
      running.emplace_back();
      running.back().index = next;
      start(running.back(), tests[next], config);
      ++next;
    }
    std::vector<pollfd> waiting;
    auto deadline = Clock::time_point::max();
    for (const Child& child : running) {
      if (child.told >= 0) waiting.push_back({child.told, POLLIN, 0});
      if (child.output >= 0) waiting.push_back({child.output, POLLIN, 0});
      deadline = std::min(deadline, child.deadline);
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (!waiting.empty()) {
      ::poll(waiting.data(), waiting.size(),
             static_cast<int>(std::clamp<long long>(left, 0, 1000)));
    }
    for (const pollfd& ready : waiting) {
      if (ready.revents == 0) continue;
      for (Child& child : running) {
        if (ready.fd == child.told)
          read_some(child.told, child.lines);
        else if (ready.fd == child.output)
          read_some(child.output, child.text);
        if (child.text.size() > 16 * kMostOutput) {
          child.text.erase(0, child.text.size() - kMostOutput);
        }
      }
    }
    for (auto child = running.begin(); child != running.end();) {
      const bool in_time = Clock::now() < child->deadline;
      if (!child->ended() && in_time) {
        ++child;
        continue;
      }
      finish(*child, in_time || child->ended(), results[child->index]);
      child = running.erase(child);
    }
  }
  return results;
}

}  // namespace comms::check
