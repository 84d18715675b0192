/* Refunds whose money came back to the account, and failed ones that it paid: what the fund flow
 * has of them beside the trade bill's rows. */
#include "queries.h"
#include "reconcile_state.h"

#include "base/memory.h"

#include <stdlib.h>

/* A refund that the books do not know is looked for in so many days' bills: one that cannot be
 * funded is closed after 7 days, a bank needs 3 working days (FACTS §5.2), holidays between them.
 */
enum { DAYS_BEFORE = 31 };

bool reconcile_closed_take_refund(struct reconcile *reconcile, const struct bill_row *row,
                                  struct err *err)
{
    struct books_row failed = {.number = row->refund_id, .amount = row->refund};

    if (row->trade_state != BILL_TRADE_REFUND || row->refund_status != BILL_REFUND_FAIL)
        return true;
    if (!money_add(&failed.amount, fee_round(row->fee)))
        return err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
    return ledger_add(reconcile->failed, &failed, err) ||
           err_wrap(err, "line %lld", (long long)row->line);
}

/* The trade bill counts a failed refund as nothing. The account paid it when it was accepted. */
static bool take_failed(struct reconcile *reconcile, const struct bill_fund_row *row,
                        struct err *err)
{
    struct ledger_place *place;
    struct books_record record;

    if (ledger_count(reconcile->failed) == 0 || !view_equal_text(row->type, "退款"))
        return true;
    place = ledger_find(reconcile->failed, row->business_no);
    if (place == NULL || ledger_line(place) > 0)
        return true;
    ledger_pair(place, row->line, ledger_tag_of(row->business_no));
    ledger_get(reconcile->failed, place, &record);
    return money_add(&reconcile->failed_paid, record.amount) ||
           err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
}

bool reconcile_closed_take_fund(struct reconcile *reconcile, const struct bill_fund_row *row,
                                struct err *err)
{
    return take_failed(reconcile, row, err) && closed_list_take(&reconcile->closed, row, err);
}

/* The refunds' numbers: theirs and ours. */
struct closed_numbers {
    struct arena arena;
    struct view *refund_ids, *refund_nos;
    size_t count;
};

static void closed_numbers_release(struct closed_numbers *numbers)
{
    arena_release(&numbers->arena);
}

static void closed_numbers_init(struct closed_numbers *numbers, const struct closed_list *list)
{
    numbers->refund_ids = ARENA_ARRAY(&numbers->arena, struct view, list->count);
    numbers->refund_nos = ARENA_ARRAY(&numbers->arena, struct view, list->count);
    numbers->count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        numbers->refund_ids[i] = list->at[i].refund_id;
        numbers->refund_nos[i] = closed_number(&list->at[i]);
    }
}

/* The refund took its amount; the fee that came back with it is below 0. */
static bool know(struct closed_refund *refund, struct money amount, struct money fee,
                 struct err *err)
{
    if (!money_add(&amount, fee))
        return err_set(err, ERR_DATA, "refund %.*s: sums are beyond any sense",
                       VIEW_ARG(closed_number(refund)));
    refund->known = true;
    refund->taken = amount;
    return true;
}

/* What the books know: the amount, which no bill may have yet, and since when. `ret_from`: the
 * first day whose bill may have one of them. */
static bool know_by_books(struct reconcile *reconcile, const struct closed_numbers *numbers,
                          struct date *ret_from, struct err *err)
{
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    struct date from = reconcile->day;

    if (!books_find_refunds(reconcile->books, reconcile->merchant->mchid,
                            (struct books_numbers){numbers->refund_nos, numbers->count}, refunds,
                            err))
        return false;
    for (size_t i = 0; i < reconcile->closed.count; i++) {
        struct closed_refund *refund = &reconcile->closed.at[i];
        const struct ledger_place *place = ledger_find(refunds, closed_number(refund));
        struct books_record record = {.has_time = false};
        struct date day = date_add(reconcile->day, -DAYS_BEFORE);

        if (place != NULL) {
            ledger_get(refunds, place, &record);
            if (!know(refund, record.amount, (struct money){-refund->fee.fen}, err))
                return false;
        }
        if (record.has_time)
            day = date_add(beijing_day(record.time), -1);
        if (day.days < from.days)
            from = day;
    }
    *ret_from = from;
    return true;
}

/* refund_id, refund_fen, fee_millifen */
static bool know_by_bill(void *context, const struct pg_value *values, struct err *err)
{
    struct reconcile *reconcile = context;
    struct closed_refund *refund = closed_list_find(&reconcile->closed, values[0].text);

    return refund == NULL || know(refund, (struct money){values[1].int8},
                                  fee_round((struct fee){values[2].int8}), err);
}

bool reconcile_closed(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(closed_numbers_release) struct closed_numbers numbers = {.arena = ARENA_INIT};
    struct date from;

    if (!closed_list_gather(&reconcile->closed, err))
        return false;
    if (reconcile->closed.count == 0)
        return true;
    closed_numbers_init(&numbers, &reconcile->closed);
    return know_by_books(reconcile, &numbers, &from, err) &&
           pg_each(reconcile->pg, &query_recon_entry_refunds,
                   PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(from),
                             pg_date(reconcile->day), pg_texts(numbers.refund_ids, numbers.count)),
                   know_by_bill, reconcile, err) &&
           closed_list_totals(&reconcile->closed, &reconcile->closed_totals, err);
}
