#include "route.h"

#include "query.h"

#include <stdlib.h>
#include <string.h>

static const struct route routes[] = {
    {"GET", "/v3/certificates", REQUEST_CERTIFICATES, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/bill/tradebill", REQUEST_TRADEBILL, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/bill/fundflowbill", REQUEST_FUNDFLOWBILL, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/bill/sub-merchant-fundflowbill", REQUEST_SUB_FUNDFLOWBILL, ORDER_FORM_DIRECT,
     false},
    {"GET", "/v3/billdownload/file", REQUEST_DOWNLOAD, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/bill/downloadurl", REQUEST_DOWNLOAD, ORDER_FORM_DIRECT, false},
    {"POST", "/v3/refund/domestic/refunds", REQUEST_REFUND, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/refund/domestic/refunds/{}", REQUEST_REFUND_QUERY, ORDER_FORM_DIRECT, false},
    {"POST", "/v3/refund/domestic/refunds/{}/apply-abnormal-refund", REQUEST_REFUND_ABNORMAL,
     ORDER_FORM_DIRECT, false},
    {"GET", "/v3/pay/transactions/out-trade-no/{}", REQUEST_ORDER_QUERY, ORDER_FORM_DIRECT, false},
    {"GET", "/v3/pay/transactions/id/{}", REQUEST_ORDER_QUERY, ORDER_FORM_DIRECT, true},
    {"GET", "/v3/pay/partner/transactions/out-trade-no/{}", REQUEST_ORDER_QUERY, ORDER_FORM_PARTNER,
     false},
    {"GET", "/v3/pay/partner/transactions/id/{}", REQUEST_ORDER_QUERY, ORDER_FORM_PARTNER, true},
};

/* Does the path fit the pattern? Then the segment of `{}` is `*ret_segment`. */
static bool fits(const char *pattern, const char *path, const char *end, const char **ret_segment,
                 size_t *ret_size)
{
    const char *variable = strstr(pattern, "{}");
    size_t before = variable != NULL ? (size_t)(variable - pattern) : strlen(pattern);
    const char *behind = variable != NULL ? variable + 2 : pattern + before;
    size_t left = (size_t)(end - path);

    if (left < before + strlen(behind) || memcmp(path, pattern, before) != 0 ||
        memcmp(end - strlen(behind), behind, strlen(behind)) != 0)
        return false;
    *ret_segment = path + before;
    *ret_size = left - before - strlen(behind);
    if (variable == NULL)
        return *ret_size == 0;
    return *ret_size > 0 && memchr(*ret_segment, '/', *ret_size) == NULL;
}

enum route_answer route_find(const char *method, const char *path, size_t size,
                             const struct route **ret_route, char **ret_value)
{
    enum route_answer answer = ROUTE_NO_PATH;

    for (size_t at = 0; at < sizeof(routes) / sizeof(routes[0]); at++) {
        const char *segment;
        size_t segment_size;
        char *value;

        if (!fits(routes[at].path, path, path + size, &segment, &segment_size))
            continue;
        answer = ROUTE_NO_METHOD;
        if (strcmp(routes[at].method, method) != 0)
            continue;
        value = alloc_copy(segment, segment_size);
        if (!query_decode(value)) {
            free(value);
            return ROUTE_NO_PATH;
        }
        *ret_route = &routes[at];
        *ret_value = value;
        return ROUTE_FOUND;
    }
    return answer;
}

bool route_is_transactions(const struct route *route)
{
    return route->kind == REQUEST_ORDER_QUERY;
}
