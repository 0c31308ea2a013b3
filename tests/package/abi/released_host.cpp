// released_host <plugin.so>...
// A host compiled from the headers of a released version: today's plugins must work in it.

#include <cstdio>
#include <dlfcn.h>

#include <comms/slot/email.h>
#include <comms/testing/fake_host.hpp>

namespace {

bool works(const char* file) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    std::fprintf(stderr, "%s\n", dlerror());
    return false;
  }
  const auto entry = reinterpret_cast<comms_entry_fn>(dlsym(library, COMMS_ENTRY_SYMBOL));
  const comms_plugin* plugin = entry ? entry(COMMS_ABI_MAJOR, COMMS_ABI_MINOR) : nullptr;
  if (!plugin || plugin->size < sizeof(comms_plugin)) return false;

  comms::testing::FakeHost host;
  comms::testing::Plugin instance(host, plugin, R"({"api_key":"key-of-a-test"})");
  if (instance.status != COMMS_OK) return false;
  const auto* email = instance.slot<comms_email>(COMMS_SLOT_EMAIL);
  if (!email || email->size < sizeof(comms_email) || !email->send) return false;
  comms_str to[] = {comms::str("b@example.com")};
  comms_email_message message{};
  message.size = sizeof message;
  message.from = comms::str("a@example.com");
  message.to = to;
  message.to_count = 1;
  message.text = comms::str("hello");
  host.answer(200, R"({"id":"m1"})");
  const auto sent =
      host.run([&](comms_op* op) { return email->send(instance.self, op, &message); });
  return sent.status == COMMS_OK && sent.vendor_id == "m1" && host.released == 1;
}

}  // namespace

int main(int count, char** files) {
  bool good = count > 1;
  for (int i = 1; i < count; ++i) {
    const bool one = works(files[i]);
    std::printf("%s: %s\n", files[i], one ? "works" : "does not work in the released host");
    good = good && one;
  }
  return good ? 0 : 1;
}
