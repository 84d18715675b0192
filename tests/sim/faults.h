/* The fault script: which request goes wrong, and how. One rule a line:
 *   <request> [mchid=…] [bill_date=…] [nth=K|K-M|*] <fault>[=argument]
 * A rule counts the requests its filter fits, from 1; the first rule that fits and whose turn it is
 * applies. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "alloc.h"
#include "fail.h"

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
    FAULT_NOT_READY,
    FAULT_NO_BILL,
    FAULT_WRONG_DIGEST,
    FAULT_TRUNCATE,
    FAULT_STATUS,
    FAULT_BAD_SIGNATURE,
    FAULT_PROBE_SIGNATURE,
    FAULT_EMPTY_BODY,
    FAULT_LEADING_SPACE,
    FAULT_SWAP_DAY,
    FAULT_SWAP_MERCHANT,
    FAULT_RATE_LIMIT,
};

struct fault {
    enum fault_kind kind;
    const char *name;  /* as in the script, for the request log */
    int64_t number;    /* bytes of truncate, number of status */
    int32_t day;       /* of swap-day */
    const char *mchid; /* of swap-merchant */
};

struct fault_rule {
    enum request_kind request;
    const char *mchid; /* NULL: any */
    int32_t bill_day;  /* DAY_NONE: any */
    uint64_t nth_first;
    uint64_t nth_last;
    struct fault fault;
    size_t line;
    uint64_t seen;
};

struct faults {
    struct arena arena;
    struct fault_rule *rules;
    size_t count;
    size_t room;
};

/* `path` NULL gives an empty script. NULL and `fail` (file:line: …) when a line is not a rule. */
struct faults *faults_load(const char *path, struct fail *fail);
void faults_free(struct faults *faults);

/* Counts the request in every rule it fits; NULL when none is to apply. `bill_day` DAY_NONE when it
 * has none. */
const struct fault *faults_next(struct faults *faults, enum request_kind request, const char *mchid,
                                int32_t bill_day);

#endif
