/* One request as it came in, and what has been found out about it. */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "faults.h"
#include "keys.h"
#include "query.h"
#include "world.h"

struct request {
    uint64_t number;    /* from 1 */
    int64_t time;       /* of the simulator */
    char *uri;          /* path and query exactly as sent */
    size_t path_size;   /* of `uri` */
    const char *method; /* this and the headers belong to the connection */
    const char *accept;
    const char *user_agent;
    const char *authorization;
    const char *wechatpay_serial;
    struct text body;
    bool too_long;
    char out_refund_no[65];          /* that a refund request is about; empty when there is none */
    char mchid[33];                  /* as the Authorization header says; empty when it does not */
    const struct merchant *merchant; /* set by auth_check */
    const struct merchant_keys *keys;
    struct query query;
    int32_t bill_day; /* DAY_NONE when the request names none */
};

const char *request_query(const struct request *request);
bool request_has_path(const struct request *request, const char *path);

#endif
