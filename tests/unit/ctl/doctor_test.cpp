#include "ctl/doctor.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/json.h"
#include "net/event_loops.h"
#include "ops/control_server.h"

namespace commsd::ctl {
namespace {

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    char folder[] = "/tmp/commsd-doctor-XXXXXX";
    folder_ = ::mkdtemp(folder);
    for (const char* name : {"data", "secrets", "plugins"}) make(name, 0750);
    write("plugins/email.so", "", 0644);
    write("secrets/key", "x", 0600);
    config_.file = write("c.yaml", "", 0640);
    config_.data_dir = folder_ + "/data";
    config_.secrets.dir = folder_ + "/secrets";
    config_.plugins.path = {folder_ + "/plugins"};
    config_.server.control_socket = folder_ + "/control.sock";
  }
  ~DoctorTest() override { std::filesystem::remove_all(folder_); }

  void make(const std::string& name, mode_t mode) const {
    std::filesystem::create_directory(folder_ + "/" + name);
    ::chmod((folder_ + "/" + name).c_str(), mode);
  }
  std::string write(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  /// The worst verdict about `id`; empty when it was not looked at.
  std::optional<Verdict> verdict(const std::string& id) const {
    std::optional<Verdict> worst;
    for (const Finding& finding : findings_) {
      if (finding.id == id) worst = std::max(worst.value_or(Verdict::ok), finding.verdict);
    }
    return worst;
  }
  void files() {
    findings_.clear();
    examine_files(config_, findings_);
    for (const Finding& finding : findings_) {
      EXPECT_EQ(finding.verdict == Verdict::ok, finding.remedy.empty()) << finding.text;
    }
  }

  std::string folder_;
  config::Config config_;
  std::vector<Finding> findings_;
};

TEST_F(DoctorTest, FindsNothingWhenAllIsWell) {
  files();
  EXPECT_FALSE(findings_.empty());
  for (const Finding& finding : findings_) EXPECT_EQ(finding.verdict, Verdict::ok) << finding.text;
}

TEST_F(DoctorTest, FindsWhatOthersCouldRead) {
  make("data", 0755);
  write("secrets/open", "x", 0644);
  ::chmod(config_.file.c_str(), 0666);
  make("plugins", 0777);
  files();
  EXPECT_EQ(verdict("data-folder"), Verdict::warn);
  EXPECT_EQ(verdict("secret-files"), Verdict::fail);
  EXPECT_EQ(verdict("config-mode"), Verdict::fail);
  EXPECT_EQ(verdict("plugin-folder"), Verdict::fail);
  EXPECT_TRUE(any_failed(findings_));
}

TEST_F(DoctorTest, FindsWhatIsMissing) {
  std::filesystem::remove_all(folder_ + "/data");
  std::filesystem::remove(folder_ + "/plugins/email.so");
  config_.server.control_socket = folder_ + "/run/control.sock";
  files();
  EXPECT_EQ(verdict("data-folder"), Verdict::fail);
  EXPECT_EQ(verdict("plugins"), Verdict::fail);
  EXPECT_EQ(verdict("socket-folder"), Verdict::fail);
}

TEST_F(DoctorTest, WarnsOfClearTextOnTheNetwork) {
  config_.server.listen = "0.0.0.0:3100";
  config_.server.public_url = "http://comms.example.com";
  examine_network_settings(config_, findings_);
  EXPECT_EQ(verdict("plain-http"), Verdict::warn);
  EXPECT_EQ(verdict("public-url"), Verdict::warn);
  findings_.clear();
  config_.server.trusted_proxies = {"10.0.0.1"};
  config_.server.public_url = "https://comms.example.com";
  examine_network_settings(config_, findings_);
  EXPECT_EQ(verdict("plain-http"), std::nullopt);
  EXPECT_EQ(verdict("public-url"), Verdict::ok);
}

TEST_F(DoctorTest, ReadsTheCertificatesEnd) {
  const std::string certificate = folder_ + "/cert.pem";
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
      "-nodes -days 30 -subj /CN=localhost -keyout " +
      folder_ + "/key.pem -out " + certificate + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const config::TlsConfig tls{certificate, folder_ + "/key.pem"};
  const std::int64_t now = std::time(nullptr);
  const auto at_day = [&](std::int64_t day) {
    findings_.clear();
    examine_certificate(tls, now + day * 86400, findings_);
    return verdict("certificate");
  };
  EXPECT_EQ(at_day(0), Verdict::ok);
  EXPECT_EQ(at_day(20), Verdict::warn);
  EXPECT_EQ(at_day(31), Verdict::fail);
  findings_.clear();
  examine_certificate({config_.file, config_.file}, now, findings_);
  EXPECT_EQ(verdict("certificate"), Verdict::fail);
}

TEST_F(DoctorTest, AsksTheRunningServer) {
  ops::ControlRegistry registry;
  registry.add("status", "", [](JsonValue) -> Task<Result<std::string>> {
    co_return std::string(R"({"version":"0.1.0","health":{"status":"degraded","providers":)"
                          R"({"database":"degraded","email":"ok","tts":"not_configured",)"
                          R"("telephony":"degraded"}}})");
  });
  net::EventLoops loops(1);
  ops::ControlServer server(loops.at(0), registry, config_.server.control_socket);
  ASSERT_TRUE(server.start());
  config_.server.limits.connections = 1;
  examine_server(config_, config_.server.control_socket, findings_);
  EXPECT_EQ(verdict("server"), Verdict::ok);
  EXPECT_EQ(verdict("database"), Verdict::fail);
  EXPECT_EQ(verdict("provider-telephony"), Verdict::warn);
  EXPECT_EQ(verdict("provider-email"), Verdict::ok);
  EXPECT_EQ(verdict("provider-tts"), Verdict::ok);
  EXPECT_EQ(verdict("file-limit"), Verdict::ok);
  findings_.clear();
  config_.server.limits.connections = 1 << 30;
  examine_server(config_, config_.server.control_socket, findings_);
  EXPECT_EQ(verdict("file-limit"), Verdict::warn);

  std::promise<void> stopped;
  const auto stop = [](ops::ControlServer& target, std::promise<void>& done) -> Task<void> {
    co_await target.stop();
    done.set_value();
  };
  spawn(loops.at(0), stop(server, stopped));
  stopped.get_future().wait();
  findings_.clear();
  examine_server(config_, config_.server.control_socket, findings_);
  EXPECT_EQ(verdict("server"), Verdict::fail);
}

TEST_F(DoctorTest, ExaminesAFileWithFaultsToo) {
  const std::string path = write("bad.yaml", "sever: {}\n", 0640);
  findings_ = examine(path, folder_ + "/none.sock");
  EXPECT_EQ(verdict("config"), Verdict::fail);
  EXPECT_EQ(verdict("server"), Verdict::fail);
  EXPECT_TRUE(verdict("clock"));
  std::ostringstream out;
  print_findings(out, findings_);
  EXPECT_NE(out.str().find("did you mean server?"), std::string::npos);
  EXPECT_NE(out.str().find("      -> "), std::string::npos);
  const auto document = JsonDocument::parse(findings_json(findings_));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().boolean("ok"), false);
}

TEST_F(DoctorTest, MeasuresTheDisk) {
  examine_machine(config_, findings_);
  EXPECT_TRUE(verdict("disk-space"));
}

}  // namespace
}  // namespace commsd::ctl
