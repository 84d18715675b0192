/* Applying for bills and downloading them (FACTS §3.1–3.3, §4.1). */
#ifndef WXPAY_BILL_H
#define WXPAY_BILL_H

#include "base/date.h"
#include "http/http.h"
#include "wxpay/answer.h"
#include "wxpay/client.h"

enum wxpay_bill_kind {
    WXPAY_TRADE_ALL,
    WXPAY_TRADE_SUCCESS,
    WXPAY_TRADE_REFUND,
    WXPAY_TRADE_RECHARGE_REFUND,
    WXPAY_FUND_BASIC,
    WXPAY_FUND_OPERATION,
    WXPAY_FUND_FEES,
};

/* "trade ALL", "fund BASIC", … for messages. */
const char *wxpay_bill_kind_name(enum wxpay_bill_kind kind);

enum wxpay_bill_state {
    WXPAY_BILL_OFFERED,
    WXPAY_BILL_NONE,      /* nothing happened on that day: a normal answer, do not ask again */
    WXPAY_BILL_NOT_READY, /* ask again in about half an hour */
};

enum { WXPAY_URL_MAX = 2048 };

struct wxpay_bill_offer {
    enum wxpay_bill_state state;
    char request_id[WXPAY_REQUEST_ID_MAX + 1]; /* "" when the reply had none */
    /* only when offered: */
    char sha1[40 + 1]; /* lower-case hex, over the plain bytes of the bill (FACTS §3.1) */
    char url[WXPAY_URL_MAX + 1]; /* on a configured host; good for minutes: download at once */
};

/* Asks for the bill of one day, gzipped. May be repeated. Trade bills are limited to
 * settings.sub_mchid when there is one; fund bills are always those of settings.mchid itself.
 * Before 10:00 Beijing time of the next day "no statement" proves nothing (FACTS §3.3) and is
 * WXPAY_BILL_NOT_READY. */
bool wxpay_bill_apply(struct wxpay *client, enum wxpay_bill_kind kind, struct date day,
                      struct wxpay_bill_offer *ret_offer, struct err *err);

/* The same in two halves (wxpay/pool.h). */
struct wxpay_call *wxpay_bill_apply_start(struct wxpay *client, enum wxpay_bill_kind kind,
                                          struct date day);
bool wxpay_bill_apply_finish(struct wxpay_call *call, struct wxpay_bill_offer *ret_offer,
                             struct err *err);

/* Streams the bytes as received (gzip or plain: look at them, FACTS §3.2) into `sink`. They are not
 * signed: compare the digest. Errors besides those of client.h: ERR_LATER the token is no longer
 * good (apply again), or asked too often; ERR_UNAVAILABLE also when the stream broke off; ERR_DATA
 * an empty body; whatever `sink` failed with. After a failure `sink` may have had a part. Repeated
 * by itself only while `sink` has had nothing. `ret_bytes`: how many. */
bool wxpay_bill_download(struct wxpay *client, const struct wxpay_bill_offer *offer,
                         http_sink_function *sink, void *context, uint64_t *ret_bytes,
                         struct err *err);

/* The same in two halves. The offer is not needed any more after the first; sink and context are
 * until the second. */
struct wxpay_call *wxpay_bill_download_start(struct wxpay *client,
                                             const struct wxpay_bill_offer *offer,
                                             http_sink_function *sink, void *context);
/* Asked before the second half: did the download fail because its address is no longer good
 * (FACTS §3.2)? Then, and only then, apply again at once. Also for parts of sealed bills. */
bool wxpay_bill_is_expired(const struct wxpay_call *call);
bool wxpay_bill_download_finish(struct wxpay_call *call, uint64_t *ret_bytes, struct err *err);

#endif
