/* Which interface a request is for. */
#ifndef SIM_ROUTE_H
#define SIM_ROUTE_H

#include "faults.h"

enum order_form { ORDER_FORM_DIRECT, ORDER_FORM_PARTNER };

struct route {
    const char *method;
    const char *path; /* `{}` stands for one segment */
    enum request_kind kind;
    enum order_form order_form; /* of order queries, likewise by_id */
    bool by_id;
};

enum route_answer { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* `path` without a query, percent-encoded as it came. *ret_value is the segment that stands for
 * `{}`, decoded, or empty; the caller frees it. A segment that cannot be decoded is no path. */
enum route_answer route_find(const char *method, const char *path, size_t size,
                             const struct route **ret_route, char **ret_value);

/* Paths of /v3/pay/: the server is looser there with headers (FACTS §1.3, §1.4). */
bool route_is_transactions(const struct route *route);

#endif
