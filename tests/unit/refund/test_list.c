#include "refund/list.h"

#include "base/buf.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct refund_list_defaults of_a = {VIEW_INIT("1900000109"), VIEW_INIT("退还押金")};
static const struct refund_list_defaults of_any = {VIEW_INIT(""), VIEW_INIT("x")};

/* "line mchid deposit reason;" for each line, "line: problem;" for each problem. */
static void describe(const struct refund_list *list, struct buf *text)
{
    for (size_t i = 0; i < list->count; i++)
        buf_add_format(text, "%" PRId64 " %.*s %.*s %.*s;", list->lines[i].line,
                       VIEW_ARG(list->lines[i].mchid), VIEW_ARG(list->lines[i].deposit_id),
                       VIEW_ARG(list->lines[i].reason));
    for (size_t i = 0; i < list->problem_count; i++)
        buf_add_format(text, "%" PRId64 ": %.*s;", list->problems[i].line,
                       VIEW_ARG(list->problems[i].text));
}

static const struct {
    const struct refund_list_defaults *defaults;
    struct view bytes;
    const char *seen;
} cases[] = {
    {&of_a, VIEW_INIT("deposit_id\nD1\n"), "2 1900000109 D1 退还押金;"},
    {&of_a, VIEW_INIT("\n,,\nDeposit_ID,Reason\n D1 ,\"退\"\n"), "4 1900000109 D1 退;"},
    {&of_a, VIEW_INIT("押金编号\nD2\nD1\nD2\n"),
     "2 1900000109 D2 退还押金;3 1900000109 D1 退还押金;4: deposit D2 is in line 2 already;"},
    {&of_any, VIEW_INIT("mchid,deposit_id\n2,D1\n1,D1\n2,D0\n,D1\n1,D2\n"),
     "3 1 D1 x;6 1 D2 x;2 2 D1 x;4 2 D0 x;5: it names no merchant, and --merchant is not given;"},
    {&of_a, VIEW_INIT("商户号,押金编号\n1900000109,D1\n2,D2\n"),
     "2 1900000109 D1 退还押金;3: it is of merchant 2, not of 1900000109;"},
    {&of_a, VIEW_INIT("deposit_id,reason\nD1\nD2,x,y\n,x\n"),
     "2: it has 1 columns, the head has 2;3: it has 3 columns, the head has 2;"
     "4: it names no deposit;"},
    {&of_a, VIEW_INIT("deposit_id,reason\n\"D\n1\",\nD2,\"a\tb\"\n"),
     "2: the deposit's number has control characters;4: the reason has control characters;"},
};

static void test_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(arena_release) struct arena arena = ARENA_INIT;
        CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
        struct refund_list list;
        struct err err = ERR_INIT;

        expect_good(refund_list_read(cases[i].bytes, cases[i].defaults, &arena, &list, &err), &err);
        describe(&list, &text);
        assert_string_equal(buf_text(&text), cases[i].seen);
    }
}

static const struct {
    struct view bytes;
    const char *message;
} refused[] = {
    {VIEW_INIT(""), "line 1: the list is empty"},
    {VIEW_INIT("\n\n"), "line 1: the list is empty"},
    {VIEW_INIT("deposit\nD1\n"), "line 1: no column is called deposit_id or 押金编号"},
    {VIEW_INIT("reason,deposit_id,原因\n"), "line 1: two columns reason"},
    {VIEW_INIT("deposit_id\nD1\n\xFF\n"), "line 3: neither UTF-8 nor GB18030"},
    {VIEW_INIT("deposit_id\n\"D1\n"), "line 2: a quoted field is never closed"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(refused); i++) {
        CLEANUP(arena_release) struct arena arena = ARENA_INIT;
        struct refund_list list;
        struct err err = ERR_INIT;

        expect_err(refund_list_read(refused[i].bytes, &of_a, &arena, &list, &err), &err, ERR_DATA,
                   refused[i].message);
    }
}

/* One deposit less than too many, and one too many; each is named once. */
static void test_limits(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(REFUND_LIST_BYTES_MAX + 1);
    struct refund_list list;
    struct err err = ERR_INIT;

    (void)state;
    buf_add_text(&bytes, "deposit_id\n");
    for (int i = 0; i < REFUND_LIST_ROWS_MAX; i++)
        buf_add_format(&bytes, "D%d\n", i % (REFUND_LIST_ROWS_MAX / 2));
    expect_good(refund_list_read(buf_view(&bytes), &of_a, &arena, &list, &err), &err);
    assert_int_equal(list.count, REFUND_LIST_ROWS_MAX / 2);
    assert_int_equal(list.problem_count, REFUND_LIST_ROWS_MAX / 2);
    for (size_t i = 0; i < list.problem_count; i++)
        assert_int_equal(list.problems[i].line, REFUND_LIST_ROWS_MAX / 2 + 2 + (int64_t)i);
    assert_int_equal(refund_list_run(&list, 10), list.count - 10);

    buf_add_text(&bytes, "one more\n");
    expect_err(refund_list_read(buf_view(&bytes), &of_a, &arena, &list, &err), &err, ERR_LIMIT,
               "line 50002: more than 50000 deposits");
    buf_clear(&bytes);
    while (bytes.length <= REFUND_LIST_BYTES_MAX)
        buf_add_byte(&bytes, 'x');
    err = ERR_INIT;
    expect_err(refund_list_read(buf_view(&bytes), &of_a, &arena, &list, &err), &err, ERR_LIMIT,
               "more than 8388608 bytes");
}

static void test_reasons(void **state)
{
    char long_reason[WXPAY_REASON_MAX + 2];

    (void)state;
    memset(long_reason, 'x', sizeof(long_reason));
    assert_null(refund_reason_problem(VIEW(REFUND_REASON)));
    assert_null(refund_reason_problem(view_from(long_reason, WXPAY_REASON_MAX)));
    assert_string_equal(refund_reason_problem(view_from(long_reason, WXPAY_REASON_MAX + 1)),
                        "the reason has more than 80 bytes, which are 26 Chinese characters");
    assert_string_equal(refund_reason_problem(VIEW(" \t")), "the reason is empty");
    assert_string_equal(refund_reason_problem(VIEW("")), "the reason is empty");
    assert_string_equal(refund_reason_problem(VIEW("a\nb")), "the reason has control characters");
    assert_string_equal(refund_reason_problem(VIEW("\xBD\xF0")), "the reason is not UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
