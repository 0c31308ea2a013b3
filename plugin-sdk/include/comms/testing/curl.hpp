#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include <comms/svc/http.h>
#include <comms/testing/scripts.hpp>

// The network of a recording: one request by the curl program, which any machine has, so that a
// test links no TLS. Secrets go to it through a pipe and never stand in the list of processes.

namespace comms::testing {

class CurlExchange {
 public:
  /// Executes `request` and waits, at most 60 s.
  static Answer run(const SeenRequest& request) {
    CurlExchange exchange;
    return exchange.execute(request);
  }

 private:
  CurlExchange() {
    char name[] = "/tmp/comms-record-XXXXXX";
    const char* made = mkdtemp(name);  // readable for this user alone
    if (made) folder_ = made;
  }
  ~CurlExchange() {
    if (folder_.empty()) return;
    for (const char* file : {"/body", "/head", "/answer"}) std::remove((folder_ + file).c_str());
    rmdir(folder_.c_str());
  }
  CurlExchange(const CurlExchange&) = delete;

  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      if (c == '\n' || c == '\r') continue;  // neither can be in a URL or in a header
      out += c;
    }
    return out + "\"\n";
  }

  std::string config(const SeenRequest& request) const {
    std::string out = "silent\ngloboff\nmax-time = 60\nproto = \"=https,http\"\nurl = ";
    out += quoted(request.url);
    out += request.method == "HEAD" ? "head\n" : "request = " + quoted(request.method);
    for (const auto& [name, value] : request.headers) {
      out += "header = " + quoted(value.empty() ? name + ";" : name + ": " + value);
    }
    if (!request.body.empty()) out += "data-binary = " + quoted("@" + folder_ + "/body");
    if (request.flags & COMMS_HTTP_FOLLOW) out += "location\nmax-redirs = 3\n";
    return out + "dump-header = " + quoted(folder_ + "/head") +
           "output = " + quoted(folder_ + "/answer");
  }

  Answer execute(const SeenRequest& request) const {
    if (folder_.empty()) return {0, {""}, {}, COMMS_UNAVAILABLE};
    std::ofstream(folder_ + "/body", std::ios::binary) << request.body;
    FILE* curl = popen("curl --config -", "w");
    if (!curl) return {0, {""}, {}, COMMS_UNAVAILABLE};
    const std::string text = config(request);
    std::fwrite(text.data(), 1, text.size(), curl);
    const int ended = pclose(curl);
    const int code = WIFEXITED(ended) ? WEXITSTATUS(ended) : 127;
    if (code == 0) {
      Answer out = answer();
      if (request.method == "HEAD") out.pieces = {""};  // curl writes the head there once more
      return out;
    }
    // curl(1), exit codes: no name, no connection, no TLS, no curl: nothing was sent
    const bool unsent =
        code == 5 || code == 6 || code == 7 || code == 35 || code == 60 || code == 127;
    return {0, {""}, {}, unsent ? COMMS_UNAVAILABLE : COMMS_AMBIGUOUS};
  }

  /// Of the last response: those before it were redirects or 100 Continue.
  Answer answer() const {
    Answer out;
    std::ifstream head(folder_ + "/head", std::ios::binary);
    for (std::string line; std::getline(head, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line.rfind("HTTP/", 0) == 0) {
        out.headers.clear();
        out.status = std::atoi(line.substr(std::min(line.size(), line.find(' ') + 1)).c_str());
      } else if (std::size_t colon = line.find(':'); colon != line.npos) {
        std::size_t value = line.find_first_not_of(' ', colon + 1);
        out.headers.emplace_back(line.substr(0, colon),
                                 value == line.npos ? "" : line.substr(value));
      }
    }
    std::ostringstream body;
    body << std::ifstream(folder_ + "/answer", std::ios::binary).rdbuf();
    out.pieces = {body.str()};
    return out;
  }

  std::string folder_;
};

}  // namespace comms::testing
