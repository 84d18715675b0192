/* Lists of deposits to be given back, as ops keep them in a spreadsheet: CSV (RFC 4180) in UTF-8 or
 * GB18030, LF or CRLF, with a head.
 *
 *     押金编号,原因
 *     D20260501-17,退还押金
 *
 * Columns are known by their head, in any order: `deposit_id` or `押金编号`; `reason` or `原因`;
 * `mchid` or `商户号`. Other columns are passed over: `payrecon refund due --format csv` is a list,
 * too. There is no column for amounts: they are computed. Rows without any text are passed over.
 *
 * Reads the file only; what the books say about a deposit is asked later. */
#ifndef REFUND_LIST_H
#define REFUND_LIST_H

#include "base/err.h"
#include "base/memory.h"
#include "base/view.h"
#include "wxpay/refund.h"

enum {
    REFUND_LIST_BYTES_MAX = 8 * 1024 * 1024,
    REFUND_LIST_ROWS_MAX = 50000,
    REFUND_DEPOSIT_ID_MAX = 128, /* bytes; far above any platform's numbers */
};

#define REFUND_REASON "退还押金"

/* Texts live in the arena that the list was read into. */
struct refund_line {
    int64_t line; /* in the file, from 1 */
    struct view mchid;
    struct view deposit_id;
    struct view reason;
};

/* Why a line cannot be taken: whole sentence without line. */
struct refund_problem {
    int64_t line;
    struct view text;
};

struct refund_list {
    struct refund_line *lines; /* by mchid, then as in the file */
    size_t count;
    struct refund_problem *problems; /* as in the file */
    size_t problem_count;
};

/* What stands in for a cell that is empty or a column that is not there. An empty mchid: the list
 * must name it. */
struct refund_list_defaults {
    struct view mchid; /* one that is given refuses lines of any other */
    struct view reason;
};

/* Bad lines do not end the reading: each is a problem, and is not among the lines; so is a deposit
 * that an earlier line names. What ends it is ERR_DATA or ERR_LIMIT with the line: the encoding,
 * the head, quotes, a row too large, more than REFUND_LIST_ROWS_MAX rows. */
bool refund_list_read(struct view bytes, const struct refund_list_defaults *defaults,
                      struct arena *arena, struct refund_list *ret_list, struct err *err);

/* One more problem, behind the others; `text` is copied. Sort when all are there. */
void refund_list_add_problem(struct refund_list *list, int64_t line, struct view text,
                             struct arena *arena);
void refund_list_sort_problems(struct refund_list *list);

/* How many lines from `from` on are of the same merchant; at least 1. */
size_t refund_list_run(const struct refund_list *list, size_t from);

/* Why a text cannot be shown to the rider as the reason: not UTF-8, blank, control characters, more
 * than WXPAY_REASON_MAX bytes. NULL: it can. */
const char *refund_reason_problem(struct view reason);

#endif
