#include "report/statement_text.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

enum { TEXT_MAX = 1 << 20 };

static struct date day_of(const char *text)
{
    struct date day = {0};

    assert_true(date_parse(view_of(text), &day));
    return day;
}

/* A store whose name is a formula, with a second version. */
static struct statement_head sample_head(void)
{
    struct statement_head head = {
        .mchid = VIEW("1900000109"),
        .merchant_name = VIEW("星火换电"),
        .store_id = VIEW("S-01"),
        .store_name = VIEW("=cmd|' /C calc'!A0"),
        .from = day_of("2026-05-31"),
        .to = day_of("2026-05-31"),
        .version = 2,
        .differs = VIEW("租金收入 40.00 (2) → 35.00 (1)"),
        .terms = VIEW("[{\"kind\":\"RENT\",\"valid_from\":\"2026-01-01\",\"valid_to\":null,"
                      "\"share_ppm\":700000,\"fixed_fen\":0,\"fee_bearer\":\"STORE\","
                      "\"cycle\":\"DAY\",\"hold_days\":0,\"min_payout_fen\":0},"
                      "{\"kind\":\"SWAP\",\"valid_from\":\"2026-01-01\","
                      "\"valid_to\":\"2026-12-31\",\"share_ppm\":333333,\"fixed_fen\":1000,"
                      "\"fee_bearer\":\"PRO_RATA\",\"cycle\":\"MONTH\",\"hold_days\":7,"
                      "\"min_payout_fen\":5000}]"),
        .terms_sha256 = VIEW("aa"),
        .bills = VIEW("[{\"kind\":\"TRADE_ALL\",\"bill_day\":\"2026-05-31\"}]"),
        .content_sha256 = VIEW("bb"),
        .has_previous = true,
        .previous_from = day_of("2026-05-30"),
        .previous_version = 1,
        .previous_sha256 = VIEW("cc"),
        .item_count = 4,
        .engine_version = VIEW("0.1.0"),
        .made_at = {beijing_start(day_of("2026-06-01")).us + 10 * INSTANT_HOUR},
    };

    head.lines[LINE_RENT] = (struct statement_amount){1, {3500}};
    head.lines[LINE_RENT_REFUND] = (struct statement_amount){1, {-1000}};
    head.lines[LINE_FEE].money.fen = -15;
    head.lines[LINE_BASE].money.fen = 2485;
    head.lines[LINE_SHARE].money.fen = 1739;
    head.lines[LINE_NET].money.fen = 1739;
    head.lines[LINE_OPERATOR_SHARE].money.fen = 746;
    head.lines[LINE_DEPOSIT_TAKEN] = (struct statement_amount){1, {19900}};
    head.lines[LINE_OPEN_PAYMENT] = (struct statement_amount){1, {3500}};
    return head;
}

static void add_items(struct statement_text *text)
{
    struct date day = day_of("2026-05-31");
    struct statement_item item = {
        .line_no = 2,
        .item_no = 1,
        .kind = BOOKS_DEPOSIT,
        .trade_at = {beijing_start(day).us + INSTANT_HOUR},
        .out_trade_no = VIEW("0012345678901234567890123456"),
        .transaction_id = VIEW("4200001234202605311234567890"),
        .rental_no = VIEW("=R\"17\""),
        .amount = {19900},
        .fee = {119000},
    };

    statement_text_item(text, day, &item);
    item.item_no = 2;
    item.kind = BOOKS_RENT;
    item.amount.fen = 3500;
    item.fee.millifen = item.borne.millifen = 21000;
    item.share.fen = 2435;
    statement_text_item(text, day, &item);
    item.code = VIEW("T05");
    item.line_no = 3;
    item.fee.millifen = item.borne.millifen = item.share.fen = 0;
    statement_text_item(text, day, &item);
    item.code = VIEW("");
    item.line_no = 4;
    item.refund = true;
    item.out_refund_no = VIEW("B1");
    item.amount.fen = -1000;
    item.fee.millifen = item.borne.millifen = -6000;
    item.share.fen = -696;
    item.rental_no = VIEW("");
    statement_text_item(text, day, &item);
}

/* Compares with a file of tests/data, byte for byte. TEST_WRITE_EXPECTED=1 writes it instead, to be
 * read and committed. */
static void expect_file(const char *path, struct view content)
{
    CLEANUP(buf_release) struct buf wanted = BUF_INIT(TEXT_MAX);
    struct err err = ERR_INIT;

    if (getenv("TEST_WRITE_EXPECTED") != NULL)
        expect_good(file_write(path, content, 0644, &err), &err);
    expect_good(file_read(path, &wanted, &err), &err);
    assert_int_equal(content.length, wanted.length);
    assert_memory_equal(content.at, wanted.at, wanted.length);
}

static void bytes_are_as_expected(void **state)
{
    CLEANUP(statement_text_release) struct statement_text text;
    CLEANUP(buf_release) struct buf manifest = BUF_INIT(TEXT_MAX);
    struct statement_head head = sample_head();
    struct err err = ERR_INIT;

    (void)state;
    statement_text_init(&text);
    for (int round = 0; round < 2; round++) { /* the second follows on the first */
        expect_good(statement_text_begin(&text, &head, &err), &err);
        add_items(&text);
    }
    buf_clear(&manifest);
    statement_text_manifest(&text, &head, "settle_x", &manifest);
    assert_int_equal(text.items, 4);
    expect_file("tests/data/settle/statement.csv", buf_view(&text.people));
    expect_file("tests/data/settle/statement.machine.csv", buf_view(&text.machine));
    expect_file("tests/data/settle/statement.json", buf_view(&manifest));
}

static void a_store_without_terms_and_versions(void **state)
{
    CLEANUP(statement_text_release) struct statement_text text;
    CLEANUP(buf_release) struct buf manifest = BUF_INIT(TEXT_MAX);
    struct statement_head head = sample_head();
    struct err err = ERR_INIT;

    (void)state;
    head.terms = VIEW("[]");
    head.version = 1;
    head.differs = VIEW("");
    head.has_previous = false;
    statement_text_init(&text);
    expect_good(statement_text_begin(&text, &head, &err), &err);
    statement_text_manifest(&text, &head, "settle_x", &manifest);
    assert_non_null(strstr(buf_text(&text.people), "\"分成条款\",\"无\"\r\n"));
    assert_null(strstr(buf_text(&text.people), "替代"));
    assert_non_null(strstr(buf_text(&manifest), "\"replaces\":null,\"previous\":null,"));
}

static void stored_terms_that_are_not_understood(void **state)
{
    static const struct {
        const char *terms, *message;
    } cases[] = {
        {"[{\"kind\":\"RENT\"}]", "stored terms: \"valid_from\" is missing"},
    };
    CLEANUP(statement_text_release) struct statement_text text;
    struct statement_head head = sample_head();
    struct err err = ERR_INIT;

    (void)state;
    statement_text_init(&text);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        head.terms = view_of(cases[i].terms);
        expect_err(statement_text_begin(&text, &head, &err), &err, ERR_DATA, cases[i].message);
    }
}

static void names_of_files(void **state)
{
    static const struct {
        const char *store, *from, *to, *name;
    } cases[] = {
        {"S1", "2026-05-31", "2026-05-31", "settle_1900000109_S1_2026-05-31_v2"},
        {"S1", "2026-05-01", "2026-05-31", "settle_1900000109_S1_2026-05-01_2026-05-31_v2"},
        {"a_b-C.9", "2026-05-31", "2026-05-31", "settle_1900000109_a_b-C.9_2026-05-31_v2"},
        {"../../etc/passwd", "2026-05-31", "2026-05-31",
         "settle_1900000109_~2E.~2F..~2Fetc~2Fpasswd_2026-05-31_v2"},
        {"=cmd", "2026-05-31", "2026-05-31", "settle_1900000109_~3Dcmd_2026-05-31_v2"},
        {"a~b\n", "2026-05-31", "2026-05-31", "settle_1900000109_a~7Eb~0A_2026-05-31_v2"},
        {"店", "2026-05-31", "2026-05-31", "settle_1900000109_~E5~BA~97_2026-05-31_v2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf name = BUF_INIT(TEXT_MAX);
        struct statement_head head = sample_head();
        struct err err = ERR_INIT;

        head.store_id = view_of(cases[i].store);
        head.from = day_of(cases[i].from);
        head.to = day_of(cases[i].to);
        expect_good(statement_base_name(&head, &name, &err), &err);
        assert_string_equal(buf_text(&name), cases[i].name);
    }
}

static void names_that_are_too_long(void **state)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(TEXT_MAX);
    struct statement_head head = sample_head();
    char store[200];
    struct err err = ERR_INIT;

    (void)state;
    memset(store, 'x', sizeof(store));
    head.store_id = view_from(store, sizeof(store));
    assert_false(statement_base_name(&head, &name, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.text, "its number is too long for a file's name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_expected),
        cmocka_unit_test(a_store_without_terms_and_versions),
        cmocka_unit_test(stored_terms_that_are_not_understood),
        cmocka_unit_test(names_of_files),
        cmocka_unit_test(names_that_are_too_long),
    };

    return cmocka_run_group_tests_name("statement text", tests, NULL, NULL);
}
