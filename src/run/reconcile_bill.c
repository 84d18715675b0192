/* A stored bill through its rows, and which class it has when that fails. */
#include "reconcile_state.h"

static bool problem(struct reconcile *reconcile, enum finding_class class, const char *kind,
                    struct err *err)
{
    err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
    return reconcile_problem(reconcile, class, LEG_EVIDENCE, kind, /* may_come= */ false);
}

/* Which class a bill has that cannot be read. */
static bool bill_failed(struct reconcile *reconcile, const struct reconcile_reading *reading,
                        struct err *err)
{
    switch (bill_rows_state(reading->rows)) {
    case BILL_UNREADABLE:
    case BILL_TRUNCATED:
    case BILL_TOO_LARGE:
        return problem(reconcile, CLASS_E04, reading->kind, err);
    case BILL_TOTALS:
        return problem(reconcile, CLASS_E05, reading->kind, err);
    case BILL_READING:
        return err->kind == ERR_DATA || err->kind == ERR_LIMIT
                   ? problem(reconcile, CLASS_E03, reading->kind, err)
                   : false;
    case BILL_OK:
    case BILL_STOPPED:
        break;
    }
    return false;
}

static bool check_layout(struct reconcile *reconcile, const struct reconcile_reading *reading,
                         struct err *err)
{
    enum bill_layout layout = bill_rows_totals(reading->rows)->layout;

    if (bill_layout_kind(layout) == reading->wanted)
        return true;
    err_set(err, ERR_DATA, "%s of %s has layout %s", evidence_kind_name(reading->kind),
            date_text(reconcile->day).s, bill_layout_name(layout));
    return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, reading->kind,
                             /* may_come= */ false);
}

bool reconcile_read_bill(struct reconcile *reconcile, struct reconcile_reading *reading,
                         struct err *err)
{
    struct bill_rows_batch batch;

    do {
        if (!bill_rows_next(reading->rows, &batch, err))
            return bill_failed(reconcile, reading, err);
        reading->stopped = !reading->take(reading->context, &batch, err);
        if (reading->stopped)
            return false;
    } while (batch.count > 0);
    return check_layout(reconcile, reading, err);
}
