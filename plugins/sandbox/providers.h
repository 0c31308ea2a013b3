#pragma once

#include <comms/cpp/email.hpp>
#include <comms/cpp/stt.hpp>
#include <comms/cpp/tts.hpp>
#include <comms/cpp/voice.hpp>
#include <comms/cpp/whatsapp.hpp>

#include "carrier.h"
#include "chat_book.h"

// The six slots, each a thin face of the Carrier.

namespace sandbox {

class Telephony final : public comms::TelephonyProvider {
 public:
  /// Nobody is dialled, so nobody is joined who was not told.
  static constexpr std::uint64_t features =
      COMMS_TELEPHONY_ASKS_CALLEE_URL | COMMS_TELEPHONY_RECORDS_CALLS;

  explicit Telephony(Carrier& carrier) : carrier_(carrier) {}
  comms::Outcome<comms::Receipt> send_message(const comms::Sms& sms) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Receipt> make_call(const comms::CallRequest& call) override;
  comms::Outcome<comms::Done> transfer_call(const comms::Transfer& transfer) override;
  comms::Outcome<comms::Done> end_call(std::string_view call_id) override;
  comms::Outcome<comms::Fields> buy_number(const comms::NumberQuery& query) override;
  comms::Outcome<comms::Done> configure_number(const comms::NumberConfig& config) override;
  comms::Outcome<comms::Done> release_number(std::string_view number_id) override;
  comms::Outcome<comms::Fields> find_number(std::string_view client_ref) override;
  comms::Outcome<comms::Fields> create_account(const comms::AccountRequest& request) override;
  comms::Outcome<comms::Fields> find_account(const comms::AccountRequest& request) override;
  comms::Outcome<comms::Done> close_account(std::string_view account_id) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;
  comms::Reply render(const comms::Verbs& verbs) override;
  comms::Outcome<comms::Receipt> find_call(const comms::Find& what) override;

 private:
  Carrier& carrier_;
};

class Whatsapp final : public comms::WhatsappProvider {
 public:
  explicit Whatsapp(Carrier& carrier) : carrier_(carrier) {}
  comms::Outcome<comms::Receipt> send(const comms::WhatsappMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> register_sender(const comms::WhatsappSender& sender) override;
  comms::Outcome<comms::Fields> list_senders() override;
  comms::Outcome<comms::Fields> sender_status(std::string_view sender_id) override;
  comms::Outcome<comms::Done> remove_sender(std::string_view sender_id) override;
  comms::Outcome<comms::Fields> list_templates() override;
  comms::Outcome<comms::Fields> create_template(const comms::WhatsappTemplate& wanted) override;
  comms::Outcome<comms::Done> remove_template(std::string_view template_id) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  Carrier& carrier_;
  ChatBook book_;
};

class Email final : public comms::EmailProvider {
 public:
  explicit Email(Carrier& carrier) : carrier_(carrier) {}
  comms::Outcome<comms::Receipt> send(const comms::EmailMessage& message) override;
  comms::Outcome<comms::Receipt> find_message(const comms::Find& what) override;
  comms::Outcome<comms::Fields> verify_domain(std::string_view domain) override;
  comms::Outcome<comms::Fields> domain_status(std::string_view domain) override;
  bool verify_webhook(const comms::HttpIn& in) override;
  comms::Events parse_webhook(const comms::HttpIn& in) override;
  comms::Reply webhook_reply(const comms::HttpIn& in, std::int32_t kind) override;

 private:
  Carrier& carrier_;
};

class Tts final : public comms::TtsProvider {
 public:
  explicit Tts(Carrier&) {}
  comms::Outcome<comms::Blob> synthesize(const comms::TtsRequest& request) override;
  comms::Outcome<comms::Fields> list_voices() override;
};

class Stt final : public comms::SttProvider {
 public:
  explicit Stt(Carrier&) {}
  std::unique_ptr<comms::SttStream> open(comms_session* session, const comms::SttConfig& config,
                                         comms::SttEmitter emit) override;
  comms::Outcome<comms::Fields> transcribe(const comms::SttConfig& config,
                                           std::string_view recording) override;
};

class Voice final : public comms::VoiceProvider {
 public:
  explicit Voice(Carrier& carrier) : carrier_(carrier) {}
  std::int32_t mode() override { return COMMS_VOICE_TEXT; }
  std::string connect_verb(const comms::VoiceConnect& connect) override;
  bool verify_connect(const comms::HttpIn& in) override { return carrier_.verify(in); }
  std::unique_ptr<comms::VoiceCodec> codec() override;

 private:
  Carrier& carrier_;
};

}  // namespace sandbox
