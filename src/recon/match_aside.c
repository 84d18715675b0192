/* The rows put aside: looked up, then classed in an order of their own. */
#include "base/buf.h"
#include "match_state.h"

#include <assert.h>
#include <stdlib.h>

enum { KEY_MAX = 512, DROPPED_MAX = 1000 };

/* A payment made twice is paid again within this time; later it is another week's rent. */
#define SIBLING_SPAN INSTANT_DAY

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Rows of one transaction and state: equal ones, or such that contradict one another. */
static int compare_content(const struct bill_row *a, const struct bill_row *b)
{
    int order = compare_int64(a->order.fen, b->order.fen);

    if (order == 0)
        order = compare_int64(a->refund_requested.fen, b->refund_requested.fen);
    if (order == 0)
        order = compare_int64(a->time.us, b->time.us);
    return order != 0 ? order : compare_int64(a->line, b->line);
}

/* Rows of one number stand together, in them those of one second number, ours first. */
static int compare_aside(const void *left, const void *right)
{
    const struct aside *a = left;
    const struct aside *b = right;
    int order = match_is_refund(&a->row) - match_is_refund(&b->row);

    if (order == 0)
        order = view_compare(a->number, b->number);
    if (order == 0)
        order = view_compare(match_second(&a->row), match_second(&b->row));
    if (order == 0)
        order = a->foreign - b->foreign;
    if (order == 0)
        order = view_compare(a->row.trade_state_text, b->row.trade_state_text);
    return order != 0 ? order : compare_content(&a->row, &b->row);
}

static bool same_number(const struct aside *a, const struct aside *b)
{
    return match_is_refund(&a->row) == match_is_refund(&b->row) && view_equal(a->number, b->number);
}

static bool same_second(const struct aside *a, const struct aside *b)
{
    return same_number(a, b) && view_equal(match_second(&a->row), match_second(&b->row));
}

static bool same_row(const struct aside *a, const struct aside *b)
{
    return same_second(a, b) && a->foreign == b->foreign &&
           view_equal(a->row.trade_state_text, b->row.trade_state_text);
}

void match_aside_keys(struct match *match, struct match_keys *ret_keys)
{
    size_t count = match->aside_count;
    struct view *trade = ARENA_ARRAY(&match->arena, struct view, count);
    struct view *transaction = ARENA_ARRAY(&match->arena, struct view, count);
    struct view *refund = ARENA_ARRAY(&match->arena, struct view, count);
    struct match_keys keys = {
        .out_trade_nos = trade, .transaction_ids = transaction, .out_refund_nos = refund};

    if (count > 0)
        qsort(match->aside, count, sizeof(*match->aside), compare_aside);
    for (size_t i = 0; i < count; i++) {
        const struct aside *aside = &match->aside[i];

        if (i > 0 && same_row(aside, aside - 1))
            continue;
        if (match_is_refund(&aside->row)) {
            refund[keys.out_refund_no_count++] = aside->number;
        } else {
            trade[keys.out_trade_no_count++] = aside->number;
            transaction[keys.transaction_id_count++] = aside->row.transaction_id;
        }
    }
    *ret_keys = keys;
}

static bool get_by_transaction(const struct match_found *found, const struct aside *aside,
                               struct books_record *ret_record)
{
    const struct ledger_place *place =
        ledger_find(found->by_transaction, aside->row.transaction_id);

    if (place != NULL)
        ledger_get(found->by_transaction, place, ret_record);
    return place != NULL;
}

static struct ledger_place *place_of(const struct match *match, const struct match_found *found,
                                     const struct aside *aside)
{
    struct ledger_place *place;
    struct books_record record;

    if (match_is_refund(&aside->row))
        return ledger_find(match->targets.refunds, aside->number);
    place = ledger_find(match->targets.payments, aside->number);
    if (place != NULL || found == NULL || !get_by_transaction(found, aside, &record) ||
        record.contradicts)
        return place;
    return ledger_find(match->targets.payments, record.second);
}

static void add_rentals(struct match *match, const struct ledger_place *place, struct view *names,
                        size_t *count)
{
    const struct ledger_item *cursor = NULL;
    struct books_item item;

    while (*count < DROPPED_MAX &&
           ledger_next_item(match->targets.payments, place, &cursor, &item)) {
        if (item.rental_no.length > 0)
            names[(*count)++] = item.rental_no;
    }
}

void match_unpaid_rentals(struct match *match, struct match_keys *ret_keys)
{
    struct view *names = ARENA_ARRAY(&match->arena, struct view, DROPPED_MAX);
    size_t count = 0;

    for (size_t i = 0; i < match->aside_count; i++) {
        const struct aside *aside = &match->aside[i];
        const struct ledger_place *place;
        struct books_record record;

        if (aside->row.trade_state != BILL_TRADE_SUCCESS)
            continue;
        place = place_of(match, NULL, aside);
        if (place == NULL)
            continue;
        ledger_get(match->targets.payments, place, &record);
        if (record.status != BOOKS_PAID)
            add_rentals(match, place, names, &count);
    }
    *ret_keys = (struct match_keys){.rental_nos = names, .rental_no_count = count};
}

void match_doubtful_keys(struct match *match, struct match_keys *ret_keys)
{
    struct view *seconds = ARENA_ARRAY(&match->arena, struct view, match->aside_count);
    size_t count = 0;

    for (size_t i = 0; i < match->aside_count; i++) {
        const struct bill_row *row = &match->aside[i].row;
        const struct ledger_place *place = place_of(match, NULL, &match->aside[i]);
        struct books_record record;

        if (place == NULL)
            continue;
        ledger_get(match_is_refund(row) ? match->targets.refunds : match->targets.payments, place,
                   &record);
        if (match_is_doubtful(match, row, &record))
            seconds[count++] = match_second(row);
    }
    *ret_keys = (struct match_keys){.seconds = seconds, .second_count = count};
}

/* Rows of one number. */
struct group {
    const struct aside *at;
    size_t count;
    bool unpaired_seen; /* a row of this number without a record came before */
    size_t keyed;       /* rows of the second number at hand that have keys of their own */
};

/* "number/second" or, for the n-th such row, "number/second/n": no other finding of the leg has
 * this key. */
static bool emit_keyed(struct match *match, struct group *group, const struct aside *aside,
                       struct ledger_place *place, enum finding_class class, struct err *err)
{
    CLEANUP(buf_release) struct buf key = BUF_INIT(KEY_MAX);

    buf_add_format(&key, "%.*s/%.*s", VIEW_ARG(aside->number), VIEW_ARG(match_second(&aside->row)));
    if (++group->keyed > 1)
        buf_add_format(&key, "/%zu", group->keyed);
    if (key.overflowed)
        return err_set(err, ERR_DATA, "line %lld: numbers are too long",
                       (long long)aside->row.line);
    return match_emit(match, &aside->row, place, class, buf_view(&key), err);
}

/* Do two payments pay for the same things? Their items agree in kind, rental and amount, and at
 * least one is of a rental. */
static bool same_items(const struct ledger *a_ledger, const struct ledger_place *a,
                       const struct ledger *b_ledger, const struct ledger_place *b)
{
    const struct ledger_item *a_cursor = NULL, *b_cursor = NULL;
    struct books_item a_item, b_item;
    bool any = false;

    while (ledger_next_item(a_ledger, a, &a_cursor, &a_item)) {
        if (!ledger_next_item(b_ledger, b, &b_cursor, &b_item) || a_item.kind != b_item.kind ||
            !view_equal(a_item.rental_no, b_item.rental_no) ||
            a_item.amount.fen != b_item.amount.fen)
            return false;
        any |= a_item.rental_no.length > 0;
    }
    return any && !ledger_next_item(b_ledger, b, &b_cursor, &b_item);
}

struct twin_search {
    const struct match *match;
    const struct ledger *siblings;
    const struct ledger_place *place;
    struct view number;
    struct instant paid_at;
    bool found;
};

static bool is_twin(void *context, struct ledger_place *place, struct err *err)
{
    struct twin_search *search = context;
    struct books_record record;
    int64_t apart_us;

    (void)err;
    ledger_get(search->siblings, place, &record);
    apart_us = record.time.us - search->paid_at.us;
    if (record.has_time && apart_us > -SIBLING_SPAN && apart_us < SIBLING_SPAN &&
        !view_equal(record.number, search->number) &&
        same_items(search->match->targets.payments, search->place, search->siblings, place))
        search->found = true;
    return true;
}

/* A payment that the books do not count as paid, while another one for the same things is: the
 * rider paid twice. */
static bool is_paid_twice(const struct match *match, const struct match_found *found,
                          const struct aside *aside, const struct ledger_place *place)
{
    struct twin_search search = {
        .match = match,
        .siblings = found->siblings,
        .place = place,
        .number = aside->number,
        .paid_at = aside->row.time,
    };
    struct books_record record;
    struct err err = ERR_INIT;

    ledger_get(match->targets.payments, place, &record);
    if (record.status == BOOKS_PAID)
        return false;
    (void)ledger_each(found->siblings, is_twin, &search, &err);
    return search.found;
}

/* Does another row of the group carry the transaction that the books name? Then this one is the
 * second payment. */
static bool other_is_named(const struct group *group, const struct aside *aside,
                           const struct ledger_place *place)
{
    if (ledger_second_is(place, aside->row.transaction_id))
        return false;
    for (size_t i = 0; i < group->count; i++) {
        if (ledger_second_is(place, group->at[i].row.transaction_id) &&
            group->at[i].row.trade_state == BILL_TRADE_SUCCESS)
            return true;
    }
    return false;
}

/* The record is paired with another row already. */
static enum finding_class class_of_second(const struct aside *aside,
                                          const struct ledger_place *place)
{
    bool same = ledger_tag(place) == ledger_tag_of(match_second(&aside->row));

    if (same)
        return CLASS_T07;
    return match_is_refund(&aside->row) ? CLASS_R08 : CLASS_T06;
}

/* Another merchant's, AppID's, currency's or day's row. When it is our record all the same, that
 * record has no other row: one cause, one finding. */
static bool settle_foreign(struct match *match, struct group *group, const struct aside *aside,
                           struct ledger_place *place, struct err *err)
{
    if (place != NULL && match_is_same(&aside->row, place))
        return match_pair_as(match, &aside->row, place, CLASS_E07, err);
    return emit_keyed(match, group, aside, NULL, CLASS_E07, err);
}

static bool has_success(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->at[i].row.trade_state == BILL_TRADE_SUCCESS)
            return true;
    }
    return false;
}

/* A payment that is revoked or in a state nobody knows; its record waits for no other row, unless
 * the bill has one. */
static bool settle_unclassified(struct match *match, struct group *group, const struct aside *aside,
                                struct ledger_place *place, struct err *err)
{
    if (place != NULL && ledger_line(place) == 0 && !has_success(group))
        return match_pair_as(match, &aside->row, place, CLASS_T13, err);
    return emit_keyed(match, group, aside, place, CLASS_T13, err);
}

/* A row of which the books have no record. Refunds made on the merchant platform's page may have no
 * number, and then nothing in common. */
static bool settle_unpaired(struct match *match, const struct match_found *found,
                            struct group *group, const struct aside *aside, struct err *err)
{
    bool refund = match_is_refund(&aside->row);
    bool second = group->unpaired_seen;
    struct books_record record;

    if (aside->number.length == 0)
        return emit_keyed(match, group, aside, NULL, refund ? CLASS_R01 : CLASS_T01, err);
    group->unpaired_seen = true;
    if (second)
        return emit_keyed(match, group, aside, NULL, refund ? CLASS_R08 : CLASS_T06, err);
    if (!refund && get_by_transaction(found, aside, &record) && record.contradicts)
        return match_emit(match, &aside->row, NULL, CLASS_T08, aside->number, err);
    return match_emit(match, &aside->row, NULL,
                      refund ? match_refund_unknown(&aside->row) : CLASS_T01, aside->number, err);
}

static bool settle_one(struct match *match, const struct match_found *found, struct group *group,
                       const struct aside *aside, struct err *err)
{
    bool refund = match_is_refund(&aside->row);
    struct ledger_place *place = place_of(match, found, aside);

    if (aside->foreign)
        return settle_foreign(match, group, aside, place, err);
    if (!refund && aside->row.trade_state != BILL_TRADE_SUCCESS)
        return settle_unclassified(match, group, aside, place, err);
    if (place == NULL)
        return settle_unpaired(match, found, group, aside, err);
    if (ledger_line(place) != 0)
        return emit_keyed(match, group, aside, NULL, class_of_second(aside, place), err);
    if (!refund && other_is_named(group, aside, place))
        return emit_keyed(match, group, aside, NULL, CLASS_T06, err);
    if (!refund && is_paid_twice(match, found, aside, place))
        return match_pair_as(match, &aside->row, place, CLASS_T06, err);
    return match_pair(match, &aside->row, place, err);
}

static bool settle_group(struct match *match, const struct match_found *found,
                         const struct aside *at, size_t count, struct err *err)
{
    struct group group = {.at = at, .count = count};

    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && same_row(&at[i], &at[i - 1]);
        bool settled;

        if (i > 0 && !same_second(&at[i], &at[i - 1]))
            group.keyed = 0;
        settled = again ? emit_keyed(match, &group, &at[i], NULL, CLASS_T07, err)
                        : settle_one(match, found, &group, &at[i], err);
        if (!settled)
            return false;
    }
    return true;
}

/* Groups whose number the books know, or the others. */
static bool settle_groups(struct match *match, const struct match_found *found, bool known,
                          struct err *err)
{
    size_t at = 0;

    while (at < match->aside_count) {
        const struct aside *first = &match->aside[at];
        const struct ledger *ledger =
            match_is_refund(&first->row) ? match->targets.refunds : match->targets.payments;
        size_t count = 1;

        while (at + count < match->aside_count && same_number(first, first + count))
            count++;
        if ((ledger_find(ledger, first->number) != NULL) == known &&
            !settle_group(match, found, first, count, err))
            return false;
        at += count;
    }
    return true;
}

/* Numbers come before transactions: a record goes to a row of its own number, if there is one. */
bool match_settle_aside(struct match *match, const struct match_found *found, struct err *err)
{
    match->repeated = found->repeated;
    if (!settle_groups(match, found, /* known= */ true, err) ||
        !settle_groups(match, found, /* known= */ false, err))
        return false;
    match->aside_count = 0;
    return match_sums_fit(match, err);
}
