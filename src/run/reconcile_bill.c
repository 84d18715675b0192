/* A stored bill through a reader, and which class it has when that fails. */
#include "reconcile_state.h"
#include "run/bill_stream.h"

/* Which class an unreadable bill has. */
static bool bill_failed(struct reconcile *reconcile, const char *kind,
                        const struct bill_reader *reader, struct err *err)
{
    switch (bill_reader_state(reader)) {
    case BILL_UNREADABLE:
    case BILL_TRUNCATED:
    case BILL_TOO_LARGE:
        err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
        return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, kind, /* may_come= */ false);
    case BILL_TOTALS:
        err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
        return reconcile_problem(reconcile, CLASS_E05, LEG_EVIDENCE, kind, /* may_come= */ false);
    case BILL_READING:
    case BILL_OK:
    case BILL_STOPPED:
        break;
    }
    return false;
}

void reconcile_reading_release(struct reconcile_reading *reading)
{
    bill_reader_free(reading->reader);
}

static bool stream_failed(struct reconcile *reconcile, const struct reconcile_reading *reading,
                          struct err *err)
{
    if (err->kind != ERR_DATA && err->kind != ERR_LIMIT)
        return false;
    err_wrap(err, "%s of %s", evidence_kind_name(reading->kind), date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E03, LEG_EVIDENCE, reading->kind,
                             /* may_come= */ false);
}

static bool push_block(struct reconcile *reconcile, struct reconcile_reading *reading,
                       struct view block, struct err *err)
{
    if (reading->reader == NULL)
        reading->reader = bill_reader_new(bill_dialect_guess(block), reading->handler, BILL_LIMITS);
    if (bill_reader_push(reading->reader, block, err))
        return true;
    reading->stopped = bill_reader_state(reading->reader) == BILL_STOPPED;
    return bill_failed(reconcile, reading->kind, reading->reader, err);
}

static bool check_layout(struct reconcile *reconcile, const char *kind, enum bill_kind wanted,
                         const struct bill_totals *totals, struct err *err)
{
    if (bill_layout_kind(totals->layout) == wanted)
        return true;
    err_set(err, ERR_DATA, "%s of %s has layout %s", evidence_kind_name(kind),
            date_text(reconcile->day).s, bill_layout_name(totals->layout));
    return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, kind, /* may_come= */ false);
}

bool reconcile_read_bill(struct reconcile *reconcile, struct reconcile_reading *reading,
                         enum bill_kind wanted, struct bill_totals *ret_totals, struct err *err)
{
    struct view block;

    do {
        if (!bill_stream_next(reading->stream, &block, err))
            return stream_failed(reconcile, reading, err);
        if (!push_block(reconcile, reading, block, err))
            return false;
    } while (block.length > 0);
    if (!bill_reader_finish(reading->reader, ret_totals, err)) {
        reading->stopped = bill_reader_state(reading->reader) == BILL_STOPPED;
        return bill_failed(reconcile, reading->kind, reading->reader, err);
    }
    return check_layout(reconcile, reading->kind, wanted, ret_totals, err);
}
