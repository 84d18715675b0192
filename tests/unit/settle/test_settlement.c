#include "settle/settlement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "story.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define PUSH(settlement, entry_, ...)                                                              \
    do {                                                                                           \
        const struct books_item items_[] = {__VA_ARGS__};                                          \
        struct settle_entry pushed_ = (entry_);                                                    \
        struct err err_ = ERR_INIT;                                                                \
        pushed_.items = items_;                                                                    \
        pushed_.item_count = LENGTH(items_);                                                       \
        expect_good(settlement_push((settlement), &pushed_, &err_), &err_);                        \
    } while (0)

static void finish(struct settlement *settlement)
{
    struct err err = ERR_INIT;
    struct settle_totals parts;
    const struct settle_totals *entries = settlement_entries(settlement);

    expect_good(settlement_finish(settlement, &err), &err);
    expect_good(settlement_sum_parts(settlement, &parts, &err), &err);
    assert_memory_equal(&parts, entries, sizeof(parts));
}

/* The part as "items/fen items/fen fee", "" when there is none. */
static const char *part_text(const struct settlement *settlement, enum settle_part_kind kind,
                             const char *key, char text[128])
{
    text[0] = '\0';
    for (size_t i = 0; i < settlement_parts(settlement); i++) {
        const struct settle_part *part = settlement_part(settlement, i);

        if (part->kind == kind && view_equal_text(part->key, key))
            (void)snprintf(text, 128, "%lld/%lld %lld/%lld %lld", (long long)part->payment_items,
                           (long long)part->payments.fen, (long long)part->refund_items,
                           (long long)part->refunds.fen, (long long)part->fee.millifen);
    }
    return text;
}

#define expect_part(settlement, kind, key, wanted)                                                 \
    do {                                                                                           \
        char text_[128];                                                                           \
        assert_string_equal(part_text(settlement, kind, key, text_), wanted);                      \
    } while (0)

static const struct statement *find_statement(const struct settlement *settlement,
                                              const char *store)
{
    for (size_t i = 0; i < settlement_statements(settlement); i++) {
        const struct statement *statement = settlement_statement(settlement, i);

        if (view_equal_text(statement->store_id, store))
            return statement;
    }
    return NULL;
}

static const struct statement *statement_of(const struct settlement *settlement, const char *store)
{
    const struct statement *statement = find_statement(settlement, store);

    if (statement == NULL) {
        fail_msg("store %s has no statement", store);
        abort(); /* unreachable, but the compiler does not know */
    }
    return statement;
}

static void expect_line(const struct statement *statement, enum statement_line line, int64_t count,
                        int64_t fen)
{
    if (statement->lines[line].money.fen != fen || statement->lines[line].count != count)
        fail_msg("%s is %lld (%lld), not %lld (%lld)", statement_line_info(line)->code,
                 (long long)statement->lines[line].money.fen,
                 (long long)statement->lines[line].count, (long long)fen, (long long)count);
}

/* One payment of deposit, rent and insurance: the fee of 1.42 is spread over all three. */
static void splits_a_payment(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    const struct statement *statement;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "", 23600, 142000, 2),
         story_item(1, BOOKS_DEPOSIT, "S1", 19900), story_item(2, BOOKS_RENT, "S1", 3500),
         story_item(3, BOOKS_INSURANCE, "S1", 200));
    finish(settlement);

    expect_part(settlement, PART_STORE, "S1", "1/3500 0/0 21059");
    expect_part(settlement, PART_OPERATOR, "DEPOSIT", "1/19900 0/0 119737");
    expect_part(settlement, PART_OPERATOR, "INSURANCE", "1/200 0/0 1204");
    statement = statement_of(settlement, "S1");
    assert_int_equal(statement->item_count, 2); /* insurance is no store's business */
    expect_line(statement, LINE_RENT, 1, 3500);
    expect_line(statement, LINE_FEE, 0, -21);
    expect_line(statement, LINE_BASE, 0, 3479);
    expect_line(statement, LINE_SHARE, 0, 2435);
    expect_line(statement, LINE_NET, 0, 2435);
    expect_line(statement, LINE_OPERATOR_SHARE, 0, 3500 - 21 - 2435);
    expect_line(statement, LINE_DEPOSIT_TAKEN, 1, 19900);
}

/* The deposit's fee is the operator's although it is shown in the store's statement. */
static void refunds_take_back(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    const struct statement *statement;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "", 3500, 21000, 2),
         story_item(1, BOOKS_RENT, "S1", 3500));
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 3500, -21000, 3),
         story_item(1, BOOKS_RENT, "S1", 3500));
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 19900, -119000, 4),
         story_item(1, BOOKS_DEPOSIT, "S1", 19900));
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 100, -1000, 5),
         story_item(1, BOOKS_SWAP, "S1", 100));
    finish(settlement);

    expect_part(settlement, PART_STORE, "S1", "1/3500 2/3600 -1000");
    expect_part(settlement, PART_OPERATOR, "DEPOSIT", "0/0 1/19900 -119000");
    statement = statement_of(settlement, "S1");
    expect_line(statement, LINE_RENT, 1, 3500);
    expect_line(statement, LINE_RENT_REFUND, 1, -3500);
    expect_line(statement, LINE_OTHER_REFUND, 1, -100);
    expect_line(statement, LINE_FEE, 0, 1);
    expect_line(statement, LINE_BASE, 0, -99);
    expect_line(statement, LINE_SHARE, 0, -50);
    expect_line(statement, LINE_DEPOSIT_REFUNDED, 1, -19900);
}

static void a_store_without_activity_has_a_statement(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    CLEANUP(finding_list_release) struct finding_list findings = FINDING_LIST_INIT;
    struct err err = ERR_INIT;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    finish(settlement);

    assert_int_equal(settlement_statements(settlement), 3);
    assert_null(find_statement(settlement, "S3")); /* closed */
    expect_line(statement_of(settlement, "S1"), LINE_NET, 0, 0);
    expect_line(statement_of(settlement, "S2"), LINE_FIXED, 0, 1000); /* the month ends */
    expect_line(statement_of(settlement, "S2"), LINE_NET, 0, 1000);
    expect_line(statement_of(settlement, "S2"), LINE_OPERATOR_SHARE, 0, -1000);
    expect_line(statement_of(settlement, "S4"), LINE_NET, 0, 0); /* no terms, and none needed */
    expect_part(settlement, PART_STORE, "S4", "0/0 0/0 0");
    expect_good(settlement_findings(settlement, &findings, &err), &err);
    assert_int_equal(findings.count, 0);
}

static void money_without_an_open_store_is_S01(void **state)
{
    static const struct {
        const char *key, *reason;
        int64_t fen;
        const char *evidence;
    } wanted[] = {
        {"-", "money without a store", 500,
         "{\"store\":\"-\",\"payment_items\":2,\"payment_fen\":500,\"refund_items\":1,"
         "\"refund_fen\":50,\"fee_millifen\":3000}"},
        {"S3", "money of a store that is not open on that day", -70,
         "{\"store\":\"S3\",\"payment_items\":0,\"payment_fen\":0,\"refund_items\":1,"
         "\"refund_fen\":70,\"fee_millifen\":0}"},
        {"S9", "money of a store that the books do not know", 200,
         "{\"store\":\"S9\",\"payment_items\":1,\"payment_fen\":200,\"refund_items\":0,"
         "\"refund_fen\":0,\"fee_millifen\":1000}"},
    };
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    CLEANUP(finding_list_release) struct finding_list findings = FINDING_LIST_INIT;
    struct settle_entry bare = story_entry(SETTLE_PAYMENT, "", 200, 1000, 5);
    struct err err = ERR_INIT;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "", 300, 2000, 2),
         story_item(1, BOOKS_RENT, "", 300));
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "", 200, 1000, 3),
         story_item(1, BOOKS_RENT, "S9", 200));
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 70, 0, 4), story_item(1, BOOKS_RENT, "S3", 70));
    expect_good(settlement_push(settlement, &bare, &err), &err);
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 50, 0, 6), story_item(1, BOOKS_RENT, "", 50));
    finish(settlement);

    expect_good(settlement_findings(settlement, &findings, &err), &err);
    assert_int_equal(findings.count, LENGTH(wanted));
    for (size_t i = 0; i < LENGTH(wanted); i++) {
        const struct finding *finding = &findings.at[i];

        expect_view(finding->key, wanted[i].key);
        expect_view(finding->reason, wanted[i].reason);
        expect_view(finding->evidence, wanted[i].evidence);
        assert_int_equal(finding->class, CLASS_S01);
        assert_int_equal(finding->leg, LEG_SETTLE);
        assert_int_equal(finding->state, STATE_OPEN);
        assert_int_equal(finding->channel.money.fen, wanted[i].fen);
    }
    assert_int_equal(settlement_statements(settlement), 3);
}

static void open_findings_are_held_out(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    const struct statement *statement;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "T05", 3400, 20000, 2),
         story_item(1, BOOKS_RENT, "S1", 3500), story_item(2, BOOKS_DEPOSIT, "S1", 1));
    PUSH(settlement, story_entry(SETTLE_REFUND, "R03", 100, -1000, 3),
         story_item(1, BOOKS_RENT, "S1", 90));
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "T09", 3500, 21000, 4),
         story_item(1, BOOKS_RENT, "S1", 3500));
    PUSH(settlement, story_entry(SETTLE_UNCLASSIFIED, "T13", 700, 0, 5),
         story_item(1, BOOKS_RENT, "S1", 700));
    PUSH(settlement, story_entry(SETTLE_UNCLASSIFIED, "", 600, 0, 6),
         story_item(1, BOOKS_RENT, "S9", 600));
    finish(settlement);

    expect_part(settlement, PART_HELD, "T05", "1/3400 0/0 20000");
    expect_part(settlement, PART_HELD, "R03", "0/0 1/100 -1000");
    expect_part(settlement, PART_HELD, "T13", "2/1300 0/0 0");
    expect_part(settlement, PART_STORE, "S1", "1/3500 0/0 21000");
    statement = statement_of(settlement, "S1");
    expect_line(statement, LINE_RENT, 1, 3500);
    expect_line(statement, LINE_OPEN_PAYMENT, 2, 4200);
    expect_line(statement, LINE_OPEN_REFUND, 1, -90);
    expect_line(statement, LINE_NET, 0, 2435);
    assert_int_equal(statement->item_count, 4);
    expect_view(statement->items[0].code, "T05");
    expect_view(statement->items[2].code, "");
}

/* Items are what the rider owed before the coupon, or after it: both happen. */
static void a_coupon_is_the_operators(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;

    (void)state;
    story_init(&story);
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "T11", 3500, 20000, 2),
         story_item(1, BOOKS_RENT, "S1", 3300));
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "T11", 3500, 20000, 3),
         story_item(1, BOOKS_RENT, "S1", 3550));
    finish(settlement);

    expect_part(settlement, PART_STORE, "S1", "2/6850 0/0 40000");
    expect_part(settlement, PART_OPERATOR, "COUPON", "2/150 0/0 0");
}

static void missing_and_double_terms_withhold(void **state)
{
    struct story story;
    CLEANUP(settlement_done) struct settlement *settlement = NULL;
    CLEANUP(finding_list_release) struct finding_list findings = FINDING_LIST_INIT;
    struct err err = ERR_INIT;

    (void)state;
    story_init(&story);
    story.terms[story.terms_count] = story_terms("S2", BOOKS_RENT, 650000, FEE_BEARER_STORE);
    story.terms[story.terms_count++].valid_from = story_day();
    settlement = story_open(&story);
    PUSH(settlement, story_entry(SETTLE_PAYMENT, "", 3500, 21000, 2),
         story_item(1, BOOKS_RENT, "S1", 3000), story_item(2, BOOKS_DAMAGE, "S1", 500));
    PUSH(settlement, story_entry(SETTLE_REFUND, "", 800, 0, 3),
         story_item(1, BOOKS_OTHER_KIND, "S4", 800));
    finish(settlement);

    /* S1 has no terms for damage, S2 two for rent, S4 none at all. */
    assert_int_equal(settlement_statements(settlement), 0);
    expect_good(settlement_findings(settlement, &findings, &err), &err);
    assert_int_equal(findings.count, 3);
    expect_view(findings.at[0].key, "S1");
    expect_view(findings.at[0].evidence,
                "{\"store\":\"S1\",\"payment_items\":2,\"payment_fen\":3500,\"refund_items\":0,"
                "\"refund_fen\":0,\"fee_millifen\":21000,\"terms\":{\"DAMAGE\":\"none\"}}");
    expect_view(findings.at[1].key, "S2");
    expect_view(findings.at[1].evidence,
                "{\"store\":\"S2\",\"payment_items\":0,\"payment_fen\":0,\"refund_items\":0,"
                "\"refund_fen\":0,\"fee_millifen\":0,\"terms\":{\"RENT\":\"overlap\"}}");
    expect_view(findings.at[2].key, "S4");
    assert_int_equal(findings.at[2].class, CLASS_S02);
    assert_int_equal(findings.at[2].channel.money.fen, -800);
}

static void contradictions_are_refused(void **state)
{
    static const struct {
        int64_t amount_fen, item_fen;
        const char *text;
    } cases[] = {
        {3500, 3400,
         "entry of line 7: has no finding, but 35.00 is not the sum of its items: differs by 1.00"},
        {100, 101,
         "entry of line 7: has no finding, but 1.00 is not the sum of its items: differs by -0.01"},
        {-5, -5, "entry of line 7: an item's amount is negative"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct story story;
        CLEANUP(settlement_done) struct settlement *settlement = NULL;
        const struct books_item item = story_item(1, BOOKS_RENT, "S1", cases[i].item_fen);
        struct settle_entry entry = story_entry(SETTLE_PAYMENT, "", cases[i].amount_fen, 21000, 7);
        struct err err = ERR_INIT;

        story_init(&story);
        settlement = story_open(&story);
        entry.items = &item;
        entry.item_count = 1;
        expect_err(settlement_push(settlement, &entry, &err), &err, ERR_DATA, cases[i].text);
    }
}

static void a_store_that_stands_twice_is_refused(void **state)
{
    struct story story;
    const struct settle_books books = {story_day(), story.stores, STORY_STORES, story.terms, 0};
    struct settlement *settlement = NULL;
    struct err err = ERR_INIT;

    (void)state;
    story_init(&story);
    story.stores[1].store_id = VIEW("S1");
    expect_err(settlement_open(&books, &settlement, &err), &err, ERR_DATA,
               "store \"S1\" stands twice in the books");
    assert_null(settlement);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Random entries of all kinds: finish() holds the parts against the entries. */
static void money_is_conserved(void **state)
{
    static const char *const stores[] = {"S1", "S2", "S3", "S4", "S9", ""};
    static const char *const codes[] = {"", "", "", "", "T09", "T05", "R01"};
    enum { ROUNDS = 200, ENTRIES = 50, ITEMS = 4 };
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct story story;
        CLEANUP(settlement_done) struct settlement *settlement = NULL;

        story_init(&story);
        settlement = story_open(&story);
        for (int n = 0; n < ENTRIES; n++) {
            struct books_item items[ITEMS];
            struct settle_entry entry = story_entry(
                (enum settle_kind)(next_random(&seed) % 3), codes[next_random(&seed) % 7], 0,
                (int64_t)(next_random(&seed) % 400000) - 100000, n + 2);
            struct err err = ERR_INIT;

            entry.items = items;
            entry.item_count = next_random(&seed) % (ITEMS + 1);
            for (size_t i = 0; i < entry.item_count; i++) {
                items[i] = story_item((int64_t)i + 1, (enum books_kind)(next_random(&seed) % 7),
                                      stores[next_random(&seed) % 6],
                                      (int64_t)(next_random(&seed) % 50000));
                entry.amount.fen += items[i].amount.fen;
            }
            expect_good(settlement_push(settlement, &entry, &err), &err);
        }
        finish(settlement);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_a_payment),
        cmocka_unit_test(refunds_take_back),
        cmocka_unit_test(a_store_without_activity_has_a_statement),
        cmocka_unit_test(money_without_an_open_store_is_S01),
        cmocka_unit_test(open_findings_are_held_out),
        cmocka_unit_test(a_coupon_is_the_operators),
        cmocka_unit_test(missing_and_double_terms_withhold),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(a_store_that_stands_twice_is_refused),
        cmocka_unit_test(money_is_conserved),
    };

    return cmocka_run_group_tests_name("settlement", tests, NULL, NULL);
}
