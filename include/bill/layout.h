/* Which columns a bill has: headers and summaries, recognised by name (FACTS §3.6, §4.1).
 *
 * A header fits a layout when it names every column of it and none that belongs to another one;
 * names that nobody knows are extra columns and are passed over. So a renamed or dropped column
 * never turns one layout into another in silence. A summary must be known in all its columns, since
 * a total that is not compared proves nothing. */
#ifndef BILL_LAYOUT_H
#define BILL_LAYOUT_H

#include "bill/bill.h"

enum { BILL_FIELDS_MAX = 64 };

enum bill_column {
    BILL_COLUMN_TIME,
    BILL_COLUMN_APPID,
    BILL_COLUMN_MCHID,
    BILL_COLUMN_SUB_MCHID,
    BILL_COLUMN_DEVICE,
    BILL_COLUMN_TRANSACTION_ID,
    BILL_COLUMN_OUT_TRADE_NO,
    BILL_COLUMN_OPENID,
    BILL_COLUMN_TRADE_TYPE,
    BILL_COLUMN_TRADE_STATE,
    BILL_COLUMN_BANK,
    BILL_COLUMN_CURRENCY,
    BILL_COLUMN_SETTLEMENT,
    BILL_COLUMN_COUPON,
    BILL_COLUMN_REFUND_APPLIED_AT,
    BILL_COLUMN_REFUND_SUCCEEDED_AT,
    BILL_COLUMN_REFUND_ID,
    BILL_COLUMN_OUT_REFUND_NO,
    BILL_COLUMN_REFUND,
    BILL_COLUMN_RECHARGE_REFUND,
    BILL_COLUMN_REFUND_TYPE,
    BILL_COLUMN_REFUND_STATUS,
    BILL_COLUMN_GOODS,
    BILL_COLUMN_ATTACH,
    BILL_COLUMN_FEE,
    BILL_COLUMN_RATE,
    BILL_COLUMN_ORDER,
    BILL_COLUMN_REFUND_REQUESTED,
    BILL_COLUMN_RATE_NOTE,
    BILL_COLUMN_FUND_TIME,
    BILL_COLUMN_BUSINESS_NO,
    BILL_COLUMN_FLOW_NO,
    BILL_COLUMN_FUND_NAME,
    BILL_COLUMN_FUND_TYPE,
    BILL_COLUMN_DIRECTION,
    BILL_COLUMN_AMOUNT,
    BILL_COLUMN_BALANCE,
    BILL_COLUMN_APPLICANT,
    BILL_COLUMN_REMARK,
    BILL_COLUMN_VOUCHER_NO,
    BILL_COLUMNS,
};

/* One known column of a header: which field of a row it is. */
struct bill_field {
    enum bill_column column;
    size_t index;
    const char *name; /* static */
};

struct bill_head {
    enum bill_layout layout;
    size_t width; /* fields of a row, unknown ones included */
    size_t known;
    struct bill_field fields[BILL_COLUMNS];
};

/* Sums that a summary may state. */
enum bill_sum {
    BILL_SUM_ROWS,
    BILL_SUM_SETTLEMENT,
    BILL_SUM_REFUND,
    BILL_SUM_RECHARGE_REFUND,
    BILL_SUM_FEE,
    BILL_SUM_ORDER,
    BILL_SUM_REFUND_REQUESTED,
    BILL_SUM_FUND_ROWS,
    BILL_SUM_INCOME_COUNT,
    BILL_SUM_INCOME,
    BILL_SUM_EXPENSE_COUNT,
    BILL_SUM_EXPENSE,
};

struct bill_foot {
    size_t count;
    struct {
        enum bill_sum sum;
        enum bill_unit unit;
        const char *name; /* static */
    } columns[BILL_TOTALS_MAX];
};

/* ERR_DATA with the difference to the nearest layout, ERR_LIMIT above BILL_FIELDS_MAX fields. */
bool bill_head_read(const struct view *cells, size_t count, struct bill_head *ret_head,
                    struct err *err);
bool bill_foot_read(const struct view *cells, size_t count, enum bill_layout layout,
                    struct bill_foot *ret_foot, struct err *err);

/* Does a line with this first cell begin a bill, or its summary? */
bool bill_begins_head(struct view cell);
bool bill_begins_foot(struct view cell);

#endif
