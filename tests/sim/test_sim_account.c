/* What happens to a refund after it was accepted: its status over time, the account, the bills. */
#include "bill.h"
#include "bill_store.h"
#include "refund_state.h"
#include "test_bench.h"

#define ACCEPTED "2026-06-01T10:00:00+08:00"

/* After so many seconds it is this. */
struct state_case {
    const char *payment;
    struct {
        int64_t after_s;
        enum refund_status status;
    } states[4];
};

static const struct state_case state_cases[] = {
    {PAYMENT(",\"refund_after_s\":60"),
     {{0, REFUND_PROCESSING}, {59, REFUND_PROCESSING}, {60, REFUND_SUCCESS}}},
    {PAYMENT(",\"refund_after_s\":0,\"refund_ends\":\"ABNORMAL\""), {{0, REFUND_ABNORMAL}}},
    {PAYMENT(",\"refund_after_s\":9,\"refund_ends\":\"CLOSED\""),
     {{8, REFUND_PROCESSING}, {9, REFUND_CLOSED}}},
    {PAYMENT(",\"refund_ends\":\"PROCESSING\""),
     {{0, REFUND_PROCESSING}, {9 * DAY_S, REFUND_PROCESSING}}},
    {PAYMENT(",\"bank\":\"CFT\""), {{1, REFUND_PROCESSING}, {300, REFUND_SUCCESS}}},
    {PAYMENT(",\"bank\":\"CMB_CREDIT\""),
     {{300, REFUND_PROCESSING}, {DAY_S - 1, REFUND_PROCESSING}, {3 * DAY_S, REFUND_SUCCESS}}},
};

static void test_states(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(state_cases) / sizeof(state_cases[0]); at++) {
        const struct state_case *one = &state_cases[at];
        struct text world = {0};
        struct bench *bench;
        const struct refund *refund;

        text_put(&world, MERCHANT(""));
        text_put(&world, one->payment);
        bench = bench_new(world.bytes);
        refund = bench_refund(bench, "R1", 100, instant(ACCEPTED));
        (void)ledger_account(bench->ledger, bench->world->merchants, refund->time);
        for (size_t step = 0; step < 4 && (step == 0 || one->states[step].after_s > 0); step++)
            assert_int_equal(refund_status_at(refund, refund->time + one->states[step].after_s),
                             one->states[step].status);
        bench_free(bench);
        text_release(&world);
    }
}

/* Friday: a card has its money on Monday at the earliest. */
static void test_working_days(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT(",\"bank\":\"ICBC_DEBIT\""));
    const struct refund *refund =
        bench_refund(bench, "R1", 100, instant("2026-06-05T10:00:00+08:00"));

    (void)state;
    assert_true(refund->after_s == 3 * DAY_S || refund->after_s == 4 * DAY_S ||
                refund->after_s == 5 * DAY_S);
    bench_free(bench);
}

/* An abnormal refund is paid to another card a day after somebody asked for it. */
static void test_rescue(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT(",\"refund_ends\":\"ABNORMAL\","
                                                         "\"refund_after_s\":0"));
    const struct refund *refund = bench_refund(bench, "R1", 100, instant(ACCEPTED));
    const struct accepted *accepted;

    (void)state;
    (void)ledger_by_out_refund_no(bench->ledger, 0, "R1", NEVER, &accepted);
    assert_true(ledger_rescue(bench->ledger, accepted, "ICBC_DEBIT", refund->time + 5));
    assert_int_equal(refund_status_at(refund, refund->time + 4), REFUND_ABNORMAL);
    assert_int_equal(refund_status_at(refund, refund->time + 5), REFUND_PROCESSING);
    assert_int_equal(refund_status_at(refund, refund->time + 5 + DAY_S), REFUND_SUCCESS);
    assert_int_equal(refund_settled_at(refund, refund->time + 5 + DAY_S), refund->time + 5 + DAY_S);
    bench_free(bench);
}

/* Waiting refunds are paid in their order when money comes, and closed after seven days. */
static void test_waiting(void **state)
{
    struct bench *bench = bench_new(MERCHANT(",\"unfunded\":\"wait\",\"opening_balance_fen\":-9940")
                                        PAYMENT(",\"refund_after_s\":10"));
    const struct merchant *merchant = bench->world->merchants;
    int64_t start = instant(ACCEPTED);
    int64_t later = start + 3 * DAY_S;
    const struct refund *first = bench_refund(bench, "R1", 5000, start);
    const struct refund *second = bench_refund(bench, "R2", 1000, start + 60);

    (void)state;
    assert_int_equal(ledger_account(bench->ledger, merchant, later)->balance_fen, 0);
    assert_int_equal(refund_status_at(first, later), REFUND_PROCESSING);
    assert_true(ledger_move(bench->ledger, merchant, 5500, later));
    assert_int_equal(ledger_account(bench->ledger, merchant, later)->balance_fen, 5500 - 5000 + 30);
    assert_int_equal(first->funded_at, later);
    assert_int_equal(refund_status_at(first, later + 10), REFUND_SUCCESS);
    (void)ledger_account(bench->ledger, merchant, start + 60 + 7 * DAY_S);
    assert_int_equal(refund_status_at(second, start + 60 + 7 * DAY_S), REFUND_PROCESSING);
    (void)ledger_account(bench->ledger, merchant, start + 61 + 7 * DAY_S);
    assert_int_equal(refund_status_at(second, start + 61 + 7 * DAY_S), REFUND_CLOSED);
    /* money that comes too late does not wake it */
    assert_true(ledger_move(bench->ledger, merchant, 99999, start + 8 * DAY_S));
    (void)ledger_account(bench->ledger, merchant, start + 9 * DAY_S);
    assert_int_equal(refund_status_at(second, start + 9 * DAY_S), REFUND_CLOSED);
    bench_free(bench);
}

/* The clock may be set back and a refund accepted before others. */
static void test_clock_back(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT(""));
    const struct merchant *merchant = bench->world->merchants;
    int64_t start = instant(ACCEPTED);

    (void)state;
    (void)bench_refund(bench, "R2", 2000, start + 60);
    assert_int_equal(ledger_account(bench->ledger, merchant, start + 60)->balance_fen,
                     9940 - 2000 + 12);
    (void)bench_refund(bench, "R1", 1000, start);
    assert_int_equal(ledger_account(bench->ledger, merchant, start)->balance_fen, 9940 - 1000 + 6);
    assert_int_equal(ledger_account(bench->ledger, merchant, start + 60)->balance_fen,
                     9940 - 3000 + 18);
    assert_int_equal(bench->ledger->shops[0].refunds[0]->refund_fen, 1000);
    bench_free(bench);
}

#define FUND_HEAD                                                                                                                 \
    BILL_BOM "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元)," \
             "账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n"
#define FUND_FOOT "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n"
#define ID "50300000206050000000000000001"

static void test_fund_flow(void **state)
{
    static const struct {
        const char *world;
        const char *rows;
    } cases[] = {
        {MERCHANT("") PAYMENT(",\"refund_after_s\":0"),
         "`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退款,`支出,`50.00,`49.40,`1900000001API,`,`R1"
         "\r\n`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退还交易手续费,`收入,`0.30,`49.70,"
         "`system,`,`R1\r\n" FUND_FOOT "`2,`1,`0.30,`1,`50.00\r\n"},
        {MERCHANT(",\"fund_style\":\"net\"") PAYMENT(",\"refund_after_s\":0"),
         "`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退款,`支出,`49.70,`49.70,`1900000001API,"
         "`退款总金额50.00元;含手续费0.30元,`R1\r\n" FUND_FOOT "`1,`0,`0.00,`1,`49.70\r\n"},
        {MERCHANT(",\"fund_style\":\"net\"")
             PAYMENT(",\"refund_after_s\":60,\"refund_ends\":\"CLOSED\""),
         "`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退款,`支出,`49.70,`49.70,`1900000001API,"
         "`退款总金额50.00元;含手续费0.30元,`R1\r\n"
         "`2026-06-01 10:01:00,`" ID ",`42001,`退款,`退款关闭,`收入,`49.70,`99.40,`system,"
         "`退款总金额50.00元;含手续费0.30元,`R1\r\n" FUND_FOOT "`2,`1,`49.70,`1,`49.70\r\n"},
        {MERCHANT("") PAYMENT("") "{\"movement\":{\"mchid\":\"1900000001\",\"time\":"
                                  "\"2026-06-01T08:00:00+08:00\",\"amount_fen\":-1000,\"remark\":"
                                  "\"a,b\",\"voucher_no\":\"V1\"}}\n",
         "`2026-06-01 08:00:00,`,`,`充值/提现,`提现,`支出,`10.00,`89.40,`system,`a\\ b,`V1\r\n"
         "`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退款,`支出,`50.00,`39.40,`1900000001API,`,`R1"
         "\r\n`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退还交易手续费,`收入,`0.30,`39.70,"
         "`system,`,`R1\r\n" FUND_FOOT "`3,`1,`0.30,`2,`60.00\r\n"},
        {MERCHANT("") PAYMENT("") REFUND("9", "2026-05-31T12:00:00+08:00", "1000",
                                         ",\"ends\":\"CLOSED\",\"after_s\":86400"),
         "`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退款,`支出,`50.00,`39.46,`1900000001API,`,`R1"
         "\r\n`2026-06-01 10:00:00,`" ID ",`42001,`退款,`退还交易手续费,`收入,`0.30,`39.76,"
         "`system,`,`R1\r\n"
         "`2026-06-01 12:00:00,`50309,`42001,`退款,`退款关闭,`收入,`10.00,`49.76,`system,`,`R9\r\n"
         "`2026-06-01 12:00:00,`50309,`42001,`退款,`扣除交易手续费,`支出,`0.06,`49.70,`system,`,"
         "`R9\r\n" FUND_FOOT "`4,`2,`10.30,`2,`50.06\r\n"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct bench *bench = bench_new(cases[at].world);
        struct text bill = {0};

        (void)bench_refund(bench, "R1", 5000, instant(ACCEPTED));
        (void)bill_fund_write(bench->ledger->shops, ACCOUNT_BASIC, day_named("2026-06-01"), &bill);
        assert_memory_equal(bill.bytes, FUND_HEAD, sizeof(FUND_HEAD) - 1);
        assert_string_equal(bill.bytes + sizeof(FUND_HEAD) - 1, cases[at].rows);
        text_release(&bill);
        bench_free(bench);
    }
}

/* OPERATION and FEES hold what the world moves there, with balances of their own. */
static void test_other_accounts(void **state)
{
    struct bench *bench = bench_new(MERCHANT(",\"operation_balance_fen\":500") PAYMENT(
        "") "{\"movement\":{\"mchid\":\"1900000001\",\"account\":\"OPERATION\",\"time\":"
            "\"2026-05-31T10:00:00+08:00\",\"amount_fen\":700,\"name\":\"企业付款\",\"type\":"
            "\"企业付款\",\"business_no\":\"B1\",\"flow_no\":\"F1\"}}\n"
            "{\"movement\":{\"mchid\":\"1900000001\",\"account\":\"FEES\",\"time\":"
            "\"2026-05-31T11:00:00+08:00\",\"amount_fen\":-20}}\n");
    struct text bill = {0};

    (void)state;
    assert_int_equal(
        bill_fund_write(bench->ledger->shops, ACCOUNT_OPERATION, day_named("2026-05-31"), &bill),
        1);
    assert_string_equal(bill.bytes + sizeof(FUND_HEAD) - 1,
                        "`2026-05-31 10:00:00,`B1,`F1,`企业付款,`企业付款,`收入,`7.00,`12.00,"
                        "`system,`,`\r\n" FUND_FOOT "`1,`1,`7.00,`0,`0.00\r\n");
    text_clear(&bill);
    assert_int_equal(
        bill_fund_write(bench->ledger->shops, ACCOUNT_FEES, day_named("2026-05-31"), &bill), 1);
    assert_string_equal(bill.bytes + sizeof(FUND_HEAD) - 1,
                        "`2026-05-31 11:00:00,`,`,`充值/提现,`提现,`支出,`0.20,`-0.20,`system,`,`"
                        "\r\n" FUND_FOOT "`1,`0,`0.00,`1,`0.20\r\n");
    text_release(&bill);
    bench_free(bench);
}

static struct made_bill *trade_bill(struct bench *bench, const char *shop, enum bill_type type,
                                    const char *day)
{
    struct bill_store *store = alloc_zeroed(1, sizeof(*store));
    struct bill_name name = {
        .merchant = bench->world->merchants,
        .shop = shop != NULL ? world_merchant(bench->world, shop) : NULL,
        .request = REQUEST_TRADEBILL,
        .type = type,
        .day = day_named(day),
    };
    struct made_bill *bill = bill_store_take(store, &name, bench->ledger, 1);

    bill_store_clear(store);
    free(store);
    return bill;
}

static void expect_in_bill(struct bench *bench, const char *shop, enum bill_type type,
                           const char *day, size_t rows, const char *part)
{
    struct made_bill *bill = trade_bill(bench, shop, type, day);

    assert_int_equal(bill->rows, rows);
    if (strstr(bill->plain.bytes, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, bill->plain.bytes);
    made_bill_drop(bill);
}

/* The refund stands in the bill of the day it was accepted, with its status of when that was made.
 */
static void test_snapshot(void **state)
{
    static const struct {
        const char *payment;
        const char *part;
    } cases[] = {
        {PAYMENT(",\"refund_after_s\":82799"), ",`ORIGINAL,`SUCCESS,"},
        {PAYMENT(",\"refund_after_s\":82801"), ",`ORIGINAL,`PROCESSING,"},
        {PAYMENT(",\"refund_after_s\":60,\"refund_ends\":\"ABNORMAL\""), ",`ORIGINAL,`CHANGE,"},
        {PAYMENT(",\"refund_after_s\":60,\"refund_ends\":\"CLOSED\""), ",`ORIGINAL,`FAIL,"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct text world = {0};
        struct bench *bench;

        text_put(&world, MERCHANT(""));
        text_put(&world, cases[at].payment);
        bench = bench_new(world.bytes);
        (void)bench_refund(bench, "R1", 5000, instant(ACCEPTED));
        expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-06-01", 1, cases[at].part);
        expect_in_bill(bench, NULL, BILL_TYPE_REFUND, "2026-06-01", 1, cases[at].part);
        expect_in_bill(bench, NULL, BILL_TYPE_SUCCESS, "2026-06-01", 0, "`0,`0.00,`0.00");
        expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-06-02", 0, "`0,`0.00,`0.00");
        bench_free(bench);
        text_release(&world);
    }
}

/* A world's refund may end after its bill was made. */
static void test_world_refund_ends(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT("") REFUND("1", ACCEPTED, "100",
                                                                    ",\"ends\":\"SUCCESS\","
                                                                    "\"after_s\":100000")
                                        REFUND("2", ACCEPTED, "100",
                                               ",\"status\":\"PROCESSING\",\"ends\":"
                                               "\"ABNORMAL\""));
    const struct refund *refunds = bench->world->refunds;

    (void)state;
    expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-06-01", 2,
                   "`50301,`R1,`1.00,`0.00,`ORIGINAL,`PROCESSING,");
    assert_int_equal(refund_status_at(&refunds[0], instant(ACCEPTED) + 100000), REFUND_SUCCESS);
    assert_int_equal(refund_status_at(&refunds[1], instant(ACCEPTED) + DAY_S), REFUND_PROCESSING);
    assert_int_equal(refund_status_at(&refunds[1], instant(ACCEPTED) + 2 * DAY_S), REFUND_ABNORMAL);
    bench_free(bench);
}

/* Refunds from the available balance stand in a bill of their own. */
static void test_recharge_refund(void **state)
{
    struct bench *bench = bench_new(MERCHANT("") PAYMENT("") REFUND("1", ACCEPTED, "100",
                                                                    ",\"funds_account\":"
                                                                    "\"AVAILABLE\"")
                                        REFUND("2", ACCEPTED, "200", ""));

    (void)state;
    expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-06-01", 1, "`R2,");
    expect_in_bill(bench, NULL, BILL_TYPE_REFUND, "2026-06-01", 1, "`R2,");
    expect_in_bill(bench, NULL, BILL_TYPE_RECHARGE_REFUND, "2026-06-01", 1, "`R1,");
    expect_in_bill(bench, NULL, BILL_TYPE_RECHARGE_REFUND, "2026-06-01", 1,
                   "商户号,子商户号,设备号,");
    expect_in_bill(bench, NULL, BILL_TYPE_RECHARGE_REFUND, "2026-06-01", 1,
                   "商户数据包,返还手续费,费率,订单金额,申请退款金额\r\n");
    bench_free(bench);
}

/* A partner's bill holds all its sub-merchants, or the one that is asked for. */
static void test_sub_merchants(void **state)
{
    struct bench *bench = bench_new(
        "{\"merchant\":{\"mchid\":\"1900000001\",\"name\":\"服务商\",\"appids\":[\"wxa\"],"
        "\"rate\":\"0.60%\"}}\n"
        "{\"merchant\":{\"mchid\":\"1900000031\",\"name\":\"a\",\"appids\":[\"wxa\"],\"rate\":"
        "\"0.60%\",\"provider\":\"1900000001\"}}\n"
        "{\"merchant\":{\"mchid\":\"1900000032\",\"name\":\"b\",\"appids\":[\"wxa\"],\"rate\":"
        "\"1.00%\",\"provider\":\"1900000001\"}}\n"
        "{\"payment\":{\"mchid\":\"1900000031\",\"appid\":\"wxa\",\"out_trade_no\":\"P1\","
        "\"transaction_id\":\"42001\",\"time\":\"2026-05-31T09:00:00+08:00\",\"total_fen\":100}}\n"
        "{\"payment\":{\"mchid\":\"1900000032\",\"appid\":\"wxa\",\"out_trade_no\":\"P1\","
        "\"transaction_id\":\"42002\",\"time\":\"2026-05-31T09:00:00+08:00\",\"total_fen\":200}}"
        "\n");
    struct text bill = {0};

    (void)state;
    expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-05-31", 2, "`1900000001,`1900000031,`,`42001");
    expect_in_bill(bench, NULL, BILL_TYPE_ALL, "2026-05-31", 2, "`1900000001,`1900000032,`,`42002");
    expect_in_bill(bench, "1900000032", BILL_TYPE_ALL, "2026-05-31", 1, "`1.00%,`2.00,");
    assert_int_equal(
        bill_fund_write(&bench->ledger->shops[0], ACCOUNT_BASIC, day_named("2026-05-31"), &bill),
        0);
    assert_int_equal(
        bill_fund_write(&bench->ledger->shops[2], ACCOUNT_BASIC, day_named("2026-05-31"), &bill),
        2);
    text_release(&bill);
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_working_days),
        cmocka_unit_test(test_rescue),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_clock_back),
        cmocka_unit_test(test_fund_flow),
        cmocka_unit_test(test_other_accounts),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_world_refund_ends),
        cmocka_unit_test(test_recharge_refund),
        cmocka_unit_test(test_sub_merchants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
