/* WeChat Pay's bills: bytes in, rows and checked totals out (FACTS §3.5–3.8, §4.1). Pure: no I/O.
 *
 * Plain bytes are pushed in pieces of any size; each row goes to the handler as it is complete.
 * bill_reader_finish compares every total of the summary with the rows. Only when it returned true
 * was the bill good: rows that the handler saw before are worth nothing if it did not.
 *
 * Refused with the line (ERR_DATA): a header that lacks columns or mixes layouts, a wrong number of
 * fields, bad numbers, dates or UTF-8, a NUL byte, an empty required field, rows after the summary,
 * a second header, a bill without a complete summary, totals that differ. ERR_LIMIT above a limit.
 * Accepted: columns that we do not know, in any order; BOM or none; LF, CRLF, no final line end;
 * empty lines behind the summary.
 *
 * Memory does not grow with the number of rows. Nothing is allocated per row. */
#ifndef BILL_BILL_H
#define BILL_BILL_H

#include "base/cleanup.h"
#include "base/date.h"
#include "base/err.h"
#include "base/money.h"
#include "base/view.h"

/* Bill type and generation. Legacy bills (FACTS §3.6) lack 订单金额, 申请退款金额, 费率备注. */
enum bill_layout {
    BILL_LAYOUT_ALL,
    BILL_LAYOUT_SUCCESS, /* no refund columns */
    BILL_LAYOUT_REFUND,  /* also 退款申请时间, 退款成功时间 */
    BILL_LAYOUT_ALL_LEGACY,
    BILL_LAYOUT_SUCCESS_LEGACY,
    BILL_LAYOUT_REFUND_LEGACY,
    BILL_LAYOUT_FUND,
};

enum bill_kind { BILL_KIND_ALL, BILL_KIND_SUCCESS, BILL_KIND_REFUND, BILL_KIND_FUND };

/* How bytes become cells. The API's dialect is not RFC 4180; files that a person exported from the
 * merchant platform's page are. Both feed the same decoder. */
enum bill_dialect { BILL_DIALECT_API, BILL_DIALECT_EXPORT };

/* What a reader found. The class of the finding is in brackets (DOMAIN §3.3). */
enum bill_state {
    BILL_READING,    /* not finished yet */
    BILL_OK,         /* complete and consistent */
    BILL_UNREADABLE, /* not understood (E04) */
    BILL_TOTALS,     /* rows and summary differ (E05) */
    BILL_TRUNCATED,  /* empty, or ends before its summary ends (E04) */
    BILL_TOO_LARGE,  /* above a limit */
    BILL_STOPPED,    /* the handler returned false */
};

enum bill_trade_state {
    BILL_TRADE_SUCCESS, /* a payment */
    BILL_TRADE_REFUND,
    BILL_TRADE_REVOKED, /* a reversed code payment */
    BILL_TRADE_OTHER,   /* a word nobody knew when this was written: see trade_state_text */
};

enum bill_refund_status {
    BILL_REFUND_NONE, /* empty: payment rows and SUCCESS bills */
    BILL_REFUND_SUCCESS,
    BILL_REFUND_PROCESSING,
    BILL_REFUND_FAIL,
    BILL_REFUND_CHANGE, /* the refund API calls it ABNORMAL */
    BILL_REFUND_OTHER,
};

/* A row of a trade bill. Views live until the handler returns. All texts are valid UTF-8 without
 * NUL; in the free texts (device, goods, attach, rate_note) bytes that were not UTF-8 came as
 * U+FFFD. `0`, the channel's word for "none", is empty in sub_mchid, refund_id and out_refund_no.
 *
 * A column that the layout lacks is empty, zero or false here: in SUCCESS bills all refund fields;
 * in legacy bills see `has_order`. Never empty: mchid, transaction_id, out_trade_no,
 * trade_state_text, currency, and refund_id where trade_state is REFUND. */
struct bill_row {
    int64_t line;    /* of the plain file, from 1 */
    struct view raw; /* the line without its line end; empty in BILL_DIALECT_EXPORT */

    struct instant time; /* 交易时间. Refund rows: of the refund in ALL, of the payment in REFUND
                            (FACTS §3.8) */
    struct view appid;
    struct view mchid;
    struct view sub_mchid;
    struct view device;
    struct view transaction_id;
    struct view out_trade_no;
    struct view openid; /* personal: not for logs */
    struct view trade_type;
    enum bill_trade_state trade_state;
    struct view trade_state_text;
    struct view bank;
    struct view currency;
    struct money settlement; /* 应结订单金额, legacy 总金额 */
    struct money coupon;     /* 代金券金额 */

    struct view refund_id;
    struct view out_refund_no;
    struct money refund;          /* 退款金额 */
    struct money recharge_refund; /* 充值券退款金额 */
    struct view refund_type;
    enum bill_refund_status refund_status;
    struct view refund_status_text;
    bool has_refund_applied_at; /* REFUND layouts only, and not empty there */
    bool has_refund_succeeded_at;
    struct instant refund_applied_at;
    struct instant refund_succeeded_at;

    struct view goods;  /* 商品名称, as escaped by the channel */
    struct view attach; /* 商户数据包; personal: not for logs */
    struct fee fee;     /* 手续费; returned fees are negative */
    struct ppm rate;

    bool has_order;     /* false in legacy bills */
    struct money order; /* 订单金额; legacy: settlement. Compare this with the books */
    struct money refund_requested; /* 申请退款金额; legacy: refund. Compare this with the books */
    struct view rate_note;
};

enum bill_direction { BILL_INCOME, BILL_EXPENSE };

/* A row of a fund-flow bill. Never empty: flow_no, type. Free texts: applicant, remark. */
struct bill_fund_row {
    int64_t line;
    struct view raw;

    struct instant time;     /* 记账时间 */
    struct view business_no; /* 微信支付业务单号; for refunds the refund_id */
    struct view flow_no;     /* 资金流水单号 */
    struct view name;        /* 业务名称, open set */
    struct view type;        /* 业务类型, open set */
    enum bill_direction direction;
    struct money amount;    /* never negative */
    struct money balance;   /* after the movement */
    struct view applicant;  /* 资金变更提交申请人 */
    struct view remark;     /* 备注 */
    struct view voucher_no; /* 业务凭证号; usually out_trade_no or out_refund_no */
};

/* Either may be NULL: those rows are checked and summed all the same. False, with err set, stops
 * the reader with that error. */
struct bill_handler {
    bool (*trade)(void *context, const struct bill_row *row, struct err *err);
    bool (*fund)(void *context, const struct bill_fund_row *row, struct err *err);
    void *context;
};

struct bill_limits {
    int64_t bytes_max; /* plain */
    int64_t rows_max;
    size_t line_max; /* bytes of one line */
};

/* The busiest merchants have some 10^6 rows a day; remarks have at most 2048 characters. */
#define BILL_LIMITS ((struct bill_limits){INT64_C(8) << 30, 20 * 1000 * 1000, 64 * 1024})

enum bill_line_end {
    BILL_LINE_END_NONE,
    BILL_LINE_END_LF,
    BILL_LINE_END_CRLF,
    BILL_LINE_END_MIXED
};

enum { BILL_TOTALS_MAX = 8 };

enum bill_unit { BILL_UNIT_COUNT, BILL_UNIT_FEN, BILL_UNIT_MILLIFEN };

/* One column of the summary, as stated there and as computed from the rows. */
struct bill_total {
    const char *name; /* as in the bill; static */
    enum bill_unit unit;
    int64_t stated;
    int64_t computed;
};

/* What the rows add up to, and what the file looks like. Sums of columns that the layout lacks are
 * 0; in legacy bills `order` and `refund_requested` repeat settlement and refund, as in the rows.
 */
struct bill_totals {
    enum bill_layout layout;
    int64_t rows;

    /* Earliest and latest row; rows > 0 only. By 记账时间 in fund-flow bills, by 退款申请时间 in
     * REFUND bills (their 交易时间 is the payment's), else by 交易时间. */
    struct instant first_at;
    struct instant last_at;

    struct money settlement;
    struct money coupon;
    struct money refund;
    struct money recharge_refund;
    struct fee fee;
    struct money order;
    struct money refund_requested;

    int64_t income_count;
    struct money income;
    int64_t expense_count;
    struct money expense;

    struct bill_total stated[BILL_TOTALS_MAX]; /* in the order of the summary */
    size_t stated_count;

    int64_t bytes;
    int64_t lines;
    size_t columns; /* of the header, unknown ones included */
    bool has_bom;
    enum bill_line_end line_end;
};

struct bill_reader;

struct bill_reader *bill_reader_new(enum bill_dialect dialect, struct bill_handler handler,
                                    struct bill_limits limits);
void bill_reader_free(struct bill_reader *reader);
DEFINE_CLEANUP(bill_reader_done, struct bill_reader, bill_reader_free)

/* Messages begin with "line N: ". After a failure only bill_reader_state, bill_reader_totals and
 * bill_reader_free are allowed. */
bool bill_reader_push(struct bill_reader *reader, struct view plain, struct err *err);
bool bill_reader_finish(struct bill_reader *reader, struct bill_totals *ret_totals,
                        struct err *err);

enum bill_state bill_reader_state(const struct bill_reader *reader);

/* As far as read: for showing how far a refused bill was understood. `layout` counts only after the
 * header, see `columns` > 0. */
const struct bill_totals *bill_reader_totals(const struct bill_reader *reader);

/* From the first two lines or more of the plain bytes: EXPORT when the header is quoted, or the
 * line after it begins neither with a back-tick nor as a summary. */
enum bill_dialect bill_dialect_guess(struct view head);

const char *bill_layout_name(enum bill_layout layout); /* "ALL", "ALL legacy", …, "FUND" */
enum bill_kind bill_layout_kind(enum bill_layout layout);
bool bill_layout_is_legacy(enum bill_layout layout);

const char *bill_state_name(enum bill_state state); /* "clean", "unreadable", … */

#endif
