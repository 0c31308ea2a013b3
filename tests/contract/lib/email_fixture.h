#pragma once

#include "plugin_fixture.h"

/// What can be sent, to one recipient; the members may be changed.
struct Mail {
  comms_str to[1] = {comms::str("someone@example.org")};
  comms_email_message message{};

  Mail() {
    message.size = sizeof message;
    message.from = comms::str("Agent <agent@example.com>");
    message.to = to;
    message.to_count = 1;
    message.subject = comms::str("Hello");
    message.text = comms::str("Hi");
    message.client_ref = comms::str("att_1");
  }
  Mail(const Mail&) = delete;
};

/// An answer to a send that is no success, and what it has to come to.
struct Refusal {
  int http;
  std::string body;
  comms_status status;
  std::string code;    // of the vendor
  const char* remedy;  // a part of it
};

/// A provider of the email slot.
class EmailTest : public PluginTest<comms_email> {
 protected:
  EmailTest() : PluginTest(COMMS_SLOT_EMAIL) {}

  OpResult send(const comms_email_message& message) { return run(&comms_email::send, &message); }
  OpResult send() { return send(Mail().message); }
  /// No message shows `secret`, a page, or an address or number that the vendor repeats.
  void expect_mapped(const std::vector<Refusal>& refusals, const std::string& secret) {
    for (const Refusal& refusal : refusals) {
      host.answer(refusal.http, refusal.body);
      const OpResult result = send();
      EXPECT_EQ(result.status, refusal.status) << refusal.http << refusal.body;
      EXPECT_EQ(result.error.vendor_code, refusal.code) << refusal.http << refusal.body;
      EXPECT_THAT(result.error.remedy, testing::HasSubstr(refusal.remedy)) << refusal.body;
      expect_hidden(result, secret);
      for (const char* text : {"<", "someone@", "4155550100"}) {
        EXPECT_THAT(result.error.message, testing::Not(testing::HasSubstr(text)));
      }
    }
    host.break_connection(COMMS_AMBIGUOUS);
    EXPECT_EQ(send().status, COMMS_AMBIGUOUS);
    host.break_connection(COMMS_UNAVAILABLE);
    EXPECT_EQ(send().status, COMMS_UNAVAILABLE);
  }
  OpResult find(std::string_view vendor_id, std::string_view client_ref) {
    comms_find what{};
    what.size = sizeof what;
    what.vendor_id = comms::str(vendor_id);
    what.client_ref = comms::str(client_ref);
    return run<const comms_find*>(&comms_email::find_message, &what);
  }
  OpResult verify_domain(std::string_view domain) {
    return run<comms_str>(&comms_email::verify_domain, comms::str(domain));
  }
  OpResult domain_status(std::string_view domain) {
    return run<comms_str>(&comms_email::domain_status, comms::str(domain));
  }
};
