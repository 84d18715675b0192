/* What WeChat Pay knows of an order (FACTS §6). Foreign words that nobody knows yet are …_UNKNOWN.
 */
#ifndef WXPAY_ORDER_H
#define WXPAY_ORDER_H

#include "base/date.h"
#include "base/money.h"
#include "wxpay/answer.h"
#include "wxpay/client.h"

enum wxpay_order_key { WXPAY_BY_OUT_TRADE_NO, WXPAY_BY_TRANSACTION_ID };

enum wxpay_trade_state {
    WXPAY_TRADE_UNKNOWN,
    WXPAY_TRADE_SUCCEEDED, /* SUCCESS */
    WXPAY_TRADE_REFUNDED,  /* REFUND: any refund, even a partial one */
    WXPAY_TRADE_NOTPAY,
    WXPAY_TRADE_CLOSED,
    WXPAY_TRADE_REVOKED,
    WXPAY_TRADE_USERPAYING,
    WXPAY_TRADE_PAYERROR,
};

struct wxpay_order {
    char mchid[32 + 1];     /* partner mode: sp_mchid */
    char sub_mchid[32 + 1]; /* partner mode only */
    char appid[32 + 1];     /* partner mode: sp_appid */
    char out_trade_no[32 + 1];
    char transaction_id[32 + 1]; /* "" until it is paid */
    char trade_type[16 + 1];     /* JSAPI, NATIVE, …; an open set */
    enum wxpay_trade_state state;
    bool has_success_time;
    struct instant success_time;
    bool has_amount; /* not before it is paid */
    struct money total, payer_total;
};

struct wxpay_order_answer {
    bool found; /* false: WeChat Pay knows no such order */
    struct wxpay_request_id request_id;
    struct wxpay_order order; /* only when found */
};

/* Reads an order. ERR_DATA when it is not what FACTS §6 describes, is about another number, or of
 * another merchant: `mchid`, and in partner mode `sub_mchid`, which is empty otherwise. Pure. */
struct wxpay_order_asked {
    enum wxpay_order_key key;
    struct view number;
    struct view mchid, sub_mchid;
};
bool wxpay_order_read(struct view json, const struct wxpay_order_asked *asked,
                      struct wxpay_order *ret_order, struct err *err);

/* By either number, direct or, with settings.sub_mchid, as partner. May be repeated. */
bool wxpay_order_query(struct wxpay *client, enum wxpay_order_key key, struct view number,
                       struct wxpay_order_answer *ret_answer, struct err *err);
struct wxpay_call *wxpay_order_query_start(struct wxpay *client, enum wxpay_order_key key,
                                           struct view number);
bool wxpay_order_query_finish(struct wxpay_call *call, struct wxpay_order_answer *ret_answer,
                              struct err *err);

#endif
