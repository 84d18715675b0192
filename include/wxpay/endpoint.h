/* What we call, and the rules of each as data: how often for one merchant, and whether a request
 * may be sent a second time by itself. Pure.
 *
 * A POST is never repeated by itself, although a refund is safe by its number (FACTS §5.1): whoever
 * sent it asks first what became of it (FACTS §5.3). */
#ifndef WXPAY_ENDPOINT_H
#define WXPAY_ENDPOINT_H

#include "http/http.h"
#include "wxpay/rate.h"

enum wxpay_endpoint {
    WXPAY_CERTIFICATES,
    WXPAY_TRADE_APPLY,
    WXPAY_FUND_APPLY, /* a sub-merchant's, too */
    WXPAY_BILL_DOWNLOAD,
    WXPAY_REFUND_CREATE,
    WXPAY_REFUND_QUERY,
    WXPAY_ORDER_QUERY,
};

enum { WXPAY_ENDPOINTS = WXPAY_ORDER_QUERY + 1 };

struct wxpay_endpoint_rules {
    enum http_method method;
    bool may_repeat;
    struct wxpay_rate_limit limit;
    struct wxpay_rate_limit old_orders; /* besides: of requests about orders that are old */
};

/* An order is old from so many days after its payment on. FACTS §5.2 says "one month": that is at
 * least so many. */
enum { WXPAY_OLD_ORDER_DAYS = 28 };

const struct wxpay_endpoint_rules *wxpay_endpoint_rules(enum wxpay_endpoint endpoint);

#endif
