#include "run/bill_content.h"

#include "base/buf.h"
#include "text/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define HEAD                                                                                                                               \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元)," \
    "资金变更提交申请人,备注,业务凭证号"
#define FIRST "`2026-05-31 08:00:00,`b1,`f1,`交易,`交易,`收入,`20.00,`120.00,`system,`,`P1"
#define SECOND "`2026-05-31 09:00:00,`b2,`f2,`退款,`退款,`支出,`5.00,`115.00,`system,`,`R1"
#define FOOT "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
#define SUMS "`2,`1,`20.00,`1,`5.00"

#define BILL HEAD "\r\n" FIRST "\r\n" SECOND "\r\n" FOOT "\r\n" SUMS "\r\n"

static struct bill_content read_in(struct view bytes, size_t piece)
{
    CLEANUP(bill_content_reader_done)
    struct bill_content_reader *reader = bill_content_reader_new();
    struct bill_content content;
    struct err err = ERR_INIT;

    while (bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        expect_good(bill_content_push(reader, view_from(bytes.at, length), &err), &err);
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    expect_good(bill_content_finish(reader, &content, &err), &err);
    return content;
}

static struct bill_content content_of(const char *text)
{
    return read_in(view_of(text), SIZE_MAX);
}

static void test_totals(void **state)
{
    struct bill_content content = content_of(BILL);

    (void)state;
    assert_true(content.readable);
    assert_int_equal(content.lines, 5);
    assert_int_equal(content.totals.rows, 2);
    assert_int_equal(content.totals.income.fen, 2000);
    assert_int_equal(content.totals.expense.fen, 500);
}

/* What holds the same rows, and what does not. */
static void test_equal(void **state)
{
    static const struct {
        const char *what;
        const char *bill;
        bool equal;
    } cases[] = {
        {"itself", BILL, true},
        {"another order", HEAD "\r\n" SECOND "\r\n" FIRST "\r\n" FOOT "\r\n" SUMS "\r\n", true},
        {"other line ends", HEAD "\n" FIRST "\n" SECOND "\n" FOOT "\n" SUMS "\n", true},
        {"no last line end", HEAD "\r\n" FIRST "\r\n" SECOND "\r\n" FOOT "\r\n" SUMS, true},
        {"a byte order mark", "\xef\xbb\xbf" BILL, true},
        {"a row less", HEAD "\r\n" FIRST "\r\n" FOOT "\r\n" SUMS "\r\n", false},
        {"a row twice", HEAD "\r\n" FIRST "\r\n" FIRST "\r\n" FOOT "\r\n" SUMS "\r\n", false},
        {"a blank more", HEAD "\r\n" FIRST " \r\n" SECOND "\r\n" FOOT "\r\n" SUMS "\r\n", false},
        {"a CR inside", HEAD "\r\n" FIRST "\r\r\n" SECOND "\r\n" FOOT "\r\n" SUMS "\r\n", false},
        {"nothing", "", false},
    };
    struct bill_content wanted = content_of(BILL);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct bill_content content = content_of(cases[i].bill);

        if (bill_content_equal(&content, &wanted) != cases[i].equal)
            fail_msg("%s", cases[i].what);
    }
}

/* A line may come in any number of pieces. */
static void test_pieces(void **state)
{
    static const size_t pieces[] = {200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 333, 400};
    struct bill_content wanted = content_of(BILL);

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct bill_content content = read_in(VIEW(BILL), pieces[i]);

        assert_true(bill_content_equal(&content, &wanted));
    }
    for (size_t piece = strlen(BILL) - 20; piece < strlen(BILL); piece++) {
        struct bill_content content = read_in(VIEW(BILL), piece);

        assert_true(bill_content_equal(&content, &wanted));
    }
}

static bool add(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static void test_packed(void **state)
{
    CLEANUP(buf_release) struct buf packed = BUF_INIT(4096);
    CLEANUP(gzip_writer_done)
    struct gzip_writer *writer = gzip_writer_new((struct gzip_sink){add, &packed}, 6);
    struct bill_content wanted = content_of(BILL);
    struct bill_content content;
    struct err err = ERR_INIT;

    (void)state;
    expect_good(gzip_writer_push(writer, VIEW(BILL), &err), &err);
    expect_good(gzip_writer_finish(writer, &err), &err);
    content = read_in(buf_view(&packed), 7);
    assert_true(content.readable && bill_content_equal(&content, &wanted));
}

/* The lines count all the same. */
static void test_unreadable(void **state)
{
    struct bill_content content = content_of(HEAD "\r\n" FIRST "\r\n" FOOT "\r\n" SUMS "\r\n");

    (void)state;
    assert_false(content.readable);
    assert_string_equal(content.unreadable.text,
                        "line 4: summary differs from the rows: 资金流水总笔数 stated 2, computed "
                        "1; 支出笔数 stated 1, computed 0; 支出金额 stated 5.00, computed 0.00");
    assert_int_equal(content.lines, 4);
}

static void test_damaged(void **state)
{
    CLEANUP(bill_content_reader_done)
    struct bill_content_reader *reader = bill_content_reader_new();
    struct bill_content content = {.lines = -1};
    struct err err = ERR_INIT;

    (void)state;
    (void)bill_content_push(reader, VIEW("\x1f\x8b\x08"), &err);
    assert_false(bill_content_finish(reader, &content, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_int_equal(content.lines, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals),     cmocka_unit_test(test_equal),
        cmocka_unit_test(test_pieces),     cmocka_unit_test(test_packed),
        cmocka_unit_test(test_unreadable), cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("run/bill_content", tests, NULL, NULL);
}
