#include "net/tls_context.h"

#include <string_view>

#include <openssl/ssl.h>

namespace commsd::net {

namespace {

int select_http11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                  unsigned int in_size, void*) {
  static constexpr unsigned char protocols[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, protocols, sizeof protocols - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, section 3.2
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& certificate,
                                                 const std::string& key) {
  Poco::Net::Context::Ptr context;
  try {
    Poco::Net::Context::Params parameters;
    parameters.certificateFile = certificate;
    parameters.privateKeyFile = key;
    parameters.verificationMode = Poco::Net::Context::VERIFY_NONE;
    parameters.loadDefaultCAs = false;
    parameters.cipherList = "HIGH:!aNULL:!kRSA:!PSK:!SRP:!MD5:!RC4:!3DES";
    context = new Poco::Net::Context(Poco::Net::Context::TLS_SERVER_USE, parameters);
  } catch (const Poco::Exception& error) {
    return fail(ErrorCode::invalid_argument,
                "cannot use the TLS certificate '" + certificate + "' with the key '" + key +
                    "': check that both are readable PEM files and belong together",
                error.displayText());
  }
  SSL_CTX* raw = context->sslContext();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(raw, select_http11, nullptr);
  return context;
}

}  // namespace commsd::net
