/* A stored bill as rows, made on a thread of its own: evidence → inflate → read → rows in a ring
 * (base/block_ring.h).
 *
 * Reading a bill costs as much as everything that is done with its rows, so both run beside each
 * other. At most BILL_ROWS_BATCHES batches wait. Whether the bytes were those that were stored, and
 * the bill complete and consistent, is known only at the end: no row counts before bill_rows_next
 * has said so. */
#ifndef RUN_BILL_ROWS_H
#define RUN_BILL_ROWS_H

#include "bill/bill.h"
#include "run/evidence.h"

enum { BILL_ROWS_BATCHES = 12, BILL_ROWS_BATCH = 128 };

/* At most BILL_ROWS_BATCH rows in the order of the bill; the one that its layout does not have is
 * NULL. */
struct bill_rows_batch {
    const struct bill_row *trade;
    const struct bill_fund_row *fund;
    size_t count;
};

struct bill_rows;

/* `pg` is used by the thread alone until bill_rows_close. */
struct bill_rows *bill_rows_open(struct pg *pg, struct view mchid, struct date day,
                                 const struct evidence_file *file);

/* The next rows; they and their texts are valid until the next call. None is the end: everything
 * was there and right. False: the error of what is behind all rows so far. */
bool bill_rows_next(struct bill_rows *rows, struct bill_rows_batch *ret_batch, struct err *err);

/* After the end, or a failure: what the reader came to. BILL_READING is a failure before it: of the
 * database, or ERR_DATA and ERR_LIMIT of bytes that are not those that were stored or cannot be
 * inflated. */
enum bill_state bill_rows_state(const struct bill_rows *rows);

/* After the end. */
const struct bill_totals *bill_rows_totals(const struct bill_rows *rows);

/* Stops the thread, whatever it is doing, and waits for it. */
void bill_rows_close(struct bill_rows *rows);
DEFINE_CLEANUP(bill_rows_done, struct bill_rows, bill_rows_close)

#endif
