#pragma once

// A host for tests of plugins: scripted HTTP, a clock that stands still, captured results.
//
//   comms::testing::FakeHost host;
//   host.answer(200, R"({"id":"m1"})");
//   comms::testing::Plugin plugin(host, comms_plugin_entry(1, 0), R"({"api_key":"k"})");
//   auto* email = plugin.slot<comms_email>(COMMS_SLOT_EMAIL);
//   auto result = host.run([&](comms_op* op) { return email->send(plugin.self, op, &message); });
//   EXPECT_EQ(result.vendor_id, "m1");   EXPECT_EQ(host.requests[0].url, "https://...");
//
// The answers may also come from a recording of the real vendor: cassette.hpp.
// comms.crypto/1 is there when `crypto` is set, e.g. to openssl_crypto() of openssl_crypto.hpp.

#include <comms/testing/fake_host_class.hpp>
#include <comms/testing/fake_tables.hpp>
#include <comms/testing/fake_ws.hpp>
