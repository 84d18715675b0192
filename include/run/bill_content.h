/* What a bill holds, whatever the order of its rows: two bills of one day may differ in order but
 * not in content (FACTS §10.3).
 *
 * The content is the multiset of the bill's lines: how many there are, and the sum of their SHA-256
 * modulo 2^256. Line ends and a byte order mark do not count. The totals of the columns come from
 * the rows; they count only when the bill is readable as one, summary included.
 *
 * Bytes come in as received, gzip or plain, in pieces of any size. Memory does not grow with them.
 */
#ifndef RUN_BILL_CONTENT_H
#define RUN_BILL_CONTENT_H

#include "bill/bill.h"

enum { BILL_CONTENT_WORDS = 4 };

struct bill_content {
    int64_t lines;
    uint64_t sum[BILL_CONTENT_WORDS]; /* the lowest 64 bits first */
    bool readable;
    struct err unreadable;     /* why not, when not readable */
    struct bill_totals totals; /* readable only */
};

/* No bill at all: no lines, and totals of nothing. */
#define BILL_CONTENT_NONE ((struct bill_content){.readable = true})

bool bill_content_equal(const struct bill_content *a, const struct bill_content *b);

struct bill_content_reader;

struct bill_content_reader *bill_content_reader_new(void);
void bill_content_reader_free(struct bill_content_reader *reader);
DEFINE_CLEANUP(bill_content_reader_done, struct bill_content_reader, bill_content_reader_free)

/* Fails when the bytes are no intact gzip stream within its limits. That the bill makes no sense is
 * no failure. */
bool bill_content_push(struct bill_content_reader *reader, struct view received, struct err *err);
bool bill_content_finish(struct bill_content_reader *reader, struct bill_content *ret_content,
                         struct err *err);

#endif
