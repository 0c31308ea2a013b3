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
std::string test_name(const Operation& operation, const std::string& what);

/// What the slots offer without an op.
std::vector<Test> webhook_tests(const PluginFile& plugin);
std::vector<Test> render_tests(const PluginFile& plugin);
std::vector<Test> voice_tests(const PluginFile& plugin);
std::vector<Test> stt_tests(const PluginFile& plugin);
std::vector<Test> storage_tests(const PluginFile& plugin);
std::vector<Test> database_tests(const PluginFile& plugin);

/// An allocation of the plugin fails, then the next, until one run sees none fail. `run` does the
/// work anew each time.
void fail_each_allocation(Context& test, const std::function<void()>& run);

}  // namespace comms::check
