#include "net/client_limiter.h"

#include <Poco/Net/IPAddress.h>

namespace commsd::net {

namespace {

std::string client_of(const std::string& address) {
  using Poco::Net::IPAddress;
  IPAddress parsed;
  if (!IPAddress::tryParse(address, parsed) || parsed.family() == IPAddress::IPv4) return address;
  if (parsed.isIPv4Mapped()) {
    const char* const bytes = static_cast<const char*>(parsed.addr());
    return IPAddress(bytes + 12, 4).toString();
  }
  return (parsed & IPAddress(64, IPAddress::IPv6)).toString();
}

}  // namespace

std::optional<ClientLimiter::Slot> ClientLimiter::acquire(std::string address, bool exempt) {
  const std::string client = exempt ? std::string() : client_of(address);
  const std::lock_guard lock(mutex_);
  if (total_ >= total_limit_) return std::nullopt;
  if (!exempt) {
    std::size_t& count = per_client_[client];
    if (count >= per_client_limit_) return std::nullopt;
    ++count;
  }
  ++total_;
  return Slot(shared_from_this(), std::move(address), !exempt);
}

void ClientLimiter::release(const std::string& address, bool counted) {
  const std::string client = counted ? client_of(address) : std::string();
  const std::lock_guard lock(mutex_);
  --total_;
  if (!counted) return;
  const auto found = per_client_.find(client);
  if (--found->second == 0) per_client_.erase(found);
}

}  // namespace commsd::net
