/* The tables that people ask for, over a settled day with findings. */
#include "report/days.h"
#include "report/findings.h"
#include "report/settled.h"
#include "settle/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../settle/day.h"

static const struct view merchants[] = {{"1900000109", 10}};

static void settled_day(struct test_database *database)
{
    struct settle_result result;
    struct err err = ERR_INIT;

    day_make(database);
    test_sql(database, "DELETE FROM rental.store_terms WHERE store_id = 'S2'");
    test_sql(database,
             "INSERT INTO recon.finding VALUES "
             "('1900000109', 'f1', '" DAY_TEXT "', 'TRADE', 'R5', 'T05', 'OPEN', NULL, 990, 1000, "
             "-10, '2026-06-01 10:00+08', NULL, 'finance', '{}', '2026-06-01 10:00+08'), "
             "('1900000109', 'f2', '" DAY_TEXT "', 'TRADE', 'R6', 'T09', 'RESOLVED', "
             "'auto_timing', 800, 800, 0, '2026-06-01 10:00+08', NULL, 'finance', '{}', "
             "'2026-06-01 10:00+08'), "
             "('1900000109', 'f3', '" DAY_TEXT "', 'TRADE', 'R7', 'T05', 'OPEN', NULL, 40, 10, 30, "
             "'2026-06-01 10:00+08', NULL, 'finance', '{}', '2026-06-01 10:00+08'), "
             "('1900000109', 'f4', '2026-05-30', 'TRADE', 'R8', 'T03', 'PENDING', NULL, NULL, 70, "
             "-70, '2026-06-01 10:00+08', '" DAY_TEXT "', 'finance', '{}', '2026-06-01 10:00+08')");
    expect_good(
        settle_day(database->pg, DAY_MCHID, settle_test_day(), settle_test_now(), &result, &err),
        &err);
}

/* What a report printed; freed by the caller. */
struct printed {
    char *text;
    size_t length;
    FILE *out;
};

static struct printed *printed_open(void)
{
    struct printed *printed = memory_alloc(sizeof(*printed));

    printed->out = open_memstream(&printed->text, &printed->length);
    assert_non_null(printed->out);
    return printed;
}

static void printed_free(struct printed *printed)
{
    if (printed->out != NULL)
        (void)fclose(printed->out);
    free(printed->text);
    free(printed);
}

DEFINE_CLEANUP(printed_done, struct printed, printed_free)

static void expect_printed(struct printed *printed, const char *wanted)
{
    (void)fflush(printed->out);
    assert_string_equal(printed->text, wanted);
}

static void list_findings(struct test_database *database, struct report_findings_filter filter,
                          const char *wanted)
{
    CLEANUP(printed_done) struct printed *printed = printed_open();
    struct err err = ERR_INIT;

    filter.mchids = merchants;
    filter.mchid_count = 1;
    filter.now = (struct instant){settle_test_now().us + 3 * INSTANT_DAY};
    expect_good(report_findings(database->pg, &filter, TABLE_CSV_FORMAT, printed->out, &err), &err);
    expect_printed(printed, wanted);
}

#define FINDING_HEADS                                                                              \
    "\"mchid\",\"bill_day\",\"code\",\"name\",\"state\",\"resolution\",\"leg\",\"key\","           \
    "\"channel_fen\",\"books_fen\",\"diff_fen\",\"age_days\",\"owner\",\"first_seen\",\"finding_"  \
    "id\",\"review\"\n"
#define FINDING_T03                                                                                     \
    "\"1900000109\",\"2026-05-30\",\"T03\",\"我方有·渠道无\",\"PENDING\",\"\",\"TRADE\",\"R8\"," \
    "\"\",\"70\",\"-70\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\",\"f4\",\"\"\n"
#define FINDING_S02                                                                                    \
    "\"1900000109\",\"2026-05-31\",\"S02\",\"条款缺失或重叠\",\"OPEN\",\"\",\"SETTLE\",\"S2\"," \
    "\"1000\",\"\",\"1000\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\","                          \
    "\"0f07553575095c468288d245c720534a\",\"\"\n"
#define FINDING_T05                                                                                \
    "\"1900000109\",\"2026-05-31\",\"T05\",\"金额少\",\"OPEN\",\"\",\"TRADE\",\"R5\",\"990\","  \
    "\"1000\",\"-10\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\",\"f1\",\"\"\n"               \
    "\"1900000109\",\"2026-05-31\",\"T05\",\"金额少\",\"OPEN\",\"\",\"TRADE\",\"R7\",\"40\","   \
    "\"10\",\"30\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\",\"f3\",\"\"\n"
#define FINDING_T09                                                                                \
    "\"1900000109\",\"2026-05-31\",\"T09\",\"跨日\",\"RESOLVED\",\"auto_timing\",\"TRADE\","     \
    "\"R6\",\"800\",\"800\",\"0\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\",\"f2\",\"\"\n"

static void findings_by_filter(void **state)
{
    struct test_database *database = *state;
    struct date day = settle_test_day();

    settled_day(database);
    list_findings(database, (struct report_findings_filter){.has_days = false},
                  FINDING_HEADS FINDING_T03 FINDING_S02 FINDING_T05);
    list_findings(database, (struct report_findings_filter){.all_states = true},
                  FINDING_HEADS FINDING_T03 FINDING_S02 FINDING_T05 FINDING_T09);
    list_findings(database,
                  (struct report_findings_filter){.has_days = true,
                                                  .from = date_add(day, -1),
                                                  .to = day,
                                                  .has_state = true,
                                                  .state = STATE_PENDING},
                  FINDING_HEADS FINDING_T03);
    list_findings(database,
                  (struct report_findings_filter){.has_days = true, .from = day, .to = day},
                  FINDING_HEADS FINDING_S02 FINDING_T05);
    list_findings(database,
                  (struct report_findings_filter){.has_state = true, .state = STATE_RESOLVED},
                  FINDING_HEADS FINDING_T09);
}

/* While it is proposed, and once it is accepted. */
static void findings_with_their_review(void **state)
{
    struct test_database *database = *state;

    settled_day(database);
    test_sql(database,
             "INSERT INTO recon.finding_proposal SELECT mchid, finding_id, 1, 'anna', now(), "
             "'too small', code, channel_fen, books_fen FROM recon.finding WHERE code = 'T05';"
             "INSERT INTO recon.finding_acceptance SELECT mchid, finding_id, 1, 'anna', 'bert', "
             "now() FROM recon.finding WHERE finding_id = 'f3';"
             "UPDATE recon.finding SET state = 'IN_REVIEW' WHERE finding_id = 'f1';"
             "UPDATE recon.finding SET state = 'RESOLVED', resolution = 'accepted', accepted_no = 1"
             " WHERE finding_id = 'f3'");
    list_findings(database,
                  (struct report_findings_filter){.has_state = true, .state = STATE_IN_REVIEW},
                  FINDING_HEADS
                  "\"1900000109\",\"2026-05-31\",\"T05\",\"金额少\",\"IN_REVIEW\",\"\",\"TRADE\","
                  "\"R5\",\"990\",\"1000\",\"-10\",\"3\",\"finance\",\"2026-06-01T10:00:00+08:00\","
                  "\"f1\",\"proposal 1 of anna: too small\"\n");
    list_findings(
        database, (struct report_findings_filter){.has_state = true, .state = STATE_RESOLVED},
        FINDING_HEADS "\"1900000109\",\"2026-05-31\",\"T05\",\"金额少\",\"RESOLVED\",\"accepted\","
                      "\"TRADE\",\"R7\",\"40\",\"10\",\"30\",\"3\",\"finance\","
                      "\"2026-06-01T10:00:00+08:00\",\"f3\",\"accepted by anna and bert: too "
                      "small\"\n" FINDING_T09);
}

static void other_merchants_are_not_listed(void **state)
{
    static const struct view other[] = {{"1900000110", 10}};
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    const struct report_findings_filter filter = {.mchids = other, .mchid_count = 1};
    struct err err = ERR_INIT;

    settled_day(database);
    expect_good(report_findings(database->pg, &filter, TABLE_CSV_FORMAT, printed->out, &err), &err);
    expect_printed(printed, FINDING_HEADS);
}

static void days_with_counts(void **state)
{
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    const struct report_days_filter filter = {.mchids = merchants, .mchid_count = 1};
    struct err err = ERR_INIT;

    settled_day(database);
    test_sql(database,
             "INSERT INTO recon.day VALUES ('1900000109', '2026-06-01', 'DUE', "
             "'INCOMPLETE', 'E01 not yet', '2026-06-02 11:00+08', 1, NULL, NULL, 0, 0, NULL, "
             "'2026-06-02')");
    expect_good(report_days(database->pg, &filter, TABLE_TEXT_FORMAT, printed->out, &err), &err);
    expect_printed(
        printed,
        "MERCHANT    DAY         VERDICT     STAGE    ROWS  MATCHED  OPEN  PENDING  REASON\n"
        "1900000109  2026-05-31  BROKEN      SETTLED     5        5     3        0\n"
        "1900000109  2026-06-01  INCOMPLETE  DUE         0        0     0        0  E01 not yet\n");
}

static void one_day_for_machines(void **state)
{
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    struct err err = ERR_INIT;

    settled_day(database);
    expect_good(report_day(database->pg, DAY_MCHID, settle_test_day(), TABLE_CSV_FORMAT,
                           printed->out, &err),
                &err);
    expect_printed(
        printed,
        "\"section\",\"name\",\"detail\",\"left_count\",\"left_fen\",\"right_count\",\"right_fen\","
        "\"fee_millifen\"\n"
        "\"day\",\"verdict\",\"BROKEN\",\"\",\"\",\"\",\"\",\"\"\n"
        "\"day\",\"stage\",\"SETTLED\",\"\",\"\",\"\",\"\",\"\"\n"
        "\"day\",\"rows\",\"5\",\"\",\"\",\"\",\"\",\"\"\n"
        "\"day\",\"matched\",\"5\",\"\",\"\",\"\",\"\",\"\"\n"
        "\"day\",\"tries\",\"0\",\"\",\"\",\"\",\"\",\"\"\n"
        "\"identity\",\"deposits\",\"holds: left = right\",\"0\",\"0\",\"0\",\"0\",\"\"\n"
        "\"identity\",\"items\",\"holds: left = right\",\"0\",\"0\",\"0\",\"0\",\"\"\n"
        "\"identity\",\"payments\",\"holds: left = right\",\"0\",\"0\",\"0\",\"0\",\"\"\n"
        "\"identity\",\"refunds\",\"holds: bill = books\",\"1\",\"500\",\"1\",\"500\",\"\"\n"
        "\"identity\",\"stores\",\"holds: stores + unattributed + held + operator = trade "
        "bill\",\"5\","
        "\"26390\",\"5\",\"26390\",\"\"\n"
        "\"identity\",\"stores fees\",\"holds: stores + unattributed + held + operator = trade "
        "bill\","
        "\"5\",\"155\",\"5\",\"155\",\"\"\n"
        "\"identity\",\"stores refunds\",\"holds: stores + unattributed + held + operator = trade "
        "bill\","
        "\"1\",\"500\",\"1\",\"500\",\"\"\n"
        "\"identity\",\"trade rows\",\"holds: footer = rows\",\"5\",\"26390\",\"5\",\"26390\","
        "\"\"\n"
        "\"part\",\"STORE\",\"S/4\",\"0\",\"0\",\"0\",\"0\",\"0\"\n"
        "\"part\",\"STORE\",\"S1\",\"2\",\"4300\",\"1\",\"500\",\"22800\"\n"
        "\"part\",\"STORE\",\"S2\",\"1\",\"1000\",\"0\",\"0\",\"6000\"\n"
        "\"part\",\"HELD\",\"T05\",\"1\",\"990\",\"0\",\"0\",\"5940\"\n"
        "\"part\",\"OPERATOR\",\"DEPOSIT\",\"1\",\"19900\",\"0\",\"0\",\"119400\"\n"
        "\"part\",\"OPERATOR\",\"INSURANCE\",\"1\",\"200\",\"0\",\"0\",\"1200\"\n"
        "\"finding\",\"S02 条款缺失或重叠\",\"OPEN\",\"1\",\"1000\",\"0\",\"0\",\"\"\n"
        "\"finding\",\"T05 金额少\",\"OPEN\",\"1\",\"30\",\"1\",\"-10\",\"\"\n"
        "\"finding\",\"T09 跨日\",\"RESOLVED\",\"1\",\"0\",\"0\",\"0\",\"\"\n"
        "\"bill\",\"TRADE_ALL v1\",\"VALID, used, 100 bytes, 2026-06-01T10:00:00+08:00, sha256 "
        "b2\",\"\",\"\",\"\",\"\",\"\"\n");
}

static void one_day_for_people(void **state)
{
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    struct err err = ERR_INIT;

    settled_day(database);
    expect_good(report_day(database->pg, DAY_MCHID, settle_test_day(), TABLE_TEXT_FORMAT,
                           printed->out, &err),
                &err);
    (void)fflush(printed->out);
    assert_non_null(strstr(printed->text, "verdict  BROKEN\n"));
    assert_non_null(strstr(printed->text,
                           "\n\nCLASS               STATE     PLUS  PLUS YUAN  MINUS  MINUS "
                           "YUAN\n"));
    assert_non_null(strstr(printed->text,
                           "T05 金额少          OPEN         1       0.30      1       -0.10\n"));
}

static void a_day_that_is_not_there(void **state)
{
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    struct err err = ERR_INIT;

    expect_err(report_day(database->pg, DAY_MCHID, settle_test_day(), TABLE_TEXT_FORMAT,
                          printed->out, &err),
               &err, ERR_DATA, "day 2026-05-31: there is no such day of merchant 1900000109");
    expect_printed(printed, "");
}

/* Fees of parts are 0.023 + 0.006 + …: the operator's line takes what rounding left. */
static void the_parts_of_a_day(void **state)
{
    struct test_database *database = *state;
    CLEANUP(printed_done) struct printed *printed = printed_open();
    CLEANUP(table_done) struct table *table = report_settled_new();
    struct err err = ERR_INIT;

    settled_day(database);
    expect_good(
        report_settled_add(database->pg, DAY_MCHID, date_add(settle_test_day(), -1), table, &err),
        &err);
    assert_int_equal(table_rows(table), 0);
    expect_good(report_settled_add(database->pg, DAY_MCHID, settle_test_day(), table, &err), &err);
    expect_good(table_print(table, TABLE_CSV_FORMAT, printed->out, &err), &err);
    expect_printed(printed,
                   "\"mchid\",\"bill_day\",\"part\",\"payments_fen\",\"refunds_fen\",\"fees_fen\","
                   "\"identity\"\n"
                   "\"1900000109\",\"2026-05-31\",\"stores\",\"5300\",\"500\",\"29\",\"\"\n"
                   "\"1900000109\",\"2026-05-31\",\"unattributed\",\"0\",\"0\",\"0\",\"\"\n"
                   "\"1900000109\",\"2026-05-31\",\"held in findings\",\"990\",\"0\",\"6\",\"\"\n"
                   "\"1900000109\",\"2026-05-31\",\"operator\",\"20100\",\"0\",\"120\",\"\"\n"
                   "\"1900000109\",\"2026-05-31\",\"= sum\",\"26390\",\"500\",\"155\",\"\"\n"
                   "\"1900000109\",\"2026-05-31\",\"= trade bill\",\"26390\",\"500\",\"155\","
                   "\"holds\"\n");
}

static void roles_may_read(void **state)
{
    static const char *const roles[] = {"payrecon_finance", "payrecon_auditor"};
    struct test_database *database = *state;

    settled_day(database);
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[i]);
        CLEANUP(printed_done) struct printed *printed = printed_open();
        struct err err = ERR_INIT;

        expect_good(
            report_day(pg, DAY_MCHID, settle_test_day(), TABLE_JSON_FORMAT, printed->out, &err),
            &err);
    }
}

#define DATABASE_TEST(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(findings_by_filter),
        DATABASE_TEST(findings_with_their_review),
        DATABASE_TEST(other_merchants_are_not_listed),
        DATABASE_TEST(days_with_counts),
        DATABASE_TEST(one_day_for_machines),
        DATABASE_TEST(one_day_for_people),
        DATABASE_TEST(a_day_that_is_not_there),
        DATABASE_TEST(the_parts_of_a_day),
        DATABASE_TEST(roles_may_read),
    };

    return cmocka_run_group_tests_name("reports", tests, NULL, NULL);
}
