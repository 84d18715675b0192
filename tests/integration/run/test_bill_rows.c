/* A stored bill as rows from another thread: the same rows as the reader gives, and the same end.
 */
#include "run/bill_rows.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "reconcile_world.h"

enum { TEXT_MAX = 64 << 20, ROWS = 500, LONG = 60 * 1000 };

/* ---- rows in words ----------------------------------------------------------------------------
 */

static void add(struct buf *text, struct view value)
{
    buf_add_view(text, value);
    buf_add_text(text, "|");
}

static void add_trade(struct buf *text, const struct bill_row *row)
{
    const struct view values[] = {
        row->raw,       row->appid,         row->mchid,          row->sub_mchid,
        row->device,    row->openid,        row->transaction_id, row->out_trade_no,
        row->bank,      row->trade_type,    row->currency,       row->trade_state_text,
        row->refund_id, row->out_refund_no, row->refund_type,    row->refund_status_text,
        row->goods,     row->attach,        row->rate_note};

    buf_add_format(text, "%lld %lld %d %d %lld %lld %lld|", (long long)row->line,
                   (long long)row->time.us, (int)row->trade_state, (int)row->refund_status,
                   (long long)row->order.fen, (long long)row->refund.fen,
                   (long long)row->fee.millifen);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        add(text, values[i]);
    buf_add_text(text, "\n");
}

static void add_fund(struct buf *text, const struct bill_fund_row *row)
{
    const struct view values[] = {row->raw,  row->business_no, row->flow_no, row->name,
                                  row->type, row->applicant,   row->remark,  row->voucher_no};

    buf_add_format(text, "%lld %lld %d %lld %lld|", (long long)row->line, (long long)row->time.us,
                   (int)row->direction, (long long)row->amount.fen, (long long)row->balance.fen);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        add(text, values[i]);
    buf_add_text(text, "\n");
}

static bool take_trade(void *context, const struct bill_row *row, struct err *err)
{
    (void)err;
    add_trade(context, row);
    return true;
}

static bool take_fund(void *context, const struct bill_fund_row *row, struct err *err)
{
    (void)err;
    add_fund(context, row);
    return true;
}

/* "<state> <error>" behind the rows. */
static void add_end(struct buf *text, enum bill_state state, const struct err *err)
{
    buf_add_format(text, "%s %s", bill_state_name(state), err->text);
}

/* The bill by the reader itself, in one piece. */
static void read_at_once(struct view plain, struct buf *text)
{
    const struct bill_handler handler = {take_trade, take_fund, text};
    CLEANUP(bill_reader_done)
    struct bill_reader *reader = bill_reader_new(bill_dialect_guess(plain), handler, BILL_LIMITS);
    struct bill_totals totals;
    struct err err = ERR_INIT;

    (void)(bill_reader_push(reader, plain, &err) && bill_reader_finish(reader, &totals, &err));
    add_end(text, bill_reader_state(reader), &err);
}

static struct bill_rows *open_stored(struct world *world, struct pg *pg)
{
    const struct evidence_bill bill = {world->merchant.mchid, world_day(WORLD_DAY),
                                       EVIDENCE_TRADE_ALL};
    struct evidence_file file;
    struct err err = ERR_INIT;
    bool found = false;

    expect_good(evidence_find(world->database->pg, &bill, &file, &found, &err), &err);
    assert_true(found);
    return bill_rows_open(pg, bill.mchid, bill.day, &file);
}

/* The bill as stored. */
static void read_stored(struct world *world, struct buf *text)
{
    struct pg *pg = test_database_open(world->database, NULL);
    struct bill_rows *rows = open_stored(world, pg);
    struct bill_rows_batch batch;
    struct err err = ERR_INIT;

    while (bill_rows_next(rows, &batch, &err) && batch.count > 0) {
        assert_in_range(batch.count, 1, BILL_ROWS_BATCH);
        assert_true((batch.trade == NULL) != (batch.fund == NULL));
        for (size_t i = 0; i < batch.count; i++) {
            if (batch.trade != NULL)
                add_trade(text, &batch.trade[i]);
            else
                add_fund(text, &batch.fund[i]);
        }
    }
    assert_true((err.kind == ERR_NONE) == (bill_rows_state(rows) == BILL_OK));
    add_end(text, bill_rows_state(rows), &err);
    bill_rows_close(rows);
    pg_close(pg);
}

static void expect_same(struct world *world, struct view plain, const char *what)
{
    CLEANUP(buf_release) struct buf at_once = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_release) struct buf stored = BUF_INIT(TEXT_MAX);

    world_keep(world, WORLD_DAY, EVIDENCE_TRADE_ALL, plain);
    read_at_once(plain, &at_once);
    read_stored(world, &stored);
    assert_false(at_once.overflowed || stored.overflowed);
    if (!view_equal(buf_view(&at_once), buf_view(&stored)))
        fail_msg("%s: not the same rows", what);
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void gives_what_the_reader_gives(void **state)
{
    CLEANUP(world_release) struct world world;
    glob_t files;

    world_init(&world, state);
    assert_int_equal(glob("tests/data/bills/*.csv", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 10);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(TEXT_MAX);
        struct err err = ERR_INIT;

        expect_good(file_read(files.gl_pathv[i], &bytes, &err), &err);
        expect_same(&world, buf_view(&bytes), files.gl_pathv[i]);
    }
    globfree(&files);
}

/* Rows of many lengths, so that batches end in many places; some texts are mended, so they stand
 * outside of their line. */
static void write_rows(struct world *world, struct buf *bill)
{
    char attach[LONG + 1];

    for (size_t i = 0; i < ROWS; i++) {
        size_t length = i % 151 == 150 ? LONG : i * 7 % 500;
        char number[32];

        memset(attach, i % 3 == 0 ? '\xFF' : 'x', length);
        attach[length] = '\0';
        (void)snprintf(number, sizeof(number), "P%zu", i);
        bill_row(world, &(struct world_row){.no = number,
                                            .transaction = number,
                                            .at = WORLD_DAY " 12:00:00",
                                            .fen = 100 + (long long)i,
                                            .attach = attach});
    }
    bill_write(world, bill);
}

static void rows_may_be_long(void **state)
{
    CLEANUP(buf_release) struct buf bill = BUF_INIT(WORLD_BILL_MAX);
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    write_rows(&world, &bill);
    assert_false(bill.overflowed);
    expect_same(&world, buf_view(&bill), "long rows");
}

/* All rows in front of what is wrong come, and then what the reader says of it. */
static void ends_as_the_reader_does(void **state)
{
    CLEANUP(buf_release) struct buf bill = BUF_INIT(WORLD_BILL_MAX);
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    write_rows(&world, &bill);
    for (size_t cut = 1; cut < bill.length; cut += bill.length / 7)
        expect_same(&world, view_from(bill.at, bill.length - cut), "cut");
    expect_same(&world, VIEW("no bill"), "no bill");
    bill.at[bill.length - 2]++;
    expect_same(&world, buf_view(&bill), "another total");
}

/* Bytes that are not those that were stored are no failure of the reader. */
static void tells_evidence_that_changed(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    bill_payment(&world, "P1", WORLD_DAY " 12:00:00", 100);
    bill_keep(&world, WORLD_DAY);
    test_sql(*state, "UPDATE recon.bill_chunk SET content = convert_to(replace(convert_from("
                     "content, 'UTF8'), 'OTHERS', 'ANOTHER'), 'UTF8')");
    read_stored(&world, &text);
    assert_non_null(strstr(buf_text(&text), "ANOTHER"));
    assert_non_null(strstr(buf_text(&text), "\nunfinished evidence changed"));
}

/* Whoever has seen enough leaves, however much is left. */
static void can_be_left(void **state)
{
    CLEANUP(buf_release) struct buf bill = BUF_INIT(TEXT_MAX);
    CLEANUP(world_release) struct world world;
    struct bill_rows_batch batch;
    struct err err = ERR_INIT;
    struct bill_rows *rows;
    struct pg *pg;

    world_init(&world, state);
    for (int times = 0; times < 6; times++)
        write_rows(&world, &bill);
    world_keep(&world, WORLD_DAY, EVIDENCE_TRADE_ALL, buf_view(&bill));
    pg = test_database_open(*state, NULL);
    rows = open_stored(&world, pg);
    assert_true(bill_rows_next(rows, &batch, &err));
    assert_int_equal(batch.count, BILL_ROWS_BATCH);
    bill_rows_close(rows);
    rows = open_stored(&world, pg);
    bill_rows_close(rows);
    pg_close(pg);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(gives_what_the_reader_gives), CASE(rows_may_be_long), CASE(ends_as_the_reader_does),
        CASE(tells_evidence_that_changed), CASE(can_be_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
