#include "base/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { BAD = -77 };

/* The same text read as yuan in fen and as a fee in 1/1000 fen; BAD: refused, target untouched. */
static const struct {
    const char *text;
    int64_t fen, millifen;
} PARSED[] = {
    {"0", 0, 0},
    {"0.0", 0, 0},
    {"-0", 0, 0},
    {"-0.00", 0, 0},
    {"00", 0, 0},
    {"45.0", 4500, 4500000},
    {"45", 4500, 4500000},
    {"10.00", 1000, 1000000},
    {"0010.5", 1050, 1050000},
    {"-0.02", -2, -2000},
    {"0.3", 30, 30000},
    {"0.04000", 4, 4000},
    {"-0.02000", -2, -2000},
    {"0.20000", 20, 20000},
    {"1.2300000000000000000000000000000", 123, 123000},
    {"1.234", BAD, 123400},
    {"0.00020", BAD, 20},
    {"0.00001", BAD, 1},
    {"0.000001", BAD, BAD},
    {"0.000000", 0, 0},
    {"1.0000000000000000000000000000001", BAD, BAD},
    {"", BAD, BAD},
    {"-", BAD, BAD},
    {".", BAD, BAD},
    {"-.", BAD, BAD},
    {".5", BAD, BAD},
    {"1.", BAD, BAD},
    {"-1.", BAD, BAD},
    {"--1", BAD, BAD},
    {"+1", BAD, BAD},
    {" 1", BAD, BAD},
    {"1 ", BAD, BAD},
    {"1.2.3", BAD, BAD},
    {"1,000.00", BAD, BAD},
    {"1e3", BAD, BAD},
    {"1.5e3", BAD, BAD},
    {"0x10", BAD, BAD},
    {"1-", BAD, BAD},
    {"1.-5", BAD, BAD},
    {"NaN", BAD, BAD},
    {"inf", BAD, BAD},
    {"¥1.00", BAD, BAD},
    {"１.00", BAD, BAD},
    {"1.00元", BAD, BAD},
    /* 2^50 units and one more */
    {"11258999068426.24", 1125899906842624, BAD},
    {"-11258999068426.24", -1125899906842624, BAD},
    {"11258999068426.25", BAD, BAD},
    {"-11258999068426.25", BAD, BAD},
    {"11258999068427", BAD, BAD},
    {"11258999068427.00", BAD, BAD},
    {"11258999068.42624", BAD, 1125899906842624},
    {"-11258999068.42624", BAD, -1125899906842624},
    {"11258999068.42625", BAD, BAD},
    {"11258999068", 1125899906800, 1125899906800000},
    {"11258999069", 1125899906900, BAD},
    {"9223372036854775807", BAD, BAD},
    {"18446744073709551616", BAD, BAD},
    {"184467440737096", BAD, BAD}, /* 2^64 and a little when scaled */
    {"184467440737095516160000000000000000", BAD, BAD},
    {"00000000000000000000000000000000000000000000000001.00", 100, 100000},
};

static void parses_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(PARSED); i++) {
        struct money money = {BAD};
        struct fee fee = {BAD};
        bool is_money = money_parse(view_of(PARSED[i].text), &money);
        bool is_fee = fee_parse(view_of(PARSED[i].text), &fee);

        if (money.fen != PARSED[i].fen || fee.millifen != PARSED[i].millifen)
            fail_msg("\"%s\" became %lld fen and %lld/1000 fen", PARSED[i].text,
                     (long long)money.fen, (long long)fee.millifen);
        assert_int_equal(is_money, PARSED[i].fen != BAD);
        assert_int_equal(is_fee, PARSED[i].millifen != BAD);
    }
}

static void stops_at_the_end_of_the_view(void **state)
{
    struct money money = {BAD};

    (void)state;
    assert_false(money_parse((struct view){NULL, 0}, &money));
    assert_false(money_parse(VIEW("1\0"), &money));
    assert_false(money_parse(VIEW("1.5\0"), &money));
    assert_int_equal(money.fen, BAD);
    assert_true(money_parse(view_from("12.349", 5), &money));
    assert_int_equal(money.fen, 1234);
}

static void parses_rates(void **state)
{
    static const struct {
        const char *text;
        int64_t ppm;
        const char *printed;
    } cases[] = {
        {"0.60%", 6000, "0.60%"},
        {"1.00%", 10000, "1.00%"},
        {"39.00%", 390000, "39.00%"},
        {"0.38%", 3800, "0.38%"},
        {"0%", 0, "0.00%"},
        {"0.6%", 6000, "0.60%"},
        {"0.5425%", 5425, "0.5425%"},
        {"0.001%", 10, "0.0010%"},
        {"100%", 1000000, "100.00%"},
        {"0.60000%", 6000, "0.60%"},
        {"0.00001%", BAD, NULL},
        {"0.60", BAD, NULL},
        {"%", BAD, NULL},
        {"", BAD, NULL},
        {"0.60%%", BAD, NULL},
        {"0.60% ", BAD, NULL},
        {"0.60％", BAD, NULL},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct ppm rate = {BAD};

        assert_int_equal(rate_parse(view_of(cases[i].text), &rate), cases[i].ppm != BAD);
        assert_int_equal(rate.value, cases[i].ppm);
        if (cases[i].printed != NULL)
            assert_string_equal(rate_text(rate).s, cases[i].printed);
    }
}

static void prints(void **state)
{
    static const struct {
        int64_t value;
        const char *money, *fee;
    } cases[] = {
        {0, "0.00", "0.00000"},
        {1, "0.01", "0.00001"},
        {-1, "-0.01", "-0.00001"},
        {99, "0.99", "0.00099"},
        {100, "1.00", "0.00100"},
        {-1230, "-12.30", "-0.01230"},
        {-2000, "-20.00", "-0.02000"},
        {123456789, "1234567.89", "1234.56789"},
        {INT64_MAX, "92233720368547758.07", "92233720368547.75807"},
        {INT64_MIN, "-92233720368547758.08", "-92233720368547.75808"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_string_equal(money_text((struct money){cases[i].value}).s, cases[i].money);
        assert_string_equal(fee_text((struct fee){cases[i].value}).s, cases[i].fee);
    }
}

static void reads_what_it_prints(void **state)
{
    (void)state;
    for (int64_t value = -3; value < (INT64_C(1) << 50); value = value * 3 + 7) {
        struct money money = {BAD};
        struct fee fee = {BAD};

        assert_true(money_parse(view_of(money_text((struct money){value}).s), &money));
        assert_true(fee_parse(view_of(fee_text((struct fee){-value}).s), &fee));
        assert_int_equal(money.fen, value);
        assert_int_equal(fee.millifen, -value);
    }
}

static void checks_sums(void **state)
{
    static const struct {
        int64_t sum, amount;
        bool adds, subtracts;
    } cases[] = {
        {5, 7, true, true},           {INT64_MAX, 0, true, true},   {INT64_MAX, 1, false, true},
        {INT64_MAX, -1, true, false}, {INT64_MIN, 1, true, false},  {INT64_MIN, -1, false, true},
        {0, INT64_MIN, true, false},  {-1, INT64_MIN, false, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct money sum = {cases[i].sum}, difference = {cases[i].sum};
        struct fee fee = {cases[i].sum};

        assert_int_equal(money_add(&sum, (struct money){cases[i].amount}), cases[i].adds);
        assert_int_equal(fee_add(&fee, (struct fee){cases[i].amount}), cases[i].adds);
        assert_int_equal(money_subtract(&difference, (struct money){cases[i].amount}),
                         cases[i].subtracts);
        assert_int_equal(fee.millifen, sum.fen);
        assert_int_equal(sum.fen, cases[i].adds ? cases[i].sum + cases[i].amount : cases[i].sum);
        assert_int_equal(difference.fen,
                         cases[i].subtracts ? cases[i].sum - cases[i].amount : cases[i].sum);
    }
}

/* FACTS §10.1, real bills: order amount, rate, fee as printed there. */
static void computes_the_fees_of_real_bills(void **state)
{
    static const struct {
        const char *amount, *rate, *fee;
    } cases[] = {
        {"32.50", "0.60%", "0.20000"}, {"6.00", "0.60%", "0.04000"},
        {"95.00", "0.60%", "0.57000"}, {"1000.00", "0.60%", "6.00000"},
        {"0.01", "39.00%", "0.00000"}, {"0.03", "39.00%", "0.01000"},
        {"0.02", "0.90%", "0.00000"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct money amount, share = {BAD}, returned = {BAD};
        struct ppm rate;

        assert_true(money_parse(view_of(cases[i].amount), &amount));
        assert_true(rate_parse(view_of(cases[i].rate), &rate));
        assert_true(money_share(amount, rate, &share));
        assert_string_equal(fee_text(fee_of(share)).s, cases[i].fee);
        assert_true(money_share((struct money){-amount.fen}, rate, &returned));
        assert_int_equal(returned.fen, -share.fen);
    }
}

static void rounds_half_away_from_zero(void **state)
{
    static const struct {
        int64_t amount, ppm, share;
    } cases[] = {
        {0, 6000, 0},
        {1, 499999, 0},
        {1, 500000, 1},
        {1, 500001, 1},
        {-1, 499999, 0},
        {-1, 500000, -1},
        {-1, 500001, -1},
        {3, 500000, 2},
        {-3, 500000, -2},
        {1, 1000000, 1},
        {-250, 6000, -2},
        {250, 6000, 2},
        {249, 6000, 1},
        {-249, 6000, -1},
        {7, -500000, -4},
        {-7, -500000, 4},
        {INT64_C(9223372036854), 1000000, INT64_C(9223372036854)},
        {INT64_C(-9223372036854), 1000000, INT64_C(-9223372036854)},
        {INT64_C(9223372036855), 1000000, BAD},
        {INT64_MIN, 1000000, BAD},
        {INT64_MAX, 1, INT64_C(9223372036855)},
        {INT64_MIN, 1, INT64_C(-9223372036855)},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct money share = {BAD};

        assert_int_equal(
            money_share((struct money){cases[i].amount}, (struct ppm){cases[i].ppm}, &share),
            cases[i].share != BAD);
        assert_int_equal(share.fen, cases[i].share);
    }
}

static void rounds_fees(void **state)
{
    static const struct {
        int64_t millifen, fen;
    } cases[] = {
        {0, 0},
        {499, 0},
        {500, 1},
        {999, 1},
        {1000, 1},
        {1499, 1},
        {1500, 2},
        {-499, 0},
        {-500, -1},
        {-1499, -1},
        {-1500, -2},
        {-2000, -2},
        {19500, 20},
        {INT64_MAX, INT64_C(9223372036854776)},
        {INT64_MIN, INT64_C(-9223372036854776)},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(fee_round((struct fee){cases[i].millifen}).fen, cases[i].fen);
    assert_int_equal(fee_of((struct money){INT64_C(1) << 50}).millifen, (INT64_C(1) << 50) * 1000);
    assert_int_equal(fee_of((struct money){-7}).millifen, -7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_decimals),
        cmocka_unit_test(stops_at_the_end_of_the_view),
        cmocka_unit_test(parses_rates),
        cmocka_unit_test(prints),
        cmocka_unit_test(reads_what_it_prints),
        cmocka_unit_test(checks_sums),
        cmocka_unit_test(computes_the_fees_of_real_bills),
        cmocka_unit_test(rounds_half_away_from_zero),
        cmocka_unit_test(rounds_fees),
    };
    return cmocka_run_group_tests_name("base/money", tests, NULL, NULL);
}
