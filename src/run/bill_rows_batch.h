/* Rows of a bill with room for their texts: a block of the ring of bill_rows.h; nobody else
 * includes it. */
#ifndef RUN_BILL_ROWS_BATCH_H
#define RUN_BILL_ROWS_BATCH_H

#include "run/bill_rows.h"
#include "text/csv.h"

/* A row of an exported file is at most CSV_ROW_MAX, and three times that where its bytes had to be
 * mended; one of the API's is smaller. Pages that nothing was written to cost nothing. */
enum { BATCH_TEXT_SIZE = 4 * CSV_ROW_MAX };

struct batch {
    size_t count, used;
    bool is_fund;
    union {
        struct bill_row trade[BILL_ROWS_BATCH];
        struct bill_fund_row fund[BILL_ROWS_BATCH];
    };
    char text[BATCH_TEXT_SIZE];
};

void batch_clear(struct batch *batch);

/* Bytes that the row's texts take at most. */
size_t batch_trade_size(const struct bill_row *row);
size_t batch_fund_size(const struct bill_fund_row *row);

/* For one more row; an empty batch has room for every row. */
bool batch_has_room(const struct batch *batch, size_t size);

/* Copies the row and its texts. */
void batch_add_trade(struct batch *batch, const struct bill_row *row);
void batch_add_fund(struct batch *batch, const struct bill_fund_row *row);

struct bill_rows_batch batch_rows(const struct batch *batch);

#endif
