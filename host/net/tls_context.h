#pragma once

#include <string>

#include <Poco/Net/Context.h>

#include "base/result.h"

namespace commsd::net {

/// A server's context: TLS 1.2 and later, ALPN "http/1.1", no renegotiation, buffers released while
/// idle (16 KB instead of 27 KB an idle connection). The certificate is a PEM chain file.
Result<Poco::Net::Context::Ptr> make_tls_context(const std::string& certificate,
                                                 const std::string& key);

}  // namespace commsd::net
