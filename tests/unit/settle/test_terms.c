#include "settle/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../support/expect.h"

/* Exact products. */
__extension__ typedef __int128 wide;

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct date day_of(const char *text)
{
    struct date day = {0};

    assert_true(date_parse(view_of(text), &day));
    return day;
}

static void names_go_both_ways(void **state)
{
    static const char *const bearers[] = {"STORE", "OPERATOR", "PRO_RATA"};
    static const char *const cycles[] = {"DAY", "WEEK", "MONTH"};
    enum fee_bearer bearer;
    enum settle_cycle cycle;

    (void)state;
    for (size_t i = 0; i < LENGTH(bearers); i++) {
        assert_true(fee_bearer_by_name(view_of(bearers[i]), &bearer));
        assert_string_equal(fee_bearer_name(bearer), bearers[i]);
        assert_true(settle_cycle_by_name(view_of(cycles[i]), &cycle));
        assert_string_equal(settle_cycle_name(cycle), cycles[i]);
    }
    assert_false(fee_bearer_by_name(VIEW("store"), &bearer));
    assert_false(settle_cycle_by_name(VIEW("YEAR"), &cycle));
}

static void deposits_and_insurance_are_not_shared(void **state)
{
    static const bool shared[] = {
        [BOOKS_RENT] = true,       [BOOKS_DEPOSIT] = false, [BOOKS_INSURANCE] = false,
        [BOOKS_SWAP] = true,       [BOOKS_DAMAGE] = true,   [BOOKS_PENALTY] = true,
        [BOOKS_OTHER_KIND] = true,
    };

    (void)state;
    for (size_t kind = 0; kind < LENGTH(shared); kind++)
        assert_int_equal(settle_kind_is_shared((enum books_kind)kind), shared[kind]);
}

static void cycles_end(void **state)
{
    static const struct {
        enum settle_cycle cycle;
        const char *day;
        bool ends;
    } cases[] = {
        {SETTLE_CYCLE_DAY, "2026-05-27", true},    {SETTLE_CYCLE_WEEK, "2026-05-30", false},
        {SETTLE_CYCLE_WEEK, "2026-05-31", true},   {SETTLE_CYCLE_WEEK, "2026-06-01", false},
        {SETTLE_CYCLE_MONTH, "2026-05-30", false}, {SETTLE_CYCLE_MONTH, "2026-05-31", true},
        {SETTLE_CYCLE_MONTH, "2026-02-28", true},  {SETTLE_CYCLE_MONTH, "2028-02-28", false},
        {SETTLE_CYCLE_MONTH, "2028-02-29", true},  {SETTLE_CYCLE_MONTH, "2026-12-31", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (settle_cycle_ends_on(cases[i].cycle, day_of(cases[i].day)) != cases[i].ends)
            fail_msg("%s %s", settle_cycle_name(cases[i].cycle), cases[i].day);
    }
}

static struct store_terms terms_of(const char *store, enum books_kind kind, const char *from,
                                   const char *to)
{
    struct store_terms terms = {
        .store_id = view_of(store),
        .kind = kind,
        .valid_from = day_of(from),
        .open_ended = to == NULL,
        .share = {700000},
    };

    if (to != NULL)
        terms.valid_to = day_of(to);
    return terms;
}

static void terms_are_found_by_day(void **state)
{
    struct store_terms terms[] = {
        terms_of("S2", BOOKS_RENT, "2026-01-01", NULL),
        terms_of("S1", BOOKS_SWAP, "2026-01-01", NULL),
        terms_of("S1", BOOKS_RENT, "2026-04-01", "2026-05-31"),
        terms_of("S1", BOOKS_RENT, "2026-06-02", NULL),
        terms_of("S1", BOOKS_RENT, "2026-01-01", "2026-03-31"),
        terms_of("S3", BOOKS_RENT, "2026-01-01", "2026-05-31"),
        terms_of("S3", BOOKS_RENT, "2026-05-31", NULL),
    };
    static const struct {
        const char *store;
        enum books_kind kind;
        const char *day;
        enum terms_found found;
        const char *from;
    } cases[] = {
        {"S1", BOOKS_RENT, "2025-12-31", TERMS_NONE, NULL},
        {"S1", BOOKS_RENT, "2026-01-01", TERMS_ONE, "2026-01-01"},
        {"S1", BOOKS_RENT, "2026-03-31", TERMS_ONE, "2026-01-01"},
        {"S1", BOOKS_RENT, "2026-04-01", TERMS_ONE, "2026-04-01"},
        {"S1", BOOKS_RENT, "2026-05-31", TERMS_ONE, "2026-04-01"},
        {"S1", BOOKS_RENT, "2026-06-01", TERMS_NONE, NULL},
        {"S1", BOOKS_RENT, "2030-01-01", TERMS_ONE, "2026-06-02"},
        {"S1", BOOKS_SWAP, "2026-06-01", TERMS_ONE, "2026-01-01"},
        {"S1", BOOKS_DAMAGE, "2026-06-01", TERMS_NONE, NULL},
        {"S3", BOOKS_RENT, "2026-05-30", TERMS_ONE, "2026-01-01"},
        {"S3", BOOKS_RENT, "2026-05-31", TERMS_OVERLAP, NULL},
        {"S3", BOOKS_RENT, "2026-06-01", TERMS_ONE, "2026-05-31"},
        {"S4", BOOKS_RENT, "2026-05-31", TERMS_NONE, NULL},
        {"", BOOKS_RENT, "2026-05-31", TERMS_NONE, NULL},
    };

    (void)state;
    qsort(terms, LENGTH(terms), sizeof(terms[0]), terms_compare);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct store_terms *found = NULL;
        enum terms_found result = terms_find(terms, LENGTH(terms), view_of(cases[i].store),
                                             cases[i].kind, day_of(cases[i].day), &found);

        if (result != cases[i].found)
            fail_msg("%s %s: found %d", cases[i].store, cases[i].day, (int)result);
        if (cases[i].from != NULL)
            assert_string_equal(date_text(found->valid_from).s, cases[i].from);
        else
            assert_null(found);
    }
}

static void shares_by_bearer(void **state)
{
    static const struct {
        enum fee_bearer bearer;
        int64_t ppm, amount_fen, fee_millifen;
        int64_t borne_millifen, share_fen;
    } cases[] = {
        /* 100.00 with a fee of 0.60 */
        {FEE_BEARER_STORE, 700000, 10000, 60000, 60000, 6958},
        {FEE_BEARER_OPERATOR, 700000, 10000, 60000, 0, 7000},
        {FEE_BEARER_PRO_RATA, 700000, 10000, 60000, 42000, 6971},
        /* a refund of the same takes back exactly the same */
        {FEE_BEARER_STORE, 700000, -10000, -60000, -60000, -6958},
        {FEE_BEARER_OPERATOR, 700000, -10000, -60000, 0, -7000},
        {FEE_BEARER_PRO_RATA, 700000, -10000, -60000, -42000, -6971},
        /* halves go away from zero */
        {FEE_BEARER_OPERATOR, 500000, 1, 0, 0, 1},
        {FEE_BEARER_OPERATOR, 500000, -1, 0, 0, -1},
        {FEE_BEARER_OPERATOR, 499999, 1, 0, 0, 0},
        {FEE_BEARER_PRO_RATA, 500000, 0, 1, 1, 0},
        {FEE_BEARER_STORE, 1000000, 1, 500, 500, 1},
        {FEE_BEARER_STORE, 1000000, 1, 501, 501, 0},
        /* the edges of a share */
        {FEE_BEARER_STORE, 0, 10000, 60000, 60000, 0},
        {FEE_BEARER_STORE, 1000000, 10000, 60000, 60000, 9940},
        /* the product leaves 64 bits, the share does not */
        {FEE_BEARER_OPERATOR, 999999, INT64_C(1) << 50, 0, 0, INT64_C(1125898780942717)},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct store_terms terms = {.fee_bearer = cases[i].bearer, .share = {cases[i].ppm}};
        struct terms_share share;

        assert_true(terms_apply(&terms, (struct money){cases[i].amount_fen},
                                (struct fee){cases[i].fee_millifen}, &share));
        assert_int_equal(share.borne.millifen, cases[i].borne_millifen);
        assert_int_equal(share.share.fen, cases[i].share_fen);
    }
}

static void shares_that_do_not_fit_are_refused(void **state)
{
    const struct store_terms terms = {.fee_bearer = FEE_BEARER_OPERATOR, .share = {500000}};
    struct terms_share share;

    (void)state;
    assert_false(terms_apply(&terms, (struct money){INT64_MAX / 999}, (struct fee){0}, &share));
    assert_false(terms_apply(&terms, (struct money){INT64_MIN / 999}, (struct fee){0}, &share));
}

static void fees_by_hand(void **state)
{
    static const struct {
        int64_t fee;
        size_t count;
        int64_t amounts[4], parts[4];
    } cases[] = {
        {60000, 1, {10000}, {60000}},
        {100, 3, {1, 1, 1}, {34, 33, 33}},
        {200, 3, {1, 1, 1}, {67, 67, 66}},
        {-100, 3, {1, 1, 1}, {-34, -33, -33}},
        {10, 3, {1, 2, 4}, {1, 3, 6}},
        {1000, 4, {19900, 3500, 0, 200}, {843, 148, 0, 9}},
        {5, 2, {0, 0}, {5, 0}},
        {0, 2, {0, 0}, {0, 0}},
        {1, 3, {0, 0, 7}, {0, 0, 1}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct money amounts[4];
        struct fee parts[4];

        for (size_t k = 0; k < cases[i].count; k++)
            amounts[k].fen = cases[i].amounts[k];
        assert_true(fee_distribute((struct fee){cases[i].fee}, amounts, cases[i].count, parts));
        for (size_t k = 0; k < cases[i].count; k++) {
            if (parts[k].millifen != cases[i].parts[k])
                fail_msg("case %zu, part %zu: %lld", i, k, (long long)parts[k].millifen);
        }
    }
}

static void fees_of_bad_amounts_are_refused(void **state)
{
    const struct money negative[] = {{5}, {-1}};
    const struct money huge[] = {{INT64_MAX}, {1}};
    struct fee parts[2];

    (void)state;
    assert_false(fee_distribute((struct fee){10}, negative, 2, parts));
    assert_false(fee_distribute((struct fee){10}, huge, 2, parts));
}

/* xorshift: the same numbers on every machine. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* No part is off its exact share by a whole unit, and a larger item never pays less. */
static void check_part(const struct money *amounts, const struct fee *parts, size_t i,
                       int64_t total, int64_t fee)
{
    wide error = (wide)parts[i].millifen * total - (wide)fee * amounts[i].fen;

    if (total > 0 && (error >= total || error <= -total))
        fail_msg("part %zu is off by a unit", i);
    for (size_t k = 0; k < i; k++) {
        if (amounts[k].fen > amounts[i].fen)
            assert_true(llabs(parts[k].millifen) >= llabs(parts[i].millifen));
    }
}

/* Laws of the distribution over random splits; above all, the parts add up. */
static void fees_add_up(void **state)
{
    enum { ROUNDS = 20000, ITEMS = 12 };
    uint64_t seed = 20260531;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t count = 1 + next_random(&seed) % ITEMS;
        int64_t limit = INT64_C(1) << (next_random(&seed) % 40);
        int64_t fee = (int64_t)(next_random(&seed) % 1000000) * (round % 2 == 0 ? 1 : -1);
        struct money amounts[ITEMS];
        struct fee parts[ITEMS];
        int64_t sum = 0;
        int64_t total = 0;

        for (size_t i = 0; i < count; i++) {
            amounts[i].fen = (int64_t)(next_random(&seed) % (uint64_t)limit);
            total += amounts[i].fen;
        }
        assert_true(fee_distribute((struct fee){fee}, amounts, count, parts));
        for (size_t i = 0; i < count; i++) {
            check_part(amounts, parts, i, total, fee);
            sum += parts[i].millifen;
        }
        assert_int_equal(sum, fee);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(deposits_and_insurance_are_not_shared),
        cmocka_unit_test(cycles_end),
        cmocka_unit_test(terms_are_found_by_day),
        cmocka_unit_test(shares_by_bearer),
        cmocka_unit_test(shares_that_do_not_fit_are_refused),
        cmocka_unit_test(fees_by_hand),
        cmocka_unit_test(fees_of_bad_amounts_are_refused),
        cmocka_unit_test(fees_add_up),
    };

    return cmocka_run_group_tests_name("settle terms", tests, NULL, NULL);
}
