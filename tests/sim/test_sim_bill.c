/* The simulator's bills: fees, rows, refunds and their order, byte for byte. */
#include "bill.h"
#include "fee.h"
#include "gzip.h"
#include "test_world.h"
#include "world.h"

#include <string.h>

#define HEAD_ALL                                                                                                                       \
    BILL_BOM "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"           \
             "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,"              \
             "商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费," \
             "费率,订单金额,申请退款金额,费率备注\r\n"
#define HEAD_SUCCESS                                                                                                                \
    BILL_BOM "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"        \
             "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包," \
             "手续费,费率,订单金额,费率备注\r\n"
#define HEAD_REFUND                                                                                                                   \
    BILL_BOM "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"          \
             "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,"             \
             "退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态," \
             "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
#define FOOT                                                                                                             \
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额," \
    "申请退款总金额\r\n"
#define HEAD_LEGACY_ALL                                                                                                                \
    BILL_BOM "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,"              \
             "交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,微信退款单号,商户退款单号," \
             "退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\r\n"
#define HEAD_LEGACY_REFUND                                                                                                             \
    BILL_BOM "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,"              \
             "交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,退款申请时间,退款成功时间," \
             "微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,"     \
             "商户数据包,手续费,费率\r\n"
#define FOOT_LEGACY "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额\r\n"
#define HEAD_FUND                                                                                                                 \
    BILL_BOM "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元)," \
             "账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n"
#define FOOT_FUND "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n"

static struct world *world_of(const char *content)
{
    struct fail fail = {0};
    char *path = temporary_file(content);
    struct world *world = world_load(path, &fail);

    if (world == NULL)
        fail_msg("%s", fail.text);
    remove_file(path);
    return world;
}

/* FACTS §10.1: what real bills show. */
static void test_fee(void **state)
{
    static const struct {
        int64_t settlement_fen;
        const char *rate;
        int64_t fee_fen;
    } cases[] = {
        {3250, "0.60%", 20},
        {600, "0.60%", 4},
        {9500, "0.60%", 57},
        {100000, "0.60%", 600},
        {1, "39.00%", 0},
        {3, "39.00%", 1},
        {2, "0.90%", 0},
        {0, "0.60%", 0},
        {10000, "0.6%", 60},
        {10000, "100%", 10000},
        {50, "1%", 1},
        {49, "1%", 0},
        {999999999999, "0.60%", 6000000000},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        int64_t rate_ppm;

        assert_true(rate_parse(cases[at].rate, &rate_ppm));
        assert_int_equal(fee_of(cases[at].settlement_fen, rate_ppm), cases[at].fee_fen);
    }
}

static void test_rate_refused(void **state)
{
    static const char *const refused[] = {
        "",
        "%",
        "0.60",
        ".6%",
        "6.%",
        "0.60001%",
        "100.0001%",
        "-1%",
        "0.60%%",
        "1e2%",
        "99999999999999999999%",
    };

    (void)state;
    for (size_t at = 0; at < sizeof(refused) / sizeof(refused[0]); at++) {
        int64_t rate_ppm = -7;

        assert_false(rate_parse(refused[at], &rate_ppm));
        assert_int_equal(rate_ppm, -7);
    }
}

/* One bill of one world: `type` -1 is the fund flow. */
struct bill_case {
    const char *name;
    const char *world;
    const char *day;
    int type;
    size_t rows;
    const char *expected;
};

static const struct bill_case bill_cases[] = {
    {
        "a payment with both coupons, texts escaped",
        MERCHANT("")
            PAYMENT(",\"coupon_fen\":300,\"discount_fen\":1000,\"body\":\"a,b\\r\\nc\\rd`e\","
                    "\"attach\":\"x,\\ny\",\"bank\":\"CFT\""),
        "2026-05-31",
        BILL_TYPE_ALL,
        1,
        HEAD_ALL
        "`2026-05-31 09:00:00,`wxa,`1900000001,`0,`,`42001,`P1,`o1,`JSAPI,`SUCCESS,`CFT,`CNY,"
        "`90.00,`13.00,`0,`0,`0.00,`0.00,`,`,`a\\ b\\nc\\nd`e,`x\\ \\ny,`0.54000,`0.60%,`100.00,"
        "`0.00,`\r\n" FOOT "`1,`90.00,`0.00,`0.00,`0.54000,`100.00,`0.00\r\n",
    },
    {
        "a refund of another day gives back discount, coupon and fee by its share",
        MERCHANT("") PAYMENT(",\"coupon_fen\":300,\"discount_fen\":1000")
            REFUND("1", "2026-06-02T00:00:00+08:00", "5000", ""),
        "2026-06-02",
        BILL_TYPE_ALL,
        1,
        HEAD_ALL "`2026-06-02 00:00:00,`wxa,`1900000001,`0,`,`42001,`P1,`o1,`JSAPI,`REFUND,`OTHERS,"
                 "`CNY,`0.00,`0.00,`50301,`R1,`45.00,`1.50,`ORIGINAL,`SUCCESS,`,`,`-0.27000,`0.60%,"
                 "`0.00,`50.00,`\r\n" FOOT "`1,`0.00,`45.00,`1.50,`-0.27000,`0.00,`50.00\r\n",
    },
    {
        "SUCCESS leaves refunds out",
        MERCHANT("") PAYMENT("") REFUND("1", "2026-05-31T10:00:00+08:00", "5000", ""),
        "2026-05-31",
        BILL_TYPE_SUCCESS,
        1,
        HEAD_SUCCESS "`2026-05-31 09:00:00,`wxa,`1900000001,`0,`,`42001,`P1,`o1,`JSAPI,`SUCCESS,"
                     "`OTHERS,`CNY,`100.00,`0.00,`,`,`0.60000,`0.60%,`100.00,`\r\n" FOOT
                     "`1,`100.00,`0.00,`0.00,`0.60000,`100.00,`0.00\r\n",
    },
    {
        "REFUND prints the payment's time; one on its way has no success time",
        MERCHANT(",\"sub_mchid\":\"1900000002\"") PAYMENT("")
            REFUND("1", "2026-06-01T10:00:00+08:00", "10000", ",\"status\":\"PROCESSING\""),
        "2026-06-01",
        BILL_TYPE_REFUND,
        1,
        HEAD_REFUND "`2026-05-31 09:00:00,`wxa,`1900000001,`1900000002,`,`42001,`P1,`o1,`JSAPI,"
                    "`REFUND,`OTHERS,`CNY,`0.00,`0.00,`2026-06-01 10:00:00,`,`50301,`R1,`100.00,"
                    "`0.00,`ORIGINAL,`PROCESSING,`,`,`-0.60000,`0.60%,`0.00,`100.00,`\r\n" FOOT
                    "`1,`0.00,`100.00,`0.00,`-0.60000,`0.00,`100.00\r\n",
    },
    {
        "legacy ALL",
        MERCHANT(",\"layout\":\"legacy\"") PAYMENT(""),
        "2026-05-31",
        BILL_TYPE_ALL,
        1,
        HEAD_LEGACY_ALL
        "`2026-05-31 09:00:00,`wxa,`1900000001,`0,`,`42001,`P1,`o1,`JSAPI,`SUCCESS,"
        "`OTHERS,`CNY,`100.00,`0.00,`0,`0,`0.00,`0.00,`,`,`,`,`0.60000,`0.60%\r\n" FOOT_LEGACY
        "`1,`100.00,`0.00,`0.00,`0.60000\r\n",
    },
    {
        "legacy REFUND",
        MERCHANT(",\"layout\":\"legacy\"") PAYMENT("")
            REFUND("1", "2026-05-31T10:00:00+08:00", "1", ""),
        "2026-05-31",
        BILL_TYPE_REFUND,
        1,
        HEAD_LEGACY_REFUND
        "`2026-05-31 09:00:00,`wxa,`1900000001,`0,`,`42001,`P1,`o1,`JSAPI,`REFUND,"
        "`OTHERS,`CNY,`0.00,`0.00,`2026-05-31 10:00:00,`2026-05-31 10:00:02,"
        "`50301,`R1,`0.01,`0.00,`ORIGINAL,`SUCCESS,`,`,`0.00000,`0.60%\r\n" FOOT_LEGACY
        "`1,`0.00,`0.01,`0.00,`0.00000\r\n",
    },
    {
        "overrides change what is printed, and the summary follows",
        MERCHANT("") PAYMENT(",\"row_mchid\":\"1\",\"row_appid\":\"wxc\",\"row_currency\":\"USD\","
                             "\"row_state\":\"REVOKED\",\"repeat\":2"),
        "2026-05-31",
        BILL_TYPE_ALL,
        2,
        HEAD_ALL "`2026-05-31 09:00:00,`wxc,`1,`0,`,`42001,`P1,`o1,`JSAPI,`REVOKED,`OTHERS,`USD,"
                 "`100.00,`0.00,`0,`0,`0.00,`0.00,`,`,`,`,`0.60000,`0.60%,`100.00,`0.00,`\r\n"
                 "`2026-05-31 09:00:00,`wxc,`1,`0,`,`42001,`P1,`o1,`JSAPI,`REVOKED,`OTHERS,`USD,"
                 "`100.00,`0.00,`0,`0,`0.00,`0.00,`,`,`,`,`0.60000,`0.60%,`100.00,`0.00,`\r\n" FOOT
                 "`2,`200.00,`0.00,`0.00,`1.20000,`200.00,`0.00\r\n",
    },
    {
        "not in the trade bill",
        MERCHANT("") PAYMENT(",\"trade_bill\":false"),
        "2026-05-31",
        BILL_TYPE_ALL,
        0,
        HEAD_ALL FOOT "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r\n",
    },
    {
        "fund flow with rows for fees; the balance comes from the days before",
        MERCHANT(",\"opening_balance_fen\":1") PAYMENT("")
            REFUND("1", "2026-05-31T09:00:00+08:00", "3000", "")
                REFUND("2", "2026-06-01T09:00:00+08:00", "7000", ""),
        "2026-06-01",
        -1,
        2,
        HEAD_FUND
        "`2026-06-01 "
        "09:00:00,`50302,`42001,`退款,`退款,`支出,`70.00,`-0.41,`1900000001API,`,`R2\r\n"
        "`2026-06-01 "
        "09:00:00,`50302,`42001,`退款,`退还交易手续费,`收入,`0.42,`0.01,`system,`,`R2\r\n" FOOT_FUND
        "`2,`1,`0.42,`1,`70.00\r\n",
    },
    {
        "fund flow, net refunds; payment before refund of the same second",
        MERCHANT(",\"fund_style\":\"net\"") PAYMENT("")
            REFUND("1", "2026-05-31T09:00:00+08:00", "3000", ""),
        "2026-05-31",
        -1,
        3,
        HEAD_FUND
        "`2026-05-31 09:00:00,`42001,`42001,`交易,`交易,`收入,`100.00,`100.00,`system,`,`P1\r\n"
        "`2026-05-31 "
        "09:00:00,`42001,`42001,`交易,`扣除交易手续费,`支出,`0.60,`99.40,`system,`,`P1\r\n"
        "`2026-05-31 09:00:00,`50301,`42001,`退款,`退款,`支出,`29.82,`69.58,`1900000001API,"
        "`退款总金额30.00元;含手续费0.18元,`R1\r\n" FOOT_FUND "`3,`1,`100.00,`2,`30.42\r\n",
    },
    {
        "a failed refund moves no money, nor does what is not in the fund flow",
        MERCHANT("") PAYMENT(",\"fund_flow\":false")
            REFUND("1", "2026-05-31T09:00:00+08:00", "3000", ",\"status\":\"FAIL\""),
        "2026-05-31",
        -1,
        0,
        HEAD_FUND FOOT_FUND "`0,`0,`0.00,`0,`0.00\r\n",
    },
};

/* The bills of a merchant to whom nothing happened but its world. */
static size_t trade_write(const struct merchant *merchant, enum bill_type type, int32_t day,
                          uint64_t seed, struct text *out)
{
    const struct shop shop = {.merchant = merchant};
    const struct shop *const shops[] = {&shop};
    struct bill_source source = {merchant, shops, 1};

    return bill_trade_write(&source, type, day, seed, out);
}

static size_t fund_write(const struct merchant *merchant, int32_t day, struct text *out)
{
    const struct shop shop = {.merchant = merchant};

    return bill_fund_write(&shop, ACCOUNT_BASIC, day, out);
}

static void test_bills(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(bill_cases) / sizeof(bill_cases[0]); at++) {
        const struct bill_case *one = &bill_cases[at];
        struct world *world = world_of(one->world);
        const struct merchant *merchant = world_merchant(world, "1900000001");
        struct text bill = {0};
        size_t rows = one->type < 0 ? fund_write(merchant, day_named(one->day), &bill)
                                    : trade_write(merchant, (enum bill_type)one->type,
                                                  day_named(one->day), 1, &bill);

        if (strcmp(bill.bytes, one->expected) != 0)
            print_message("# %s\n", one->name);
        assert_string_equal(bill.bytes, one->expected);
        assert_int_equal(rows, one->rows);
        text_release(&bill);
        world_free(world);
    }
}

/* Three refunds of a third each: every one is rounded, together they give back exactly all. */
static void test_refunds_add_up(void **state)
{
    struct world *world =
        world_of(MERCHANT("") PAYMENT(",\"discount_fen\":1,\"coupon_fen\":2")
                     REFUND("3", "2026-06-03T00:00:00+08:00", "3334", "")
                         REFUND("1", "2026-06-01T00:00:00+08:00", "3333", "")
                             REFUND("2", "2026-06-02T00:00:00+08:00", "3333", ""));
    const struct payment *payment = &world->payments[0];
    int64_t settlement_fen = 0;
    int64_t coupon_fen = 0;
    int64_t fee_fen = 0;

    (void)state;
    assert_string_equal(world->refunds[0].out_refund_no, "R1");
    assert_int_equal(world->refunds[0].fee_fen, 20);
    assert_int_equal(world->refunds[0].coupon_fen, 1);
    for (size_t at = 0; at < 3; at++) {
        settlement_fen += world->refunds[at].settlement_fen;
        coupon_fen += world->refunds[at].coupon_fen;
        fee_fen += world->refunds[at].fee_fen;
    }
    assert_int_equal(settlement_fen, payment->settlement_fen);
    assert_int_equal(coupon_fen, payment->coupon_fen);
    assert_int_equal(fee_fen, payment->fee_fen);
    world_free(world);
}

static int count_lines(const struct text *text, const char *line, size_t size)
{
    int count = 0;

    for (const char *at = text->bytes; (at = strstr(at, line)) != NULL; at += size)
        count++;
    return count;
}

/* The seed decides the order of rows and nothing else. */
static void test_order(void **state)
{
    struct text content = {0};
    struct text bills[3] = {{0}};
    static const uint64_t seeds[] = {1, 1, 2};
    struct world *world;

    (void)state;
    text_put(&content, MERCHANT(""));
    for (int number = 10; number < 60; number++)
        text_printf(
            &content,
            "{\"payment\":{\"mchid\":\"1900000001\",\"appid\":\"wxa\",\"out_trade_no\":\"P%d\","
            "\"transaction_id\":\"42%d\",\"time\":\"2026-05-31T09:00:%d+08:00\","
            "\"total_fen\":%d}}\n",
            number, number, number, number);
    world = world_of(content.bytes);
    for (size_t at = 0; at < 3; at++)
        assert_int_equal(trade_write(&world->merchants[0], BILL_TYPE_ALL, day_named("2026-05-31"),
                                     seeds[at], &bills[at]),
                         50);
    assert_string_equal(bills[0].bytes, bills[1].bytes);
    assert_string_not_equal(bills[0].bytes, bills[2].bytes);
    assert_int_equal(bills[0].size, bills[2].size);
    for (int number = 10; number < 60; number++) {
        struct text cell = {0};

        text_printf(&cell, "`42%d,`P%d,", number, number);
        assert_int_equal(count_lines(&bills[0], cell.bytes, cell.size), 1);
        assert_int_equal(count_lines(&bills[2], cell.bytes, cell.size), 1);
        text_release(&cell);
    }
    for (size_t at = 0; at < 3; at++)
        text_release(&bills[at]);
    text_release(&content);
    world_free(world);
}

static void test_gzip(void **state)
{
    /* Magic, deflate, no flags, no time; at the end the length of the plain bytes. */
    static const char head[] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0};
    static const char length[] = {5, 0, 0, 0};
    struct text first = {0};
    struct text second = {0};

    (void)state;
    gzip_add(&first, "hello", 5);
    gzip_add(&second, "hello", 5);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes, second.bytes, first.size);
    assert_memory_equal(first.bytes, head, sizeof(head));
    assert_memory_equal(first.bytes + first.size - 4, length, sizeof(length));
    text_release(&first);
    text_release(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fee),   cmocka_unit_test(test_rate_refused),
        cmocka_unit_test(test_bills), cmocka_unit_test(test_refunds_add_up),
        cmocka_unit_test(test_order), cmocka_unit_test(test_gzip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
