#include "run/bill_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define HEAD                                                                                                                               \
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元)," \
    "资金变更提交申请人,备注,业务凭证号\n"
#define FIRST "`2026-05-31 08:00:00,`b1,`f1,`交易,`交易,`收入,`20.00,`120.00,`system,`,`P1\n"
#define SECOND "`2026-05-31 09:00:00,`b2,`f2,`退款,`退款,`支出,`5.00,`115.00,`system,`,`R1\n"
#define OTHER "`2026-05-31 09:00:00,`b2,`f2,`退款,`退款,`支出,`7.00,`113.00,`system,`,`R1\n"
#define FOOT "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"

#define BILL HEAD FIRST SECOND FOOT "`2,`1,`20.00,`1,`5.00\n"
#define REORDERED HEAD SECOND FIRST FOOT "`2,`1,`20.00,`1,`5.00\n"
#define CHANGED HEAD FIRST OTHER FOOT "`2,`1,`20.00,`1,`7.00\n"
#define UNREADABLE HEAD FIRST FOOT "`2,`1,`20.00,`1,`5.00\n"

static struct evidence_bill bill(void)
{
    struct date day;

    assert_true(date_parse(VIEW("2026-05-31"), &day));
    return (struct evidence_bill){VIEW("1900000109"), day, EVIDENCE_FUND_BASIC};
}

static struct evidence_stored store(struct test_database *database, const char *bytes)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    const struct evidence_source source = {.bill = bill()};
    struct incoming_digests digests;
    struct evidence_stored stored;
    struct err err = ERR_INIT;

    if (bytes == NULL) {
        expect_good(evidence_store_none(database->pg, &source, &stored, &err), &err);
        return stored;
    }
    expect_good(incoming_open(&incoming, &err), &err);
    expect_good(incoming_push(incoming, view_of(bytes), &err), &err);
    incoming_finish(incoming, &digests);
    expect_good(evidence_store(database->pg, &source, incoming, &digests, &stored, &err), &err);
    return stored;
}

/* The day's first verdict rested on this version. */
static void judge(struct test_database *database, const char *version)
{
    test_sql_format(database,
                    "INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched,"
                    " fund_first, updated_at) VALUES ('1900000109', '2026-05-31', 'SETTLED', 0, 0,"
                    " 0, %s, '2026-06-01')",
                    version);
}

static struct bill_change find(struct test_database *database)
{
    const struct evidence_bill name = bill();
    struct bill_change change;
    struct err err = ERR_INIT;

    expect_good(bill_change_find(database->pg, &name, &change, &err), &err);
    return change;
}

static void expect_text(const struct bill_change *change, const char *wanted)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(BILL_CHANGE_TEXT_MAX);
    const struct evidence_bill name = bill();

    bill_change_text(&name, change, &text);
    assert_string_equal(buf_text(&text), wanted);
}

static void test_reordered(void **state)
{
    struct test_database *database = *state;
    struct evidence_stored stored;

    (void)store(database, BILL);
    stored = store(database, REORDERED);
    assert_int_equal(stored.version, 1);
    assert_false(stored.is_new);
    assert_true(stored.valid && stored.reordered);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.bill_chunk"), "1");

    stored = store(database, CHANGED);
    assert_true(stored.is_new && !stored.reordered);
    assert_int_equal(stored.version, 2);
}

static void test_changed(void **state)
{
    struct test_database *database = *state;
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    const struct evidence_bill name = bill();
    struct bill_change change;
    struct err err = ERR_INIT;

    (void)store(database, BILL);
    judge(database, "1");
    assert_false(find(database).changed);
    (void)store(database, CHANGED);
    change = find(database);
    assert_true(change.changed);
    assert_false(change.gone);
    expect_text(&change, "fund-flow bill of 2026-05-31: version 2 differs from version 1: 支出金额 "
                         "7.00, was 5.00");

    expect_good(bill_change_add(&name, &change, &list, &err), &err);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.at[0].class, CLASS_E06);
    assert_int_equal(list.at[0].state, STATE_OPEN);
    assert_int_equal(list.at[0].channel.money.fen, 1300);
    assert_int_equal(list.at[0].books.money.fen, 1500);
    assert_int_equal(finding_difference(&list.at[0]).fen, -200);
    expect_view(
        list.at[0].evidence,
        "{\"from_version\":1,\"to_version\":2,\"totals\":["
        "{\"total\":\"资金流水总笔数\",\"unit\":\"count\",\"was\":2,\"is\":2,\"difference\":0},"
        "{\"total\":\"收入笔数\",\"unit\":\"count\",\"was\":1,\"is\":1,\"difference\":0},"
        "{\"total\":\"收入金额\",\"unit\":\"fen\",\"was\":2000,\"is\":2000,\"difference\":0},"
        "{\"total\":\"支出笔数\",\"unit\":\"count\",\"was\":1,\"is\":1,\"difference\":0},"
        "{\"total\":\"支出金额\",\"unit\":\"fen\",\"was\":500,\"is\":700,\"difference\":200}]}");

    /* As it was at first. */
    (void)store(database, BILL);
    change = find(database);
    assert_false(change.changed);
    finding_list_clear(&list);
    expect_good(bill_change_add(&name, &change, &list, &err), &err);
    assert_int_equal(list.count, 0);
}

/* A bill that nobody has judged has nothing to differ from, one that cannot be read is another
 * class. */
static void test_no_change(void **state)
{
    struct test_database *database = *state;

    assert_false(find(database).changed);
    (void)store(database, BILL);
    (void)store(database, CHANGED);
    assert_false(find(database).changed);
    judge(database, "NULL");
    assert_false(find(database).changed);
    test_sql(database, "UPDATE recon.day SET fund_first = 1");
    assert_true(find(database).changed);
    (void)store(database, UNREADABLE);
    assert_false(find(database).changed);
}

static void test_gone(void **state)
{
    struct test_database *database = *state;
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    const struct evidence_bill name = bill();
    struct bill_change change;
    struct err err = ERR_INIT;

    (void)store(database, BILL);
    judge(database, "1");
    (void)store(database, NULL);
    change = find(database);
    assert_true(change.changed && change.gone);
    expect_text(&change, "fund-flow bill of 2026-05-31: there is none any more, says WeChat Pay: "
                         "version 2 differs from version 1: 资金流水总笔数 0, was 2; 收入笔数 0, "
                         "was 1; 收入金额 0.00, was 20.00; 支出笔数 0, was 1; 支出金额 0.00, was "
                         "5.00");
    expect_good(bill_change_add(&name, &change, &list, &err), &err);
    assert_true(view_starts_with(list.at[0].evidence,
                                 VIEW("{\"from_version\":1,\"to_version\":2,\"gone\":true,")));
}

/* "Nothing happened" was wrong. */
static void test_came(void **state)
{
    struct test_database *database = *state;
    struct bill_change change;

    (void)store(database, NULL);
    judge(database, "1");
    (void)store(database, BILL);
    change = find(database);
    assert_true(change.changed && !change.gone);
    assert_int_equal(change.before.totals.rows, 0);
    assert_int_equal(change.after.totals.rows, 2);
}

/* Bytes that somebody changed in the database cannot be compared: that is said, not passed over. */
static void test_damaged(void **state)
{
    struct test_database *database = *state;
    struct bill_change change;

    (void)store(database, BILL);
    judge(database, "1");
    (void)store(database, CHANGED);
    test_sql(database, "UPDATE recon.bill_chunk SET content = 'x' WHERE version = 1");
    change = find(database);
    assert_true(change.changed);
    assert_false(change.before.readable);
    expect_text(&change, "fund-flow bill of 2026-05-31: version 2 cannot be compared: version 1: "
                         "evidence changed: 1 bytes where 442 were received");

    /* What was received once more needs no comparing. */
    (void)store(database, BILL);
    assert_false(find(database).changed);
}

static int setup(void **state)
{
    int result = test_database_setup(state);

    if (result == 0)
        test_sql(*state, "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day,"
                         " created_at) VALUES ('1900000109', 'x', 'DIRECT', 6000, '2026-05-01',"
                         " '2026-05-01')");
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reordered, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_changed, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_no_change, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_gone, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_came, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, test_database_teardown),
    };

    return cmocka_run_group_tests_name("run/bill_change", tests, NULL, NULL);
}
