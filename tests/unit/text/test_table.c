#include "text/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct table_column COLUMNS[] = {
    {"name", "门店 NAME", TABLE_TEXT},     {"out_trade_no", "NUMBER", TABLE_ID},
    {"bill_day", "DAY", TABLE_DATE},       {"paid_at", "PAID", TABLE_INSTANT},
    {"amount_fen", "AMOUNT", TABLE_MONEY}, {"fee_millifen", "FEE", TABLE_FEE},
    {"rows", "ROWS", TABLE_COUNT},
};

static struct table *example(void)
{
    struct table *table = table_new(TABLE_COLUMNS(COLUMNS));
    struct date day = {20604};
    struct instant paid = {beijing_start(day).us + 86399 * INSTANT_SECOND};

    table_add(table,
              TABLE_CELLS(table_text(VIEW("电池 \"A\"")), table_id(VIEW("007")), table_date(day),
                          table_instant(paid), table_money((struct money){123456}),
                          table_fee((struct fee){-2000}), table_count(12)));
    table_add(table, TABLE_CELLS(table_text(VIEW("x\ny")), table_none(), table_none(), table_none(),
                                 table_money((struct money){-1}), table_none(), table_none()));
    return table;
}

static char *printed(const struct table *table, enum table_format format)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct err err = ERR_INIT;

    assert_non_null(out);
    assert_true(table_print(table, format, out, &err));
    assert_int_equal(fclose(out), 0);
    return text;
}

static void check(const struct table *table, enum table_format format, const char *expected)
{
    char *text = printed(table, format);

    assert_string_equal(text, expected);
    free(text);
}

static void prints_for_people(void **state)
{
    CLEANUP(table_done) struct table *table = example();

    (void)state;
    check(table, TABLE_TEXT_FORMAT,
          "门店 NAME  NUMBER  DAY         PAID                  AMOUNT       FEE  ROWS\n"
          "电池 \"A\"   007     2026-05-31  2026-05-31 23:59:59  1234.56  -0.02000    12\n"
          "x y                                                   -0.01\n");
}

static void prints_csv(void **state)
{
    CLEANUP(table_done) struct table *table = example();

    (void)state;
    check(table, TABLE_CSV_FORMAT,
          "\"name\",\"out_trade_no\",\"bill_day\",\"paid_at\",\"amount_fen\",\"fee_millifen\","
          "\"rows\"\n"
          "\"电池 \"\"A\"\"\",\"007\",\"2026-05-31\",\"2026-05-31T23:59:59+08:00\",\"123456\","
          "\"-2000\",\"12\"\n"
          "\"x\ny\",\"\",\"\",\"\",\"-1\",\"\",\"\"\n");
}

static void prints_json(void **state)
{
    CLEANUP(table_done) struct table *table = example();

    (void)state;
    check(table, TABLE_JSON_FORMAT,
          "[\n"
          "{\"name\":\"电池 \\\"A\\\"\",\"out_trade_no\":\"007\",\"bill_day\":\"2026-05-31\","
          "\"paid_at\":\"2026-05-31T23:59:59+08:00\",\"amount_fen\":123456,\"fee_millifen\":-2000,"
          "\"rows\":12},\n"
          "{\"name\":\"x\\ny\",\"out_trade_no\":null,\"bill_day\":null,\"paid_at\":null,"
          "\"amount_fen\":-1,\"fee_millifen\":null,\"rows\":null}\n"
          "]\n");
}

static void prints_tables_without_rows(void **state)
{
    static const struct table_column columns[] = {{"a", "A", TABLE_TEXT}, {"b", "B", TABLE_COUNT}};
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    (void)state;
    check(table, TABLE_TEXT_FORMAT, "A  B\n");
    check(table, TABLE_CSV_FORMAT, "\"a\",\"b\"\n");
    check(table, TABLE_JSON_FORMAT, "[]\n");
    assert_int_equal(table_rows(table), 0);
}

static void copies_texts_and_grows(void **state)
{
    static const struct table_column columns[] = {{"a", "A", TABLE_TEXT}};
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    char *text;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "n%d", i);
        table_add(table, TABLE_CELLS(table_text(view_of(name))));
    }
    assert_int_equal(table_rows(table), 1000);
    text = printed(table, TABLE_TEXT_FORMAT);
    assert_non_null(strstr(text, "\nn0\n"));
    assert_non_null(strstr(text, "\nn999\n"));
    free(text);
}

static void a_full_disk_is_an_error(void **state)
{
    CLEANUP(table_done) struct table *table = example();
    FILE *out = fopen("/dev/full", "w");
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(out);
    assert_false(table_print(table, TABLE_CSV_FORMAT, out, &err));
    assert_string_equal(err.text, "could not write the output: No space left on device");
    assert_int_equal(err.kind, ERR_IO);
    (void)fclose(out);
}

static void counts_columns_of_a_terminal(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"", 0},     {"abc", 3},     {"门店", 4}, {"（元）", 6}, {"ＡＢ", 4},
        {"é", 1},    {"e\u0301", 1}, {"한글", 4}, {"かな", 4},   {"\xF0\x9F\x94\x8B", 2},
        {"\xFF", 1}, {"…", 1},       {"、。", 4},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(table_width(view_of(cases[i].text)), cases[i].width);
}

static void knows_its_formats(void **state)
{
    enum table_format format = TABLE_TEXT_FORMAT;

    (void)state;
    assert_true(table_format_parse("json", &format));
    assert_int_equal(format, TABLE_JSON_FORMAT);
    assert_true(table_format_parse("csv", &format));
    assert_int_equal(format, TABLE_CSV_FORMAT);
    assert_false(table_format_parse("JSON", &format));
    assert_int_equal(format, TABLE_CSV_FORMAT);
    assert_true(table_format_parse("text", &format));
    assert_int_equal(format, TABLE_TEXT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_for_people),
        cmocka_unit_test(prints_csv),
        cmocka_unit_test(prints_json),
        cmocka_unit_test(prints_tables_without_rows),
        cmocka_unit_test(copies_texts_and_grows),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(counts_columns_of_a_terminal),
        cmocka_unit_test(knows_its_formats),
    };
    return cmocka_run_group_tests_name("text/table", tests, NULL, NULL);
}
