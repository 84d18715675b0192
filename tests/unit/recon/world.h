/* A small world for the match: the rows of a bill, all that the books know at any time, and what a
 * neighbouring day has taken already. world_run takes it through the match in the order in which
 * run/reconcile_trade.c and run/reconcile_rest.c do, with the books' queries played here. */
#ifndef TEST_RECON_WORLD_H
#define TEST_RECON_WORLD_H

#include "base/memory.h"
#include "recon/match.h"

#include <stdlib.h>

enum { WORLD_MAX = 96, WORLD_ITEMS_MAX = 4 };

static const struct date WORLD_DAY = {20604}; /* 2026-05-31 */

/* One payment or refund of the books. `row.item` is not used; a record comes as a row for each of
 * its items, and as one row when it has none. */
struct world_record {
    bool refund;
    struct books_row row;
    struct books_item items[WORLD_ITEMS_MAX];
    size_t item_count;
};

struct world {
    struct bill_row rows[WORLD_MAX];
    size_t row_count;
    struct world_record records[WORLD_MAX];
    size_t record_count;
    struct view elsewhere_payments[WORLD_MAX], elsewhere_refunds[WORLD_MAX];
    size_t elsewhere_payment_count, elsewhere_refund_count;
};

/* What the sink got. */
struct world_entry {
    enum entry_kind kind;
    enum finding_class class;
    int64_t line;
    struct view number; /* of the record, empty: not paired; lives as long as the ledgers */
    const struct bill_row *source; /* of the world */
};

struct outcome {
    bool good;
    struct err err;
    struct ledger *payments, *refunds;
    struct finding_list findings;
    struct world_entry entries[WORLD_MAX];
    size_t entry_count;
    struct match_totals totals;
    const struct world *world;
};

static inline void outcome_release(struct outcome *outcome)
{
    finding_list_release(&outcome->findings);
    ledger_free(outcome->payments);
    ledger_free(outcome->refunds);
}

static inline const struct match_rules *world_rules(void)
{
    static const struct view appids[] = {VIEW_INIT("wxA"), VIEW_INIT("wxB")};
    static const struct match_rules rules = {
        .mchid = VIEW_INIT("1900000109"),
        .appids = appids,
        .appid_count = 2,
        .bill_day = {20604},
        .bill_sha256 = VIEW_INIT("ab12"),
    };

    return &rules;
}

/* ---- the books' queries ---------------------------------------------------------------------- */

static inline bool world_among(struct view text, const struct view *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal(text, texts[i]))
            return true;
    }
    return false;
}

static inline bool world_within(const struct world_record *record, int64_t margin_us)
{
    int64_t us = record->row.time.us;

    return record->row.has_time && us >= beijing_start(WORLD_DAY).us - margin_us &&
           us < beijing_start(date_add(WORLD_DAY, 1)).us + margin_us;
}

static inline bool world_add(struct ledger *ledger, const struct world_record *record,
                             struct err *err)
{
    struct books_row row = record->row;

    row.has_item = record->item_count > 0;
    if (!row.has_item)
        return ledger_add(ledger, &row, err);
    for (size_t i = 0; i < record->item_count; i++) {
        row.item = record->items[i];
        if (!ledger_add(ledger, &row, err))
            return false;
    }
    return true;
}

/* by_transaction: number and second change places. */
static inline bool world_add_turned(struct ledger *ledger, const struct world_record *record,
                                    struct err *err)
{
    struct books_row row = record->row;

    if (row.second.length == 0)
        return true;
    row.number = record->row.second;
    row.second = record->row.number;
    return ledger_add(ledger, &row, err);
}

static inline bool world_read_day(const struct world *world, struct outcome *outcome)
{
    for (size_t i = 0; i < world->record_count; i++) {
        const struct world_record *record = &world->records[i];

        if (world_within(record, 10 * INSTANT_MINUTE) &&
            !world_add(record->refund ? outcome->refunds : outcome->payments, record,
                       &outcome->err))
            return false;
    }
    return true;
}

static inline bool world_find(const struct world *world, const struct match_keys *keys,
                              struct outcome *outcome, struct ledger *by_transaction)
{
    ledger_mark_looked_up(outcome->payments);
    ledger_mark_looked_up(outcome->refunds);
    for (size_t i = 0; i < world->record_count; i++) {
        const struct world_record *record = &world->records[i];
        const struct books_row *row = &record->row;

        if (record->refund) {
            if (world_among(row->number, keys->out_refund_nos, keys->out_refund_no_count) &&
                !world_add(outcome->refunds, record, &outcome->err))
                return false;
            continue;
        }
        if ((world_among(row->number, keys->out_trade_nos, keys->out_trade_no_count) ||
             world_among(row->second, keys->transaction_ids, keys->transaction_id_count)) &&
            (!world_add(outcome->payments, record, &outcome->err) ||
             !world_add_turned(by_transaction, record, &outcome->err)))
            return false;
    }
    return true;
}

/* Does any row of the payment's number have an item of one of the rentals? */
static inline bool world_has_rental(const struct world *world, struct view number,
                                    const struct match_keys *keys)
{
    bool has = false;

    for (size_t i = 0; i < world->record_count; i++) {
        const struct world_record *record = &world->records[i];

        if (record->refund || !view_equal(record->row.number, number))
            continue;
        for (size_t n = 0; n < record->item_count; n++)
            has |= world_among(record->items[n].rental_no, keys->rental_nos, keys->rental_no_count);
    }
    return has;
}

static inline bool world_find_siblings(const struct world *world, const struct match_keys *keys,
                                       struct ledger *siblings, struct err *err)
{
    for (size_t i = 0; i < world->record_count; i++) {
        const struct world_record *record = &world->records[i];

        if (!record->refund && record->row.status == BOOKS_PAID &&
            world_within(record, 10 * INSTANT_MINUTE + INSTANT_DAY) &&
            world_has_rental(world, record->row.number, keys) && !world_add(siblings, record, err))
            return false;
    }
    return true;
}

static inline bool world_find_by_transaction(const struct world *world,
                                             const struct match_keys *keys,
                                             struct ledger *by_transaction, struct err *err)
{
    for (size_t i = 0; i < world->record_count; i++) {
        const struct world_record *record = &world->records[i];

        if (!record->refund &&
            world_among(record->row.second, keys->transaction_ids, keys->transaction_id_count) &&
            !world_add_turned(by_transaction, record, err))
            return false;
    }
    return true;
}

static inline bool world_set(const struct view *numbers, size_t count, struct ledger *set,
                             struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct books_row row = {.number = numbers[i]};

        if (!ledger_add(set, &row, err))
            return false;
    }
    return true;
}

/* ---- the run --------------------------------------------------------------------------------- */

static inline bool world_sink(void *context, const struct entry *entry, struct err *err)
{
    struct outcome *outcome = context;
    struct world_entry *seen = &outcome->entries[outcome->entry_count++];
    struct books_record record;

    (void)err;
    assert_true(outcome->entry_count <= WORLD_MAX);
    *seen =
        (struct world_entry){.kind = entry->kind, .class = entry->class, .line = entry->row->line};
    for (size_t i = 0; i < outcome->world->row_count; i++) {
        if (outcome->world->rows[i].line == entry->row->line)
            seen->source = &outcome->world->rows[i];
    }
    assert_non_null(seen->source);
    assert_true(view_equal(entry->row->out_trade_no, seen->source->out_trade_no));
    assert_true(view_equal(entry->row->transaction_id, seen->source->transaction_id));
    if (entry->place != NULL) {
        ledger_get(entry->ledger, entry->place, &record);
        seen->number = record.number;
    }
    return true;
}

static inline bool world_settle(const struct world *world, struct match *match,
                                struct outcome *outcome)
{
    CLEANUP(ledger_done) struct ledger *by_transaction = ledger_new();
    CLEANUP(ledger_done) struct ledger *siblings = ledger_new();
    const struct match_found found = {by_transaction, siblings, NULL};
    struct match_keys keys;

    match_aside_keys(match, &keys);
    if (!world_find(world, &keys, outcome, by_transaction))
        return false;
    match_unpaid_rentals(match, &keys);
    return world_find_siblings(world, &keys, siblings, &outcome->err) &&
           match_settle_aside(match, &found, &outcome->err);
}

static inline bool world_rest(const struct world *world, struct match *match,
                              struct outcome *outcome)
{
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    CLEANUP(ledger_done) struct ledger *by_transaction = ledger_new();
    const struct match_elsewhere elsewhere = {payments, refunds, by_transaction};
    struct match_keys keys;

    return match_left_keys(match, &keys, &outcome->err) &&
           world_set(world->elsewhere_payments, world->elsewhere_payment_count, payments,
                     &outcome->err) &&
           world_set(world->elsewhere_refunds, world->elsewhere_refund_count, refunds,
                     &outcome->err) &&
           world_find_by_transaction(world, &keys, by_transaction, &outcome->err) &&
           match_books_only(match, &elsewhere, &outcome->err);
}

static inline void world_run(const struct world *world, struct outcome *outcome)
{
    CLEANUP(match_done) struct match *match = NULL;
    struct match_targets targets;

    *outcome = (struct outcome){.err = ERR_INIT,
                                .payments = ledger_new(),
                                .refunds = ledger_new(),
                                .findings = FINDING_LIST_INIT,
                                .world = world};
    targets = (struct match_targets){outcome->payments, outcome->refunds, &outcome->findings,
                                     world_sink, outcome};
    match = match_new(world_rules(), &targets);
    if (!world_read_day(world, outcome))
        return;
    for (size_t i = 0; i < world->row_count; i++) {
        if (!match_row(match, &world->rows[i], &outcome->err))
            return;
    }
    if (!world_settle(world, match, outcome) || !world_rest(world, match, outcome))
        return;
    outcome->totals = match_totals(match);
    outcome->good = true;
}

#endif
