/* What the simulator answers. Errors are the documented ones, each with the texts seen from the
 * real server (FACTS §1.4, §3.3). */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "bill_store.h"
#include "faults.h"
#include "text.h"

#include <jansson.h>

enum reply_error {
    ERROR_HEADERS,
    ERROR_AUTH_FORMAT,
    ERROR_AUTH_SCHEME,
    ERROR_AUTH_SKEW,
    ERROR_AUTH_SERIAL,
    ERROR_AUTH_SIGNATURE,
    ERROR_PARAMETER,
    ERROR_BILL_DATE,
    ERROR_SUB_MCHID,
    ERROR_TOKEN,
    ERROR_NO_STATEMENT,
    ERROR_STATEMENT_CREATING,
    ERROR_NO_AUTH,
    ERROR_IP,
    ERROR_NO_CERTIFICATE,
    ERROR_FREQUENCY,
    ERROR_AUTH_TRANSACTIONS,
    ERROR_BODY,
    ERROR_MCHID,
    ERROR_MERCHANT,
    ERROR_NOT_OWN_MERCHANT,
    ERROR_ORDER,
    ERROR_REFUND,
    ERROR_REFUND_ORDER,
    ERROR_REFUND_STATE,
    ERROR_REFUND_CHANGED,
    ERROR_REFUND_MISMATCH,
    ERROR_REFUND_OVERDUE,
    ERROR_REFUND_COUNT,
    ERROR_USER_ACCOUNT,
    ERROR_NOT_ENOUGH,
    ERROR_OLD_ORDERS,
    ERROR_SYSTEM,
};

enum reply_kind {
    REPLY_NOTHING,  /* no body */
    REPLY_JSON,     /* signed when 2xx */
    REPLY_DOWNLOAD, /* a bill's bytes: no signature, no Request-Id */
};

/* How a connection ends after `end_at` bytes of a body whose length was announced. */
enum reply_end {
    REPLY_END_WHOLE,
    REPLY_END_CLOSE,   /* with TLS's good-bye */
    REPLY_END_HANG_UP, /* without it */
    REPLY_END_RESET,   /* RST */
};

struct reply {
    enum reply_kind kind;
    unsigned int status;      /* 0: none at all, the connection is reset */
    const char *code;         /* "" when there is none */
    unsigned int request_tag; /* the number at the end of Request-Id */
    struct text body;
    struct made_bill *bill; /* of a download; then the bytes are these */
    bool gzip;
    const struct fault *fault; /* the one that was applied, or NULL */
    int64_t delay_ms;          /* how long the reply is held back; others are served meanwhile */
    size_t bytes_per_s;        /* of the body; 0: as fast as it goes */
    enum reply_end end;
    size_t end_at;         /* bytes of the body, unless the end is whole */
    struct text timestamp; /* empty on unsigned replies */
    struct text nonce;
    struct text signature;
    struct text serial;
    const char *location;  /* of redirects */
    int64_t retry_after_s; /* 0: no such header */
};

/* The place of an error in the request: any member may be NULL. */
struct reply_detail {
    const char *field;
    const char *value;
    const char *issue;
    const char *location;
};

void reply_error(struct reply *reply, enum reply_error error, const struct reply_detail *detail);

/* Any status, with the code that belongs to it (FACTS §1.5). */
void reply_status(struct reply *reply, unsigned int status);

/* 200 with this body, which it takes over. */
void reply_json(struct reply *reply, json_t *body);

void reply_nothing(struct reply *reply, unsigned int status);

/* The bytes of the body, wherever they are. */
void reply_bytes(const struct reply *reply, const char **ret_bytes, size_t *ret_size);

void reply_release(struct reply *reply);

#endif
