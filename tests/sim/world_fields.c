/* The keys of a world's lines, their types and defaults. */
#include "world_fields.h"

#define AT(member) offsetof(struct world_line, member)
#define REQUIRED(key, kind, member)                                                                \
    {                                                                                              \
        key, kind, true, AT(member), NULL, 0                                                       \
    }
#define OPTIONAL(key, kind, member)                                                                \
    {                                                                                              \
        key, kind, false, AT(member), NULL, 0                                                      \
    }
#define CHOICE(key, member, words, first)                                                          \
    {                                                                                              \
        key, FIELD_CHOICE, false, AT(member), words, first                                         \
    }
#define BALANCE(key, account)                                                                      \
    {                                                                                              \
        key, FIELD_SIGNED_FEN, false,                                                              \
            AT(merchant.opening_balance_fen) + (size_t)(account) * sizeof(int64_t), NULL, 0        \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, FIELD_PLAIN, false, 0, NULL, 0                                                       \
    }

static const char *const mode_words[] = {"certificate", "public_key", NULL};
static const char *const layout_words[] = {"current", "legacy", NULL};
static const char *const fund_style_words[] = {"fee_rows", "net", NULL};
static const char *const unfunded_words[] = {"refuse", "wait", NULL};
static const char *const account_words[] = {"BASIC", "OPERATION", "FEES", "DEPOSIT", NULL};
static const char *const funds_words[] = {"UNSETTLED", "AVAILABLE", NULL};
static const char *const status_words[] = {"SUCCESS", "ABNORMAL", "CLOSED", "PROCESSING", NULL};
static const char *const end_words[] = {
    "SUCCESS", "ABNORMAL", "CLOSED", "PROCESSING", "USER_ACCOUNT_ABNORMAL", NULL};

static const struct field merchant_fields[] = {
    REQUIRED("mchid", FIELD_PLAIN, merchant.mchid),
    REQUIRED("name", FIELD_FREE, merchant.name),
    REQUIRED("appids", FIELD_APPIDS, merchant.appids),
    REQUIRED("rate", FIELD_RATE, merchant.rate),
    CHOICE("mode", merchant.mode, mode_words, 0),
    CHOICE("layout", merchant.layout, layout_words, 0),
    CHOICE("fund_style", merchant.fund_style, fund_style_words, 0),
    CHOICE("unfunded", merchant.unfunded, unfunded_words, 0),
    BALANCE("opening_balance_fen", ACCOUNT_BASIC),
    BALANCE("operation_balance_fen", ACCOUNT_OPERATION),
    BALANCE("fees_balance_fen", ACCOUNT_FEES),
    BALANCE("deposit_balance_fen", ACCOUNT_DEPOSIT),
    OPTIONAL("sub_mchid", FIELD_PLAIN, merchant.sub_mchid),
    OPTIONAL("provider", FIELD_PLAIN, merchant.provider_mchid),
    OPTIONAL("fund_flow_parts", FIELD_PARTS, merchant.fund_flow_parts),
    END,
};

static const struct field payment_fields[] = {
    REQUIRED("mchid", FIELD_PLAIN, mchid),
    REQUIRED("appid", FIELD_PLAIN, payment.appid),
    REQUIRED("out_trade_no", FIELD_PLAIN, payment.out_trade_no),
    REQUIRED("transaction_id", FIELD_PLAIN, payment.transaction_id),
    OPTIONAL("openid", FIELD_PLAIN, payment.openid),
    REQUIRED("time", FIELD_TIME, payment.time),
    REQUIRED("total_fen", FIELD_FEN, payment.total_fen),
    OPTIONAL("coupon_fen", FIELD_FEN, payment.coupon_fen),
    OPTIONAL("discount_fen", FIELD_FEN, payment.discount_fen),
    OPTIONAL("trade_type", FIELD_PLAIN, payment.trade_type),
    OPTIONAL("bank", FIELD_PLAIN, payment.bank),
    OPTIONAL("body", FIELD_FREE, payment.body),
    OPTIONAL("attach", FIELD_FREE, payment.attach),
    OPTIONAL("state", FIELD_PLAIN, payment.state),
    CHOICE("refund_ends", payment.refund_ends, end_words, REFUND_END_SUCCESS),
    OPTIONAL("refund_after_s", FIELD_SECONDS, payment.refund_after_s),
    OPTIONAL("row_mchid", FIELD_PLAIN, payment.row.mchid),
    OPTIONAL("row_appid", FIELD_PLAIN, payment.row.appid),
    OPTIONAL("row_currency", FIELD_PLAIN, payment.row.currency),
    OPTIONAL("row_state", FIELD_PLAIN, payment.row.state),
    OPTIONAL("row_status", FIELD_PLAIN, payment.row.status),
    OPTIONAL("repeat", FIELD_REPEAT, payment.row.repeat),
    OPTIONAL("trade_bill", FIELD_FLAG, payment.row.trade_bill),
    OPTIONAL("fund_flow", FIELD_FLAG, payment.row.fund_flow),
    END,
};

static const struct field refund_fields[] = {
    REQUIRED("mchid", FIELD_PLAIN, mchid),
    REQUIRED("transaction_id", FIELD_PLAIN, refund.transaction_id),
    REQUIRED("out_refund_no", FIELD_PLAIN, refund.out_refund_no),
    REQUIRED("refund_id", FIELD_PLAIN, refund.refund_id),
    REQUIRED("time", FIELD_TIME, refund.time),
    REQUIRED("refund_fen", FIELD_FEN, refund.refund_fen),
    OPTIONAL("status", FIELD_PLAIN, refund.status),
    OPTIONAL("type", FIELD_PLAIN, refund.type),
    CHOICE("ends", refund.ends, status_words, REFUND_END_SUCCESS),
    OPTIONAL("after_s", FIELD_SECONDS, refund.after_s),
    CHOICE("funds_account", refund.funds_account, funds_words, 0),
    OPTIONAL("row_mchid", FIELD_PLAIN, refund.row.mchid),
    OPTIONAL("row_appid", FIELD_PLAIN, refund.row.appid),
    OPTIONAL("row_currency", FIELD_PLAIN, refund.row.currency),
    OPTIONAL("row_state", FIELD_PLAIN, refund.row.state),
    OPTIONAL("row_status", FIELD_PLAIN, refund.row.status),
    OPTIONAL("repeat", FIELD_REPEAT, refund.row.repeat),
    OPTIONAL("trade_bill", FIELD_FLAG, refund.row.trade_bill),
    OPTIONAL("fund_flow", FIELD_FLAG, refund.row.fund_flow),
    END,
};

static const struct field order_fields[] = {
    REQUIRED("mchid", FIELD_PLAIN, mchid),
    REQUIRED("appid", FIELD_PLAIN, order.appid),
    REQUIRED("out_trade_no", FIELD_PLAIN, order.out_trade_no),
    REQUIRED("total_fen", FIELD_FEN, order.total_fen),
    OPTIONAL("state", FIELD_PLAIN, order.state),
    OPTIONAL("openid", FIELD_PLAIN, order.openid),
    OPTIONAL("attach", FIELD_FREE, order.attach),
    END,
};

static const struct field movement_fields[] = {
    REQUIRED("mchid", FIELD_PLAIN, mchid),
    REQUIRED("time", FIELD_TIME, movement.time),
    REQUIRED("amount_fen", FIELD_SIGNED_FEN, movement.amount_fen),
    CHOICE("account", movement.account, account_words, 0),
    OPTIONAL("name", FIELD_PLAIN, movement.name),
    OPTIONAL("type", FIELD_PLAIN, movement.type),
    OPTIONAL("business_no", FIELD_PLAIN, movement.business_no),
    OPTIONAL("flow_no", FIELD_PLAIN, movement.flow_no),
    OPTIONAL("voucher_no", FIELD_FREE, movement.voucher_no),
    OPTIONAL("remark", FIELD_FREE, movement.remark),
    END,
};

static const struct overrides no_overrides = {
    .repeat = 1,
    .trade_bill = true,
    .fund_flow = true,
};

static const struct merchant merchant_defaults = {.sub_mchid = "0", .fund_flow_parts = 1};

static const struct payment payment_defaults = {
    .openid = "",
    .trade_type = "JSAPI",
    .bank = "OTHERS",
    .body = "",
    .attach = "",
    .state = "SUCCESS",
    .refund_after_s = -1,
};

static const struct refund refund_defaults = {.type = "ORIGINAL", .after_s = -1};

static const struct order order_defaults = {.state = "NOTPAY", .openid = "", .attach = ""};

static const struct movement movement_defaults = {
    .name = "充值/提现",
    .business_no = "",
    .flow_no = "",
    .voucher_no = "",
    .remark = "",
};

const struct world_line_words world_line_kinds[] = {
    [WORLD_LINE_MERCHANT] = {"merchant", merchant_fields},
    [WORLD_LINE_PAYMENT] = {"payment", payment_fields},
    [WORLD_LINE_REFUND] = {"refund", refund_fields},
    [WORLD_LINE_ORDER] = {"order", order_fields},
    [WORLD_LINE_MOVEMENT] = {"movement", movement_fields},
    {NULL, NULL},
};

void world_line_reset(struct world_line *line)
{
    switch (line->kind) {
    case WORLD_LINE_MERCHANT:
        line->merchant = merchant_defaults;
        return;
    case WORLD_LINE_PAYMENT:
        line->payment = payment_defaults;
        line->payment.row = no_overrides;
        return;
    case WORLD_LINE_REFUND:
        line->refund = refund_defaults;
        line->refund.row = no_overrides;
        return;
    case WORLD_LINE_ORDER:
        line->order = order_defaults;
        return;
    case WORLD_LINE_MOVEMENT:
        line->movement = movement_defaults;
        return;
    }
}
