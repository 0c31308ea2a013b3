#include <csignal>
#include <iostream>

#include "ctl/program.h"
#include "version.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // `commsctl agents list | head` is no failure
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto code = commsd::ctl::run(arguments, COMMSD_VERSION, {std::cin, std::cout, std::cerr});
  return static_cast<int>(code);
}
