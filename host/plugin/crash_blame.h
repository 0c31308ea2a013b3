#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

// Which plugin a crash is blamed on. A plugin shares the process, so all that can be done about a
// crash is to remember whose code ran: CrashJournal reads what is written here at the next start.

namespace commsd::plugin {

/// Writes "crash SECONDS PLUGIN SHA256 SIGNAL" to the end of `file` when this process dies of
/// SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT on a thread that is inside a plugin. Whoever handled
/// the signal before (a sanitizer, a crash reporter) is called afterwards; else the signal takes
/// its usual course, core dump included. Once per process; again only changes the file.
/// unavailable: the file cannot be opened.
Result<void> record_crashes(const std::string& file);

/// While it lives, a crash of this thread is blamed on `whom`, "PLUGIN SHA256", which must outlive
/// it. Nested ones restore what was there. Costs two stores. [any thread]
class Blame {
 public:
  explicit Blame(const std::string& whom);
  ~Blame();
  Blame(const Blame&) = delete;
  Blame& operator=(const Blame&) = delete;

 private:
  const std::string* const before_;
};

/// Gives this thread a stack for signal handlers, unless it has one: without it a plugin that
/// overflows the stack would leave no trace. Until the thread ends.
void provide_signal_stack();

}  // namespace commsd::plugin
