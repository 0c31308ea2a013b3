#include "store/mail_id_repository.h"

#include "store/repository_support.h"

namespace commsd::store {

namespace {

MailId from_row(const Row& row) {
  MailId mail;
  mail.mail_id = row.text("mail_id");
  mail.address = row.text("address");
  mail.chain = row.text("chain");
  mail.subject_id = row.text("subject_id");
  return mail;
}

}  // namespace

Task<Result<std::optional<MailId>>> MailIdRepository::find(std::string_view org_id,
                                                           std::string_view agent_id,
                                                           std::string_view mail_id) const {
  return read_optional(store_, "mail_ids.find",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"mail_id", text_value(mail_id)}},
                       from_row);
}

Task<Result<std::optional<MailId>>> MailIdRepository::of_subject(
    std::string_view org_id, std::string_view agent_id, std::string_view subject_id) const {
  return read_optional(store_, "mail_ids.of_subject",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"subject_id", text_value(subject_id)}},
                       from_row);
}

Task<Result<std::optional<MailId>>> MailIdRepository::newest(std::string_view org_id,
                                                             std::string_view agent_id,
                                                             std::string_view address) const {
  return read_optional(store_, "mail_ids.newest",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"address", text_value(address)}},
                       from_row);
}

Task<Result<std::optional<MailId>>> MailIdRepository::newest_received(
    std::string_view org_id, std::string_view agent_id, std::string_view address) const {
  return read_optional(store_, "mail_ids.newest_received",
                       {{"org_id", text_value(org_id)},
                        {"agent_id", text_value(agent_id)},
                        {"address", text_value(address)}},
                       from_row);
}

void MailIdRepository::add(UnitOfWork& unit, const MailId& mail) {
  unit.run("mail_ids.add", {{"org_id", mail.org_id},
                            {"agent_id", mail.agent_id},
                            {"mail_id", mail.mail_id},
                            {"address", mail.address},
                            {"chain", text_or_null(mail.chain)},
                            {"subject_id", mail.subject_id},
                            {"at", mail.created_at}});
}

void MailIdRepository::add_alias(UnitOfWork& unit, std::string_view org_id,
                                 std::string_view agent_id, std::string_view subject_id,
                                 std::string_view mail_id, UnixMillis at) {
  unit.run("mail_ids.add_alias", {{"org_id", text_value(org_id)},
                                  {"agent_id", text_value(agent_id)},
                                  {"subject_id", text_value(subject_id)},
                                  {"mail_id", text_value(mail_id)},
                                  {"at", at}});
}

}  // namespace commsd::store
