/* Findings that two people accept: who may, and what the day's verdict makes of it. */
#include "run/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile_world.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- people -----------------------------------------------------------------------------------
 */

/* Two logins with the rights of finance. Roles belong to the server, so their names have the
 * database's in them, and they go again. */
static void make_people(struct test_database *database)
{
    test_sql_format(database,
                    "CREATE ROLE anna_%s LOGIN IN ROLE payrecon_finance;"
                    "CREATE ROLE bert_%s LOGIN IN ROLE payrecon_finance",
                    database->name, database->name);
}

static void drop_people(struct test_database *database)
{
    test_sql_format(database, "DROP ROLE anna_%s; DROP ROLE bert_%s", database->name,
                    database->name);
}

static void as_login(struct test_database *database, const char *person, const char *sql)
{
    test_sql_format(database, "SET SESSION AUTHORIZATION %s_%s; %s; RESET SESSION AUTHORIZATION",
                    person, database->name, sql);
}

#define EACH_OPEN                                                                                  \
    "FROM recon.finding WHERE bill_day = '" WORLD_DAY "' AND state IN ('OPEN', 'REOPENED')"
#define PROPOSE_ALL                                                                                \
    "SELECT recon.finding_propose(mchid, finding_id, 'known', '2026-06-02 12:00+08') " EACH_OPEN
#define CONFIRM_ALL                                                                                \
    "SELECT recon.finding_confirm(mchid, finding_id, 1, '2026-06-02 13:00+08') FROM "              \
    "recon.finding WHERE state = 'IN_REVIEW'"

static void accept_all(struct test_database *database)
{
    as_login(database, "anna", PROPOSE_ALL);
    as_login(database, "bert", CONFIRM_ALL);
}

/* SQLSTATE of what a person tries. */
static const char *tried(struct test_database *database, const char *person, const char *sql)
{
    char role[100];

    (void)snprintf(role, sizeof(role), "%s_%s", person, database->name);
    return test_sql_failure(database, role, sql);
}

/* ---- verdicts ---------------------------------------------------------------------------------
 */

static void make_day(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        char no[32];

        (void)snprintf(no, sizeof(no), "P%d", i);
        books_payment(world, no, WORLD_DAY " 12:00", 1000 + i);
        bill_payment(world, no, WORLD_DAY " 12:00:00", 1000 + i);
        books_refund(world, no, no, WORLD_DAY " 13:00", 100 + i);
        bill_refund(world, no, no, WORLD_DAY " 13:00:00", 100 + i);
    }
}

static void more_in_the_bill(struct world *world)
{
    bill_payment(world, "P9", WORLD_DAY " 13:00:00", 500);
}

static void more_in_the_books(struct world *world)
{
    books_payment(world, "P9", WORLD_DAY " 13:00", 500);
}

static void not_paid_in_the_books(struct world *world)
{
    test_sql(world->database, "UPDATE rental.payment SET status = 'CREATED', paid_at = NULL WHERE "
                              "out_trade_no = 'P1'");
}

static void less_in_the_books(struct world *world)
{
    test_sql(world->database,
             "UPDATE rental.payment SET amount_fen = 900 WHERE out_trade_no = 'P1';"
             "UPDATE rental.payment_item SET amount_fen = 900 WHERE out_trade_no = 'P1'");
}

static void paid_twice(struct world *world)
{
    bill_row(world,
             &(struct world_row){
                 .no = "P1", .transaction = "4299", .at = WORLD_DAY " 14:00:00", .fen = 1001});
}

static void twice_the_same_row(struct world *world)
{
    bill_payment(world, "P1", WORLD_DAY " 12:00:00", 1001);
}

static void other_appid_in_the_books(struct world *world)
{
    test_sql(world->database, "UPDATE rental.payment SET appid = 'wx00000000000000ff' WHERE "
                              "out_trade_no = 'P1'");
}

static void items_that_do_not_add_up(struct world *world)
{
    test_sql(world->database,
             "UPDATE rental.payment_item SET amount_fen = 999 WHERE out_trade_no = 'P1'");
}

/* The books have what is left after the coupon, and items of less. */
static void items_that_do_not_add_up_after_a_coupon(struct world *world)
{
    books_payment(world, "P9", WORLD_DAY " 13:00", 1000);
    test_sql(world->database,
             "UPDATE rental.payment_item SET amount_fen = 950 WHERE out_trade_no = 'P9'");
    bill_row(world, &(struct world_row){.no = "P9",
                                        .transaction = "4200P9",
                                        .at = WORLD_DAY " 13:00:00",
                                        .fen = 1200,
                                        .coupon = 200});
}

static void no_deposit(struct world *world)
{
    test_sql(world->database,
             "UPDATE rental.payment_item SET kind = 'DEPOSIT' WHERE out_trade_no = 'P1'");
}

static void row_of_another_appid(struct world *world)
{
    bill_row(world, &(struct world_row){.no = "X1",
                                        .transaction = "4299",
                                        .at = WORLD_DAY " 14:00:00",
                                        .fen = 700,
                                        .appid = "wx00000000000000ff"});
}

static void revoked_row_of_another_appid(struct world *world)
{
    bill_row(world, &(struct world_row){.no = "X1",
                                        .transaction = "4299",
                                        .at = WORLD_DAY " 14:00:00",
                                        .fen = 700,
                                        .state = "REVOKED",
                                        .appid = "wx00000000000000ff"});
}

static void revoked_row(struct world *world)
{
    bill_row(world, &(struct world_row){.no = "X1",
                                        .transaction = "4299",
                                        .at = WORLD_DAY " 14:00:00",
                                        .fen = 700,
                                        .state = "REVOKED"});
}

static void unknown_word(struct world *world)
{
    bill_row(world, &(struct world_row){.no = "X1",
                                        .transaction = "4299",
                                        .at = WORLD_DAY " 14:00:00",
                                        .fen = 700,
                                        .state = "HALFPAID"});
}

static void more_refunds_in_the_bill(struct world *world)
{
    bill_refund(world, "R9", "P1", WORLD_DAY " 15:00:00", 50);
}

static void more_refunds_in_the_books(struct world *world)
{
    books_refund(world, "R9", "P1", WORLD_DAY " 15:00", 50);
}

static void other_refund_in_the_books(struct world *world)
{
    test_sql(world->database, "UPDATE rental.refund SET amount_fen = 90 WHERE out_refund_no = "
                              "'P1'");
}

static void refund_that_failed(struct world *world)
{
    books_refund(world, "R9", "P1", WORLD_DAY " 15:00", 50);
    bill_row(world, &(struct world_row){.no = "P1",
                                        .transaction = "4200P1",
                                        .at = WORLD_DAY " 15:00:00",
                                        .refund_no = "R9",
                                        .fen = 50,
                                        .status = "CHANGE"});
}

/* Plus and minus, so that nothing is right by chance. */
static void several_at_once(struct world *world)
{
    more_in_the_bill(world);
    more_refunds_in_the_books(world);
    less_in_the_books(world);
    other_refund_in_the_books(world);
    row_of_another_appid(world);
    revoked_row_of_another_appid(world);
    twice_the_same_row(world);
    no_deposit(world);
}

static void several_and_a_coupon(struct world *world)
{
    other_refund_in_the_books(world);
    items_that_do_not_add_up(world);
    items_that_do_not_add_up_after_a_coupon(world);
}

struct difference {
    void (*make)(struct world *world);
    const char *before, *after;
};

#define A "RESOLVED accepted"

static const struct difference differences[] = {
    {more_in_the_bill, "BROKEN T01 OPEN P9;", "BALANCED T01 " A " P9;"},
    {more_in_the_books, "BROKEN T03 OPEN P9;", "BALANCED T03 " A " P9;"},
    {not_paid_in_the_books, "BROKEN T02 OPEN P1;", "BALANCED T02 " A " P1;"},
    {less_in_the_books, "BROKEN T04 OPEN P1;", "BALANCED T04 " A " P1;"},
    {paid_twice, "BROKEN T06 OPEN P1/4299;", "BALANCED T06 " A " P1/4299;"},
    {twice_the_same_row, "BROKEN T07 OPEN P1/4200P1;", "BALANCED T07 " A " P1/4200P1;"},
    {other_appid_in_the_books, "BROKEN T10 OPEN P1;", "BALANCED T10 " A " P1;"},
    {items_that_do_not_add_up, "BROKEN T12 OPEN P1;", "BALANCED T12 " A " P1;"},
    {items_that_do_not_add_up_after_a_coupon, "BROKEN T12 OPEN P9;", "BALANCED T12 " A " P9;"},
    {no_deposit, "BROKEN T12 OPEN deposit/P1;", "BALANCED T12 " A " deposit/P1;"},
    {row_of_another_appid, "BROKEN E07 OPEN X1/4299;", "BALANCED E07 " A " X1/4299;"},
    {revoked_row_of_another_appid, "BROKEN E07 OPEN X1/4299;", "BALANCED E07 " A " X1/4299;"},
    {revoked_row, "WARN T13 OPEN X1/4299;", "BALANCED T13 " A " X1/4299;"},
    {unknown_word, "WARN T13 OPEN X1/4299;", "BALANCED T13 " A " X1/4299;"},
    {more_refunds_in_the_bill, "BROKEN R01 OPEN R9;", "BALANCED R01 " A " R9;"},
    {more_refunds_in_the_books, "BROKEN R02 OPEN R9;", "BALANCED R02 " A " R9;"},
    {other_refund_in_the_books, "BROKEN R03 OPEN P1;", "BALANCED R03 " A " P1;"},
    {refund_that_failed, "BROKEN R05 OPEN R9;", "BALANCED R05 " A " R9;"},
    {several_at_once, NULL, NULL},
    {several_and_a_coupon, NULL, NULL},
};

/* Yesterday's and tomorrow's bills are there, so nothing waits. */
static void begin_day(struct world *world, void **state, const struct difference *difference)
{
    world_init(world, state);
    make_people(*state);
    make_day(world);
    difference->make(world);
    bill_keep(world, WORLD_DAY);
    bill_keep_none(world, WORLD_NEXT);
    world->job.clock.at = world_at("2026-06-02", 11);
    (void)world_reconcile(world, WORLD_DAY);
    (void)world_reconcile(world, WORLD_NEXT);
}

static void expect_difference(void **state, const struct difference *difference)
{
    CLEANUP(world_release) struct world world;

    begin_day(&world, state, difference);
    if (difference->before != NULL)
        expect_says(&world, WORLD_DAY, difference->before);
    accept_all(*state);
    assert_string_equal(test_sql_value(*state, "SELECT concat_ws(' ', stage, verdict) FROM "
                                               "recon.day WHERE bill_day = '" WORLD_DAY "'"),
                        "FETCHED");
    (void)world_reconcile(&world, WORLD_DAY);
    if (difference->after != NULL)
        expect_says(&world, WORLD_DAY, difference->after);
    else
        assert_true(strncmp(world_says(&world, WORLD_DAY), "BALANCED ", 9) == 0);
    assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.finding WHERE state "
                                               "<> 'RESOLVED'"),
                        "0");
    drop_people(*state);
}

static void accepted_findings_are_set_against_the_identities(void **state)
{
    for (size_t i = 0; i < LENGTH(differences); i++) {
        if (i > 0) {
            test_database_teardown(state);
            test_database_setup(state);
        }
        expect_difference(state, &differences[i]);
    }
}

/* An identity that is off by anything else is a contradiction, not a green day. */
static void what_nobody_accepted_is_not_green(void **state)
{
    CLEANUP(world_release) struct world world;
    enum verdict verdict = VERDICT_BALANCED;
    struct err err = ERR_INIT;

    begin_day(&world, state, &differences[0]);
    accept_all(*state);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, differences[0].after);
    test_sql(*state, "UPDATE recon.identity SET left_fen = left_fen + 1 WHERE name = 'payments'"
                     " AND bill_day = '" WORLD_DAY "'");
    expect_good(recon_verdict_refresh(world.database->pg, world.merchant.mchid,
                                      world_day(WORLD_DAY), world.job.clock.at, &verdict, &err),
                &err);
    assert_int_equal(verdict, VERDICT_INCOMPLETE);
    drop_people(*state);
}

/* Other facts than those that were accepted: open again. Gone: not accepted any more. */
static void other_facts_open_it_again(void **state)
{
    CLEANUP(world_release) struct world world;

    begin_day(&world, state, &differences[3]);
    accept_all(*state);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BALANCED T04 RESOLVED accepted P1;");
    test_sql(*state, "UPDATE rental.payment SET amount_fen = 800 WHERE out_trade_no = 'P1';"
                     "UPDATE rental.payment_item SET amount_fen = 800 WHERE out_trade_no = 'P1'");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T04 REOPENED P1;");
    as_login(*state, "bert", PROPOSE_ALL);
    as_login(*state, "anna",
             "SELECT recon.finding_confirm(mchid, finding_id, 2, now()) FROM recon.finding "
             "WHERE state = 'IN_REVIEW'");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BALANCED T04 RESOLVED accepted P1;");
    test_sql(*state, "UPDATE rental.payment SET amount_fen = 1001 WHERE out_trade_no = 'P1';"
                     "UPDATE rental.payment_item SET amount_fen = 1001 WHERE out_trade_no = 'P1'");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BALANCED T04 RESOLVED booked P1;");
    drop_people(*state);
}

/* ---- who may ----------------------------------------------------------------------------------
 */

#define ONE "'" WORLD_MCHID "', (SELECT finding_id FROM recon.finding WHERE key = 'P9')"
#define PROPOSE "SELECT recon.finding_propose(" ONE ", 'known', now())"
#define CONFIRM "SELECT recon.finding_confirm(" ONE ", 1, now())"

static const char *const roles[] = {
    "payrecon_job",         "payrecon_finance", "payrecon_ops_maker",
    "payrecon_ops_checker", "payrecon_auditor",
};

static void only_finance_proposes_and_confirms(void **state)
{
    CLEANUP(world_release) struct world world;
    struct test_database *database = *state;

    begin_day(&world, state, &differences[0]);
    for (size_t i = 0; i < LENGTH(roles); i++)
        assert_string_equal(test_sql_failure(database, roles[i], PROPOSE),
                            i == 1 ? "00000" : "42501");
    as_login(database, "anna", PROPOSE);
    for (size_t i = 0; i < LENGTH(roles); i++)
        assert_string_equal(test_sql_failure(database, roles[i], CONFIRM),
                            i == 1 ? "00000" : "42501");
    assert_string_equal(tried(database, "anna", CONFIRM), "P0001"); /* the maker herself */
    assert_string_equal(tried(database, "bert", CONFIRM), "00000");
    drop_people(*state);
}

/* Whoever writes past the functions. The superuser is nobody's login; even he cannot be both. */
static void nobody_writes_past_the_functions(void **state)
{
    CLEANUP(world_release) struct world world;
    struct test_database *database = *state;
    static const char *const statements[] = {
        "INSERT INTO recon.finding_proposal SELECT mchid, finding_id, 2, 'x', now(), 'x', code, "
        "channel_fen, books_fen FROM recon.finding WHERE key = 'P9'",
        "INSERT INTO recon.finding_acceptance SELECT mchid, finding_id, 1, 'x', 'y', now() FROM "
        "recon.finding WHERE key = 'P9'",
        "UPDATE recon.finding_proposal SET maker = 'x'",
        "UPDATE recon.finding_acceptance SET checker = 'x'",
        "DELETE FROM recon.finding_proposal",
        "DELETE FROM recon.finding_acceptance",
    };

    begin_day(&world, state, &differences[0]);
    as_login(database, "anna", PROPOSE);
    for (size_t s = 0; s < LENGTH(statements); s++) {
        for (size_t i = 0; i < LENGTH(roles); i++)
            assert_string_equal(test_sql_failure(database, roles[i], statements[s]), "42501");
        assert_string_equal(tried(database, "anna", statements[s]), "42501");
    }
    /* The job writes findings, but not that one was accepted: 23514 check, 23503 no acceptance. */
    assert_string_equal(test_sql_failure(database, "payrecon_job",
                                         "UPDATE recon.finding SET state = 'RESOLVED', resolution "
                                         "= 'accepted' WHERE key = 'P9'"),
                        "23514");
    assert_string_equal(test_sql_failure(database, "payrecon_job",
                                         "UPDATE recon.finding SET state = 'RESOLVED', resolution "
                                         "= 'accepted', accepted_no = 1 WHERE key = 'P9'"),
                        "23503");
    assert_string_equal(tried(database, "anna", "UPDATE recon.finding SET state = 'RESOLVED'"),
                        "42501");
    assert_string_equal(
        test_sql_failure(database, "postgres",
                         "INSERT INTO recon.finding_acceptance SELECT mchid, finding_id, 1, maker, "
                         "maker, now() FROM recon.finding_proposal"),
        "23514");
    drop_people(*state);
}

static void refuses_what_is_not_to_be_accepted(void **state)
{
    CLEANUP(world_release) struct world world;
    struct test_database *database = *state;
    const char *unknown = "SELECT recon.finding_propose('" WORLD_MCHID "', 'x', 'known', now())";

    begin_day(&world, state, &differences[0]);
    assert_string_equal(tried(database, "anna", unknown), "P0001");
    assert_string_equal(
        tried(database, "anna", "SELECT recon.finding_propose(" ONE ", ' ', now())"), "23514");
    assert_string_equal(tried(database, "bert", CONFIRM), "P0001"); /* nothing was proposed */
    as_login(database, "anna", PROPOSE);
    as_login(database, "anna", PROPOSE);
    assert_string_equal(tried(database, "bert", CONFIRM), "P0001"); /* there is a second one */
    test_sql(database, "UPDATE recon.finding SET channel_fen = 501, diff_fen = 501");
    assert_string_equal(tried(database, "bert", "SELECT recon.finding_confirm(" ONE ", 2, now())"),
                        "P0001");
    test_sql(database, "UPDATE recon.finding SET channel_fen = 500, diff_fen = 500");
    as_login(database, "bert", "SELECT recon.finding_confirm(" ONE ", 2, now())");
    assert_string_equal(tried(database, "anna", PROPOSE), "P0001"); /* it is accepted already */
    for (const char *const *code = (const char *const[]){"E01", "E05", "E09", "S05", NULL};
         *code != NULL; code++) {
        test_sql_format(database,
                        "UPDATE recon.finding SET state = 'OPEN', resolution = NULL, accepted_no = "
                        "NULL, code = '%s'",
                        *code);
        assert_string_equal(tried(database, "anna", PROPOSE), "P0001");
    }
    drop_people(*state);
}

static void leaves_events_of_both(void **state)
{
    CLEANUP(world_release) struct world world;
    CLEANUP(buf_release) struct buf wanted = BUF_INIT(1000);
    struct test_database *database = *state;

    begin_day(&world, state, &differences[0]);
    accept_all(database);
    buf_add_format(&wanted,
                   "2 anna_%s IN_REVIEW T01 500 proposed to be accepted: known\n"
                   "3 bert_%s RESOLVED accepted T01 500 accepted as anna_%s proposed: known",
                   database->name, database->name, database->name);
    assert_string_equal(
        test_sql_value(database, "SELECT string_agg(concat_ws(' ', event_no, who, state, "
                                 "resolution, code, diff_fen, reason), E'\\n' ORDER BY event_no) "
                                 "FROM recon.finding_event WHERE event_no > 1"),
        buf_text(&wanted));
    assert_string_equal(test_sql_value(database, "SELECT concat_ws(' ', maker <> checker, "
                                                 "proposal_no) FROM recon.finding_acceptance"),
                        "t 1");
    drop_people(*state);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(accepted_findings_are_set_against_the_identities),
        CASE(what_nobody_accepted_is_not_green),
        CASE(other_facts_open_it_again),
        CASE(only_finance_proposes_and_confirms),
        CASE(nobody_writes_past_the_functions),
        CASE(refuses_what_is_not_to_be_accepted),
        CASE(leaves_events_of_both),
    };

    return cmocka_run_group_tests_name("run/acceptance", tests, NULL, NULL);
}
