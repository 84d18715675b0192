/* One request as it came in, and what has been found out about it. */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "faults.h"
#include "keys.h"
#include "query.h"
#include "route.h"
#include "world.h"

struct request {
    uint64_t number;    /* from 1 */
    int64_t time;       /* of the simulator */
    int64_t at_ms;      /* of the machine, since the start */
    char *uri;          /* path and query exactly as sent */
    size_t path_size;   /* of `uri` */
    const char *method; /* this and the headers belong to the connection */
    const char *accept;
    const char *user_agent;
    const char *authorization;
    const char *wechatpay_serial;
    const char *content_type;
    const struct route *route; /* NULL: none found */
    char *path_value;          /* what stands for `{}` in its path */
    struct text body;
    char out_refund_no[65];          /* that a refund request is about; empty when there is none */
    char mchid[33];                  /* as the Authorization header says; empty when it does not */
    const struct merchant *merchant; /* set by auth_check */
    const struct merchant_keys *keys;
    struct query query;
    int32_t bill_day; /* DAY_NONE when the request names none */
};

const char *request_query(const struct request *request);

/* Reads out_refund_no from path or body, for the log; a body that is no JSON has none. */
void request_find_refund(struct request *request);

#endif
