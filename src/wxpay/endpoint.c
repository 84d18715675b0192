#include "wxpay/endpoint.h"

#include <assert.h>
#include <stddef.h>

/* Refunds: 150 a second, and 6 once errors come; nobody says for how long (FACTS §5.2). A minute is
 * what it takes until most reasons for errors have been seen. */
#define SLOW_US (60 * INT64_C(1000000))

/* Refunds of old orders: 5,000 a minute (FACTS §5.2); so many a second are never more. */
#define OLD_PER_SECOND (5000 / 60)

/* Where FACTS names no limit there is none but that on connections. */
static const struct wxpay_endpoint_rules rules[WXPAY_ENDPOINTS] = {
    [WXPAY_CERTIFICATES] = {HTTP_GET, true, {0, 0, 0}, {0, 0, 0}},
    [WXPAY_TRADE_APPLY] = {HTTP_GET, true, {0, 0, 0}, {0, 0, 0}},
    [WXPAY_FUND_APPLY] = {HTTP_GET, true, {3, 3, 0}, {0, 0, 0}}, /* FACTS §3.3, §4.1 */
    [WXPAY_BILL_DOWNLOAD] = {HTTP_GET, true, {0, 0, 0}, {0, 0, 0}},
    [WXPAY_REFUND_CREATE] = {HTTP_POST,
                             false,
                             {150, 6, SLOW_US},
                             {OLD_PER_SECOND, OLD_PER_SECOND, 0}},
    [WXPAY_REFUND_QUERY] = {HTTP_GET, true, {300, 300, 0}, {0, 0, 0}}, /* FACTS §5.4 */
    [WXPAY_ORDER_QUERY] = {HTTP_GET, true, {0, 0, 0}, {0, 0, 0}},
};

const struct wxpay_endpoint_rules *wxpay_endpoint_rules(enum wxpay_endpoint endpoint)
{
    assert((size_t)endpoint < WXPAY_ENDPOINTS);
    return &rules[endpoint];
}
