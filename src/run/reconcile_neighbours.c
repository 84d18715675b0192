/* What is stored of the days before and after, for the match. */
#include "queries.h"
#include "reconcile_state.h"

static void neighbour_init(struct neighbour *neighbour, struct date day)
{
    *neighbour = (struct neighbour){
        .day = day,
        .payments = ledger_new(),
        .refunds = ledger_new(),
        .cross_payments = ledger_new(),
        .cross_refunds = ledger_new(),
    };
}

static void neighbour_release(struct neighbour *neighbour)
{
    ledger_free(neighbour->payments);
    ledger_free(neighbour->refunds);
    ledger_free(neighbour->cross_payments);
    ledger_free(neighbour->cross_refunds);
}

void reconcile_neighbours_init(struct reconcile *reconcile)
{
    neighbour_init(&reconcile->before, date_add(reconcile->day, -1));
    neighbour_init(&reconcile->after, date_add(reconcile->day, 1));
}

void reconcile_neighbours_release(struct reconcile *reconcile)
{
    neighbour_release(&reconcile->before);
    neighbour_release(&reconcile->after);
}

/* bill_day, leg, key, crossed */
static bool add_key(void *context, const struct pg_value *values, struct err *err)
{
    struct reconcile *reconcile = context;
    struct neighbour *neighbour =
        values[0].date.days == reconcile->before.day.days ? &reconcile->before : &reconcile->after;
    bool refund = view_equal_text(values[1].text, finding_leg_name(LEG_REFUND));
    const struct books_row row = {.number = values[2].text};

    /* Keys that are no number of the books are not looked for. */
    if (row.number.length == 0 || row.number.length > LEDGER_TEXT_MAX)
        return true;
    if (values[3].boolean &&
        !ledger_add(refund ? neighbour->cross_refunds : neighbour->cross_payments, &row, err))
        return false;
    return ledger_add(refund ? neighbour->refunds : neighbour->payments, &row, err);
}

static bool find_stage(struct reconcile *reconcile, struct neighbour *neighbour, struct err *err)
{
    struct unit unit;
    bool found;

    if (!unit_get(reconcile->pg, reconcile->merchant->mchid, neighbour->day, &unit, &found, err))
        return false;
    neighbour->known = (struct match_neighbour){
        .reconciled = found && (unit.stage == UNIT_RECONCILED || unit.stage == UNIT_SETTLED),
        .payments = neighbour->payments,
        .refunds = neighbour->refunds,
        .cross_payments = neighbour->cross_payments,
        .cross_refunds = neighbour->cross_refunds,
    };
    return true;
}

bool reconcile_neighbours(struct reconcile *reconcile, struct err *err)
{
    return find_stage(reconcile, &reconcile->before, err) &&
           find_stage(reconcile, &reconcile->after, err) &&
           pg_each(reconcile->pg, &query_recon_finding_neighbours,
                   PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day)), add_key,
                   reconcile, err);
}

static bool add_second(void *context, const struct pg_value *values, struct err *err)
{
    const struct books_row row = {.number = values[0].text};

    return ledger_add(context, &row, err);
}

bool reconcile_repeated(struct reconcile *reconcile, const struct match_keys *keys,
                        struct ledger *ret_seconds, struct err *err)
{
    if (keys->second_count == 0)
        return true;
    return pg_each(reconcile->books, &query_recon_entry_neighbours,
                   PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day),
                             pg_texts(keys->seconds, keys->second_count)),
                   add_second, ret_seconds, err);
}
