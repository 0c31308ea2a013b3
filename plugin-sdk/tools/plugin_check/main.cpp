// plugin-check: holds a provider plugin to the contract. Needs the plugin's file and nothing else.

#include <exception>
#include <fstream>
#include <iostream>

#include "examination.h"

namespace {

using namespace comms::check;  // a program of one file

void list(const Options& options, const PluginFile& plugin) {
  for (const std::string& name : test_names(plugin)) {
    if (options.wants(name)) std::cout << name << '\n';
  }
}

int list(const Options& options) {
  if (options.plugins.empty()) list(options, PluginFile::of_everything());
  for (const std::string& path : options.plugins) list(options, PluginFile::read(path));
  return 0;
}

int run(const Options& options) {
  std::vector<PluginReport> reports;
  bool failed = false;
  for (const std::string& path : options.plugins) {
    reports.push_back(examine(path, options));
    failed = failed || reports.back().count(Level::failure) > 0;
    // Text as soon as it is known: the others are one document.
    if (options.format == "text" && options.output.empty()) {
      write_report(std::cout, "text", {reports.back()}, options.only_failed);
      std::cout.flush();
    }
  }
  if (options.format != "text" || !options.output.empty()) {
    std::ofstream file;
    if (!options.output.empty()) file.open(options.output, std::ios::binary | std::ios::trunc);
    std::ostream& out = options.output.empty() ? std::cout : file;
    write_report(out, options.format, reports, options.only_failed);
    out.flush();
    if (!out) {
      std::cerr << "plugin-check: cannot write " << options.output << '\n';
      return 2;
    }
  }
  return failed ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    Options options;
    const std::string wrong = read_options(count, arguments, options);
    if (!wrong.empty()) {
      std::cerr << "plugin-check: " << wrong << '\n' << usage;
      return 2;
    }
    return options.list ? list(options) : run(options);
  } catch (const std::exception& error) {
    std::cerr << "plugin-check: " << error.what() << '\n';
    return 2;
  }
}
