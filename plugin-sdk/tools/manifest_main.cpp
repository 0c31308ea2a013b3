#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "manifest.h"

namespace {

constexpr const char* usage =
    "usage: comms-manifest --schema manifest.schema.json [--slot email]... "
    "[--json out] [--header out] plugin.yaml\n";

bool read_file(const std::string& path, std::string& into) {
  std::ifstream in(path, std::ios::binary);
  into.assign(std::istreambuf_iterator<char>(in), {});
  return in.good() || in.eof();
}

bool write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  return out.good();
}

int run(int argc, char** argv) {
  std::map<std::string, std::string> options;
  std::vector<std::string> slots;
  std::string source;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    bool option = argument == "--schema" || argument == "--json" || argument == "--header" ||
                  argument == "--slot";
    if (option && i + 1 < argc) {
      std::string value = argv[++i];
      if (argument == "--slot") slots.push_back(value);
      options[argument] = value;
    } else if (argument.rfind("--", 0) != 0 && source.empty()) {
      source = argument;
    } else {
      std::cerr << usage;
      return 2;
    }
  }
  std::string yaml;
  std::string schema;
  if (source.empty() || options["--schema"].empty()) {
    std::cerr << usage;
    return 2;
  }
  if (!read_file(source, yaml) || !read_file(options["--schema"], schema)) {
    std::cerr << "comms-manifest: cannot read " << source << " or " << options["--schema"] << "\n";
    return 2;
  }

  auto manifest = comms::manifest::read_yaml(yaml);
  comms::manifest::check(manifest, schema, slots);
  for (const auto& problem : manifest.problems) {
    std::cerr << source << ": " << (problem.where.empty() ? "manifest" : problem.where) << ": "
              << problem.what << "\n";
  }
  if (!manifest.good()) return 1;

  std::string json = comms::manifest::canonical_json(manifest.value);
  if (options["--json"].empty()) std::cout << json << "\n";
  bool written =
      (options["--json"].empty() || write_file(options["--json"], json)) &&
      (options["--header"].empty() || write_file(options["--header"], c_header(manifest)));
  if (!written) std::cerr << "comms-manifest: cannot write the result\n";
  return written ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "comms-manifest: " << error.what() << "\n";
    return 2;
  }
}
