#include "settle/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "settle/parts.h"

enum { ITEMS = 3, TEXT_MAX = 4096 };

struct sample {
    struct statement_item items[ITEMS];
    struct store_terms terms;
    const struct store_terms *in_force[1];
    struct statement statement;
};

static void sample_init(struct sample *sample)
{
    const struct statement_item item = {
        .line_no = 2,
        .item_no = 1,
        .kind = BOOKS_RENT,
        .trade_at = {INT64_C(1780200000000000)},
        .out_trade_no = VIEW("R1"),
        .transaction_id = VIEW("4200001"),
        .rental_no = VIEW("R00017"),
        .amount = {3500},
        .fee = {21000},
        .borne = {21000},
        .share = {2435},
    };

    *sample = (struct sample){
        .terms = {.store_id = VIEW("S1"),
                  .kind = BOOKS_RENT,
                  .valid_from = {20000},
                  .open_ended = true,
                  .share = {700000},
                  .fee_bearer = FEE_BEARER_STORE,
                  .cycle = SETTLE_CYCLE_WEEK,
                  .hold_days = 3,
                  .min_payout = {5000}},
    };
    for (size_t i = 0; i < ITEMS; i++) {
        sample->items[i] = item;
        sample->items[i].line_no = 2 + (int64_t)i;
    }
    sample->items[1].refund = true;
    sample->items[1].out_refund_no = VIEW("B1");
    sample->items[1].amount.fen = -1000;
    sample->items[1].fee.millifen = -6000;
    sample->items[1].borne.millifen = -6000;
    sample->items[1].share.fen = -696;
    sample->items[2].code = VIEW("T05");
    sample->in_force[0] = &sample->terms;
    sample->statement = (struct statement){.store_id = VIEW("S1"),
                                           .store_name = VIEW("东门店"),
                                           .terms = sample->in_force,
                                           .terms_count = 1,
                                           .items = sample->items,
                                           .item_count = ITEMS};
}

static void sums_its_items(void **state)
{
    static const int64_t wanted[LINE_COUNT] = {
        [LINE_RENT] = 3500,         [LINE_RENT_REFUND] = -1000,
        [LINE_FEE] = -15,           [LINE_BASE] = 2485,
        [LINE_SHARE] = 1739,        [LINE_FIXED] = 200,
        [LINE_NET] = 1939,          [LINE_OPERATOR_SHARE] = 2500 - 15 - 1739 - 200,
        [LINE_OPEN_PAYMENT] = 3500,
    };
    struct sample sample;
    struct err err = ERR_INIT;

    (void)state;
    sample_init(&sample);
    sample.statement.fixed.fen = 200;
    expect_good(statement_sum(&sample.statement, &err), &err);
    for (size_t i = 0; i < LINE_COUNT; i++) {
        if (sample.statement.lines[i].money.fen != wanted[i])
            fail_msg("%s is %lld", statement_line_info((enum statement_line)i)->code,
                     (long long)sample.statement.lines[i].money.fen);
    }
    expect_good(statement_sum(&sample.statement, &err), &err); /* again: not twice the sum */
    assert_int_equal(sample.statement.lines[LINE_NET].money.fen, 1939);
}

static void sums_that_do_not_fit_are_refused(void **state)
{
    struct sample sample;
    struct err err = ERR_INIT;

    (void)state;
    sample_init(&sample);
    sample.items[0].amount.fen = INT64_MAX;
    sample.items[1] = sample.items[0];
    expect_err(statement_sum(&sample.statement, &err), &err, ERR_DATA,
               "store \"S1\": the items add up to more than fits");
}

static void lines_have_codes(void **state)
{
    enum statement_line line;

    (void)state;
    for (size_t i = 0; i < LINE_COUNT; i++) {
        const struct statement_line_info *info = statement_line_info((enum statement_line)i);

        assert_true(statement_line_by_code(view_of(info->code), &line));
        assert_int_equal(line, i);
        assert_true(view_is_utf8(view_of(info->name)));
    }
    assert_false(statement_line_by_code(VIEW("CARRY"), &line));
}

static void terms_as_json(void **state)
{
    struct sample sample;
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    sample_init(&sample);
    statement_terms_json(&sample.statement, &text);
    assert_string_equal(
        buf_text(&text),
        "[{\"kind\":\"RENT\",\"valid_from\":\"2024-10-04\",\"valid_to\":null,\"share_ppm\":700000,"
        "\"fixed_fen\":0,\"fee_bearer\":\"STORE\",\"cycle\":\"WEEK\",\"hold_days\":3,"
        "\"min_payout_fen\":5000}]");
    buf_clear(&text);
    sample.terms.open_ended = false;
    sample.terms.valid_to.days = 20001;
    statement_terms_json(&sample.statement, &text);
    assert_non_null(strstr(buf_text(&text), "\"valid_to\":\"2024-10-05\""));
    buf_clear(&text);
    sample.statement.terms_count = 0;
    statement_terms_json(&sample.statement, &text);
    assert_string_equal(buf_text(&text), "[]");
}

/* The digest says whether there is something new to tell the store. */
static void digest_is_that_of_the_numbers(void **state)
{
    struct sample sample;
    struct digest_text first;

    (void)state;
    sample_init(&sample);
    first = statement_digest(&sample.statement);
    sample.items[0].line_no = 99; /* the bill came again in another order */
    sample.statement.store_name = VIEW("新名字");
    sample.terms.open_ended = false;
    sample.terms.valid_to.days = 30000;
    assert_string_equal(statement_digest(&sample.statement).s, first.s);

    sample.items[0].share.fen++;
    assert_string_not_equal(statement_digest(&sample.statement).s, first.s);
    sample.items[0].share.fen--;
    sample.items[0].code = VIEW("T01");
    assert_string_not_equal(statement_digest(&sample.statement).s, first.s);
    sample.items[0].code = VIEW("");
    sample.terms.share.value--;
    assert_string_not_equal(statement_digest(&sample.statement).s, first.s);
    sample.terms.share.value++;
    sample.statement.lines[LINE_NET].money.fen++;
    assert_string_not_equal(statement_digest(&sample.statement).s, first.s);
    sample.statement.lines[LINE_NET].money.fen--;
    sample.statement.item_count--;
    assert_string_not_equal(statement_digest(&sample.statement).s, first.s);
}

static void differences_in_words(void **state)
{
    struct statement_amount before[LINE_COUNT] = {0};
    struct statement_amount after[LINE_COUNT] = {0};
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

    (void)state;
    statement_difference(before, after, &text);
    assert_string_equal(buf_text(&text), "合计不变，明细或条款有变");
    buf_clear(&text);
    before[LINE_RENT] = (struct statement_amount){3, {10000}};
    after[LINE_RENT] = (struct statement_amount){2, {9000}};
    after[LINE_NET].money.fen = -5;
    statement_difference(before, after, &text);
    assert_string_equal(buf_text(&text), "租金收入 100.00 (3) → 90.00 (2); 应结净额 0.00 → -0.05");
}

static void items_have_an_order(void **state)
{
    struct sample sample;
    struct statement_item *items = sample.items;

    (void)state;
    sample_init(&sample);
    items[0].trade_at.us++;
    items[2].item_no = 0;
    items[2].line_no = items[1].line_no;
    items[2].out_refund_no = items[1].out_refund_no;
    qsort(items, ITEMS, sizeof(items[0]), statement_item_compare);
    assert_int_equal(items[0].item_no, 0);
    assert_true(items[1].refund);
    assert_int_equal(items[2].line_no, 2);
}

static void parts_are_kept_in_order(void **state)
{
    static const struct {
        enum settle_part_kind kind;
        const char *key;
    } added[] = {{PART_OPERATOR, "DEPOSIT"}, {PART_STORE, "S2"}, {PART_HELD, "T05"},
                 {PART_STORE, "S10"},        {PART_STORE, "S2"}, {PART_UNATTRIBUTED, "-"}};
    static const char *const wanted[] = {"STORE S10", "STORE S2", "UNATTRIBUTED -", "HELD T05",
                                         "OPERATOR DEPOSIT"};
    CLEANUP(settle_parts_release) struct settle_parts parts = SETTLE_PARTS_INIT;
    enum settle_part_kind kind;

    (void)state;
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
        assert_true(settle_part_add(settle_parts_get(&parts, added[i].kind, view_of(added[i].key)),
                                    /* refund= */ i % 2 == 1, (struct money){100},
                                    (struct fee){7}));
    assert_int_equal(parts.count, sizeof(wanted) / sizeof(wanted[0]));
    for (size_t i = 0; i < parts.count; i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

        buf_add_format(&text, "%s %.*s", settle_part_name(parts.at[i].kind),
                       VIEW_ARG(parts.at[i].key));
        assert_string_equal(buf_text(&text), wanted[i]);
        assert_true(settle_part_by_name(view_of(settle_part_name(parts.at[i].kind)), &kind));
        assert_int_equal(kind, parts.at[i].kind);
    }
    assert_int_equal(parts.at[1].payments.fen, 100);
    assert_int_equal(parts.at[1].refunds.fen, 100);
    assert_int_equal(parts.at[1].fee.millifen, 14);
    assert_false(settle_part_by_name(VIEW("store"), &kind));
    assert_false(settle_part_add(&parts.at[1], false, (struct money){INT64_MAX}, (struct fee){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_its_items),
        cmocka_unit_test(sums_that_do_not_fit_are_refused),
        cmocka_unit_test(lines_have_codes),
        cmocka_unit_test(terms_as_json),
        cmocka_unit_test(digest_is_that_of_the_numbers),
        cmocka_unit_test(differences_in_words),
        cmocka_unit_test(items_have_an_order),
        cmocka_unit_test(parts_are_kept_in_order),
    };

    return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
