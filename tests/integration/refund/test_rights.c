/* The database's table of states is the program's; what no role, and what not even a superuser can
 * write. */
#include "people.h"

#include "refund/machine.h"

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

/* ---- what nobody may write ------------------------------------------------------------------- */

/* Every refund table × every way to write × every role. */
static void expect_refused(struct test_database *database, const char *write, const char *table)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(300);

    for (const char *c = write; *c != '\0'; c++) {
        if (*c == '@')
            buf_add_format(&sql, "recon.refund_%s", table);
        else
            buf_add_byte(&sql, *c);
    }
    for (size_t r = 0; r < ROLE_COUNT; r++) {
        if (strcmp(test_sql_failure(database, roles[r], buf_text(&sql)), "42501") != 0)
            fail_msg("%s: %s is not refused", roles[r], buf_text(&sql));
    }
}

static void test_direct_writes(void **state)
{
    static const char *const tables[] = {"queue", "act",  "batch",    "request",
                                         "event", "call", "proposal", "resolution"};
    static const char *const writes[] = {
        "INSERT INTO @ SELECT * FROM @",
        "UPDATE @ SET mchid = mchid",
        "DELETE FROM @",
        "TRUNCATE @ CASCADE",
        "LOCK @ IN EXCLUSIVE MODE",
    };

    for (size_t t = 0; t < LENGTH(tables); t++) {
        for (size_t w = 0; w < LENGTH(writes); w++)
            expect_refused(*state, writes[w], tables[t]);
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
    CLEANUP(people_release) struct people people = {.maker = NULL};

    make_batch(database, &people);
    for (size_t i = 0; i < LENGTH(forbidden); i++) {
        const char *seen = test_sql_failure(database, "postgres", forbidden[i].sql);

        if (strcmp(seen, forbidden[i].sqlstate) != 0)
            fail_msg("%s: SQLSTATE %s, expected %s", forbidden[i].sql, seen, forbidden[i].sqlstate);
    }
}

/* A time that no program can read would be in the chain for good: it is refused. */
static void test_times(void **state)
{
    static const struct {
        int role;
        const char *sql; /* up to the time */
    } calls[] = {
        {MAKER, "SELECT recon.request_deposit_refund('m', 'E', 'x', "},
        {MAKER, "SELECT recon.withdraw_refund_request('m', (SELECT refund_no FROM "
                "recon.refund_request WHERE batch_no IS NULL), 'x', "},
        {CHECKER, "SELECT recon.decide_refund_batch('m', 1, false, NULL, NULL, NULL, 'x', "},
        {CHECKER, "SELECT recon.reset_refund_breaker('m', 'x', "},
        {JOB, "SELECT recon.hold_refunds('m', 'TRIPPED', 'x', NULL, NULL, "},
    };
    static const struct {
        const char *time, *sqlstate;
    } times[] = {
        {"NULL", "P0001"},
        {"'1969-12-31 23:59:59+00'", "P0001"},
        {"'-infinity'", "P0001"},
        {"'1999-12-31 23:59:59.999999+00'", "P0001"},
        {"'2000-01-01 00:00+00'", "00000"},
        {"'2099-12-31 23:59+00'", "00000"},
        {"'2100-01-01 00:00+00'", "P0001"},
        {"'250000-01-01'", "P0001"},
        {"'infinity'", "P0001"},
    };
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    char sql[300];

    make_batch(database, &people);
    test_sql(database,
             DEPOSIT("F") "SELECT recon.request_deposit_refund('m', 'F', 'x', '2026-06-10');"
                          "UPDATE rental.payment SET paid_at = '2099-12-31'");
    for (size_t c = 0; c < LENGTH(calls); c++) {
        for (size_t t = 0; t < LENGTH(times); t++) {
            const char *seen;

            (void)snprintf(sql, sizeof(sql), "%s%s)", calls[c].sql, times[t].time);
            seen = test_sql_failure(database, roles[calls[c].role], sql);
            if (strcmp(seen, times[t].sqlstate) != 0)
                fail_msg("%s: SQLSTATE %s, expected %s", sql, seen, times[t].sqlstate);
        }
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_refund_may),  CASE(test_states), CASE(test_direct_writes),
        CASE(test_constraints), CASE(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
