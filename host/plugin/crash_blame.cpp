#include "plugin/crash_blame.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace commsd::plugin {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

// What the handler reads: no constructor, no lock, nothing allocated.
constinit thread_local const std::string* blamed = nullptr;
constinit std::atomic<int> journal{-1};
std::array<struct sigaction, kSignals.size()> earlier;

/// A line put together without a library function that a signal handler may not call.
class Line {
 public:
  void add(std::string_view text) {
    const std::size_t count = std::min(text.size(), bytes_.size() - length_);
    std::copy_n(text.data(), count, bytes_.data() + length_);
    length_ += count;
  }
  void add(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    add(std::string_view(digits.data() + at, digits.size() - at));
  }
  void write_to(int file) const {
    // One write, so that lines of two crashing threads do not mix.
    [[maybe_unused]] const ssize_t put = ::write(file, bytes_.data(), length_);
  }

 private:
  std::array<char, 512> bytes_{};
  std::size_t length_ = 0;
};

std::string_view name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    default:
      return "SIGABRT";
  }
}

void write_blame(int signal) {
  const int file = journal.load(std::memory_order_relaxed);
  const std::string* const whom = blamed;
  if (!whom || file < 0) return;
  blamed = nullptr;  // whoever comes next for the same crash has nothing to add
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  Line line;
  line.add("crash ");
  line.add(static_cast<std::uint64_t>(now.tv_sec));
  line.add(" ");
  line.add(*whom);
  line.add(" ");
  line.add(name_of(signal));
  line.add("\n");
  line.write_to(file);
}

/// As if this handler had never been: the earlier handler, or the default with its core dump.
void pass_on(int signal, siginfo_t* info, void* context) {
  const auto at = std::find(kSignals.begin(), kSignals.end(), signal) - kSignals.begin();
  const struct sigaction& before = earlier[static_cast<std::size_t>(at)];
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction) {
    before.sa_sigaction(signal, info, context);
    return;
  }
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
    return;
  }
  ::sigaction(signal, &before, nullptr);
  // A fault happens again when the instruction is run again; what was sent must be sent again. It
  // is blocked until this returns.
  if (info->si_code <= 0) ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

void handle(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  write_blame(signal);
  errno = error;
  pass_on(signal, info, context);
}

/// A thread's stack for handlers, ours only where there was none: sanitizers bring their own.
class SignalStack {
 public:
  SignalStack() {
    stack_t present{};
    if (::sigaltstack(nullptr, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return;
    void* const at = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return;
    stack_t ours{};
    ours.ss_sp = at;
    ours.ss_size = kBytes;
    if (::sigaltstack(&ours, nullptr) == 0) {
      memory_ = at;
    } else {
      ::munmap(at, kBytes);
    }
  }
  ~SignalStack() {
    if (!memory_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
    ::munmap(memory_, kBytes);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  static constexpr std::size_t kBytes = 64 * 1024;  // touched only when it is needed
  void* memory_ = nullptr;
};

void install() {
  struct sigaction ours {};
  ours.sa_sigaction = handle;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&ours.sa_mask);
  for (std::size_t at = 0; at < kSignals.size(); ++at) {
    // The earlier one is known before ours can run.
    ::sigaction(kSignals[at], nullptr, &earlier[at]);
    ::sigaction(kSignals[at], &ours, nullptr);
  }
}

}  // namespace

Result<void> record_crashes(const std::string& file) {
  const int opened =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (opened < 0) {
    return fail(ErrorCode::unavailable, "the record of crashes " + file + " cannot be opened: " +
                                            std::generic_category().message(errno));
  }
  const int before = journal.exchange(opened);
  if (before >= 0) ::close(before);
  static std::once_flag once;
  std::call_once(once, install);
  return {};
}

Blame::Blame(const std::string& whom) : before_(blamed) {
  blamed = &whom;
  std::atomic_signal_fence(std::memory_order_release);
}

Blame::~Blame() {
  blamed = before_;
}

void provide_signal_stack() {
  static thread_local const SignalStack stack;
  static_cast<void>(stack);
}

}  // namespace commsd::plugin
