#include "bill/layout.h"

#include "base/buf.h"
#include "text/utf8.h"

#include <assert.h>

/* Generations of bills; a name belongs to one or more. */
enum { CURRENT = 1, LEGACY = 2, FUND = 4, BOTH = CURRENT | LEGACY };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(number) (UINT64_C(1) << (number))
#define COLUMN(name) BIT(BILL_COLUMN_##name)
#define SUM(name) BIT(BILL_SUM_##name)

struct name {
    const char *text;
    unsigned number; /* enum bill_column or enum bill_sum */
    unsigned generations;
};

/* In the order of the columns, so that differences read in that order too. */
static const struct name HEAD_NAMES[] = {
    {"交易时间", BILL_COLUMN_TIME, BOTH},
    {"公众账号ID", BILL_COLUMN_APPID, BOTH},
    {"商户号", BILL_COLUMN_MCHID, BOTH},
    {"特约商户号", BILL_COLUMN_SUB_MCHID, CURRENT},
    {"子商户号", BILL_COLUMN_SUB_MCHID, BOTH},
    {"设备号", BILL_COLUMN_DEVICE, BOTH},
    {"微信订单号", BILL_COLUMN_TRANSACTION_ID, BOTH},
    {"商户订单号", BILL_COLUMN_OUT_TRADE_NO, BOTH},
    {"用户标识", BILL_COLUMN_OPENID, BOTH},
    {"交易类型", BILL_COLUMN_TRADE_TYPE, BOTH},
    {"交易状态", BILL_COLUMN_TRADE_STATE, BOTH},
    {"付款银行", BILL_COLUMN_BANK, BOTH},
    {"货币种类", BILL_COLUMN_CURRENCY, BOTH},
    {"应结订单金额", BILL_COLUMN_SETTLEMENT, CURRENT},
    {"总金额", BILL_COLUMN_SETTLEMENT, LEGACY},
    {"代金券金额", BILL_COLUMN_COUPON, CURRENT},
    {"企业红包金额", BILL_COLUMN_COUPON, LEGACY},
    {"代金券或立减优惠金额", BILL_COLUMN_COUPON, LEGACY},
    {"退款申请时间", BILL_COLUMN_REFUND_APPLIED_AT, BOTH},
    {"退款成功时间", BILL_COLUMN_REFUND_SUCCEEDED_AT, BOTH},
    {"微信退款单号", BILL_COLUMN_REFUND_ID, BOTH},
    {"商户退款单号", BILL_COLUMN_OUT_REFUND_NO, BOTH},
    {"退款金额", BILL_COLUMN_REFUND, BOTH},
    {"充值券退款金额", BILL_COLUMN_RECHARGE_REFUND, CURRENT},
    {"企业红包退款金额", BILL_COLUMN_RECHARGE_REFUND, LEGACY},
    {"代金券或立减优惠退款金额", BILL_COLUMN_RECHARGE_REFUND, LEGACY},
    {"退款类型", BILL_COLUMN_REFUND_TYPE, BOTH},
    {"退款状态", BILL_COLUMN_REFUND_STATUS, BOTH},
    {"商品名称", BILL_COLUMN_GOODS, BOTH},
    {"商户数据包", BILL_COLUMN_ATTACH, BOTH},
    {"手续费", BILL_COLUMN_FEE, BOTH},
    {"费率", BILL_COLUMN_RATE, BOTH},
    {"订单金额", BILL_COLUMN_ORDER, CURRENT},
    {"申请退款金额", BILL_COLUMN_REFUND_REQUESTED, CURRENT},
    {"费率备注", BILL_COLUMN_RATE_NOTE, CURRENT},
    {"记账时间", BILL_COLUMN_FUND_TIME, FUND},
    {"微信支付业务单号", BILL_COLUMN_BUSINESS_NO, FUND},
    {"资金流水单号", BILL_COLUMN_FLOW_NO, FUND},
    {"业务名称", BILL_COLUMN_FUND_NAME, FUND},
    {"业务类型", BILL_COLUMN_FUND_TYPE, FUND},
    {"收支类型", BILL_COLUMN_DIRECTION, FUND},
    {"收支金额(元)", BILL_COLUMN_AMOUNT, FUND},
    {"收支金额（元）", BILL_COLUMN_AMOUNT, FUND},
    {"账户结余(元)", BILL_COLUMN_BALANCE, FUND},
    {"账户结余（元）", BILL_COLUMN_BALANCE, FUND},
    {"资金变更提交申请人", BILL_COLUMN_APPLICANT, FUND},
    {"备注", BILL_COLUMN_REMARK, FUND},
    {"业务凭证号", BILL_COLUMN_VOUCHER_NO, FUND},
};

static const struct name FOOT_NAMES[] = {
    {"总交易单数", BILL_SUM_ROWS, BOTH},
    {"应结订单总金额", BILL_SUM_SETTLEMENT, CURRENT},
    {"总交易额", BILL_SUM_SETTLEMENT, LEGACY},
    {"退款总金额", BILL_SUM_REFUND, CURRENT},
    {"总退款金额", BILL_SUM_REFUND, LEGACY},
    {"充值券退款总金额", BILL_SUM_RECHARGE_REFUND, CURRENT},
    {"总企业红包退款金额", BILL_SUM_RECHARGE_REFUND, LEGACY},
    {"总代金券或立减优惠退款金额", BILL_SUM_RECHARGE_REFUND, LEGACY},
    {"手续费总金额", BILL_SUM_FEE, BOTH},
    {"订单总金额", BILL_SUM_ORDER, CURRENT},
    {"申请退款总金额", BILL_SUM_REFUND_REQUESTED, CURRENT},
    {"资金流水总笔数", BILL_SUM_FUND_ROWS, FUND},
    {"收入笔数", BILL_SUM_INCOME_COUNT, FUND},
    {"收入金额", BILL_SUM_INCOME, FUND},
    {"支出笔数", BILL_SUM_EXPENSE_COUNT, FUND},
    {"支出金额", BILL_SUM_EXPENSE, FUND},
};

#define TRADE_COLUMNS                                                                              \
    (COLUMN(TIME) | COLUMN(APPID) | COLUMN(MCHID) | COLUMN(SUB_MCHID) | COLUMN(DEVICE) |           \
     COLUMN(TRANSACTION_ID) | COLUMN(OUT_TRADE_NO) | COLUMN(OPENID) | COLUMN(TRADE_TYPE) |         \
     COLUMN(TRADE_STATE) | COLUMN(BANK) | COLUMN(CURRENCY) | COLUMN(SETTLEMENT) | COLUMN(COUPON) | \
     COLUMN(GOODS) | COLUMN(ATTACH) | COLUMN(FEE) | COLUMN(RATE))
#define REFUND_COLUMNS                                                                             \
    (COLUMN(REFUND_ID) | COLUMN(OUT_REFUND_NO) | COLUMN(REFUND) | COLUMN(RECHARGE_REFUND) |        \
     COLUMN(REFUND_TYPE) | COLUMN(REFUND_STATUS))
#define REFUND_TIMES (COLUMN(REFUND_APPLIED_AT) | COLUMN(REFUND_SUCCEEDED_AT))
#define CURRENT_COLUMNS (COLUMN(ORDER) | COLUMN(RATE_NOTE))
#define FUND_COLUMNS                                                                               \
    (COLUMN(FUND_TIME) | COLUMN(BUSINESS_NO) | COLUMN(FLOW_NO) | COLUMN(FUND_NAME) |               \
     COLUMN(FUND_TYPE) | COLUMN(DIRECTION) | COLUMN(AMOUNT) | COLUMN(BALANCE) |                    \
     COLUMN(APPLICANT) | COLUMN(REMARK) | COLUMN(VOUCHER_NO))

#define PAYMENT_SUMS (SUM(ROWS) | SUM(SETTLEMENT) | SUM(FEE) | SUM(ORDER))
#define REFUND_SUMS (SUM(REFUND) | SUM(RECHARGE_REFUND) | SUM(REFUND_REQUESTED))
#define LEGACY_SUMS (SUM(ROWS) | SUM(SETTLEMENT) | SUM(REFUND) | SUM(RECHARGE_REFUND) | SUM(FEE))
#define FUND_SUMS                                                                                  \
    (SUM(FUND_ROWS) | SUM(INCOME_COUNT) | SUM(INCOME) | SUM(EXPENSE_COUNT) | SUM(EXPENSE))

/* SUCCESS bills are documented with four totals and seen with seven (FACTS §3.6). */
static const struct layout {
    const char *name;
    enum bill_kind kind;
    unsigned generation;
    uint64_t columns;
    uint64_t sums;
    uint64_t sums_optional;
} LAYOUTS[] = {
    [BILL_LAYOUT_ALL] = {"ALL", BILL_KIND_ALL, CURRENT,
                         TRADE_COLUMNS | REFUND_COLUMNS | CURRENT_COLUMNS |
                             COLUMN(REFUND_REQUESTED),
                         PAYMENT_SUMS | REFUND_SUMS, 0},
    [BILL_LAYOUT_SUCCESS] = {"SUCCESS", BILL_KIND_SUCCESS, CURRENT, TRADE_COLUMNS | CURRENT_COLUMNS,
                             PAYMENT_SUMS, REFUND_SUMS},
    [BILL_LAYOUT_REFUND] = {"REFUND", BILL_KIND_REFUND, CURRENT,
                            TRADE_COLUMNS | REFUND_COLUMNS | REFUND_TIMES | CURRENT_COLUMNS |
                                COLUMN(REFUND_REQUESTED),
                            PAYMENT_SUMS | REFUND_SUMS, 0},
    [BILL_LAYOUT_ALL_LEGACY] = {"ALL legacy", BILL_KIND_ALL, LEGACY, TRADE_COLUMNS | REFUND_COLUMNS,
                                LEGACY_SUMS, 0},
    [BILL_LAYOUT_SUCCESS_LEGACY] = {"SUCCESS legacy", BILL_KIND_SUCCESS, LEGACY, TRADE_COLUMNS,
                                    LEGACY_SUMS, 0},
    [BILL_LAYOUT_REFUND_LEGACY] = {"REFUND legacy", BILL_KIND_REFUND, LEGACY,
                                   TRADE_COLUMNS | REFUND_COLUMNS | REFUND_TIMES, LEGACY_SUMS, 0},
    [BILL_LAYOUT_FUND] = {"FUND", BILL_KIND_FUND, FUND, FUND_COLUMNS, FUND_SUMS, 0},
};

const char *bill_layout_name(enum bill_layout layout)
{
    return LAYOUTS[layout].name;
}

enum bill_kind bill_layout_kind(enum bill_layout layout)
{
    return LAYOUTS[layout].kind;
}

bool bill_layout_is_legacy(enum bill_layout layout)
{
    return LAYOUTS[layout].generation == LEGACY;
}

bool bill_begins_head(struct view cell)
{
    return view_equal(cell, VIEW("交易时间")) || view_equal(cell, VIEW("记账时间"));
}

bool bill_begins_foot(struct view cell)
{
    return view_equal(cell, VIEW("总交易单数")) || view_equal(cell, VIEW("资金流水总笔数"));
}

/* A line of names, and the table that knows them. */
struct line {
    const struct name *names;
    size_t name_count;
    const struct view *cells;
    size_t count;
};

static const struct name *name_find(const struct line *line, struct view cell)
{
    for (size_t i = 0; i < line->name_count; i++) {
        if (view_equal_text(cell, line->names[i].text))
            return &line->names[i];
    }
    return NULL;
}

/* A line held against what a layout wants. */
struct fit {
    const struct name
        *found[BILL_FIELDS_MAX];   /* for each cell; NULL: unknown or of another layout */
    bool foreign[BILL_FIELDS_MAX]; /* known, but not in this layout */
    uint64_t present;
    uint64_t missing;
    size_t faults; /* missing and foreign ones */
};

static size_t bits_of(uint64_t set)
{
    return (size_t)__builtin_popcountll(set);
}

static void fit_try(const struct line *line, const struct layout *layout, struct fit *fit)
{
    bool head = line->names == HEAD_NAMES;
    uint64_t wanted = head ? layout->columns : layout->sums;
    uint64_t allowed = wanted | (head ? 0 : layout->sums_optional);

    *fit = (struct fit){.present = 0};
    for (size_t i = 0; i < line->count; i++) {
        const struct name *name = name_find(line, line->cells[i]);

        if (name == NULL)
            continue;
        if ((name->generations & layout->generation) == 0 || (allowed & BIT(name->number)) == 0 ||
            (fit->present & BIT(name->number)) != 0) {
            fit->foreign[i] = true;
            fit->faults++;
            continue;
        }
        fit->found[i] = name;
        fit->present |= BIT(name->number);
    }
    fit->missing = wanted & ~fit->present;
    fit->faults += bits_of(fit->missing);
}

static void add_name(struct buf *list, struct view name)
{
    buf_add_text(list, list->length == 0 ? "" : " ");
    buf_add_text(list, utf8_excerpt(name).s);
}

/* "missing 退款金额; unexpected 退款额" */
static void describe(const struct line *line, const struct layout *layout, const struct fit *fit,
                     struct buf *out)
{
    CLEANUP(buf_release) struct buf missing = BUF_INIT(ERR_TEXT_MAX);
    CLEANUP(buf_release) struct buf unexpected = BUF_INIT(ERR_TEXT_MAX);
    uint64_t left = fit->missing;

    for (size_t i = 0; i < line->name_count; i++) {
        const struct name *name = &line->names[i];

        if ((left & BIT(name->number)) != 0 && (name->generations & layout->generation) != 0) {
            add_name(&missing, view_of(name->text));
            left &= ~BIT(name->number);
        }
    }
    for (size_t i = 0; i < line->count; i++) {
        if (fit->found[i] == NULL)
            add_name(&unexpected, line->cells[i]);
    }
    if (missing.length > 0)
        buf_add_format(out, "missing %s", buf_text(&missing));
    if (unexpected.length > 0)
        buf_add_format(out, "%sunexpected %s", missing.length > 0 ? "; " : "",
                       buf_text(&unexpected));
}

static bool head_refuse(const struct line *line, const struct layout *nearest,
                        const struct fit *fit, struct err *err)
{
    CLEANUP(buf_release) struct buf difference = BUF_INIT(ERR_TEXT_MAX);

    if (fit->present == 0)
        return err_set(err, ERR_DATA, "no header of a bill: the line begins with \"%s\"",
                       utf8_excerpt(line->cells[0]).s);
    describe(line, nearest, fit, &difference);
    return err_set(err, ERR_DATA, "header fits no known bill; compared with %s: %s", nearest->name,
                   buf_text(&difference));
}

/* Which layout would the author of the header have meant? One with a column of it before one with
 * none, then the one with fewer faults, then the one with more columns found. */
static bool is_nearer(const struct fit *a, const struct fit *b)
{
    if ((a->present == 0) != (b->present == 0))
        return b->present == 0;
    if (a->faults != b->faults)
        return a->faults < b->faults;
    return bits_of(a->present) > bits_of(b->present);
}

bool bill_head_read(const struct view *cells, size_t count, struct bill_head *ret_head,
                    struct err *err)
{
    const struct line line = {HEAD_NAMES, LENGTH(HEAD_NAMES), cells, count};
    const struct layout *nearest = NULL;
    struct fit best = {.present = 0};

    if (count == 0 || count > BILL_FIELDS_MAX)
        return err_set(err, ERR_LIMIT, "header has %zu fields, at most %d are accepted", count,
                       BILL_FIELDS_MAX);
    for (size_t i = 0; i < LENGTH(LAYOUTS); i++) {
        struct fit fit;

        fit_try(&line, &LAYOUTS[i], &fit);
        if (nearest == NULL || is_nearer(&fit, &best)) {
            best = fit;
            nearest = &LAYOUTS[i];
        }
    }
    assert(nearest != NULL);
    if (best.faults > 0)
        return head_refuse(&line, nearest, &best, err);

    *ret_head = (struct bill_head){.layout = (enum bill_layout)(nearest - LAYOUTS), .width = count};
    for (size_t i = 0; i < count; i++) {
        const struct name *name = best.found[i];

        if (name != NULL)
            ret_head->fields[ret_head->known++] =
                (struct bill_field){(enum bill_column)name->number, i, name->text};
    }
    return true;
}

static enum bill_unit unit_of(enum bill_sum sum)
{
    switch (sum) {
    case BILL_SUM_ROWS:
    case BILL_SUM_FUND_ROWS:
    case BILL_SUM_INCOME_COUNT:
    case BILL_SUM_EXPENSE_COUNT:
        return BILL_UNIT_COUNT;
    case BILL_SUM_FEE:
        return BILL_UNIT_MILLIFEN;
    case BILL_SUM_SETTLEMENT:
    case BILL_SUM_REFUND:
    case BILL_SUM_RECHARGE_REFUND:
    case BILL_SUM_ORDER:
    case BILL_SUM_REFUND_REQUESTED:
    case BILL_SUM_INCOME:
    case BILL_SUM_EXPENSE:
        return BILL_UNIT_FEN;
    }
    assert(false);
    return BILL_UNIT_COUNT;
}

bool bill_foot_read(const struct view *cells, size_t count, enum bill_layout layout,
                    struct bill_foot *ret_foot, struct err *err)
{
    const struct line line = {FOOT_NAMES, LENGTH(FOOT_NAMES), cells, count};
    const struct layout *wanted = &LAYOUTS[layout];
    struct fit fit;

    if (count > BILL_FIELDS_MAX)
        return err_set(err, ERR_LIMIT, "summary has %zu fields, at most %d are accepted", count,
                       BILL_FIELDS_MAX);
    fit_try(&line, wanted, &fit);
    if (fit.missing != 0 || bits_of(fit.present) != count) {
        CLEANUP(buf_release) struct buf difference = BUF_INIT(ERR_TEXT_MAX);

        describe(&line, wanted, &fit, &difference);
        return err_set(err, ERR_DATA, "summary does not fit a bill of layout %s: %s", wanted->name,
                       buf_text(&difference));
    }
    assert(count <= BILL_TOTALS_MAX);
    *ret_foot = (struct bill_foot){.count = count};
    for (size_t i = 0; i < count; i++) {
        const struct name *name = fit.found[i];

        assert(name != NULL);
        ret_foot->columns[i].sum = (enum bill_sum)name->number;
        ret_foot->columns[i].unit = unit_of(ret_foot->columns[i].sum);
        ret_foot->columns[i].name = name->text;
    }
    return true;
}
