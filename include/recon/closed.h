/* Refunds that WeChat Pay closed: what the account paid out for them comes back, in rows 退款关闭
 * of the fund flow (FACTS §4.1), on the day of the closing; their row in the trade bill stays where
 * it was, on the day they were accepted. Pure.
 *
 * Collected row by row, gathered once to one a refund, then told what each one's refund had taken
 * from the account. What comes back is the row's amount less the fee that is taken again in a row
 * 扣除交易手续费 of that refund; where refunds are booked net there is none. */
#ifndef RECON_CLOSED_H
#define RECON_CLOSED_H

#include "base/memory.h"
#include "bill/bill.h"
#include "recon/finding.h"

struct closed_refund {
    int64_t line;           /* of the first of its rows */
    struct view refund_id;  /* 微信支付业务单号 */
    struct view refund_no;  /* 业务凭证号: out_refund_no, usually */
    struct money back;      /* what its rows come to … */
    struct money fee;       /* … without this fee, taken again */
    int64_t rows, closings; /* of the account; of them 退款关闭 */
    bool known;
    struct money taken; /* by the refund when it was accepted; when it is known */
};

struct closed_list {
    struct arena arena;
    struct closed_refund *at;
    size_t count, capacity;
};

#define CLOSED_LIST_INIT ((struct closed_list){.arena = ARENA_INIT})

void closed_list_release(struct closed_list *list);

/* Is the row one that takes a fee again, or a closing? Every other row is left alone. ERR_DATA for
 * a number that no refund has. */
bool closed_list_take(struct closed_list *list, const struct bill_fund_row *row, struct err *err);

/* After the last row: one a refund, in the order of refund_id, without fees that belong to none.
 * ERR_DATA when a sum overflows. */
bool closed_list_gather(struct closed_list *list, struct err *err);

/* After gathering. NULL when there is none of that number. */
struct closed_refund *closed_list_find(const struct closed_list *list, struct view refund_id);

/* out_refund_no where the account shows one, else refund_id. */
struct view closed_number(const struct closed_refund *refund);

struct closed_totals {
    int64_t rows;         /* of the account, their fees included */
    struct money taken;   /* what known refunds had taken: so much has to come back */
    struct money unknown; /* what came back for others */
};

bool closed_list_totals(const struct closed_list *list, struct closed_totals *ret_totals,
                        struct err *err);

/* Findings of leg FUND: C01, key "closed/<number>", for each refund that is not known. */
bool closed_findings(const struct closed_list *list, struct view bill_sha256,
                     struct finding_list *findings, struct err *err);

#endif
