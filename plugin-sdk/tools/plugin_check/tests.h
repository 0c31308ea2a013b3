#pragma once

#include <vector>

#include "context.h"
#include "operations.h"

namespace comms::check {

// The tests, by what must be known before they can be told apart.

/// Of the file alone.
std::vector<Test> file_tests();
/// Of loading and of create; "create.valid_config" tells the fact "config".
std::vector<Test> load_tests();
std::vector<Test> create_tests();

/// One ordinary run of each op; tells the facts "requests" and "sockets".
std::vector<Test> success_tests(const PluginFile& plugin);
/// Everything that can go wrong with one op that made so many requests and sockets in its ordinary
/// run.
std::vector<Test> fault_tests(const Operation& operation, int requests, int sockets);
/// Of one of these; of all of them without `what`.
std::string test_name(const Operation& operation, const std::string& what = {});

/// What the slots offer without an op.
std::vector<Test> webhook_tests(const PluginFile& plugin);
std::vector<Test> render_tests(const PluginFile& plugin);
std::vector<Test> voice_tests(const PluginFile& plugin);
std::vector<Test> stt_tests(const PluginFile& plugin);
std::vector<Test> storage_tests(const PluginFile& plugin);
std::vector<Test> database_tests(const PluginFile& plugin);

/// What databases over comms.http/1 make of what the vendor answers; part of database_tests.
void faults_over_http(Context& test);
/// [any] functions, called by several threads at once.
std::vector<Test> thread_tests(const PluginFile& plugin);

/// Tells of allocations that were left when memory was short.
void left_behind(Context& test, const std::string& what);
/// What a run that was short of memory may leave allocated.
enum class Leaves {
  nothing = 1,          // all that it makes ends with it
  what_instances_keep,  // of ops before, bounded
};
/// An allocation of the plugin fails, then the next, until one run sees none fail. `run` does the
/// work anew each time.
void fail_each_allocation(Context& test, Leaves leaves, const std::function<void()>& run);

}  // namespace comms::check
