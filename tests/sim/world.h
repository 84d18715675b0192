/* The world that the simulator plays: merchants, what was paid to them and what they refunded.
 * Read from JSON Lines (wxpay-sim(1)); strict, each complaint names file and line. A loaded world
 * never changes; its texts live in its arena. Payments and refunds are sorted by merchant and time.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "alloc.h"
#include "fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of a world; far above what one WeChat Pay merchant has. */
enum { WORLD_LINE_MAX = 65536, WORLD_APPIDS_MAX = 16, WORLD_REPEAT_MAX = 1000 };
#define WORLD_AMOUNT_MAX_FEN INT64_C(1000000000000)

enum key_mode { KEY_MODE_CERTIFICATE, KEY_MODE_PUBLIC_KEY };
enum bill_layout { BILL_LAYOUT_CURRENT, BILL_LAYOUT_LEGACY };
enum fund_style { FUND_STYLE_FEE_ROWS, FUND_STYLE_NET };

struct merchant {
    const char *mchid;
    const char *name;
    const char *sub_mchid; /* "0" for a direct merchant, as bills print it */
    const char *appids[WORLD_APPIDS_MAX];
    size_t appid_count;
    const char *rate; /* as printed, `0.60%` */
    int64_t rate_ppm;
    enum key_mode mode;
    enum bill_layout layout;
    enum fund_style fund_style;
    int64_t opening_balance_fen;
    const struct payment *payments;
    size_t payment_count;
    const struct refund *refunds;
    size_t refund_count;
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
    int64_t coupon_fen;     /* share of the prepaid coupon */
    int64_t fee_fen;        /* fee given back, ≥ 0 */
    const char *status;
    const char *type;
    struct overrides row;
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
};

/* NULL and `fail` when the file cannot be read or does not hold together. */
struct world *world_load(const char *path, struct fail *fail);
void world_free(struct world *world);

const struct merchant *world_merchant(const struct world *world, const char *mchid);

#endif
