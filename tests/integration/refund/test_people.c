/* What people may do about refunds, as the database decides it: every obstacle, every limit, each
 * role, two sessions at once, and what even a superuser cannot write. */
#include "base/date.h"
#include "pg/pg.h"
#include "refund/acts.h"
#include "refund/desk.h"
#include "refund/machine.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { TRIES = 100000 };

static const char *const roles[] = {
    "payrecon_job",         "payrecon_finance", "payrecon_ops_maker",
    "payrecon_ops_checker", "payrecon_auditor",
};

enum { JOB, FINANCE, MAKER, CHECKER, AUDITOR, ROLE_COUNT };

/* A deposit of 99 yuan and rent of 30 in one payment, paid 2026-05-20 12:00. */
#define DEPOSIT(id)                                                                                \
    "INSERT INTO rental.payment VALUES ('m', 'P-" id "', NULL, 'wx', 'T-" id                       \
    "', 12900, 'PAID', '2026-05-20 12:00+08', '2026-05-20 12:00+08', '2026-05-20 12:00+08');"      \
    "INSERT INTO rental.payment_item VALUES ('m', 'P-" id "', 1, 'DEPOSIT', 'R', 'S', 9900),"      \
    "('m', 'P-" id "', 2, 'RENT', 'R', 'S', 3000);"                                                \
    "INSERT INTO rental.deposit VALUES ('m', '" id "', 'P-" id                                     \
    "', 1, 'R', 'S', 9900, false, 'REFUND_DUE', '2026-06-01 12:00+08');"

#define FORGET                                                                                     \
    "DELETE FROM recon.refund_call; DELETE FROM recon.refund_event;"                               \
    "DELETE FROM recon.refund_request; DELETE FROM recon.refund_batch;"                            \
    "DELETE FROM recon.refund_act; DELETE FROM recon.refund_queue; DELETE FROM recon.finding;"     \
    "DELETE FROM rental.refund; DELETE FROM rental.deposit_deduction; DELETE FROM rental.deposit;" \
    "DELETE FROM rental.payment_item; DELETE FROM rental.payment;"

static int setup(void **state)
{
    int result = test_database_setup(state);

    test_sql(*state,
             "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at)"
             " VALUES ('m', 'x', 'DIRECT', 0, '2026-05-01', now()),"
             " ('other', 'y', 'DIRECT', 0, '2026-05-01', now())");
    test_sql(*state, DEPOSIT("D"));
    return result;
}

static struct instant at(const char *beijing)
{
    struct instant instant = {0};

    assert_true(instant_parse_beijing(view_of(beijing), &instant));
    return instant;
}

static struct instant now(void)
{
    return at("2026-06-10 10:00:00");
}

static struct refund_line line_of(const char *deposit)
{
    return (struct refund_line){
        .mchid = VIEW("m"), .deposit_id = view_of(deposit), .reason = VIEW("退还押金")};
}

/* ---- the table ------------------------------------------------------------------------------- */

static bool table_allows(enum refund_state from, enum refund_state to)
{
    for (int outcome = 0; outcome < REFUND_OUTCOMES; outcome++) {
        struct refund_step step;

        if (refund_step(from, (enum refund_outcome)outcome, &step) && step.state == to &&
            to != from)
            return true;
    }
    return false;
}

/* The database allows exactly the changes of the program's table. */
static void test_refund_may(void **state)
{
    struct test_database *database = *state;
    char sql[200];

    for (int from = 0; from < REFUND_STATES; from++) {
        for (int to = 0; to < REFUND_STATES; to++) {
            const char *wanted =
                table_allows((enum refund_state)from, (enum refund_state)to) ? "t" : "f";

            (void)snprintf(sql, sizeof(sql), "SELECT recon.refund_may('%s', '%s')",
                           refund_state_name((enum refund_state)from),
                           refund_state_name((enum refund_state)to));
            if (strcmp(test_sql_value(database, sql), wanted) != 0)
                fail_msg("%s: expected %s", sql, wanted);
        }
    }
    assert_string_equal(test_sql_value(database, "SELECT recon.refund_may('NEW', 'SUCCESS')"), "f");
}

/* And the same states. */
static void test_states(void **state)
{
    struct test_database *database = *state;

    for (int s = 0; s < REFUND_STATES; s++) {
        char sql[300];

        (void)snprintf(sql, sizeof(sql),
                       "SELECT pg_get_constraintdef(oid) LIKE '%%''%s''%%' FROM pg_constraint"
                       " WHERE conname = 'refund_request_state'",
                       refund_state_name((enum refund_state)s));
        assert_string_equal(test_sql_value(database, sql), "t");
    }
}

/* ---- what can be asked for ------------------------------------------------------------------- */

struct obstacle {
    const char *change; /* of the deposit D */
    const char *message;
};

#define REFUNDS(count, item, fen)                                                                  \
    "INSERT INTO rental.refund SELECT 'm', 'F' || n, 'P-D', " item ", 'OTHER', " fen               \
    ", 'SUCCESS', '2026-05-21 12:00+08' FROM generate_series(1, " count ") n"
#define DEDUCTION(fen, approved)                                                                   \
    "INSERT INTO rental.deposit_deduction VALUES ('m', 'X', 'D', " fen ", 'LOSS', 'a', " approved  \
    ", NULL)"
#define FINDING(key, finding_state)                                                                \
    "INSERT INTO recon.finding VALUES ('m', 'f', '2026-05-20', 'TRADE', '" key                     \
    "', 'T04', '" finding_state "', NULL, 1, 0, 1, now(), NULL, 'ops', '{}', now())"

static const struct obstacle obstacles[] = {
    {"UPDATE rental.deposit SET waived = true", "the deposit was waived: nothing was paid"},
    {"UPDATE rental.deposit SET status = 'HELD'", "the deposit is HELD"},
    {"UPDATE rental.deposit SET status = 'FORFEITED'", "the deposit is FORFEITED"},
    {"UPDATE rental.deposit SET status = 'REFUNDED'", "the deposit is REFUNDED"},
    {"UPDATE rental.payment SET status = 'CREATED'", "its payment is CREATED"},
    {"UPDATE rental.payment SET status = 'CLOSED'", "its payment is CLOSED"},
    {"UPDATE rental.payment SET status = 'UNKNOWN'", "its payment is UNKNOWN"},
    {"UPDATE rental.payment_item SET amount_fen = 9899 WHERE item_no = 1",
     "its payment item is of another amount"},
    {FINDING("P-D", "OPEN"), "its payment has an open finding T04"},
    {FINDING("T-D", "IN_REVIEW"), "its payment has an open finding T04"},
    {FINDING("P-D#2", "REOPENED"), "its payment has an open finding T04"},
    {DEDUCTION("9900", "'b', now()"), "nothing is due: 9900 fen less 9900 deducted and 0 refunded"},
    {DEDUCTION("10000", "'b', now()"),
     "nothing is due: 9900 fen less 10000 deducted and 0 refunded"},
    {REFUNDS("1", "1", "9900"), "nothing is due: 9900 fen less 0 deducted and 9900 refunded"},
    {REFUNDS("1", "NULL", "9900"), "nothing is due: 9900 fen less 0 deducted and 9900 refunded"},
    {REFUNDS("1", "2", "3001"), "refunds would exceed the payment (R07)"},
    {REFUNDS("50", "2", "1"), "its payment has 50 refunds already"},
    {"UPDATE rental.payment SET paid_at = '2025-06-10 10:00+08'",
     "its payment is older than 365 days"},
    {"UPDATE rental.payment SET paid_at = '2020-06-10 10:00+08'",
     "its payment is older than 365 days"},
    {"DELETE FROM rental.deposit", "no such deposit of this merchant"},
};

static void test_obstacles(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    const struct refund_line line = line_of("D");

    for (size_t i = 0; i < LENGTH(obstacles); i++) {
        struct refund_made made;
        struct err err = ERR_INIT;
        char wanted[200];

        test_sql(database, FORGET DEPOSIT("D"));
        test_sql(database, obstacles[i].change);
        (void)snprintf(wanted, sizeof(wanted), "query refund_ask: deposit D: %s (P0001)",
                       obstacles[i].message);
        expect_err(refund_ask(pg, &line, 1, now(), &made, &err), &err, ERR_DATA, wanted);
        assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_act"), "0");
    }
}

struct fine {
    const char *change;
    int64_t fen;
};

static const struct fine fines[] = {
    {"SELECT", 9900},
    {"DELETE FROM rental.payment_item WHERE item_no = 2", 9900},
    {DEDUCTION("9899", "'b', now()"), 1},
    {DEDUCTION("9900", "NULL, NULL"), 9900},
    {"INSERT INTO rental.deposit_deduction VALUES ('m', 'X', 'D', 1, 'LOSS', 'a', 'b', now(), "
     "now())",
     9900},
    {REFUNDS("1", "1", "900"), 9000},
    {REFUNDS("49", "1", "1"), 9851},
    {REFUNDS("1", "2", "3000"), 9900},
    {REFUNDS("50", "2", "1") "; UPDATE rental.refund SET status = 'CLOSED'", 9900},
    {FINDING("P-D", "PENDING"), 9900},
    {FINDING("P-E", "OPEN"), 9900},
    {"UPDATE rental.payment SET paid_at = '2025-06-10 10:00:00.000001+08'", 9900},
    {"UPDATE rental.payment SET transaction_id = NULL", 9900},
};

static void test_amounts(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    const struct refund_line line = line_of("D");

    for (size_t i = 0; i < LENGTH(fines); i++) {
        struct refund_made made;
        struct err err = ERR_INIT;

        test_sql(database, FORGET DEPOSIT("D"));
        test_sql(database, fines[i].change);
        expect_good(refund_ask(pg, &line, 1, now(), &made, &err), &err);
        assert_int_equal(made.amount.fen, fines[i].fen);
        assert_string_equal(
            test_sql_value(database, "SELECT concat_ws(' ', amount_fen, total_fen, refund_no, "
                                     "maker, state) FROM recon.refund_request"),
            test_sql_value(database, "SELECT concat_ws(' ', amount_fen, 12900, 'DR' || left(encode("
                                     "sha256('m D 1'), 'hex'), 30), 'payrecon_ops_maker', "
                                     "'REQUESTED') FROM recon.refund_request"));
    }
}

/* A deposit of another company; and all or nothing. */
static void test_foreign(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    struct refund_line lines[] = {line_of("D"), line_of("none")};
    struct refund_made made[2];
    struct err err = ERR_INIT;

    expect_err(refund_ask(pg, lines, 2, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: deposit none: no such deposit of this merchant (P0001)");
    lines[0].mchid = VIEW("other");
    err = ERR_INIT;
    expect_err(refund_ask(pg, lines, 1, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: deposit D: no such deposit of this merchant (P0001)");
    lines[0].mchid = VIEW("nobody");
    err = ERR_INIT;
    expect_err(refund_ask(pg, lines, 1, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: merchant nobody is not known (P0001)");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_request"), "0");
    lines[0] = line_of("D");
    lines[0].reason = VIEW("");
    err = ERR_INIT;
    assert_false(refund_ask(pg, lines, 1, now(), made, &err));
    assert_string_equal(pg_sqlstate(pg), "23514");
}

/* ---- two at once ----------------------------------------------------------------------------- */

struct asking {
    struct pg *pg;
    bool done;
    struct err err;
};

static void *ask_too(void *context)
{
    struct asking *asking = context;
    const struct refund_line line = line_of("D");
    struct refund_made made;

    asking->done = refund_ask(asking->pg, &line, 1, now(), &made, &asking->err);
    return NULL;
}

/* Until the other session waits for a lock. */
static void wait_for_waiting(struct test_database *database)
{
    for (int i = 0; i < TRIES; i++) {
        if (strcmp(test_sql_value(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                            "current_database() AND wait_event_type = 'Lock'"),
                   "1") == 0)
            return;
    }
    fail_msg("the other session does not wait");
}

/* One session has asked and not committed when another asks. */
static void two_at_once(struct test_database *database, bool first_commits)
{
    CLEANUP(pg_done) struct pg *first = test_database_open(database, roles[MAKER]);
    CLEANUP(pg_done) struct pg *second = test_database_open(database, roles[MAKER]);
    struct asking asking = {.pg = second, .err = ERR_INIT};
    const struct refund_line line = line_of("D");
    struct refund_made made;
    struct err err = ERR_INIT;
    pthread_t thread;

    test_sql(database, FORGET DEPOSIT("D"));
    expect_good(pg_begin(first, PG_READ_WRITE, &err), &err);
    expect_good(refund_ask(first, &line, 1, now(), &made, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, ask_too, &asking), 0);
    wait_for_waiting(database);
    if (first_commits)
        expect_good(pg_commit(first, &err), &err);
    else
        pg_rollback(first);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_int_equal(asking.done, !first_commits);
    if (first_commits)
        assert_string_equal(asking.err.text,
                            "query refund_ask: deposit D has a request already (P0001)");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_request"), "1");
    expect_good(refund_acts_verify(first, VIEW("m"), NULL, NULL, &err), &err);
}

static void test_two_at_once(void **state)
{
    two_at_once(*state, true);
    two_at_once(*state, false);
}

/* ---- lists and approvals --------------------------------------------------------------------- */

struct people {
    struct pg *maker, *checker, *job;
    struct refund_made made;
    struct refund_batch_seen seen;
    int32_t batch_no;
    char hash[65];
};

static void people_release(struct people *people)
{
    pg_close(people->maker);
    pg_close(people->checker);
    pg_close(people->job);
}

/* D in batch 1, good until 11:00. */
static void make_batch(struct test_database *database, struct people *people)
{
    const struct refund_line line = line_of("D");
    const struct refund_batch_wish wish = {.mchid = VIEW("m"),
                                           .expires_at = at("2026-06-10 11:00:00")};
    struct err err = ERR_INIT;

    test_sql(database, FORGET DEPOSIT("D") DEPOSIT("E"));
    people->maker = test_database_open(database, roles[MAKER]);
    people->checker = test_database_open(database, roles[CHECKER]);
    people->job = test_database_open(database, roles[JOB]);
    expect_good(refund_ask(people->maker, &line, 1, now(), &people->made, &err), &err);
    expect_good(refund_batch_make(people->maker, &wish, now(), &people->batch_no, &err), &err);
    (void)snprintf(people->hash, sizeof(people->hash), "%s",
                   test_sql_value(database, "SELECT list_hash FROM recon.refund_batch"));
    people->seen = (struct refund_batch_seen){view_of(people->hash), 1, {9900}};
}

static bool approve(struct people *people, struct err *err)
{
    *err = ERR_INIT;
    return refund_batch_approve(people->checker, VIEW("m"), people->batch_no, &people->seen, now(),
                                err);
}

/* What a superuser may have changed since the checker saw it. */
static const char *const changes[] = {
    "UPDATE recon.refund_request SET deduction_fen = 100, amount_fen = 9800",
    "UPDATE recon.refund_request SET total_fen = 13000",
    "UPDATE recon.refund_request SET out_trade_no = 'P-E'",
    "UPDATE recon.refund_request SET item_no = 2",
    "UPDATE recon.refund_request SET reason = 'x'",
    "UPDATE recon.refund_request SET batch_no = NULL",
    "UPDATE recon.refund_batch SET expires_at = expires_at + interval '1 day'",
    "UPDATE recon.refund_batch SET list_hash = repeat('0', 64)",
    "UPDATE recon.refund_batch SET requests = 2",
    "UPDATE recon.refund_batch SET total_fen = 9901",
    "UPDATE recon.refund_request SET state = 'EXPIRED'",
};

static void test_changed_before_approval(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < LENGTH(changes); i++) {
        CLEANUP(people_release) struct people people = {NULL};
        struct err err;

        make_batch(database, &people);
        test_sql(database, changes[i]);
        expect_err(approve(&people, &err), &err, ERR_DATA,
                   "query refund_batch_decide: batch 1 is not the list that was seen (P0001)");
        assert_string_equal(test_sql_value(database, "SELECT state FROM recon.refund_batch"),
                            "OPEN");
    }
}

static const char *begin(struct test_database *database, const struct people *people,
                         const char *instant)
{
    static const char *const sql =
        "SELECT concat_ws(': ', decision, said) FROM recon.begin_refund('m', '%s', '{}', 1000000, "
        "'%s+08')";
    char text[300];

    (void)snprintf(text, sizeof(text), sql, people->made.refund_no, instant);
    return test_sql_value(database, text);
}

struct later {
    const char *change;
    const char *decision; /* of the job; NULL: the chain of acts tells */
};

static const struct later laters[] = {
    {DEDUCTION("100", "'b', now()"), "DROPPED: deductions are 100 fen now, not 0"},
    {REFUNDS("1", "1", "1"), "DROPPED: 1 fen are refunded now, not 0"},
    {"UPDATE rental.deposit SET status = 'HELD'", "DROPPED: the deposit is HELD"},
    {"UPDATE rental.deposit SET status = 'REFUNDED'", "DROPPED: the deposit is REFUNDED"},
    {FINDING("P-D", "OPEN"), "DROPPED: its payment has an open finding T04"},
    {"UPDATE rental.payment SET amount_fen = 13000 WHERE out_trade_no = 'P-D'",
     "DROPPED: the payment is of 13000 fen now, not 12900"},
    {"UPDATE rental.payment SET transaction_id = 'T-X' WHERE out_trade_no = 'P-D'",
     "DROPPED: the deposit belongs to another payment now"},
    {"UPDATE recon.refund_request SET deduction_fen = 100, amount_fen = 9800",
     "DROPPED: deductions are 0 fen now, not 100"},
    {"UPDATE recon.refund_request SET reason = 'x'", NULL},
    {"UPDATE recon.refund_batch SET checker = 'payrecon_auditor'", NULL},
    {"UPDATE recon.refund_batch SET total_fen = 1", NULL},
};

static void test_changed_after_approval(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < LENGTH(laters); i++) {
        CLEANUP(people_release) struct people people = {NULL};
        struct err err;

        make_batch(database, &people);
        expect_good(approve(&people, &err), &err);
        expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
        test_sql(database, laters[i].change);
        if (laters[i].decision == NULL) {
            expect_err(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err, ERR_DATA,
                       "refunds of merchant m: batch 1 is not the list that was approved");
            continue;
        }
        assert_string_equal(begin(database, &people, "2026-06-10 10:01"), laters[i].decision);
        assert_string_equal(
            test_sql_value(database,
                           "SELECT concat_ws(' ', state, sends) FROM recon.refund_request"),
            "DROPPED 0");
    }
}

static void test_expiry_and_replay(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {NULL};
    struct err err = ERR_INIT;

    make_batch(database, &people);
    expect_err(refund_batch_approve(people.checker, VIEW("m"), 1, &people.seen,
                                    at("2026-06-10 11:00:00"), &err),
               &err, ERR_DATA, "query refund_batch_decide: batch 1 has expired (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_approve(people.checker, VIEW("m"), 2, &people.seen, now(), &err), &err,
               ERR_DATA, "query refund_batch_decide: batch 2 of merchant m is not known (P0001)");
    expect_good(approve(&people, &err), &err);
    expect_err(approve(&people, &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 is APPROVED already (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_reject(people.checker, VIEW("m"), 1, VIEW("x"), now(), &err), &err,
               ERR_DATA, "query refund_batch_decide: batch 1 is APPROVED already (P0001)");
    assert_string_equal(begin(database, &people, "2026-06-10 11:00"),
                        "EXPIRED: its approval has expired");
    assert_string_equal(begin(database, &people, "2026-06-10 10:30"), "GONE: it is EXPIRED");
}

/* A login that may do both decides on nothing of its own. */
static void test_both_hats(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {NULL};
    struct pg *both;
    struct err err = ERR_INIT;

    test_sql(database, "DROP ROLE IF EXISTS payrecon_test_both;"
                       "CREATE ROLE payrecon_test_both LOGIN;"
                       "GRANT payrecon_ops_maker, payrecon_ops_checker TO payrecon_test_both");
    both = test_database_open(database, "payrecon_test_both");
    make_batch(database, &people);
    test_sql(database, "UPDATE recon.refund_batch SET maker = 'payrecon_test_both'");
    expect_err(refund_batch_approve(both, VIEW("m"), 1, &people.seen, now(), &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 was made by payrecon_test_both: another person "
               "decides (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_reject(both, VIEW("m"), 1, VIEW("x"), now(), &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 was made by payrecon_test_both: another person "
               "decides (P0001)");
    test_sql(database, "UPDATE recon.refund_batch SET maker = 'payrecon_ops_maker';"
                       "UPDATE recon.refund_request SET maker = 'payrecon_test_both'");
    err = ERR_INIT;
    assert_false(refund_batch_approve(both, VIEW("m"), 1, &people.seen, now(), &err));
    assert_non_null(
        strstr(err.text, "was requested by payrecon_test_both: another person decides"));
    /* SET ROLE changes current_user; who acts is session_user. */
    pg_close(both);
    assert_string_equal(
        test_sql_failure(database, "payrecon_test_both",
                         "SET ROLE payrecon_ops_checker; SELECT recon.decide_refund_batch('m', 1, "
                         "false, NULL, NULL, NULL, 'x', '2026-06-10 10:00+08')"),
        "P0001");
    test_sql(database, "DROP ROLE payrecon_test_both");
}

/* ---- what nobody may write ------------------------------------------------------------------- */

/* Every refund table × every way to write × every role. */
static void test_direct_writes(void **state)
{
    static const char *const tables[] = {"queue", "act", "batch", "request", "event", "call"};
    static const char *const writes[] = {
        "INSERT INTO recon.refund_%s SELECT * FROM recon.refund_%s",
        "UPDATE recon.refund_%s SET mchid = mchid",
        "DELETE FROM recon.refund_%s",
        "TRUNCATE recon.refund_%s CASCADE",
        "LOCK recon.refund_%s IN EXCLUSIVE MODE",
    };
    struct test_database *database = *state;

    for (size_t t = 0; t < LENGTH(tables); t++) {
        for (size_t w = 0; w < LENGTH(writes); w++) {
            CLEANUP(buf_release) struct buf sql = BUF_INIT(300);
            struct view rest = view_of(writes[w]);
            struct view part;

            for (bool first = true; view_take(&rest, '%', &part); first = false) {
                if (!first) {
                    buf_add_text(&sql, tables[t]);
                    part = view_from(part.at + 1, part.length - 1); /* behind the s */
                }
                buf_add_view(&sql, part);
            }
            for (size_t r = 0; r < ROLE_COUNT; r++) {
                if (strcmp(test_sql_failure(database, roles[r], buf_text(&sql)), "42501") != 0)
                    fail_msg("%s: %s is not refused", roles[r], buf_text(&sql));
            }
        }
    }
}

struct forbidden {
    const char *sql;
    const char *sqlstate;
};

/* 23514 a CHECK, 23505 a unique key: for whoever writes. */
static const struct forbidden forbidden[] = {
    {"UPDATE recon.refund_request SET deduction_fen = 9900, amount_fen = 0", "23514"},
    {"UPDATE recon.refund_request SET deduction_fen = 9901, amount_fen = -1", "23514"},
    {"UPDATE recon.refund_request SET amount_fen = 9901", "23514"},
    {"UPDATE recon.refund_request SET deduction_fen = -1, amount_fen = 9901", "23514"},
    {"UPDATE recon.refund_request SET total_fen = 9899", "23514"},
    {"UPDATE recon.refund_request SET checker = maker, approved_at = now()", "23514"},
    {"UPDATE recon.refund_request SET checker = 'x', approved_at = now(), batch_no = NULL",
     "23514"},
    {"UPDATE recon.refund_request SET state = 'SENDING'", "23514"},
    {"UPDATE recon.refund_request SET state = 'PAID'", "23514"},
    {"UPDATE recon.refund_request SET refund_no = 'DR1'", "23514"},
    {"UPDATE recon.refund_request SET reason = ''", "23514"},
    {"UPDATE recon.refund_request SET reason = repeat('x', 81)", "23514"},
    {"UPDATE recon.refund_batch SET state = 'APPROVED', checker = maker, decided_at = now()",
     "23514"},
    {"UPDATE recon.refund_batch SET state = 'APPROVED'", "23514"},
    {"UPDATE recon.refund_batch SET requests = 0", "23514"},
    {"UPDATE recon.refund_queue SET state = 'TRIPPED'", "23514"},
    {"INSERT INTO recon.refund_request SELECT mchid, 'DR' || left(encode(sha256('m D 2'), 'hex'), "
     "30), deposit_id, 2, out_trade_no, item_no, transaction_id, sub_mchid, rental_no, store_id, "
     "total_fen, deposit_fen, deduction_fen, refunded_fen, amount_fen, reason, maker, "
     "requested_at, NULL, NULL, NULL, state, state_at, why, refusal, body, sends, first_sent_at, "
     "sent_at, queries, next_at, refund_id, accepted_at, success_at, confirmed_day, calls, events "
     "FROM recon.refund_request",
     "23505"},
};

static void test_constraints(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {NULL};

    make_batch(database, &people);
    for (size_t i = 0; i < LENGTH(forbidden); i++) {
        const char *seen = test_sql_failure(database, "postgres", forbidden[i].sql);

        if (strcmp(seen, forbidden[i].sqlstate) != 0)
            fail_msg("%s: SQLSTATE %s, expected %s", forbidden[i].sql, seen, forbidden[i].sqlstate);
    }
}

/* ---- withdraw, breaker ----------------------------------------------------------------------- */

static void test_withdraw(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {NULL};
    const struct refund_line line = line_of("E");
    struct refund_made made, again;
    struct err err = ERR_INIT;

    make_batch(database, &people);
    expect_good(refund_ask(people.maker, &line, 1, now(), &made, &err), &err);
    expect_err(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW(" "), now(), &err),
        &err, ERR_DATA, "query refund_withdraw: a request is withdrawn with a reason (P0001)");
    err = ERR_INIT;
    expect_good(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW("x"), now(), &err),
        &err);
    assert_false(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW("x"), now(), &err));
    assert_non_null(strstr(err.text, "REJECTED cannot become REJECTED"));
    err = ERR_INIT;
    assert_false(refund_withdraw(people.maker, VIEW("m"), view_of(people.made.refund_no), VIEW("x"),
                                 now(), &err));
    assert_non_null(strstr(err.text, "is in batch 1: decide on the batch"));
    err = ERR_INIT;
    expect_err(refund_withdraw(people.maker, VIEW("m"), VIEW("DR1"), VIEW("x"), now(), &err), &err,
               ERR_DATA, "query refund_withdraw: refund DR1 of merchant m is not known (P0001)");
    err = ERR_INIT;
    expect_good(refund_ask(people.maker, &line, 1, now(), &again, &err), &err);
    assert_string_not_equal(again.refund_no, made.refund_no);
}

static void test_breaker(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {NULL};
    struct err err = ERR_INIT;
    bool reset = true;

    make_batch(database, &people);
    expect_good(approve(&people, &err), &err);
    expect_good(refund_breaker_reset(people.checker, VIEW("m"), VIEW("x"), now(), &reset, &err),
                &err);
    assert_false(reset);
    test_sql(database, "SELECT recon.hold_refunds('m', 'TRIPPED', 'R08', NULL, NULL, now());"
                       "SELECT recon.hold_refunds('m', 'OPEN', NULL, NULL, NULL, now());"
                       "SELECT recon.hold_refunds('m', 'TRIPPED', 'R09', NULL, NULL, now())");
    assert_string_equal(test_sql_value(database, "SELECT reason FROM recon.refund_queue"), "R08");
    assert_string_equal(begin(database, &people, "2026-06-10 10:01"),
                        "WAIT: the breaker has tripped");
    expect_err(refund_breaker_reset(people.checker, VIEW("m"), VIEW(" "), now(), &reset, &err),
               &err, ERR_DATA,
               "query refund_breaker_reset: the breaker is reset with a reason (P0001)");
    err = ERR_INIT;
    expect_good(refund_breaker_reset(people.checker, VIEW("m"), VIEW("x"), now(), &reset, &err),
                &err);
    assert_true(reset);
    assert_string_equal(begin(database, &people, "2026-06-10 10:01"), "SEND");
    expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
}

/* The order of what was asked for by a list is the list's. */
static void test_check_list(void **state)
{
    struct test_database *database = *state;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(people_release) struct people people = {NULL};
    struct refund_line lines[] = {line_of("E"), line_of("none"), line_of("D")};
    struct refund_list list = {.lines = lines, .count = 3};
    struct err err = ERR_INIT;

    make_batch(database, &people);
    for (int64_t i = 0; i < 3; i++)
        lines[i].line = i + 2;
    expect_good(refund_check_list(people.maker, &list, now(), &arena, &err), &err);
    assert_int_equal(list.problem_count, 2);
    assert_int_equal(list.problems[0].line, 3);
    expect_view(list.problems[0].text, "deposit none: no such deposit of this merchant");
    assert_int_equal(list.problems[1].line, 4);
    expect_view(list.problems[1].text, "deposit D: it has a request already");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_refund_may),
        CASE(test_states),
        CASE(test_obstacles),
        CASE(test_amounts),
        CASE(test_foreign),
        CASE(test_two_at_once),
        CASE(test_changed_before_approval),
        CASE(test_changed_after_approval),
        CASE(test_expiry_and_replay),
        CASE(test_both_hats),
        CASE(test_direct_writes),
        CASE(test_constraints),
        CASE(test_withdraw),
        CASE(test_breaker),
        CASE(test_check_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
