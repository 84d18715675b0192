/* The fault script: which request goes wrong, and how. One rule a line (wxpay-sim(1)):
 *   <request> [filter…] <fault>[=argument]
 * A rule counts the requests its filters fit, from 1; the first rule that fits and whose turn it is
 * applies. What the faults do is in fault_reply.h and bill_spoil.h. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "alloc.h"
#include "fail.h"

#include <stdbool.h>
#include <stdint.h>

enum request_kind {
    REQUEST_CERTIFICATES,
    REQUEST_TRADEBILL,
    REQUEST_FUNDFLOWBILL,
    REQUEST_DOWNLOAD,
    REQUEST_REFUND,
    REQUEST_REFUND_QUERY,
    REQUEST_REFUND_ABNORMAL,
    REQUEST_ORDER_QUERY,
    REQUEST_SUB_FUNDFLOWBILL,
};

enum fault_kind {
    FAULT_NONE, /* has no word */
    /* in place of an answer */
    FAULT_NOT_READY,
    FAULT_LATE,
    FAULT_NO_BILL,
    FAULT_STATUS,
    FAULT_RATE_LIMIT,
    FAULT_IP_NOT_ALLOWED,
    FAULT_INVALID_REQUEST,
    FAULT_DROP,
    FAULT_SERVER_CLOCK,
    /* what an application for a bill says */
    FAULT_WRONG_DIGEST,
    FAULT_LEADING_SPACE,
    FAULT_OTHER_HOST,
    /* which bill it is, and what is in it */
    FAULT_SWAP_DAY,
    FAULT_SWAP_MERCHANT,
    FAULT_REISSUE,
    FAULT_DUPLICATE_ROW,
    FAULT_MISSING_ROW,
    FAULT_FOREIGN_ROW,
    FAULT_FOOTER_OFF,
    FAULT_GOODS,
    /* the body */
    FAULT_EMPTY_BODY,
    FAULT_SHORTEN,
    FAULT_HUGE,
    FAULT_NOT_JSON,
    FAULT_OTHER_JSON,
    FAULT_DAMAGED_GZIP,
    FAULT_GZIP_BOMB,
    FAULT_REDIRECT,
    /* the signature */
    FAULT_BAD_SIGNATURE,
    FAULT_NO_SIGNATURE,
    FAULT_PROBE_SIGNATURE,
    FAULT_FOREIGN_SIGNATURE,
    FAULT_UNKNOWN_KEY,
    FAULT_EXPIRED_KEY,
    FAULT_ROTATED_KEY,
    FAULT_TIMESTAMP,
    /* the way to the client */
    FAULT_TRUNCATE,
    FAULT_HANG_UP,
    FAULT_RESET,
    FAULT_TRICKLE,
    FAULT_DELAY,
    FAULT_KIND_COUNT,
};

struct fault {
    enum fault_kind kind;
    const char *name;  /* as in the script, for the request log */
    bool after;        /* the request is carried out, then its reply is replaced */
    int64_t number;    /* bytes, status, seconds, column …: what the fault's argument is */
    int32_t day;       /* of swap-day */
    const char *mchid; /* of swap-merchant and foreign-row */
    const char *url;   /* of redirect */
};

/* What a rule looks at. Members that a request does not have: "" and DAY_NONE. */
struct fault_subject {
    enum request_kind request;
    const char *mchid;
    int32_t bill_day;
    const char *out_refund_no;
};

struct fault_rule {
    enum request_kind request;
    const char *mchid;         /* NULL: any */
    int32_t bill_day;          /* DAY_NONE: any */
    const char *out_refund_no; /* NULL: any */
    uint64_t nth_first;
    uint64_t nth_last;
    uint64_t chance; /* per mille of the turns; 1000: each */
    struct fault fault;
    size_t line;
    uint64_t seen;
};

struct faults {
    struct arena arena;
    uint64_t seed; /* of `chance`; 0 until it is set */
    struct fault_rule *rules;
    size_t count;
    size_t room;
    bool rotated; /* a rotated-key has been applied: the next certificate is listed from now on */
};

/* `path` NULL gives an empty script. NULL and `fail` (file:line: …) when a line is not a rule. */
struct faults *faults_load(const char *path, struct fail *fail);
void faults_free(struct faults *faults);

/* Counts the request in every rule it fits; NULL when none is to apply. Which turns a chance takes
 * depends on seed, rule and count alone. */
const struct fault *faults_next(struct faults *faults, const struct fault_subject *subject);

/* Does any rule have this fault? */
bool faults_have(const struct faults *faults, enum fault_kind kind);

#endif
