#include "recon/closed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ROWS_MAX = 6 };

struct line {
    const char *type, *name, *refund_id, *refund_no;
    long long fen; /* below 0: out of the account */
};

static struct bill_fund_row row_of(const struct line *line, int64_t number)
{
    return (struct bill_fund_row){
        .line = number,
        .type = view_of(line->type),
        .name = view_of(line->name),
        .business_no = view_of(line->refund_id),
        .voucher_no = view_of(line->refund_no),
        .direction = line->fen < 0 ? BILL_EXPENSE : BILL_INCOME,
        .amount = {line->fen < 0 ? -line->fen : line->fen},
    };
}

static void take(struct closed_list *list, const struct line *lines, size_t count)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < count && lines[i].type != NULL; i++) {
        const struct bill_fund_row row = row_of(&lines[i], (int64_t)i + 2);

        expect_good(closed_list_take(list, &row, &err), &err);
    }
    expect_good(closed_list_gather(list, &err), &err);
}

/* "refund_id refund_no line rows back fee" of each. */
static void print(const struct closed_list *list, char *out, size_t size)
{
    size_t length = 0;

    out[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        const struct closed_refund *refund = &list->at[i];

        length += (size_t)snprintf(out + length, size - length, "%.*s %.*s %lld %lld %lld %lld\n",
                                   VIEW_ARG(refund->refund_id), VIEW_ARG(closed_number(refund)),
                                   (long long)refund->line, (long long)refund->rows,
                                   (long long)refund->back.fen, (long long)refund->fee.fen);
    }
}

#define CLOSING(id, no, fen)                                                                       \
    {                                                                                              \
        "退款关闭", "退款", id, no, fen                                                            \
    }
#define FEE(id, no, fen)                                                                           \
    {                                                                                              \
        "扣除交易手续费", "退款", id, no, -(fen)                                                   \
    }

static void gathers_one_a_refund(void **state)
{
    static const struct {
        const char *what;
        struct line lines[ROWS_MAX];
        const char *refunds;
    } cases[] = {
        {"nothing", {{NULL, NULL, NULL, NULL, 0}}, ""},
        {"a closing", {CLOSING("5030", "R1", 5000)}, "5030 R1 2 1 5000 0\n"},
        {"with its fee",
         {CLOSING("5030", "R1", 5000), FEE("5030", "R1", 30)},
         "5030 R1 2 2 4970 30\n"},
        {"the fee first, and under another voucher",
         {FEE("5030", "P1", 30), CLOSING("5030", "R1", 5000)},
         "5030 R1 2 2 4970 30\n"},
        {"in the order of their numbers",
         {CLOSING("5032", "R2", 200), CLOSING("5031", "R1", 100), FEE("5032", "R2", 1)},
         "5031 R1 3 1 100 0\n5032 R2 2 2 199 1\n"},
        {"twice",
         {CLOSING("5030", "R1", 5000), CLOSING("5030", "R1", 5000)},
         "5030 R1 2 2 10000 0\n"},
        {"a voucher is not always there", {CLOSING("5030", "", 5000)}, "5030 5030 2 1 5000 0\n"},
        {"money taken out again is no closing undone",
         {CLOSING("5030", "R1", -5000)},
         "5030 R1 2 1 -5000 0\n"},
        {"a fee of another refund stays out",
         {FEE("5029", "R0", 7), CLOSING("5030", "R1", 5000), FEE("5031", "R2", 7)},
         "5030 R1 3 1 5000 0\n"},
        {"other rows stay out",
         {{"扣除交易手续费", "交易", "5030", "R1", -30},
          {"退款", "退款", "5030", "R1", -5000},
          {"交易", "交易", "4200", "P1", 5000},
          {"退还交易手续费", "退款", "5030", "R1", 30}},
         ""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(closed_list_release) struct closed_list list = CLOSED_LIST_INIT;
        char seen[512];

        take(&list, cases[i].lines, ROWS_MAX);
        print(&list, seen, sizeof(seen));
        if (strcmp(seen, cases[i].refunds) != 0)
            fail_msg("%s: expected\n%sbut got\n%s", cases[i].what, cases[i].refunds, seen);
    }
}

static void finds_by_number(void **state)
{
    static const struct line lines[] = {CLOSING("5032", "R2", 200), CLOSING("5031", "R1", 100),
                                        CLOSING("5033", "R3", 300)};
    CLEANUP(closed_list_release) struct closed_list list = CLOSED_LIST_INIT;

    (void)state;
    assert_null(closed_list_find(&list, VIEW("5031")));
    take(&list, lines, LENGTH(lines));
    assert_int_equal(closed_list_find(&list, VIEW("5031"))->back.fen, 100);
    assert_int_equal(closed_list_find(&list, VIEW("5033"))->back.fen, 300);
    assert_null(closed_list_find(&list, VIEW("503")));
}

/* What is known has to bring what it took, what is not is a finding with what it brought. */
static void tells_known_from_unknown(void **state)
{
    static const struct line lines[] = {CLOSING("5031", "R1", 100), CLOSING("5032", "R2", 200),
                                        FEE("5032", "R2", 3), CLOSING("5033", "", 300)};
    CLEANUP(closed_list_release) struct closed_list list = CLOSED_LIST_INIT;
    CLEANUP(finding_list_release) struct finding_list findings = FINDING_LIST_INIT;
    struct closed_totals totals;
    struct err err = ERR_INIT;

    (void)state;
    take(&list, lines, LENGTH(lines));
    list.at[0].known = true;
    list.at[0].taken.fen = 99;
    expect_good(closed_list_totals(&list, &totals, &err), &err);
    assert_int_equal(totals.rows, 4);
    assert_int_equal(totals.taken.fen, 99);
    assert_int_equal(totals.unknown.fen, 497);

    expect_good(closed_findings(&list, VIEW("5ba5"), &findings, &err), &err);
    assert_int_equal(findings.count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *finding = &findings.at[i];

        assert_int_equal(finding->leg, LEG_FUND);
        assert_int_equal(finding->class, CLASS_C01);
        assert_int_equal(finding->state, STATE_OPEN);
        assert_false(finding->books.known);
        assert_int_equal(finding_difference(finding).fen, i == 0 ? 197 : 300);
        assert_true(view_equal_text(finding->key, i == 0 ? "closed/R2" : "closed/5033"));
    }
    assert_true(view_equal_text(findings.at[0].evidence,
                                "{\"bill_sha256\":\"5ba5\",\"line\":3,\"refund_id\":\"5032\","
                                "\"out_refund_no\":\"R2\"}"));
}

static void refuses_what_no_bill_has(void **state)
{
    char number[130];
    struct line line = CLOSING("5030", "R1", INT64_MAX);
    CLEANUP(closed_list_release) struct closed_list list = CLOSED_LIST_INIT;
    struct closed_totals totals;
    struct bill_fund_row row;
    struct err err = ERR_INIT;

    (void)state;
    row = row_of(&line, 2);
    expect_good(closed_list_take(&list, &row, &err), &err);
    line.refund_id = "5031";
    row = row_of(&line, 3);
    expect_good(closed_list_take(&list, &row, &err), &err);
    expect_good(closed_list_gather(&list, &err), &err);
    expect_err(closed_list_totals(&list, &totals, &err), &err, ERR_DATA,
               "line 3: sums are beyond any sense");
    row.line = 4;
    err = ERR_INIT;
    expect_good(closed_list_take(&list, &row, &err), &err);
    expect_err(closed_list_gather(&list, &err), &err, ERR_DATA,
               "line 4: sums are beyond any sense");

    memset(number, '5', sizeof(number) - 1);
    number[sizeof(number) - 1] = '\0';
    line.refund_id = number;
    row = row_of(&line, 5);
    err = ERR_INIT;
    expect_err(closed_list_take(&list, &row, &err), &err, ERR_DATA,
               "line 5: a number has more than 128 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_one_a_refund),
        cmocka_unit_test(finds_by_number),
        cmocka_unit_test(tells_known_from_unknown),
        cmocka_unit_test(refuses_what_no_bill_has),
    };
    return cmocka_run_group_tests_name("recon/closed", tests, NULL, NULL);
}
