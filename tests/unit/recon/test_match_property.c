/* Worlds of chance through the match, held against a second implementation (brute.h) and against
 * what must hold of every result. PAYRECON_TEST_SEED=n runs the world of that seed alone. */
#include "recon/match.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "brute_text.h"
#include "chance.h"

enum { WORLDS = 3000, TEXT_MAX = 1 << 16 };

/* One world, what the match says of it and what brute.h does. */
struct trial {
    uint64_t seed;
    struct buf text;
    struct world world;
    struct outcome outcome;
    struct lines lines; /* of the outcome */
    struct brute brute;
};

static void trial_release(struct trial *trial)
{
    outcome_release(&trial->outcome);
    buf_release(&trial->text);
}

static void disagree(const struct trial *trial, const char *what, struct lines *wanted,
                     struct lines *seen)
{
    struct buf words = BUF_INIT(TEXT_MAX);

    buf_add_format(&words, "PAYRECON_TEST_SEED=%llu: %s\n%sexpected:\n",
                   (unsigned long long)trial->seed, what, buf_text(&trial->text));
    lines_print(wanted, &words);
    buf_add_text(&words, "but got:\n");
    lines_print(seen, &words);
    (void)fputs(buf_text(&words), stderr);
    buf_release(&words);
    fail();
}

static bool same_lines(struct lines *a, struct lines *b)
{
    struct buf a_text = BUF_INIT(TEXT_MAX), b_text = BUF_INIT(TEXT_MAX);
    bool same;

    lines_print(a, &a_text);
    lines_print(b, &b_text);
    same = view_equal(buf_view(&a_text), buf_view(&b_text));
    buf_release(&a_text);
    buf_release(&b_text);
    return same;
}

static void complain(const struct trial *trial, const char *what)
{
    (void)fprintf(stderr, "PAYRECON_TEST_SEED=%llu: %s\n%s", (unsigned long long)trial->seed, what,
                  buf_text(&trial->text));
    fail();
}

#define CLAIM(trial, condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            complain(trial, "not so: " #condition);                                                \
    } while (0)

static void trial_run(struct trial *trial, uint64_t seed)
{
    *trial = (struct trial){.seed = seed, .text = BUF_INIT(TEXT_MAX)};
    chance_world(seed, &trial->text);
    text_world(buf_text(&trial->text), &trial->world);
    world_run(&trial->world, &trial->outcome);
    if (!trial->outcome.good)
        complain(trial, trial->outcome.err.text);
    outcome_lines(&trial->outcome, &trial->lines);
    brute_run(&trial->world, &trial->brute);
}

/* ---- against the second implementation ------------------------------------------------------- */

static void agrees_with_brute_force(struct trial *trial)
{
    struct lines wanted;

    brute_lines(&trial->brute, &wanted);
    if (!same_lines(&wanted, &trial->lines))
        disagree(trial, "the second implementation disagrees", &wanted, &trial->lines);
}

static void count(struct identity_side *side, bool counts, int64_t fen)
{
    if (!counts)
        return;
    side->count++;
    side->money.fen += fen;
}

/* Paired, and equal or explained. */
static bool agrees(const struct brute_row *row)
{
    return row->paired && (row->class == CLASS_NONE || row->class == CLASS_T11 ||
                           (row->class == CLASS_T09 && !brute_far_apart(row)));
}

/* Sums of rows, from the rows alone. */
static void count_bill(const struct brute *brute, struct match_totals *totals)
{
    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *row = &brute->rows[i];
        const struct bill_row *source = row->row;
        bool once = row->class != CLASS_T07;
        bool refunded = row->refund && source->refund_status != BILL_REFUND_FAIL;
        bool moved = row->paid || refunded;

        totals->rows++;
        totals->foreign += row->foreign;
        totals->matched += agrees(row);
        count(&totals->bill_rows, true, source->order.fen);
        count(&totals->bill_payments, row->paid, source->order.fen);
        count(&totals->bill_refunds, row->refund, source->refund_requested.fen);
        count(&totals->settled_payments, row->paid && once, source->settlement.fen);
        count(&totals->uncertain, !row->paid && !row->refund, source->settlement.fen);
        totals->movement.fen += row->paid && once ? source->settlement.fen : 0;
        totals->movement.fen -= refunded && once ? source->refund.fen : 0;
        *(moved ? &totals->fees.millifen : &totals->uncertain_fees.millifen) -=
            once ? source->fee.millifen : 0;
    }
    totals->movement.fen += totals->fees.millifen / 1000; /* fees of these worlds are whole fen */
}

/* Sums of records: those that rows are paired with, and those of the day that are left. */
static void count_books(const struct brute *brute, struct match_totals *totals)
{
    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *row = &brute->rows[i];
        bool counts = row->paired && brute_moved(row->record);
        bool by_coupon = row->class == CLASS_T11 || row->class == CLASS_T12;
        int64_t fen = !counts ? 0 : by_coupon ? row->row->order.fen : row->record->row.amount.fen;

        count(&totals->books_payments, counts && row->paid, fen);
        count(&totals->books_refunds, counts && row->refund, fen);
    }
    for (size_t i = 0; i < brute->record_count; i++) {
        const struct brute_record *record = &brute->records[i];
        bool left = brute_is_left(brute->world, record);
        bool of_day = !record->refund && brute_moved(record) && brute_in_day(record);

        count(record->refund ? &totals->books_refunds : &totals->books_payments, left,
              record->row.amount.fen);
        count(&totals->books_amounts, of_day, record->row.amount.fen);
        count(&totals->books_items, of_day, record->items_fen);
        for (size_t n = 0; n < record->item_count; n++)
            count(&totals->books_deposit_items, of_day && record->items[n].kind == BOOKS_DEPOSIT,
                  record->items[n].amount.fen);
    }
}

static bool same_side(const struct identity_side *a, const struct identity_side *b)
{
    return a->count == b->count && a->money.fen == b->money.fen;
}

static void agrees_in_its_sums(const struct trial *trial)
{
    const struct match_totals *seen = &trial->outcome.totals;
    struct match_totals wanted = {.rows = 0};

    count_bill(&trial->brute, &wanted);
    count_books(&trial->brute, &wanted);
    CLAIM(trial, seen->rows == wanted.rows);
    CLAIM(trial, seen->foreign == wanted.foreign);
    CLAIM(trial, seen->matched == wanted.matched);
    CLAIM(trial, seen->movement.fen == wanted.movement.fen);
    CLAIM(trial, seen->fees.millifen == wanted.fees.millifen);
    CLAIM(trial, seen->uncertain_fees.millifen == wanted.uncertain_fees.millifen);
    CLAIM(trial, same_side(&seen->uncertain, &wanted.uncertain));
    CLAIM(trial, same_side(&seen->bill_rows, &wanted.bill_rows));
    CLAIM(trial, same_side(&seen->bill_payments, &wanted.bill_payments));
    CLAIM(trial, same_side(&seen->bill_refunds, &wanted.bill_refunds));
    CLAIM(trial, same_side(&seen->books_payments, &wanted.books_payments));
    CLAIM(trial, same_side(&seen->books_refunds, &wanted.books_refunds));
    CLAIM(trial, same_side(&seen->books_amounts, &wanted.books_amounts));
    CLAIM(trial, same_side(&seen->books_items, &wanted.books_items));
    CLAIM(trial, same_side(&seen->books_deposit_items, &wanted.books_deposit_items));
    CLAIM(trial, same_side(&seen->settled_payments, &wanted.settled_payments));
}

/* ---- what must hold of every result, whoever computed it ------------------------------------- */

static void is_a_bijection(const struct trial *trial)
{
    const struct outcome *outcome = &trial->outcome;

    CLAIM(trial, outcome->entry_count == trial->world.row_count);
    for (size_t i = 0; i < outcome->entry_count; i++) {
        const struct world_entry *a = &outcome->entries[i];

        for (size_t n = 0; n < i; n++) {
            const struct world_entry *b = &outcome->entries[n];
            bool same_leg = (a->kind == ENTRY_REFUND) == (b->kind == ENTRY_REFUND);

            CLAIM(trial, a->line != b->line);
            CLAIM(trial, !same_leg || a->number.length == 0 || !view_equal(a->number, b->number));
        }
    }
}

/* One cause, one finding, and a key for each. */
static void has_one_finding_for_each_difference(const struct trial *trial)
{
    const struct finding_list *list = &trial->outcome.findings;
    size_t rows = 0, left = 0;

    for (size_t i = 0; i < trial->outcome.entry_count; i++)
        rows += trial->outcome.entries[i].class != CLASS_NONE;
    for (size_t i = 0; i < list->count; i++) {
        left += !list->at[i].channel.known;
        CLAIM(trial, list->at[i].channel.known || list->at[i].books.known);
        for (size_t n = 0; n < i; n++)
            CLAIM(trial, list->at[n].leg != list->at[i].leg ||
                             !view_equal(list->at[n].key, list->at[i].key));
    }
    CLAIM(trial, list->count == rows + left);
}

static bool is_entered(const struct outcome *outcome, const struct brute_record *record)
{
    for (size_t i = 0; i < outcome->entry_count; i++) {
        if ((outcome->entries[i].kind == ENTRY_REFUND) == record->refund &&
            view_equal(outcome->entries[i].number, record->row.number))
            return true;
    }
    return false;
}

static bool is_left(const struct outcome *outcome, const struct brute_record *record)
{
    for (size_t i = 0; i < outcome->findings.count; i++) {
        const struct finding *finding = &outcome->findings.at[i];

        if ((finding->leg == LEG_REFUND) == record->refund && !finding->channel.known &&
            view_equal(finding->key, record->row.number))
            return true;
    }
    return false;
}

/* Money that the books count on the day stands in exactly one place. */
static void loses_no_record(const struct trial *trial)
{
    for (size_t i = 0; i < trial->brute.record_count; i++) {
        const struct brute_record *record = &trial->brute.records[i];
        bool entered = is_entered(&trial->outcome, record);
        bool left = is_left(&trial->outcome, record);

        if (!brute_moved(record) || !brute_in_day(record))
            continue;
        CLAIM(trial, !(entered && left));
        CLAIM(trial, entered || left || brute_elsewhere(&trial->world, record));
    }
}

/* Either both sides sum up to the same, or a finding says why not. */
static void is_never_silent_about_a_difference(const struct trial *trial)
{
    const struct match_totals *totals = &trial->outcome.totals;
    bool said = false;

    for (size_t i = 0; i < trial->outcome.findings.count; i++)
        said |= trial->outcome.findings.at[i].state != STATE_RESOLVED;
    CLAIM(trial, said || (same_side(&totals->bill_payments, &totals->books_payments) &&
                          same_side(&totals->bill_refunds, &totals->books_refunds)));
}

/* ---- in any order ---------------------------------------------------------------------------- */

static void shuffle(struct chance *chance, void *at, size_t total, size_t size)
{
    char *bytes = at;
    char *kept = memory_alloc(size);

    for (size_t left = total; left > 1; left--) {
        size_t other = (size_t)chance_below(chance, (int)left);

        memcpy(kept, bytes + (left - 1) * size, size);
        memcpy(bytes + (left - 1) * size, bytes + other * size, size);
        memcpy(bytes + other * size, kept, size);
    }
    free(kept);
}

/* Two refunds for one number: which comes first in the bill counts, and nothing else can. */
static bool order_of_rows_counts(const struct trial *trial)
{
    const struct brute *brute = &trial->brute;

    for (size_t i = 0; i < brute->row_count; i++) {
        for (size_t n = 0; n < i; n++) {
            const struct brute_row *a = &brute->rows[i], *b = &brute->rows[n];

            if (a->refund && b->refund && !a->foreign && !b->foreign && a->number.length > 0 &&
                view_equal(a->number, b->number) && !view_equal(a->second, b->second))
                return true;
        }
    }
    return false;
}

/* Two records of one number: the first one's values stay. */
static bool order_of_records_counts(const struct trial *trial)
{
    return trial->brute.record_count != trial->world.record_count;
}

static void gives_the_same_in_any_order(struct trial *trial)
{
    struct chance chance = {trial->seed ^ UINT64_C(0x5DEECE66D)};
    struct world other = trial->world;
    struct outcome outcome;
    struct lines lines;

    if (!order_of_rows_counts(trial))
        shuffle(&chance, other.rows, other.row_count, sizeof(other.rows[0]));
    for (size_t i = 0; i < other.row_count; i++)
        other.rows[i].line = (int64_t)i + 2;
    if (!order_of_records_counts(trial))
        shuffle(&chance, other.records, other.record_count, sizeof(other.records[0]));
    world_run(&other, &outcome);
    if (!outcome.good)
        complain(trial, outcome.err.text);
    outcome_lines(&outcome, &lines);
    if (!same_lines(&trial->lines, &lines))
        disagree(trial, "another order gives something else", &trial->lines, &lines);
    outcome_release(&outcome);
}

/* ---------------------------------------------------------------------------------------------- */

/* How often each class came up: chance that never makes a class proves nothing about it. */
static void count_classes(const struct trial *trial, int *seen)
{
    for (size_t i = 0; i < trial->outcome.findings.count; i++)
        seen[trial->outcome.findings.at[i].class]++;
}

static void try_world(uint64_t seed, int *seen)
{
    CLEANUP(trial_release) struct trial trial;

    trial_run(&trial, seed);
    agrees_with_brute_force(&trial);
    agrees_in_its_sums(&trial);
    is_a_bijection(&trial);
    has_one_finding_for_each_difference(&trial);
    loses_no_record(&trial);
    is_never_silent_about_a_difference(&trial);
    gives_the_same_in_any_order(&trial);
    count_classes(&trial, seen);
}

static void holds_in_worlds_of_chance(void **state)
{
    static const enum finding_class classes[] = {
        CLASS_E07, CLASS_T01, CLASS_T02, CLASS_T03, CLASS_T04, CLASS_T05, CLASS_T06,
        CLASS_T07, CLASS_T08, CLASS_T09, CLASS_T10, CLASS_T11, CLASS_T12, CLASS_T13,
        CLASS_R01, CLASS_R02, CLASS_R03, CLASS_R05, CLASS_R08};
    const char *wanted = getenv("PAYRECON_TEST_SEED");
    int seen[CLASS_COUNT] = {0};
    int64_t seed = 0;

    (void)state;
    /* A ledger takes megabytes and touches kilobytes: fresh pages cost nothing, zeroing used ones
     * does. Only speed; sanitizers have no such knob. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
    if (wanted != NULL) {
        assert_true(view_to_int64(view_of(wanted), 0, INT64_MAX, &seed));
        try_world((uint64_t)seed, seen);
        return;
    }
    for (uint64_t i = 1; i <= WORLDS; i++)
        try_world(i, seen);
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (seen[classes[i]] < 20)
            fail_msg("%s came up %d times only", class_info(classes[i])->code, seen[classes[i]]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_in_worlds_of_chance),
    };
    return cmocka_run_group_tests_name("recon/match in worlds of chance", tests, NULL, NULL);
}
