/* Refunds: sending one, and asking what became of it (FACTS §5).
 *
 * out_refund_no is what makes a refund one refund: the same number with the same parameters is the
 * same refund, a new number may pay twice. So a request is sent once and never repeated by itself;
 * when it is not certain what became of it the answer is WXPAY_ASK_FIRST: ask by the number, and
 * send the same bytes again only when there is no such refund (FACTS §5.3).
 *
 * The caller builds the body once, keeps its bytes, and sends those every time.
 *
 * Foreign words that nobody knows yet are …_UNKNOWN; keys that nobody knows are ignored. */
#ifndef WXPAY_REFUND_H
#define WXPAY_REFUND_H

#include "base/buf.h"
#include "base/date.h"
#include "base/money.h"
#include "wxpay/answer.h"
#include "wxpay/client.h"
#include "wxpay/reaction.h"

enum {
    WXPAY_OUT_REFUND_NO_MAX = 64,
    WXPAY_REFUND_ID_MAX = 32,
    WXPAY_TRANSACTION_ID_MAX = 32,
    WXPAY_OUT_TRADE_NO_MAX = 32,
    WXPAY_REASON_MAX = 80, /* bytes: whether WeChat Pay counts characters is not certain */
    WXPAY_NOTIFY_URL_MAX = 256,
    WXPAY_ACCOUNT_TEXT_MAX = 4 * 64, /* 64 characters */
};

/* ---- sending --------------------------------------------------------------------------------- */

/* What is asked for. Empty views are left out of the body. */
struct wxpay_refund_request {
    struct view sub_mchid;      /* partner mode only */
    struct view transaction_id; /* one of the two */
    struct view out_trade_no;
    struct view out_refund_no; /* digits, letters, _ - | * @ */
    struct view reason;        /* shown to the user */
    struct view notify_url;
    struct view funds_account; /* "AVAILABLE" or "UNSETTLED"; normally left out */
    struct money refund;       /* at least one fen, at most `total` */
    struct money total;        /* the order's */
};

/* Appends the JSON body: the same request gives the same bytes. ERR_DATA when FACTS §5.1 does not
 * allow it; then nothing is appended. */
bool wxpay_refund_body(const struct wxpay_refund_request *request, struct buf *ret_body,
                       struct err *err);

/* ---- answers --------------------------------------------------------------------------------- */

enum wxpay_refund_status {
    WXPAY_REFUND_UNKNOWN,
    WXPAY_REFUND_SUCCESS,
    WXPAY_REFUND_CLOSED,     /* finished without success: needs a new number */
    WXPAY_REFUND_PROCESSING, /* accepted */
    WXPAY_REFUND_ABNORMAL,   /* the user's card does not take it: people (FACTS §5.5) */
};

enum wxpay_refund_channel {
    WXPAY_CHANNEL_UNKNOWN,
    WXPAY_CHANNEL_ORIGINAL,
    WXPAY_CHANNEL_BALANCE,
    WXPAY_CHANNEL_OTHER_BALANCE,
    WXPAY_CHANNEL_OTHER_BANKCARD,
};

enum wxpay_funds_account {
    WXPAY_FUNDS_UNKNOWN,
    WXPAY_FUNDS_UNSETTLED,
    WXPAY_FUNDS_AVAILABLE,
    WXPAY_FUNDS_UNAVAILABLE,
    WXPAY_FUNDS_OPERATION,
    WXPAY_FUNDS_BASIC,
    WXPAY_FUNDS_ECNY_BASIC,
};

struct wxpay_refund {
    char refund_id[WXPAY_REFUND_ID_MAX + 1];
    char out_refund_no[WXPAY_OUT_REFUND_NO_MAX + 1];
    char transaction_id[WXPAY_TRANSACTION_ID_MAX + 1];
    char out_trade_no[WXPAY_OUT_TRADE_NO_MAX + 1];
    char user_received_account[WXPAY_ACCOUNT_TEXT_MAX + 1]; /* "招商银行信用卡0403" */
    enum wxpay_refund_status status;
    enum wxpay_refund_channel channel;
    enum wxpay_funds_account funds_account;
    struct instant create_time; /* accepted: decides the bill's day */
    bool has_success_time;
    struct instant success_time;
    struct money total, refund;
    struct money payer_total, payer_refund;
    struct money settlement_total, settlement_refund;
    struct money discount_refund; /* 0 when left out, as the next */
    struct money refund_fee;      /* fee given back */
};

struct wxpay_refund_answer {
    enum wxpay_reaction reaction;
    struct wxpay_request_id request_id;
    struct wxpay_refund refund; /* WXPAY_DONE only */
    struct err reason;          /* otherwise: what was said, as a whole message */
};

/* Reads a refund object. ERR_DATA when it is not what FACTS §5.1 describes or is about another
 * out_refund_no. Pure. */
bool wxpay_refund_read(struct view json, struct view out_refund_no, struct wxpay_refund *ret_refund,
                       struct err *err);

/* Sends `body` as it is. False: nothing was sent, so there is no refund, and the error says why.
 * True: the answer's reaction is one of
 *     WXPAY_DONE            accepted, or the present state of one accepted before
 *     WXPAY_ASK_FIRST       it may have been accepted: 400 INVALID_REQUEST, 429, 5xx, 202, broken
 * off, timed out, signature missing, wrong or probed, an answer that cannot be read
 *     WXPAY_NOT_ENOUGH      top up; the same number later; hold this merchant's others
 *     WXPAY_ACCOUNT_CLOSED  pay back another way
 *     WXPAY_NOT_FOUND       the order is missing or not paid: compare with the order query
 *     WXPAY_PEOPLE          TRADE_OVERDUE, REFUND_FEE_MISMATCH, RULE_LIMIT
 *     WXPAY_REFUSED         PARAM_ERROR, MCH_NOT_EXISTS
 *     WXPAY_NOT_ALLOWED     NO_AUTH
 *     WXPAY_NOT_KNOWN       401: stop the run
 *     WXPAY_WRONG_HOST      there is no APIv3 under this address */
bool wxpay_refund_create(struct wxpay *client, struct view out_refund_no, struct view body,
                         struct wxpay_refund_answer *ret_answer, struct err *err);
struct wxpay_call *wxpay_refund_create_start(struct wxpay *client, struct view out_refund_no,
                                             struct view body);
/* When the order was paid, said before the call is waited for: with an old one
 * (WXPAY_OLD_ORDER_DAYS) it keeps to the limit for those, too (FACTS §5.2). */
void wxpay_refund_paid_at(struct wxpay_call *call, struct instant paid_at);
bool wxpay_refund_create_finish(struct wxpay_call *call, struct wxpay_refund_answer *ret_answer,
                                struct err *err);

/* Asks for the refund of that number, in partner mode of settings.sub_mchid. True: WXPAY_DONE, or
 * WXPAY_NOT_FOUND when there is no such refund. May be repeated. */
bool wxpay_refund_query(struct wxpay *client, struct view out_refund_no,
                        struct wxpay_refund_answer *ret_answer, struct err *err);
struct wxpay_call *wxpay_refund_query_start(struct wxpay *client, struct view out_refund_no);
bool wxpay_refund_query_finish(struct wxpay_call *call, struct wxpay_refund_answer *ret_answer,
                               struct err *err);

#endif
