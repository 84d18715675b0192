/* The world that the simulator plays: merchants, what was paid to them, what they refunded, orders
 * that were never paid, and other movements of their accounts. Read from JSON Lines (wxpay-sim(1));
 * strict, each complaint names file and line. A loaded world never changes; its texts live in its
 * arena. Payments, refunds and movements are sorted by merchant and time.
 *
 * A sub-merchant (特约商户) is a merchant with a provider: it has an account of its own, and its
 * provider signs for it. The older way of saying it, `sub_mchid` of a merchant, makes the merchant
 * its own provider: one account, bills show that number. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "alloc.h"
#include "fail.h"
#include "index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of a world; far above what one WeChat Pay merchant has. */
enum {
    WORLD_LINE_MAX = 65536,
    WORLD_APPIDS_MAX = 16,
    WORLD_REPEAT_MAX = 1000,
    WORLD_PARTS_MAX = 16
};
#define WORLD_AMOUNT_MAX_FEN INT64_C(1000000000000)
#define WORLD_SECONDS_MAX (INT64_C(366) * 86400)

/* A time that never comes. */
#define NEVER INT64_MAX

enum key_mode { KEY_MODE_CERTIFICATE, KEY_MODE_PUBLIC_KEY };
enum bill_layout { BILL_LAYOUT_CURRENT, BILL_LAYOUT_LEGACY };
enum fund_style { FUND_STYLE_FEE_ROWS, FUND_STYLE_NET };

/* The accounts of FACTS §4.1. */
/* DEPOSIT is in bills of sub-merchants only (FACTS §4.2). */
enum account_kind { ACCOUNT_BASIC, ACCOUNT_OPERATION, ACCOUNT_FEES, ACCOUNT_DEPOSIT };
enum { ACCOUNT_COUNT = ACCOUNT_DEPOSIT + 1 };

/* A refund that the account cannot pay: 403 NOT_ENOUGH, or accepted and waiting (FACTS §5.2). */
enum unfunded { UNFUNDED_REFUSE, UNFUNDED_WAIT };

/* How a refund ends, as the API names it (FACTS §5.1); DEFAULT is SUCCESS for refunds asked for
 * here and what the bill's word means for refunds of the world. REFUSED is not a status: such a
 * payment's refunds are 403 USER_ACCOUNT_ABNORMAL. */
enum refund_end {
    REFUND_END_DEFAULT,
    REFUND_END_SUCCESS,
    REFUND_END_ABNORMAL,
    REFUND_END_CLOSED,
    REFUND_END_PROCESSING,
    REFUND_END_REFUSED,
};

/* What pays: AVAILABLE refunds stand in the RECHARGE_REFUND bill only (FACTS §3.1). */
enum funds_account { FUNDS_UNSETTLED, FUNDS_AVAILABLE };

struct merchant {
    const char *mchid;
    const char *name;
    const char *sub_mchid; /* "0" for a direct merchant, as bills print it */
    const char *provider_mchid;
    const struct merchant *provider; /* NULL: signs for itself */
    bool partner;                    /* has sub-merchants: requests have to name one */
    const char *appids[WORLD_APPIDS_MAX];
    size_t appid_count;
    const char *rate; /* as printed, `0.60%` */
    int64_t rate_ppm;
    enum key_mode mode;
    enum bill_layout layout;
    enum fund_style fund_style;
    enum unfunded unfunded;
    int64_t opening_balance_fen[ACCOUNT_COUNT];
    int64_t fund_flow_parts; /* of a sub-merchant's encrypted bill */
    const struct payment *payments;
    size_t payment_count;
    const struct refund *refunds;
    size_t refund_count;
    const struct movement *movements;
    size_t movement_count;
};

/* What a scenario prints differently in the trade bill; NULL = as it is. */
struct overrides {
    const char *mchid;
    const char *appid;
    const char *currency;
    const char *state;
    const char *status;
    int64_t repeat;
    bool trade_bill;
    bool fund_flow;
};

struct payment {
    size_t merchant;
    const char *appid;
    const char *out_trade_no;
    const char *transaction_id;
    const char *openid;
    int64_t time;
    int64_t total_fen;
    int64_t coupon_fen;
    int64_t discount_fen;
    int64_t settlement_fen; /* total − discount */
    int64_t fee_fen;
    const char *trade_type;
    const char *bank;
    const char *body;
    const char *attach;
    const char *state;
    enum refund_end refund_ends; /* of refunds asked for at run time */
    int64_t refund_after_s;      /* from acceptance to that end; -1: as the bank does */
    struct overrides row;
    size_t line;
};

struct refund {
    size_t merchant;
    const struct payment *payment;
    const char *transaction_id;
    const char *out_refund_no;
    const char *refund_id;
    int64_t time; /* when the refund was accepted: decides the bill day (FACTS §3.4) */
    int64_t refund_fen;
    int64_t settlement_fen; /* refund_fen without the share of the merchant-funded discount */
    int64_t discount_fen;   /* that share */
    int64_t coupon_fen;     /* share of the prepaid coupon */
    int64_t fee_fen;        /* fee given back, ≥ 0 */
    const char *status;     /* the word that its bill prints; of the world's refunds */
    const char *type;
    enum funds_account funds_account;
    enum refund_end ends; /* never DEFAULT once loaded */
    int64_t after_s;      /* from being paid to its end */
    int64_t funded_at;    /* when the account paid it: `time`, later, or NEVER so far */
    int64_t abnormal_at;  /* when apply-abnormal-refund was accepted, or NEVER */
    struct overrides row;
    size_t line;
};

/* An order that was not paid (FACTS §6). */
struct order {
    size_t merchant;
    const char *appid;
    const char *out_trade_no;
    int64_t total_fen;
    const char *state; /* NOTPAY, CLOSED, REVOKED, USERPAYING, PAYERROR */
    const char *openid;
    const char *attach;
    size_t line;
};

/* A movement of an account that is neither payment nor refund. */
struct movement {
    size_t merchant;
    enum account_kind account;
    int64_t time;
    int64_t amount_fen; /* > 0: money in; never 0 */
    const char *name;   /* 业务名称 */
    const char *type;   /* 业务类型 */
    const char *business_no;
    const char *flow_no;
    const char *voucher_no;
    const char *remark;
    size_t line;
};

struct world {
    struct arena arena;
    struct merchant *merchants;
    size_t merchant_count;
    struct payment *payments;
    size_t payment_count;
    struct refund *refunds;
    size_t refund_count;
    struct order *orders;
    size_t order_count;
    struct movement *movements;
    size_t movement_count;
    struct index by_transaction_id; /* payments of a merchant */
    struct index by_out_trade_no;   /* likewise; the first of them when a number is there twice */
    struct index by_out_refund_no;  /* refunds of an applicant, see world_applicant */
    struct index by_refund_id;      /* likewise */
    struct index orders_by_number;  /* of a merchant */
};

/* NULL and `fail` when the file cannot be read or does not hold together. */
struct world *world_load(const char *path, struct fail *fail);
void world_free(struct world *world);

const struct merchant *world_merchant(const struct world *world, const char *mchid);
size_t world_index(const struct world *world, const struct merchant *merchant);

/* Who signs for that merchant: its provider or itself. Refund numbers are unique within it. */
size_t world_applicant(const struct world *world, size_t merchant);

/* As it is at `now`: NULL when no such payment has been made yet. */
const struct payment *world_payment_by_id(const struct world *world, size_t merchant,
                                          const char *transaction_id, int64_t now);
const struct payment *world_payment_by_number(const struct world *world, size_t merchant,
                                              const char *out_trade_no, int64_t now);

/* A part of world_load (world_link.c): sorts, indexes, links and computes what was read. */
bool world_link(struct world *world, const char *path, struct fail *fail);

#endif
