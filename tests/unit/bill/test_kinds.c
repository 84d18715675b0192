/* SUCCESS, legacy and fund-flow bills made here. */
#include "samples.h"

#define TOTALS                                                                                     \
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"

static void read_text(struct reading *reading, struct view text)
{
    reading_make(reading, BILL_DIALECT_API, text, SIZE_MAX);
}

/* SUCCESS with the four totals that are documented, and with a refund total that must be zero. */
static void success_bills_have_four_totals_or_seven(void **state)
{
#define SUCCESS_NAMES                                                                                                            \
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型," \
    "交易状态,付款银行,"                                                                                                 \
    "货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注\n"  \
    "`2026-05-31 23:59:59,`wx,`19,`0,`,`4200001,`R1,`o,`JSAPI,`SUCCESS,`CFT,`CNY,`1.00,`0.00,`,`,"                               \
    "`0.01000,`0.60%,`1.00,`\n"
    static const struct {
        const char *text, *error;
    } cases[] = {
        {SUCCESS_NAMES
         "总交易单数,应结订单总金额,手续费总金额,订单总金额\n`1,`1.00,`0.01000,`1.00\n",
         ""},
        {SUCCESS_NAMES TOTALS "\n`1,`1.00,`0.00,`0.00,`0.01000,`1.00,`0.00\n", ""},
        {SUCCESS_NAMES TOTALS "\n`1,`1.00,`1.00,`0.00,`0.01000,`1.00,`0.00\n",
         "line 4: summary differs from the rows: 退款总金额 stated 1.00, computed 0.00"},
        {SUCCESS_NAMES "总交易单数,应结订单总金额,订单总金额\n`1,`1.00,`1.00\n",
         "line 3: summary does not fit a bill of layout SUCCESS: missing 手续费总金额"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        read_text(&reading, view_of(cases[i].text));
        assert_string_equal(reading.err.text, cases[i].error);
        assert_int_equal(reading.totals.layout, BILL_LAYOUT_SUCCESS);
    }
}

#define OLD_BILL                                                                                                                           \
    "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态," \
    "付款银行,"                                                                                                                        \
    "货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,"                            \
    "代金券或立减优惠退款金额,"                                                                                                \
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率\n"                                                            \
    "`2014-11-10 16:33:45,`wx,`10000100,`0,`1000,`1001,`R1,`o,`MICROPAY,`REVOKED,`CFT,`CNY,`0.03,"                                         \
    "`0.01,`0,`0,`0,`0,`,`,`测试,`,`0,`0.60%\n"                                                                                          \
    "总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n`1,`0.03,`0.0,`0.0,`"        \
    "0\n"

static void reads_the_oldest_names(void **state)
{
    CLEANUP(reading_release) struct reading reading = READING_INIT;

    (void)state;
    read_text(&reading, VIEW(OLD_BILL));
    assert_string_equal(
        buf_text(&reading.seen),
        "|2|2014-11-10T16:33:45+08:00|wx|10000100||1000|1001|R1|o|MICROPAY|2|REVOKED|CFT|CNY|3|1|||"
        "0|0||0||测试||0|6000|0|3|0|\n");
    assert_string_equal(reading.err.text, "");
    assert_int_equal(reading.totals.layout, BILL_LAYOUT_ALL_LEGACY);
    assert_int_equal(reading.totals.order.fen, 3);
}

#define FUND_NAMES(left, right)                                                                    \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额" left "元" right   \
    ",账户结余" left "元" right ",资金变更提交申请人,备注,业务凭证号\n"
#define FUND_ROWS                                                                                   \
    "`2026-05-31 10:00:00,`4200001,`4200001,`交易,`交易,`收入,`12.34,`100.00,`system,`,`R1\n" \
    "`2026-05-31 "                                                                                  \
    "10:00:00,`4200001,`4200001,`交易,`扣除交易手续费,`支出,`0.07,`99.93,`system,`a,b,`R1\n"
#define FUND_TOTALS "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"
#define FUND_SUMS "`2.0,`1.0,`12.34,`1.0,`0.07\n"

static void reads_fund_flow(void **state)
{
    static const char *const texts[] = {
        FUND_NAMES("(", ")") FUND_ROWS FUND_TOTALS FUND_SUMS,
        FUND_NAMES("（", "）") FUND_ROWS FUND_TOTALS FUND_SUMS,
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        read_text(&reading, view_of(texts[i]));
        assert_string_equal(reading.err.text, "");
        assert_int_equal(reading.totals.layout, BILL_LAYOUT_FUND);
        assert_string_equal(
            buf_text(&reading.seen),
            "|2|2026-05-31T10:00:00+08:00|4200001|4200001|交易|交易|0|1234|10000|system||R1\n"
            "|3|2026-05-31T10:00:00+08:00|4200001|4200001|交易|扣除交易手续费|1|7|9993|system|a,b|"
            "R1\n");
        assert_int_equal(reading.totals.income.fen, 1234);
        assert_int_equal(reading.totals.expense_count, 1);
    }
}

static void judges_changes_of_fund_flow(void **state)
{
    static const struct {
        const char *what, *with;
        enum bill_state state;
        const char *error;
    } changes[] = {
        {"`收入", "`转账", BILL_UNREADABLE, "line 2: 收支类型 is not 收入 or 支出: \"转账\""},
        {"`12.34", "`-12.34", BILL_UNREADABLE, "line 2: 收支金额 is negative: -12.34"},
        {"`99.93", "`-99.93", BILL_OK, ""},
        {"`12.34", "`12.35", BILL_TOTALS,
         "line 5: summary differs from the rows: 收入金额 stated 12.34, computed 12.35"},
        {"`2.0,", "`3.0,", BILL_TOTALS,
         "line 5: summary differs from the rows: 资金流水总笔数 stated 3, computed 2"},
        {"资金流水总笔数", "总交易单数", BILL_UNREADABLE,
         "line 4: summary does not fit a bill of layout FUND: missing 资金流水总笔数; unexpected "
         "总交易单数"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(changes); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(SAMPLE_MAX);
        CLEANUP(reading_release) struct reading reading = READING_INIT;

        buf_add_text(&text, FUND_NAMES("(", ")") FUND_ROWS FUND_TOTALS FUND_SUMS);
        text_replace(&text, changes[i].what, changes[i].with);
        read_text(&reading, buf_view(&text));
        assert_string_equal(reading.err.text, changes[i].error);
        assert_int_equal(reading.state, changes[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_bills_have_four_totals_or_seven),
        cmocka_unit_test(reads_the_oldest_names),
        cmocka_unit_test(reads_fund_flow),
        cmocka_unit_test(judges_changes_of_fund_flow),
    };
    return cmocka_run_group_tests_name("bill/kinds", tests, NULL, NULL);
}
