#include "recon/fund.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct date DAY = {20604}; /* 2026-05-31 */

/* A movement: `+` income, `-` expense. */
struct move {
    const char *type;
    char sign;
    const char *yuan;
};

enum { MOVES_MAX = 8 };

static struct bill_fund_row row_of(const struct move *move, int64_t line)
{
    struct bill_fund_row row = {
        .line = line,
        .time = {beijing_start(DAY).us + 12 * INSTANT_HOUR},
        .type = view_of(move->type),
        .direction = move->sign == '+' ? BILL_INCOME : BILL_EXPENSE,
    };

    assert_true(money_parse(view_of(move->yuan), &row.amount));
    return row;
}

static void add_moves(struct fund_totals *totals, const struct move *moves, size_t count)
{
    struct err err = ERR_INIT;

    fund_totals_init(totals);
    for (size_t i = 0; i < count && moves[i].type != NULL; i++) {
        const struct bill_fund_row row = row_of(&moves[i], (int64_t)i + 2);

        expect_good(fund_totals_add(totals, &row, DAY, &err), &err);
    }
}

static const struct {
    const char *what;
    struct move moves[MOVES_MAX];
    int64_t rows, trade_rows, payments;
    const char *paid, *movement;
} SUMS[] = {
    {"nothing", {{NULL, 0, NULL}}, 0, 0, 0, "0.00", "0.00"},
    {"a payment and its fee",
     {{"交易", '+', "100.00"}, {"扣除交易手续费", '-', "0.60"}},
     2,
     2,
     1,
     "100.00",
     "99.40"},
    {"a refund, net of the returned fee",
     {{"交易", '+', "100.00"}, {"扣除交易手续费", '-', "0.60"}, {"退款", '-', "49.70"}},
     3,
     3,
     1,
     "100.00",
     "49.70"},
    {"a refund with the returned fee beside it",
     {{"交易", '+', "100.00"},
      {"扣除交易手续费", '-', "0.60"},
      {"退款", '-', "50.00"},
      {"退还交易手续费", '+', "0.30"}},
     4,
     4,
     1,
     "100.00",
     "49.70"},
    {"a refund that was closed comes back",
     {{"退款", '-', "50.00"}, {"退款关闭", '+', "50.00"}},
     2,
     2,
     0,
     "0.00",
     "0.00"},
    {"money that moves for other reasons",
     {{"交易", '+', "10.00"},
      {"充值", '+', "500.00"},
      {"提现", '-', "300.00"},
      {"充值/提现", '-', "1.00"},
      {"企业付款", '-', "2.00"},
      {"分账", '-', "3.00"},
      {"代金券/立减/折扣", '-', "4.00"}},
     7,
     1,
     1,
     "10.00",
     "10.00"},
    {"a payment taken back is no payment",
     {{"交易", '+', "10.00"}, {"交易", '-', "4.00"}},
     2,
     2,
     1,
     "10.00",
     "6.00"},
    {"types that nobody has classified stay out",
     {{"交易", '+', "10.00"}, {"交易 ", '+', "1.00"}, {"利息", '+', "0.01"}},
     3,
     1,
     1,
     "10.00",
     "10.00"},
};

static void sums_up_what_trade_moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(SUMS); i++) {
        struct fund_totals totals;

        add_moves(&totals, SUMS[i].moves, MOVES_MAX);
        if (strcmp(money_text(totals.movement).s, SUMS[i].movement) != 0)
            fail_msg("%s: movement %s", SUMS[i].what, money_text(totals.movement).s);
        assert_int_equal(totals.rows, SUMS[i].rows);
        assert_int_equal(totals.trade_rows, SUMS[i].trade_rows);
        assert_int_equal(totals.payments.count, SUMS[i].payments);
        assert_string_equal(money_text(totals.payments.money).s, SUMS[i].paid);
        assert_int_equal(totals.other_days, 0);
    }
}

/* "+5=12": income of 5 fen, 12 fen on the account behind it. */
static bool balance_of(const char *text, struct fund_balance *ret_balance)
{
    struct fund_totals totals;
    struct view rest = view_of(text), part;
    struct err err = ERR_INIT;
    int64_t line = 2;

    fund_totals_init(&totals);
    while (view_take(&rest, ' ', &part)) {
        struct bill_fund_row row = {.line = line,
                                    .time = beijing_start(DAY),
                                    .type = VIEW("交易"),
                                    .direction = *part.at == '+' ? BILL_INCOME : BILL_EXPENSE};
        struct view amount;

        line++;
        part = view_from(part.at + 1, part.length - 1);
        assert_true(view_take(&part, '=', &amount));
        assert_true(view_to_int64(amount, 0, 1000, &row.amount.fen));
        assert_true(view_to_int64(part, 0, 1000, &row.balance.fen));
        expect_good(fund_totals_add(&totals, &row, DAY, &err), &err);
    }
    return fund_totals_balance(&totals, ret_balance);
}

static void proves_the_balance(void **state)
{
    static const struct {
        const char *rows;
        bool known;
        int64_t opening, closing;
    } cases[] = {
        {"", false, 0, 0},
        {"+5=12", true, 7, 12},
        {"-5=12", true, 17, 12},
        {"+5=12 -2=10 +1=11", true, 7, 11},
        {"+1=11 -2=10 +5=12", true, 7, 11}, /* the newest row first */
        {"+5=5 -5=0", true, 0, 0},
        {"+5=12 +1=14", false, 0, 0},
        {"+5=12 +1=13 +1=13", false, 0, 0},
        {"+1=11 +5=12 -2=10", false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct fund_balance balance = {{-1}, {-1}};

        if (balance_of(cases[i].rows, &balance) != cases[i].known)
            fail_msg("\"%s\" is %s", cases[i].rows, cases[i].known ? "not known" : "known");
        assert_int_equal(balance.opening.fen, cases[i].known ? cases[i].opening : -1);
        assert_int_equal(balance.closing.fen, cases[i].known ? cases[i].closing : -1);
    }
}

static void counts_rows_of_other_days(void **state)
{
    static const struct {
        int64_t us;
        int64_t other_days;
    } cases[] = {
        {0, 0},
        {INSTANT_DAY - 1, 0},
        {-1, 1},
        {INSTANT_DAY, 1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const struct move move = {"交易", '+', "1.00"};
        struct bill_fund_row row = row_of(&move, 2);
        struct fund_totals totals;
        struct err err = ERR_INIT;

        row.time.us = beijing_start(DAY).us + cases[i].us;
        fund_totals_init(&totals);
        expect_good(fund_totals_add(&totals, &row, DAY, &err), &err);
        assert_int_equal(totals.other_days, cases[i].other_days);
    }
}

static void keeps_unknown_types_apart(void **state)
{
    static const struct move moves[] = {
        {"利息", '+', "0.05"}, {"罚款", '-', "3.00"}, {"利息", '+', "0.06"}, {"利息", '-', "0.01"}};
    struct fund_totals totals;

    (void)state;
    add_moves(&totals, moves, LENGTH(moves));
    assert_int_equal(totals.unknown_count, 2);
    assert_string_equal(totals.unknown[0].name, "利息");
    assert_int_equal(totals.unknown[0].rows, 3);
    assert_int_equal(totals.unknown[0].net.fen, 10);
    assert_string_equal(totals.unknown[1].name, "罚款");
    assert_int_equal(totals.unknown[1].net.fen, -300);
}

static void limits_unknown_types(void **state)
{
    struct fund_totals totals;
    struct err err = ERR_INIT;
    char name[FUND_TYPE_LENGTH_MAX + 2];
    const struct move move = {name, '+', "1.00"};

    (void)state;
    fund_totals_init(&totals);
    for (int i = 0; i <= FUND_TYPES_MAX; i++) {
        struct bill_fund_row row;

        (void)snprintf(name, sizeof(name), "%0*d", FUND_TYPE_LENGTH_MAX, i);
        row = row_of(&move, i + 2);
        if (i < FUND_TYPES_MAX)
            expect_good(fund_totals_add(&totals, &row, DAY, &err), &err);
        else
            expect_err(fund_totals_add(&totals, &row, DAY, &err), &err, ERR_LIMIT,
                       "line 34: too many types that nobody has classified");
    }
    assert_int_equal(strlen(totals.unknown[31].name), FUND_TYPE_LENGTH_MAX);
}

static void limits_the_length_of_types(void **state)
{
    char name[FUND_TYPE_LENGTH_MAX + 2] = "";
    char wanted[128];
    const struct move move = {name, '+', "1.00"};
    struct bill_fund_row row;
    struct fund_totals totals;
    struct err err = ERR_INIT;

    (void)state;
    fund_totals_init(&totals);
    memset(name, 'x', sizeof(name) - 1);
    row = row_of(&move, 9);
    (void)snprintf(wanted, sizeof(wanted), "line 9: type \"%s\" has more than 64 bytes", name);
    expect_err(fund_totals_add(&totals, &row, DAY, &err), &err, ERR_LIMIT, wanted);
    row.type.length--;
    expect_good(fund_totals_add(&totals, &row, DAY, &err), &err);
    assert_int_equal(totals.unknown_count, 1);
}

static void refuses_sums_that_overflow(void **state)
{
    const struct move move = {"交易", '+', "1.00"};
    struct bill_fund_row row = row_of(&move, 7);
    struct fund_totals totals;
    struct err err = ERR_INIT;

    (void)state;
    fund_totals_init(&totals);
    row.amount.fen = INT64_MAX;
    expect_good(fund_totals_add(&totals, &row, DAY, &err), &err);
    expect_err(fund_totals_add(&totals, &row, DAY, &err), &err, ERR_DATA,
               "line 7: sums are beyond any sense");
}

/* ---- against the trade bill ------------------------------------------------------------------ */

static int compare_findings(const void *a, const void *b)
{
    return view_compare(((const struct finding *)a)->key, ((const struct finding *)b)->key);
}

/* "KEY CODE STATE CHANNEL BOOKS" of each, in the order of keys. */
static void print_findings(struct finding_list *list, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    if (list->count > 0)
        qsort(list->at, list->count, sizeof(*list->at), compare_findings);
    for (size_t i = 0; i < list->count; i++) {
        const struct finding *finding = &list->at[i];

        assert_int_equal(finding->leg, LEG_FUND);
        assert_int_equal(finding->has_break_on, finding->state == STATE_PENDING);
        if (finding->has_break_on)
            assert_int_equal(finding->break_on.days, DAY.days + 1);
        length += (size_t)snprintf(out + length, size - length, "%.*s %s %s %s %s\n",
                                   VIEW_ARG(finding->key), class_info(finding->class)->code,
                                   finding_state_name(finding->state),
                                   money_text(finding->channel.money).s,
                                   finding->books.known ? money_text(finding->books.money).s : "?");
    }
}

/* Two payments of 100.00 and 50.00 with fees, and a refund of 50.00. */
#define WHOLE                                                                                      \
    {"交易", '+', "100.00"}, {"扣除交易手续费", '-', "0.60"}, {"交易", '+', "50.00"},              \
        {"扣除交易手续费", '-', "0.30"},                                                           \
    {                                                                                              \
        "退款", '-', "49.70"                                                                       \
    }

static const struct fund_expected EXPECTED = {.payments = {"settled", 2, {15000}},
                                              .movement = {9940}};

static void compares_with_the_trade_bill(void **state)
{
    static const struct {
        const char *what;
        struct move moves[MOVES_MAX];
        const char *findings;
    } cases[] = {
        {"both agree", {WHOLE}, ""},
        {"C01: a payment the trade bill does not have",
         {WHOLE, {"交易", '+', "7.00"}},
         "payments C01 PENDING 157.00 150.00\n"},
        {"C02: a payment is missing: one cause, one finding",
         {{"交易", '+', "100.00"}, {"扣除交易手续费", '-', "0.60"}, {"退款", '-', "49.70"}},
         "payments C02 PENDING 100.00 150.00\n"},
        {"C02: everything is missing", {{NULL, 0, NULL}}, "payments C02 PENDING 0.00 150.00\n"},
        {"the same sum in another number of payments is not the same",
         {{"交易", '+', "150.00"}, {"扣除交易手续费", '-', "0.90"}, {"退款", '-', "49.70"}},
         "payments C02 PENDING 150.00 150.00\n"},
        {"C01: more moved than payments, refunds and fees",
         {WHOLE, {"退还交易手续费", '+', "0.01"}},
         "movement C01 PENDING 99.41 99.40\n"},
        {"C02: a refund that the trade bill does not have",
         {WHOLE, {"退款", '-', "20.00"}},
         "movement C02 PENDING 79.40 99.40\n"},
        {"C05: one for each type, whatever the rest says",
         {WHOLE, {"利息", '+', "0.05"}, {"罚款", '-', "3.00"}, {"利息", '+', "0.05"}},
         "type/利息 C05 OPEN 0.10 ?\ntype/罚款 C05 OPEN -3.00 ?\n"},
        {"C05 beside a difference",
         {WHOLE, {"交易", '+', "7.00"}, {"利息", '+', "0.05"}},
         "payments C01 PENDING 157.00 150.00\ntype/利息 C05 OPEN 0.05 ?\n"},
        {"withdrawals are no difference", {WHOLE, {"提现", '-', "99.40"}}, ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
        struct fund_totals totals;
        struct err err = ERR_INIT;
        char seen[512];

        add_moves(&totals, cases[i].moves, MOVES_MAX);
        expect_good(fund_findings(&totals, &EXPECTED, DAY, &list, &err), &err);
        print_findings(&list, seen, sizeof(seen));
        if (strcmp(seen, cases[i].findings) != 0)
            fail_msg("%s: expected\n%sbut got\n%s", cases[i].what, cases[i].findings, seen);
    }
}

/* A row in a state nobody knows has its own finding; the account may have moved for it or not. */
static void lets_uncertain_rows_be_either(void **state)
{
    static const struct {
        struct move moves[MOVES_MAX];
        const char *findings;
    } cases[] = {
        {{WHOLE}, ""},
        {{WHOLE, {"交易", '+', "8.00"}, {"扣除交易手续费", '-', "0.05"}}, ""},
        {{WHOLE, {"交易", '+', "8.00"}}, "movement C01 PENDING 107.40 99.40\n"},
        {{WHOLE, {"交易", '+', "8.01"}}, "payments C01 PENDING 158.01 150.00\n"},
        {{WHOLE, {"交易", '+', "4.00"}, {"交易", '+', "4.00"}},
         "payments C01 PENDING 158.00 150.00\n"},
    };
    struct fund_expected expected = EXPECTED;

    (void)state;
    expected.uncertain = (struct identity_side){"uncertain", 1, {800}};
    expected.uncertain_movement = (struct money){795};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
        struct fund_totals totals;
        struct err err = ERR_INIT;
        char seen[512];

        add_moves(&totals, cases[i].moves, MOVES_MAX);
        expect_good(fund_findings(&totals, &expected, DAY, &list, &err), &err);
        print_findings(&list, seen, sizeof(seen));
        assert_string_equal(seen, cases[i].findings);
    }
}

/* Whatever words a bill uses, each finding has a key of its own. */
static void keeps_keys_apart(void **state)
{
    static const struct move moves[] = {
        {"交易", '+', "7.00"}, {"payments", '+', "1.00"}, {"movement", '+', "1.00"}};
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    struct fund_totals totals;
    struct err err = ERR_INIT;

    (void)state;
    add_moves(&totals, moves, LENGTH(moves));
    expect_good(fund_findings(&totals, &EXPECTED, DAY, &list, &err), &err);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < list.count; i++) {
        for (size_t n = 0; n < i; n++)
            assert_false(view_equal(list.at[i].key, list.at[n].key));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_up_what_trade_moves),
        cmocka_unit_test(proves_the_balance),
        cmocka_unit_test(counts_rows_of_other_days),
        cmocka_unit_test(keeps_unknown_types_apart),
        cmocka_unit_test(limits_unknown_types),
        cmocka_unit_test(limits_the_length_of_types),
        cmocka_unit_test(refuses_sums_that_overflow),
        cmocka_unit_test(compares_with_the_trade_bill),
        cmocka_unit_test(lets_uncertain_rows_be_either),
        cmocka_unit_test(keeps_keys_apart),
    };
    return cmocka_run_group_tests_name("recon/fund", tests, NULL, NULL);
}
