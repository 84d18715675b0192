/* Cells to rows: one decoder for both dialects.
 *
 * `bill_decoder_init` takes the header once and makes a plan of it: for each known column where its
 * cell is, how it is read, and which field of the row it fills. Decoding a row then walks the plan.
 * Fields whose columns the layout lacks stay zero. */
#ifndef BILL_DECODE_H
#define BILL_DECODE_H

#include "base/buf.h"
#include "bill/layout.h"

enum bill_cell_type {
    BILL_CELL_TEXT,
    BILL_CELL_TEXT_REQUIRED,
    BILL_CELL_TEXT_FREE,    /* bytes that are not UTF-8 are mended */
    BILL_CELL_TEXT_OR_ZERO, /* "0" is empty */
    BILL_CELL_TIME,
    BILL_CELL_APPLIED_AT,   /* may be empty */
    BILL_CELL_SUCCEEDED_AT, /* may be empty */
    BILL_CELL_MONEY,
    BILL_CELL_FEE,
    BILL_CELL_RATE,
    BILL_CELL_TRADE_STATE,
    BILL_CELL_REFUND_STATUS,
    BILL_CELL_DIRECTION,
};

struct bill_step {
    enum bill_cell_type type;
    size_t index;  /* of the cell */
    size_t offset; /* of the field in its row */
    const char *name;
};

struct bill_decoder {
    struct bill_head head;
    struct bill_step steps[BILL_COLUMNS];
    struct bill_row trade;
    struct bill_fund_row fund;

    /* Neighbouring rows share their day and their rate: the last ones read, and what they were. */
    char day_text[10];
    int64_t day_us;
    char rate_text[16];
    size_t rate_length;
    struct ppm rate;

    struct buf mended; /* free texts of this row that were no UTF-8 */
};

void bill_decoder_init(struct bill_decoder *decoder, const struct bill_head *head, size_t line_max);
void bill_decoder_release(struct bill_decoder *decoder);

/* Fills `trade` or `fund`, whichever the layout says, but for line and raw. `cells` are as many as
 * the header has; `plain` says that all of them are
 * known to be valid UTF-8 without control characters. ERR_DATA names column and text. */
bool bill_decode(struct bill_decoder *decoder, const struct view *cells, bool plain,
                 struct err *err);

#endif
