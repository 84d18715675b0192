/* The body of POST /v3/refund/domestic/refunds, decoded and checked on its own (FACTS §5.1). */
#ifndef SIM_REFUND_REQUEST_H
#define SIM_REFUND_REQUEST_H

#include "reply.h"

/* Its texts belong to `root`. */
struct refund_request {
    json_t *root;
    const char *sub_mchid; /* NULL when absent, likewise the others */
    const char *transaction_id;
    const char *out_trade_no;
    const char *out_refund_no;
    const char *reason;
    const char *notify_url;
    const char *funds_account;
    const char *currency;
    int64_t refund_fen;
    int64_t total_fen;
};

/* What is wrong with a body; NULL members as in reply_detail. */
bool refund_request_decode(const struct text *body, struct refund_request *ret_request,
                           struct reply_detail *ret_wrong);
void refund_request_release(struct refund_request *request);

/* Only digits, letters and `_-|*@`, 1 to 64 of them. */
bool out_refund_no_valid(const char *number);

/* The body with sorted keys: equal for equal parameters. The caller frees it. */
char *refund_request_parameters(const struct refund_request *request);

/* A JSON object without keys twice; NULL when the body is none. */
json_t *body_object(const struct text *body);

#endif
