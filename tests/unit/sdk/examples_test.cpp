#include <cstdlib>
#include <dlfcn.h>

#include <comms/cpp/json.hpp>
#include <comms/slot/email.h>
#include <comms/testing/fake_host.hpp>
#include <comms/testing/openssl_crypto.hpp>
#include <gtest/gtest.h>

namespace comms {
namespace {

/// Loads as the host does, from the folder installed.sh names or from the build.
const comms_plugin* load(const std::string& name) {
  const char* folder = std::getenv("COMMS_EXAMPLES_DIR");
  std::string path = std::string(folder ? folder : EXAMPLES_DIR) + "/" + name + ".so";
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    ADD_FAILURE() << dlerror();
    return nullptr;
  }
  auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  return entry ? entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR) : nullptr;
}

class Examples : public ::testing::TestWithParam<std::string> {
 protected:
  testing::OpResult send(testing::Plugin& plugin) {
    comms_str to[] = {str("a@x.example")};
    comms_email_message message{};
    message.size = sizeof message;
    message.from = str("b@x.example");
    message.to = to;
    message.to_count = 1;
    message.subject = str("\"Hi\"\n");
    message.text = str("text");
    auto* email = plugin.slot<comms_email>(COMMS_SLOT_EMAIL);
    return host.run([&](comms_op* op) { return email->send(plugin.self, op, &message); });
  }

  testing::FakeHost host;
};

TEST_P(Examples, SendAndClassifyAlike) {
  const comms_plugin* entry = load("example-email-" + GetParam());
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(std::string(entry->id), "com.example.email-" + GetParam());
  host.crypto = testing::openssl_crypto();

  testing::Plugin unconfigured(host, entry, "{}");
  EXPECT_EQ(unconfigured.status, COMMS_INVALID);
  EXPECT_EQ(unconfigured.error.message, "api_key is required");

  testing::Plugin plugin(host, entry, R"({"api_key":"secret","base_url":"https://lab.example"})");
  ASSERT_EQ(plugin.status, COMMS_OK);
  host.answer(200, R"({"id":"m1"})");
  auto sent = send(plugin);
  EXPECT_EQ(sent.status, COMMS_OK);
  EXPECT_EQ(sent.vendor_id, "m1");
  EXPECT_EQ(sent.message_status, "queued");
  EXPECT_EQ(host.requests[0].url, "https://lab.example/emails");
  EXPECT_EQ(host.requests[0].header("Authorization"), "Bearer secret");
  Json body(Host(host.raw()), host.requests[0].body);
  EXPECT_EQ(body["subject"].text(), "\"Hi\"\n");

  for (auto [status, expected] : {std::pair(401, COMMS_UNAUTHENTICATED),
                                  {422, COMMS_REJECTED},
                                  {429, COMMS_RATE_LIMITED},
                                  {500, COMMS_AMBIGUOUS}}) {
    host.answer(status, "{}");
    auto result = send(plugin);
    EXPECT_EQ(result.status, expected) << status;
    EXPECT_EQ(result.error.status, expected) << status;
    EXPECT_EQ(result.error.message.find("secret"), std::string::npos);
  }
  host.answer(200, "no JSON");
  EXPECT_EQ(send(plugin).status, COMMS_AMBIGUOUS);
  host.break_connection(COMMS_AMBIGUOUS);
  EXPECT_EQ(send(plugin).status, COMMS_AMBIGUOUS);
}

INSTANTIATE_TEST_SUITE_P(Examples, Examples, ::testing::Values("c", "cpp", "rust"),
                         [](const auto& example) { return example.param; });

}  // namespace
}  // namespace comms
