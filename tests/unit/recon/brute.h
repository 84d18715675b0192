/* The pairing a second time, slow and obvious: written from the comment of recon/match.h and DOMAIN
 * §3.3, over arrays, with a loop for every question. */
#ifndef TEST_RECON_BRUTE_H
#define TEST_RECON_BRUTE_H

#include "world_text.h"

/* All rows of one number of the books, as one. */
struct brute_record {
    bool refund;
    struct books_row row; /* the first one's */
    bool contradicts;
    struct books_item items[WORLD_MAX];
    size_t item_count;
    int64_t items_fen;
    bool paired;
    struct view paired_second; /* of its row */
};

struct brute_row {
    const struct bill_row *row;
    bool refund, foreign, paid;
    struct view number, second;
    bool repeats; /* another row says the same and came before */
    bool done;
    enum finding_class class;
    struct brute_record *record; /* as the finding names it */
    bool paired;                 /* with that record */
    bool keyed;                  /* the finding's key is number/second */
};

struct brute {
    struct brute_record records[WORLD_MAX];
    size_t record_count;
    struct brute_row rows[WORLD_MAX];
    size_t row_count;
    const struct world *world;
};

/* ---- the books ------------------------------------------------------------------------------- */

static inline bool brute_same_row(const struct books_row *a, const struct books_row *b)
{
    return a->amount.fen == b->amount.fen && a->status == b->status && a->has_time == b->has_time &&
           (!a->has_time || a->time.us == b->time.us) && view_equal(a->second, b->second) &&
           view_equal(a->appid, b->appid);
}

static inline struct brute_record *brute_find(struct brute *brute, bool refund, struct view number)
{
    for (size_t i = 0; i < brute->record_count; i++) {
        if (brute->records[i].refund == refund && view_equal(brute->records[i].row.number, number))
            return &brute->records[i];
    }
    return NULL;
}

static inline int brute_compare_items(const void *a, const void *b)
{
    const struct books_item *left = a, *right = b;

    return (left->item_no > right->item_no) - (left->item_no < right->item_no);
}

static inline void brute_add_record(struct brute *brute, const struct world_record *source)
{
    struct brute_record *record = brute_find(brute, source->refund, source->row.number);

    if (record == NULL) {
        record = &brute->records[brute->record_count++];
        *record = (struct brute_record){.refund = source->refund, .row = source->row};
    }
    record->contradicts |= !brute_same_row(&record->row, &source->row);
    for (size_t i = 0; i < source->item_count; i++) {
        for (size_t n = 0; n < record->item_count; n++)
            record->contradicts |= record->items[n].item_no == source->items[i].item_no;
        record->items[record->item_count++] = source->items[i];
        record->items_fen += source->items[i].amount.fen;
    }
    qsort(record->items, record->item_count, sizeof(record->items[0]), brute_compare_items);
}

/* The payment that carries the transaction; NULL when there is none, or two that say so. */
static inline struct brute_record *brute_by_transaction(struct brute *brute, struct view second,
                                                        bool *ret_contradicts)
{
    const struct books_row *first = NULL;

    *ret_contradicts = false;
    for (size_t i = 0; i < brute->world->record_count; i++) {
        const struct world_record *record = &brute->world->records[i];

        if (record->refund || second.length == 0 || !view_equal(record->row.second, second))
            continue;
        if (first == NULL)
            first = &record->row;
        else if (!brute_same_row(first, &record->row) ||
                 !view_equal(first->number, record->row.number))
            *ret_contradicts = true;
    }
    return first == NULL || *ret_contradicts ? NULL : brute_find(brute, false, first->number);
}

static inline bool brute_moved(const struct brute_record *record)
{
    enum books_status status = record->row.status;

    return record->refund ? status == BOOKS_SUCCESS || status == BOOKS_PROCESSING
                          : status == BOOKS_PAID;
}

/* Read with the day, and so known when the row comes; else looked up later. */
static inline bool brute_came_with_the_day(const struct brute_record *record)
{
    return record->row.has_time &&
           record->row.time.us >= beijing_start(WORLD_DAY).us - 10 * INSTANT_MINUTE &&
           record->row.time.us < beijing_start(date_add(WORLD_DAY, 1)).us + 10 * INSTANT_MINUTE;
}

static inline bool brute_in_day(const struct brute_record *record)
{
    return record->row.has_time && beijing_day(record->row.time).days == WORLD_DAY.days;
}

/* ---- the rows -------------------------------------------------------------------------------- */

static inline bool brute_is_foreign(const struct bill_row *row)
{
    bool payment = row->trade_state == BILL_TRADE_SUCCESS;

    return !view_equal_text(row->mchid, "1900000109") || row->sub_mchid.length > 0 ||
           !view_equal_text(row->currency, "CNY") ||
           (!view_equal_text(row->appid, "wxA") && !view_equal_text(row->appid, "wxB")) ||
           (payment && beijing_day(row->time).days != WORLD_DAY.days);
}

/* FACTS §8: `wxzff|<WeChat's order>|<ours>` */
static inline struct view brute_order(const struct bill_row *row)
{
    const char *bar = NULL;

    for (size_t i = 0; i < row->attach.length; i++) {
        if (row->attach.at[i] == '|')
            bar = row->attach.at + i;
    }
    if (!view_equal_text(row->trade_type, "AUTH") || bar == NULL)
        return row->out_trade_no;
    return view_from(bar + 1, (size_t)(row->attach.at + row->attach.length - bar - 1));
}

static inline bool brute_says_the_same(const struct brute_row *a, const struct brute_row *b)
{
    return a->refund == b->refund && a->foreign == b->foreign && view_equal(a->number, b->number) &&
           view_equal(a->second, b->second) &&
           view_equal(a->row->trade_state_text, b->row->trade_state_text);
}

static inline void brute_add_row(struct brute *brute, const struct bill_row *source)
{
    struct brute_row *row = &brute->rows[brute->row_count];
    bool refund = source->trade_state == BILL_TRADE_REFUND;

    *row = (struct brute_row){
        .row = source,
        .refund = refund,
        .foreign = brute_is_foreign(source),
        .paid = source->trade_state == BILL_TRADE_SUCCESS,
        .number = refund ? source->out_refund_no : brute_order(source),
        .second = refund ? source->refund_id : source->transaction_id,
    };
    for (size_t i = 0; i < brute->row_count; i++)
        row->repeats |= brute_says_the_same(&brute->rows[i], row);
    brute->row_count++;
}

static inline int brute_compare_rows(const void *a, const void *b)
{
    const struct brute_row *left = *(struct brute_row *const *)a;
    const struct brute_row *right = *(struct brute_row *const *)b;
    int order = view_compare(left->number, right->number);

    if (order == 0)
        order = view_compare(left->second, right->second);
    if (order == 0)
        order = left->foreign - right->foreign;
    if (order == 0)
        order = view_compare(left->row->trade_state_text, right->row->trade_state_text);
    return order != 0 ? order : (left->repeats > right->repeats) - (left->repeats < right->repeats);
}

/* ---- the classes ----------------------------------------------------------------------------- */

struct brute_case {
    bool applies;
    enum finding_class class;
};

static inline enum finding_class brute_first(const struct brute_case *cases)
{
    while (!cases->applies)
        cases++;
    return cases->class;
}

static inline bool brute_other_day(const struct brute_record *record)
{
    return record->row.has_time && !brute_in_day(record);
}

/* Paid, by the books, on neither this day nor one of its neighbours (DOMAIN §3.3: D±1). */
static inline bool brute_far_apart(const struct brute_row *row)
{
    int32_t apart = beijing_day(row->record->row.time).days - WORLD_DAY.days;

    return !row->refund && (apart < -1 || apart > 1);
}

static inline enum finding_class brute_payment_class(const struct bill_row *row,
                                                     const struct brute_record *record)
{
    const struct books_row *books = &record->row;
    int64_t difference = row->order.fen - books->amount.fen;
    bool by_coupon =
        row->coupon.fen > 0 &&
        (difference == row->coupon.fen ||
         (difference == row->order.fen - row->settlement.fen && difference <= row->coupon.fen));
    bool theirs =
        view_equal_text(row->trade_type, "AUTH") && view_equal(row->out_trade_no, brute_order(row));
    bool renumbered = !theirs && !view_equal(books->number, brute_order(row));
    const struct brute_case cases[] = {
        {record->contradicts, CLASS_T08},
        {books->status != BOOKS_PAID, CLASS_T02},
        {books->second.length > 0 && !view_equal(books->second, row->transaction_id), CLASS_T10},
        {books->appid.length > 0 && !view_equal(books->appid, row->appid), CLASS_T10},
        {renumbered, CLASS_T10},
        {difference > 0 && !by_coupon, CLASS_T04},
        {difference < 0, CLASS_T05},
        {record->items_fen != books->amount.fen, CLASS_T12},
        {difference != 0, CLASS_T11},
        {brute_other_day(record), CLASS_T09},
        {true, CLASS_NONE},
    };

    return brute_first(cases);
}

static inline enum finding_class brute_refund_class(const struct bill_row *row,
                                                    const struct brute_record *record)
{
    const struct books_row *books = &record->row;
    bool failed =
        row->refund_status == BILL_REFUND_FAIL || row->refund_status == BILL_REFUND_CHANGE;
    bool other_order = books->second.length > 0 && !view_equal(books->second, row->out_trade_no) &&
                       !view_equal(books->second, brute_order(row));
    const struct brute_case cases[] = {
        {record->contradicts, CLASS_T08},
        {failed && (books->status == BOOKS_ABNORMAL || books->status == BOOKS_CLOSED), CLASS_R05},
        {!brute_moved(record), CLASS_R01},
        {other_order, CLASS_T10},
        {row->refund_requested.fen != books->amount.fen, CLASS_R03},
        {row->refund_status == BILL_REFUND_OTHER, CLASS_T13},
        {failed, CLASS_R05},
        {brute_other_day(record), CLASS_T09},
        {true, CLASS_NONE},
    };

    return brute_first(cases);
}

/* ---- the pairing ----------------------------------------------------------------------------- */

static inline void brute_say(struct brute_row *row, enum finding_class class, bool keyed)
{
    row->done = true;
    row->class = class;
    row->keyed = keyed;
}

static inline void brute_pair_as(struct brute_row *row, struct brute_record *record,
                                 enum finding_class class)
{
    assert_false(record->paired);
    record->paired = row->paired = true;
    record->paired_second = row->second;
    row->record = record;
    brute_say(row, class, false);
}

/* Paid payments of the same things within a day: the rider paid twice (T06). */
static inline bool brute_has_twin(struct brute *brute, const struct brute_row *row,
                                  const struct brute_record *record)
{
    for (size_t i = 0; i < brute->record_count; i++) {
        const struct brute_record *other = &brute->records[i];
        bool rental = false;
        int64_t apart_us = other->row.time.us - row->row->time.us;
        bool same = other != record && !other->refund && other->row.status == BOOKS_PAID &&
                    other->item_count == record->item_count && record->item_count > 0 &&
                    apart_us < INSTANT_DAY && apart_us > -INSTANT_DAY;

        for (size_t n = 0; n < record->item_count; n++)
            rental |= record->items[n].rental_no.length > 0;
        for (size_t n = 0; same && n < record->item_count; n++)
            same = other->items[n].kind == record->items[n].kind &&
                   other->items[n].amount.fen == record->items[n].amount.fen &&
                   view_equal(other->items[n].rental_no, record->items[n].rental_no);
        if (same && rental)
            return true;
    }
    return false;
}

static inline void brute_pair(struct brute *brute, struct brute_row *row,
                              struct brute_record *record)
{
    if (row->refund)
        brute_pair_as(row, record, brute_refund_class(row->row, record));
    else if (record->row.status != BOOKS_PAID && brute_has_twin(brute, row, record))
        brute_pair_as(row, record, CLASS_T06);
    else
        brute_pair_as(row, record, brute_payment_class(row->row, record));
}

/* The row that has the record of its number first of all: ours, paid, and the books' own
 * transaction; of refunds, whose ids the books do not know, the bill's first of the right order. */
static inline void brute_pair_named(struct brute *brute)
{
    for (size_t i = 0; i < brute->row_count; i++) {
        struct brute_row *row = &brute->rows[i];
        struct brute_record *record = brute_find(brute, row->refund, row->number);
        struct view second = row->refund ? row->row->out_trade_no : row->second;
        bool ours = !row->foreign && !row->repeats && (row->refund || row->paid);

        if (ours && record != NULL && !record->paired && view_equal(record->row.second, second) &&
            (!row->refund || brute_came_with_the_day(record)))
            brute_pair(brute, row, record);
    }
}

/* Does a paid row of this number fulfil the condition? */
static inline bool brute_any_paid(const struct brute *brute, const struct brute_row *row,
                                  const struct view *second)
{
    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *other = &brute->rows[i];

        if (!other->refund && other->paid && view_equal(other->number, row->number) &&
            (second == NULL || view_equal(other->second, *second)))
            return true;
    }
    return false;
}

static inline bool brute_first_of_number(const struct brute *brute, const struct brute_row *row)
{
    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *other = &brute->rows[i];

        if (other->done && !other->paired && !other->keyed && other->refund == row->refund &&
            view_equal(other->number, row->number))
            return false;
    }
    return true;
}

static inline void brute_settle_unpaired(struct brute *brute, struct brute_row *row,
                                         bool contradicts)
{
    if (row->number.length == 0)
        brute_say(row, CLASS_R01, true);
    else if (!brute_first_of_number(brute, row))
        brute_say(row, row->refund ? CLASS_R08 : CLASS_T06, true);
    else if (contradicts)
        brute_say(row, CLASS_T08, false);
    else
        brute_say(row, row->refund ? CLASS_R01 : CLASS_T01, false);
}

/* Is the record another paid row's, one that the books name? */
static inline bool brute_is_named_by_other(const struct brute *brute, const struct brute_row *row,
                                           const struct brute_record *record)
{
    return !row->refund && record->row.second.length > 0 &&
           !view_equal(record->row.second, row->second) &&
           brute_any_paid(brute, row, &record->row.second);
}

/* A row of ours, a payment that is paid or a refund. */
static inline void brute_settle_ours(struct brute *brute, struct brute_row *row,
                                     struct brute_record *record, bool contradicts)
{
    if (record == NULL)
        brute_settle_unpaired(brute, row, contradicts);
    else if (record->paired && view_equal(record->paired_second, row->second))
        brute_say(row, CLASS_T07, true);
    else if (record->paired || brute_is_named_by_other(brute, row, record))
        brute_say(row, row->refund ? CLASS_R08 : CLASS_T06, true);
    else
        brute_pair(brute, row, record);
}

/* A row that is not ours, or in a state that nobody has classified. */
static inline void brute_settle_odd(struct brute *brute, struct brute_row *row,
                                    struct brute_record *record)
{
    struct view order = row->refund ? row->row->out_trade_no : row->second;
    bool free = record != NULL && !record->paired;

    if (row->foreign && free && view_equal(record->row.second, order))
        brute_pair_as(row, record, CLASS_E07);
    else if (row->foreign)
        brute_say(row, CLASS_E07, true);
    else if (free && !brute_any_paid(brute, row, NULL))
        brute_pair_as(row, record, CLASS_T13);
    else {
        brute_say(row, CLASS_T13, true);
        row->record = record;
    }
}

static inline void brute_settle(struct brute *brute, struct brute_row *row)
{
    bool contradicts = false;
    struct brute_record *record = brute_find(brute, row->refund, row->number);

    if (record == NULL && !row->refund)
        record = brute_by_transaction(brute, row->second, &contradicts);
    if (row->repeats)
        brute_say(row, CLASS_T07, true);
    else if (row->foreign || (!row->refund && !row->paid))
        brute_settle_odd(brute, row, record);
    else
        brute_settle_ours(brute, row, record, contradicts);
}

/* Numbers first, then transactions; in each the rows by number and second number. */
static inline void brute_run(const struct world *world, struct brute *brute)
{
    struct brute_row *order[WORLD_MAX] = {NULL};

    *brute = (struct brute){.world = world};
    for (size_t i = 0; i < world->record_count; i++)
        brute_add_record(brute, &world->records[i]);
    for (size_t i = 0; i < world->row_count; i++)
        brute_add_row(brute, &world->rows[i]);
    for (size_t i = 0; i < brute->row_count; i++)
        order[i] = &brute->rows[i];
    qsort(order, brute->row_count, sizeof(order[0]), brute_compare_rows);
    brute_pair_named(brute);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < brute->row_count; i++) {
            bool known = brute_find(brute, order[i]->refund, order[i]->number) != NULL;

            if (!order[i]->done && (known || pass == 1))
                brute_settle(brute, order[i]);
        }
    }
}

#endif
