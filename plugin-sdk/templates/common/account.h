/* What every request of this provider has in common: the account at the vendor. Yours to change. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <comms/c/http.h>

/* An instance: made by create, used by ops on any thread, unchanged until destroy. */
typedef struct account {
  comms_services services;
  char *key, *base, *secret, *bearer; /* secret may be NULL */
} account;

/* The members of comms_plugin of those names. */
comms_status account_create(const comms_host* host, comms_str config, const comms_report* report,
                            void** out);
void account_destroy(void* self);
comms_status account_probe(void* self, comms_op* op);

typedef struct request {
  const char* method;
  comms_buffer url;          /* begin with account_url */
  comms_buffer body;         /* JSON when content_type is empty; account_send frees both */
  comms_str content_type;    /* borrowed */
  comms_str idempotency_key; /* borrowed; may be empty */
  comms_str range;           /* of GET, borrowed: "bytes=0-9"; may be empty */
  uint32_t flags;            /* COMMS_HTTP_STREAM ... */
} request;

comms_buffer account_url(const account* self, const char* path);
/* Queues the request; `answered` gets the account as `user`. */
comms_status account_send(account* self, comms_op* op, request* request, comms_http_cb answered);
/* The same with a `user` of its own for what an answer needs to know of its request; `release` gets
 * it exactly once, in every case. */
comms_status account_send_with(account* self, comms_op* op, request* request,
                               comms_http_cb answered, void* user, void (*release)(void* user));
/* Executes and waits; for slots that block. What `answered` returned, or why it was not asked. */
comms_status account_perform(const account* self, request* request, comms_http_cb answered,
                             void* user);

#endif
