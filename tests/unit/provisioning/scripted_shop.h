#pragma once

#include <memory>
#include <string>

#include "plugin/bare_providers.h"
#include "plugin/whatsapp_provider.h"
#include "scripted_books.h"

namespace commsd::provisioning::test {

class ShopPhone final : public plugin::test::BareMessageProvider<plugin::TelephonyProvider> {
 public:
  explicit ShopPhone(Books& books) : BareMessageProvider("shop"), books_(books) {}
  bool is_sandbox() const override { return books_.sandbox; }

  Task<Result<plugin::BoughtNumber>> buy_number(plugin::NumberQuery query,
                                                std::chrono::milliseconds) override {
    const auto answer = books_.begin("buy");
    plugin::BoughtNumber bought;
    if (Books::takes(answer)) {
      const int serial = ++books_.sold;
      bought = {"+1415555" + std::to_string(1000 + serial), "PN" + std::to_string(serial)};
      books_.numbers[bought.vendor_id] = bought.number;
      books_.by_reference[query.client_reference] = bought.vendor_id;
    }
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return bought;
  }
  Task<Result<plugin::BoughtNumber>> find_number(std::string client_reference,
                                                 std::chrono::milliseconds) override {
    const auto answer = books_.begin("find");
    if (!books_.shows_purchases) co_return fail(ErrorCode::unsupported, "cannot tell");
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    const auto found = books_.by_reference.find(client_reference);
    if (found == books_.by_reference.end() || !books_.numbers.contains(found->second)) {
      co_return fail(ErrorCode::not_found, "no such purchase");
    }
    co_return plugin::BoughtNumber{books_.numbers[found->second], found->second};
  }
  Task<Result<void>> configure_number(plugin::BoughtNumber, plugin::NumberRoutes routes,
                                      std::chrono::milliseconds) override {
    books_.routes = std::move(routes);
    if (auto error = Books::fault(books_.begin("configure"))) co_return fail(std::move(*error));
    co_return Result<void>();
  }
  Task<Result<void>> release_number(plugin::BoughtNumber number,
                                    std::chrono::milliseconds) override {
    const auto answer = books_.begin("release");
    if (Books::takes(answer)) books_.numbers.erase(number.vendor_id);
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return Result<void>();
  }
  bool has_accounts() const override { return books_.offers_accounts; }
  Task<Result<plugin::VendorAccount>> create_account(plugin::AccountRequest request,
                                                     std::chrono::milliseconds) override {
    const auto answer = books_.begin("open_account");
    plugin::VendorAccount account;
    if (Books::takes(answer)) {
      account.vendor_id = "AC" + std::to_string(++books_.sold);
      books_.accounts[account.vendor_id] = request.name;
      books_.by_reference[request.client_reference] = account.vendor_id;
    }
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return account;
  }
  Task<Result<plugin::VendorAccount>> find_account(plugin::AccountRequest request,
                                                   std::chrono::milliseconds) override {
    const auto found = books_.by_reference.find(request.client_reference);
    if (found == books_.by_reference.end() || !books_.accounts.contains(found->second)) {
      co_return fail(ErrorCode::not_found, "no such account");
    }
    co_return plugin::VendorAccount{found->second, {}};
  }
  Task<Result<void>> close_account(std::string vendor_id, std::chrono::milliseconds) override {
    const auto answer = books_.begin("close_account");
    if (Books::takes(answer)) books_.accounts.erase(vendor_id);
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return Result<void>();
  }
  Task<Result<plugin::Receipt>> make_call(plugin::OutboundCall,
                                          std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<void>> transfer_call(plugin::CallTransfer, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Task<Result<void>> end_call(std::string, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  bool can_look_up_calls() const override { return false; }
  Task<Result<plugin::CallReport>> find_call(plugin::LookUp, std::chrono::milliseconds) override {
    co_return fail(ErrorCode::unsupported, "");
  }
  Result<plugin::CallInstructions> render(const std::vector<plugin::CallVerb>&) override {
    return fail(ErrorCode::unsupported, "");
  }

 private:
  Books& books_;
};

class ShopWhatsapp final : public plugin::test::BareMessageProvider<plugin::WhatsappProvider> {
 public:
  explicit ShopWhatsapp(Books& books) : BareMessageProvider("shop"), books_(books) {}
  bool is_sandbox() const override { return books_.sandbox; }
  Task<Result<plugin::SenderState>> register_sender(plugin::SenderRequest request,
                                                    std::chrono::milliseconds) override {
    const auto answer = books_.begin("register");
    plugin::SenderState sender{"XE" + std::to_string(++books_.registered), request.number,
                               books_.new_sender_status, ""};
    books_.sender_urls[request.number] = request.message_url;
    if (Books::takes(answer)) books_.senders[sender.vendor_id] = sender;
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return sender;
  }
  Task<Result<std::vector<plugin::SenderState>>> list_senders(std::chrono::milliseconds) override {
    if (!books_.lists_senders) co_return fail(ErrorCode::unsupported, "cannot tell");
    if (auto error = Books::fault(books_.begin("list_senders"))) co_return fail(std::move(*error));
    std::vector<plugin::SenderState> all;
    for (const auto& [id, sender] : books_.senders) all.push_back(sender);
    co_return all;
  }
  Task<Result<plugin::SenderState>> sender_status(std::string vendor_id,
                                                  std::chrono::milliseconds) override {
    if (!books_.lists_senders) co_return fail(ErrorCode::unsupported, "cannot tell");
    if (auto error = Books::fault(books_.begin("sender_status"))) co_return fail(std::move(*error));
    const auto found = books_.senders.find(vendor_id);
    if (found == books_.senders.end()) co_return fail(ErrorCode::not_found, "no such sender");
    co_return found->second;
  }
  Task<Result<void>> remove_sender(std::string vendor_id, std::chrono::milliseconds) override {
    if (!books_.lists_senders) co_return fail(ErrorCode::unsupported, "cannot");
    const auto answer = books_.begin("remove_sender");
    if (Books::takes(answer)) books_.senders.erase(vendor_id);
    if (auto error = Books::fault(answer)) co_return fail(std::move(*error));
    co_return Result<void>();
  }

 private:
  Books& books_;
};

class ShopEmail final : public plugin::test::BareMessageProvider<plugin::EmailProvider> {
 public:
  explicit ShopEmail(Books& books) : BareMessageProvider("shop"), books_(books) {}
  bool is_sandbox() const override { return books_.sandbox; }
  Task<Result<plugin::DomainState>> verify_domain(std::string domain,
                                                  std::chrono::milliseconds) override {
    if (auto error = Books::fault(books_.begin("verify"))) co_return fail(std::move(*error));
    plugin::DomainState state;
    state.status = books_.domain_status;
    state.records.push_back({"TXT", "_dkim." + domain, "k=1"});
    co_return state;
  }

 private:
  Books& books_;
};

class Shop final : public plugin::test::BareProviders {
 public:
  Books books;
  std::shared_ptr<ShopPhone> phone = std::make_shared<ShopPhone>(books);
  std::shared_ptr<ShopWhatsapp> chat = std::make_shared<ShopWhatsapp>(books);
  std::shared_ptr<ShopEmail> mail = std::make_shared<ShopEmail>(books);
  bool has_whatsapp = true;
  bool is_configured = true;

  std::shared_ptr<plugin::MessageProvider> named(plugin::ChannelKind channel, std::string_view name,
                                                 const plugin::Scope&) override {
    if (name != "shop" || !is_configured) return nullptr;
    if (channel == plugin::ChannelKind::email) return mail;
    if (channel == plugin::ChannelKind::whatsapp) return chat;
    return phone;
  }
  std::shared_ptr<plugin::TelephonyProvider> telephony(const plugin::Scope&) override {
    return phone;
  }
  std::shared_ptr<plugin::WhatsappProvider> whatsapp(const plugin::Scope&) override {
    return has_whatsapp ? chat : nullptr;
  }
  std::shared_ptr<plugin::EmailProvider> email(const plugin::Scope&) override { return mail; }
};

}  // namespace commsd::provisioning::test
