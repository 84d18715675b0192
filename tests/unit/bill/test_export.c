/* Bills as exported from the merchant platform's page. */
#include "samples.h"

#define HEAD "交易时间,公众账号ID\r\n"
#define FUND_NAMES(left, right)                                                                    \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额" left "元" right   \
    ",账户结余" left "元" right ",资金变更提交申请人,备注,业务凭证号\n"
#define FUND_TOTALS "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"

static void guesses_the_dialect(void **state)
{
    static const struct {
        const char *head;
        enum bill_dialect dialect;
    } cases[] = {
        {HEAD "`2026-05-31 23:59:59,`x\r\n", BILL_DIALECT_API},
        {HEAD, BILL_DIALECT_API},
        {"", BILL_DIALECT_API},
        {"\xEF\xBB\xBF" HEAD "总交易单数\r\n", BILL_DIALECT_API},
        {"\xEF\xBB\xBF\"交易时间\",\"x\"\n", BILL_DIALECT_EXPORT},
        {HEAD "\"`2026-05-31 23:59:59\",", BILL_DIALECT_EXPORT},
        {HEAD "2026-05-31 23:59:59,", BILL_DIALECT_EXPORT},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(bill_dialect_guess(view_of(cases[i].head)), cases[i].dialect);
}

static void exports_keep_line_breaks_and_commas(void **state)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    reading_make(&reading, BILL_DIALECT_EXPORT,
                 VIEW("\xEF\xBB\xBF" FUND_NAMES(
                     "(", ")") "2026-05-31 10:00:00,1,2,交易,交易,收入,"
                               "1.00,1.00,\"a,\"\"b\"\"\",\"x\r\ny\",v\r\n" FUND_TOTALS
                               "1,1,1.00,0,0.00\r\n"),
                 3);
    assert_string_equal(reading.err.text, "");
    assert_string_equal(buf_text(&reading.seen),
                        "|2|2026-05-31T10:00:00+08:00|1|2|交易|交易|0|100|100|a,\"b\"|x\r\ny|v\n");
    assert_int_equal(reading.totals.lines, 5);
    assert_int_equal(reading.totals.line_end, BILL_LINE_END_MIXED);
    assert_true(reading.totals.has_bom);
}

static void judges_exports(void **state)
{
#define EXPORT_ROW "2026-05-31 10:00:00,1,2,交易,交易,收入,1.00,1.00,a,r,v\n"
    static const struct {
        const char *text;
        enum bill_state state;
        const char *error;
    } cases[] = {
        {FUND_NAMES("(", ")") "\"2026\"x\n", BILL_UNREADABLE,
         "line 2: a quote stands where none may be"},
        {FUND_NAMES("(", ")") "`2026-05-31 10:00:00,1,2,交易,交易,收入,1.00,1.00,a,r,v\n",
         BILL_UNREADABLE, "line 2: a value without back-tick"},
        {FUND_NAMES("(", ")") EXPORT_ROW "\n", BILL_UNREADABLE, "line 3: an empty line"},
        {FUND_NAMES("(", ")") EXPORT_ROW FUND_TOTALS "1,1,1.00,0,0.00\n\n", BILL_OK, ""},
        {FUND_NAMES("(", ")") EXPORT_ROW FUND_TOTALS "1,1,1.00,0,0.0", BILL_TRUNCATED,
         "line 4: the file ends in the middle of this line"},
        {FUND_NAMES("(", ")") EXPORT_ROW FUND_TOTALS "1,1,1.00,0,\"0.0\"", BILL_OK, ""},
        {FUND_NAMES("(", ")") EXPORT_ROW FUND_TOTALS "1,1,1.00,0,\"0.0", BILL_TRUNCATED,
         "line 4: a quoted field is never closed"},
        {FUND_NAMES("(", ")") EXPORT_ROW FUND_TOTALS "1,1,1.00,0,0.00\n" EXPORT_ROW,
         BILL_UNREADABLE, "line 5: a row after the summary"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        reading_make(&reading, BILL_DIALECT_EXPORT, view_of(cases[i].text), 5);
        assert_string_equal(reading.err.text, cases[i].error);
        assert_int_equal(reading.state, cases[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guesses_the_dialect),
        cmocka_unit_test(exports_keep_line_breaks_and_commas),
        cmocka_unit_test(judges_exports),
    };
    return cmocka_run_group_tests_name("bill/export", tests, NULL, NULL);
}
