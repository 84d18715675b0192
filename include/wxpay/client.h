/* WeChat Pay's APIv3 for one merchant.
 *
 *     CLEANUP(wxpay_done) struct wxpay *client = NULL;
 *     struct wxpay_bill_offer offer;
 *     wxpay_open(&settings, &client, err)
 *     wxpay_bill_apply(client, WXPAY_TRADE_ALL, day, &offer, err)
 *     wxpay_bill_download(client, &offer, sink, context, &bytes, err)
 *
 * Each of these calls also comes in two halves, so that hundreds can be in flight at once:
 * wxpay/pool.h.
 *
 * wxpay_open reads the merchant's keys and touches no network. Platform certificates are fetched
 * before the first call whose reply needs one, and again when they are twelve hours old or a reply
 * names a serial that is not known (FACTS §2.5).
 *
 * Every reply is verified before it is parsed, except what is never signed (FACTS §2.4): failures,
 * and the bytes of a bill, which carry their own digest. Requests that may be repeated
 * (wxpay/endpoint.h) are, as settings.retry says; when the host was not reached or broke off, the
 * next attempt goes to the other host. After a host was not reached all later calls begin at the
 * other one, so that refunds, which are not repeated, are sent there as well.
 *
 * Kinds of error, for all calls: ERR_UNAVAILABLE host not reached or in trouble; ERR_LATER asked
 * too often, or a wait was interrupted; ERR_ACCESS keys, clock, permission, or replies that are not
 * WeChat Pay's; ERR_DATA a request that is refused for good, or a reply that is not what FACTS
 * describes; ERR_LIMIT a reply larger than allowed; ERR_CONFIG wrong base_url or CA file. Messages
 * hold status, code, the server's text and Request-Id.
 *
 * A client belongs to its pool's thread. */
#ifndef WXPAY_CLIENT_H
#define WXPAY_CLIENT_H

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "wxpay/attempt.h"
#include "wxpay/pool.h"
#include "wxpay/retry.h"

#define WXPAY_BASE_URL "https://api.mch.weixin.qq.com"
#define WXPAY_BACKUP_URL "https://api2.mch.weixin.qq.com" /* at another site */

/* Everything pointed to must outlive the client. What is left zero has a default. */
struct wxpay_settings {
    const char *base_url;            /* NULL: WXPAY_BASE_URL */
    const char *backup_url;          /* "": none; NULL: WXPAY_BACKUP_URL beside WXPAY_BASE_URL */
    const char *ca_file;             /* NULL: the system's certificates */
    const char *keys_dir;            /* of this merchant; see wxpay/keys.h */
    const char *mchid;               /* partner mode: the service provider's */
    const char *sub_mchid;           /* NULL or "": none */
    const struct clock *clock;       /* signs, and judges the age of replies */
    const struct wxpay_retry *retry; /* NULL: WXPAY_RETRY_DEFAULT */
    struct wxpay_pool *pool;         /* NULL: one of its own, with the next two */
    wxpay_wait_function *wait;       /* as in struct wxpay_pool_settings */
    void *wait_context;
    wxpay_attempt_function *told; /* of each attempt; NULL: nobody is */
    void *told_context;
    int64_t connect_timeout_ms; /* 10 s */
    int64_t total_timeout_ms;   /* 30 s; 30 min for a bill's bytes */
    uint64_t bill_bytes_max;    /* 1 GiB as received */
};

struct wxpay;

bool wxpay_open(const struct wxpay_settings *settings, struct wxpay **ret_client, struct err *err);
void wxpay_close(struct wxpay *client);
DEFINE_CLEANUP(wxpay_done, struct wxpay, wxpay_close)

#endif
