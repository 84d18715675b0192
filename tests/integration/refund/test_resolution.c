/* Refunds whose answers contradict each other: when two people may resolve one and when not, who
 * may, what it becomes, and what bills and queries say afterwards. */
#include "people.h"

#define APPROVED_AND_SENT                                                                          \
    "SELECT recon.begin_refund('m', r.refund_no, json_build_object('transaction_id', "             \
    "r.transaction_id, 'out_refund_no', r.refund_no, 'amount', json_build_object('refund', "       \
    "r.amount_fen, 'total', r.total_fen))::text, NULL, false, 1000000, '2026-06-10 10:01+08')"     \
    " FROM recon.refund_request r;"                                                                \
    "SELECT recon.note_refund_call('m', r.refund_no, 'CREATE', 1, NULL, NULL, '2026-06-10 "        \
    "10:02+08', 200, NULL, NULL, 'SENT_PROCESSING') FROM recon.refund_request r;"                  \
    "SELECT recon.note_refund_state('m', r.refund_no, 'SENDING', 'PROCESSING', NULL, NULL, "       \
    "'2026-06-10 10:03+08', '503', '2026-06-10 10:01:30+08', NULL, '2026-06-10 10:02+08')"         \
    " FROM recon.refund_request r;"

/* A query at that time, what it is and what the reply's body was; the job does not ask again. */
#define ASKED(at, outcome, reply)                                                                  \
    "SELECT recon.note_refund_call('m', r.refund_no, 'QUERY', NULL, '2026-06-" at                  \
    "+08', r.refund_no, '2026-06-" at "+08', 200, NULL, " reply ", '" outcome                      \
    "') FROM recon.refund_request r WHERE r.attempt = 1;"                                          \
    "SELECT recon.note_refund_state('m', r.refund_no, r.state, 'UNKNOWN', 'it contradicts', NULL," \
    " NULL, NULL, NULL, NULL, '2026-06-" at "+08') FROM recon.refund_request r"                    \
    " WHERE r.attempt = 1;"

#define BILLS                                                                                      \
    "INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched, updated_at) SELECT 'm'," \
    " d, 'SETTLED', 0, 0, 0, now() FROM unnest('{2026-06-10,2026-06-11}'::date[]) d;"

#define SHOWN(status)                                                                              \
    "INSERT INTO recon.refund_bill_row SELECT 'm', '2026-06-10', 7, r.refund_no, '503', 9900, "    \
    "'" status "' FROM recon.refund_request r WHERE r.attempt = 1;"

#define AGAIN                                                                                      \
    "DELETE FROM recon.day; DELETE FROM recon.refund_bill_row;"                                    \
    "UPDATE recon.refund_request SET resolved_no = NULL; DELETE FROM recon.refund_resolution;"     \
    "DELETE FROM recon.refund_proposal;"

/* D sent on the 10th and accepted; the rest is SQL. */
static void make_doubt(struct test_database *database, struct people *people, const char *sql)
{
    struct err err = ERR_INIT;

    test_sql(database, AGAIN);
    make_batch(database, people);
    expect_good(refund_batch_approve(people->checker, VIEW("m"), people->batch_no, &people->seen,
                                     now(), &err),
                &err);
    test_sql(database, APPROVED_AND_SENT);
    test_sql(database, sql);
}

#define LATE "18 10:02"
#define VANISHED ASKED(LATE, "ASKED_VANISHED", "NULL")
#define THERE(status)                                                                              \
    ASKED(LATE, "ASKED_MISMATCH", "convert_to('{\"status\":\"" status "\"}', 'UTF8')")

struct wish {
    const char *sql;
    const char *at;
    const char *as_closed, *as_success; /* why not; NULL: it may */
};

#define STILL "its answers do not contradict each other: WeChat Pay is still to be asked"
#define PAID "a bill shows it as paid"
#define ACCEPTED "a bill shows it as accepted"
#define FAILED "a bill shows that it failed"
#define NO_BILLS                                                                                   \
    "the bills from 2026-06-10 to 2026-06-11 are not all reconciled: one of them may show it"
#define NOT_SHOWN "the bills of 2026-06-10 and 2026-06-11 do not show it"
#define EARLY(span) "WeChat Pay was last asked about it less than " span " after it was sent"
#define STALE "WeChat Pay was last asked about it more than three days ago"
#define OTHER(status) "WeChat Pay has a refund under its number that is " status

static const struct wish wishes[] = {
    {BILLS VANISHED, "2026-06-18 11:00:00", NULL, NOT_SHOWN},
    {VANISHED, "2026-06-18 11:00:00", NO_BILLS, NULL},
    {BILLS VANISHED "UPDATE recon.day SET stage = 'FETCHED' WHERE bill_day = '2026-06-11'",
     "2026-06-18 11:00:00", NO_BILLS, NULL},
    {BILLS VANISHED SHOWN("SUCCESS"), "2026-06-18 11:00:00", PAID, NULL},
    {BILLS VANISHED SHOWN("PROCESSING"), "2026-06-18 11:00:00", ACCEPTED, NULL},
    {BILLS VANISHED SHOWN("CHANGE"), "2026-06-18 11:00:00", ACCEPTED, NULL},
    {BILLS VANISHED SHOWN("FAIL"), "2026-06-18 11:00:00", NULL, FAILED},
    {VANISHED SHOWN("FAIL"), "2026-06-18 11:00:00", NO_BILLS, FAILED},
    /* What WeChat Pay has under the number decides: what is under way is not resolved at all. */
    {BILLS SHOWN("PROCESSING") THERE("SUCCESS"), "2026-06-18 11:00:00", OTHER("SUCCESS"), NULL},
    {BILLS SHOWN("PROCESSING") THERE("CLOSED"), "2026-06-18 11:00:00", NULL, OTHER("CLOSED")},
    {BILLS SHOWN("PROCESSING") THERE("PROCESSING"), "2026-06-18 11:00:00", OTHER("PROCESSING"),
     OTHER("PROCESSING")},
    {BILLS SHOWN("PROCESSING") THERE("ABNORMAL"), "2026-06-18 11:00:00", OTHER("ABNORMAL"),
     OTHER("ABNORMAL")},
    {BILLS SHOWN("PROCESSING") ASKED(LATE, "ASKED_MISMATCH", "NULL"), "2026-06-18 11:00:00",
     OTHER("of no status"), OTHER("of no status")},
    /* It may still be carried out. */
    {BILLS ASKED("11 10:00", "ASKED_VANISHED", "NULL"), "2026-06-11 10:10:00", EARLY("eight days"),
     EARLY("a day")},
    {BILLS SHOWN("PROCESSING") ASKED("11 10:01", "ASKED_VANISHED", "NULL"), "2026-06-11 10:10:00",
     EARLY("eight days"), NULL},
    {BILLS SHOWN("PROCESSING") ASKED("18 10:00", "ASKED_VANISHED", "NULL"), "2026-06-18 10:10:00",
     EARLY("eight days"), NULL},
    {BILLS ASKED("18 10:01", "ASKED_VANISHED", "NULL"), "2026-06-18 10:10:00", NULL, NOT_SHOWN},
    {BILLS VANISHED, "2026-06-21 10:02:00", NULL, NOT_SHOWN},
    {BILLS VANISHED, "2026-06-21 10:02:01", STALE, STALE},
    /* In flight, in doubt, or not even asked for. */
    {BILLS, "2026-06-18 11:00:00", "it is PROCESSING, not in doubt",
     "it is PROCESSING, not in doubt"},
    {BILLS VANISHED "UPDATE recon.refund_request SET next_at = '2026-06-19 10:00+08'",
     "2026-06-18 11:00:00", STILL, STILL},
    {BILLS ASKED(LATE, "ASKED_OTHER", "NULL"), "2026-06-18 11:00:00", STILL, STILL},
    {BILLS ASKED(LATE, "ASKED_NOTHING", "NULL"), "2026-06-18 11:00:00", STILL, STILL},
    {BILLS VANISHED "UPDATE recon.refund_call SET kind = 'CREATE', outcome = 'SENT_MISMATCH'",
     "2026-06-18 11:00:00", "WeChat Pay was not asked about it since it was sent",
     "WeChat Pay was not asked about it since it was sent"},
    {BILLS VANISHED "INSERT INTO recon.refund_call SELECT mchid, refund_no, 9, 'CREATE', "
                    "'2026-06-18 10:30+08', 'x' FROM recon.refund_request",
     "2026-06-18 11:00:00", STILL, STILL},
};

static void expect_wish(struct people *people, const struct wish *wish, const char *as,
                        const char *problem)
{
    const struct refund_resolution resolution = {.mchid = VIEW("m"),
                                                 .refund_no = view_of(people->made.refund_no),
                                                 .as = view_of(as),
                                                 .reason = VIEW("seen")};
    struct err err = ERR_INIT;
    char wanted[300];
    int32_t proposal_no;

    if (problem == NULL) {
        expect_good(refund_propose(people->maker, &resolution, at(wish->at), &proposal_no, &err),
                    &err);
        return;
    }
    (void)snprintf(wanted, sizeof(wanted),
                   "query refund_propose: refund %s cannot be resolved: %s (P0001)",
                   people->made.refund_no, problem);
    expect_err(refund_propose(people->maker, &resolution, at(wish->at), &proposal_no, &err), &err,
               ERR_DATA, wanted);
}

static void test_when(void **state)
{
    for (size_t i = 0; i < LENGTH(wishes); i++) {
        CLEANUP(people_release) struct people people = {.maker = NULL};

        make_doubt(*state, &people, wishes[i].sql);
        expect_wish(&people, &wishes[i], "CLOSED", wishes[i].as_closed);
        expect_wish(&people, &wishes[i], "SUCCESS", wishes[i].as_success);
        expect_wish(&people, &wishes[i], "DROPPED", "it can be SUCCESS or CLOSED only");
    }
}

/* ---- two people ------------------------------------------------------------------------------ */

static struct instant then(void)
{
    return at("2026-06-18 11:00:00");
}

static struct refund_resolution resolution_of(const struct people *people, const char *as)
{
    return (struct refund_resolution){.mchid = VIEW("m"),
                                      .refund_no = view_of(people->made.refund_no),
                                      .as = view_of(as),
                                      .reason = VIEW("the page has none"),
                                      .evidence = VIEW("case 7")};
}

static void propose(struct people *people, const char *as)
{
    const struct refund_resolution resolution = resolution_of(people, as);
    struct err err = ERR_INIT;
    int32_t proposal_no;

    expect_good(refund_propose(people->maker, &resolution, then(), &proposal_no, &err), &err);
}

static void expect_no(struct people *people, struct pg *who, int32_t proposal_no, const char *as,
                      const char *problem)
{
    const struct refund_resolution resolution = resolution_of(people, as);
    struct err err = ERR_INIT;
    char wanted[300];

    (void)snprintf(wanted, sizeof(wanted), "query refund_resolve: %s (P0001)", problem);
    expect_err(refund_resolve(who, &resolution, proposal_no, then(), &err), &err, ERR_DATA, wanted);
}

static const char *with_no(const struct people *people, const char *format)
{
    static char text[300];

    (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)strcspn(format, "%"), format,
                   people->made.refund_no, strchr(format, '%') + 1);
    return text;
}

/* What may have happened between proposal and confirmation. */
static const struct {
    const char *sql, *problem; /* % is the number */
} changes[] = {
    {ASKED("18 10:30", "ASKED_VANISHED", "NULL"),
     "refund % is not what was proposed about any more"},
    {"SELECT recon.note_refund_state('m', refund_no, 'UNKNOWN', 'SUCCESS', NULL, NULL, NULL, NULL,"
     " NULL, NULL, '2026-06-18 10:50+08') FROM recon.refund_request",
     "refund % is not what was proposed about any more"},
    {SHOWN("SUCCESS"), "refund % cannot be resolved: " PAID},
    {"UPDATE recon.refund_request SET next_at = '2026-06-18 11:00+08'",
     "refund % cannot be resolved: " STILL},
    {"DELETE FROM recon.day", "refund % cannot be resolved: " NO_BILLS},
    {"INSERT INTO recon.refund_proposal SELECT mchid, refund_no, 2, maker, proposed_at, 'SUCCESS', "
     "reason, evidence, answer, asked_at, calls, events FROM recon.refund_proposal",
     "proposal 1 is not the last one of refund %"},
};

static void test_changed_since(void **state)
{
    for (size_t i = 0; i < LENGTH(changes); i++) {
        CLEANUP(people_release) struct people people = {.maker = NULL};

        make_doubt(*state, &people, BILLS VANISHED);
        propose(&people, "CLOSED");
        test_sql(*state, changes[i].sql);
        expect_no(&people, people.checker, 1, "CLOSED", with_no(&people, changes[i].problem));
        assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.refund_resolution"),
                            "0");
    }
}

static void test_two_people(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct refund_resolution resolution;
    struct err err = ERR_INIT;
    struct pg *both;
    int32_t proposal_no;

    test_sql(database, "DROP ROLE IF EXISTS payrecon_test_two;"
                       "CREATE ROLE payrecon_test_two LOGIN;"
                       "GRANT payrecon_ops_maker, payrecon_ops_checker TO payrecon_test_two");
    make_doubt(database, &people, BILLS VANISHED);
    both = test_database_open(database, "payrecon_test_two");
    resolution = resolution_of(&people, "CLOSED");
    expect_no(&people, people.checker, 1, "CLOSED",
              with_no(&people, "proposal 1 is not the last one of refund %"));
    resolution.reason = VIEW(" ");
    expect_err(refund_propose(both, &resolution, then(), &proposal_no, &err), &err, ERR_DATA,
               "query refund_propose: a refund is resolved with a reason (P0001)");
    err = ERR_INIT;
    resolution.reason = VIEW("seen");
    expect_good(refund_propose(both, &resolution, then(), &proposal_no, &err), &err);
    assert_int_equal(proposal_no, 1);
    expect_no(&people, both, 1, "CLOSED",
              with_no(&people, "proposal 1 of refund % was made by payrecon_test_two: another "
                               "person decides"));
    expect_no(&people, people.checker, 1, "SUCCESS",
              with_no(&people, "proposal 1 of refund % is CLOSED"));
    expect_no(&people, people.checker, 2, "CLOSED",
              with_no(&people, "proposal 2 is not the last one of refund %"));
    expect_good(refund_resolve(people.checker, &resolution, 1, then(), &err), &err);
    /* Replayed. */
    expect_no(&people, people.checker, 1, "CLOSED",
              with_no(&people, "refund % is not what was proposed about any more"));
    pg_close(both);
    test_sql(database, "DROP ROLE payrecon_test_two");
}

/* ---- what it becomes ------------------------------------------------------------------------- */

static void resolve(struct people *people, const char *as)
{
    const struct refund_resolution resolution = resolution_of(people, as);
    struct err err = ERR_INIT;

    propose(people, as);
    expect_good(refund_resolve(people->checker, &resolution, 1, then(), &err), &err);
}

static const char *due(struct test_database *database)
{
    return test_sql_value(database, "SELECT deposit_fen - deduction_fen - refunded_fen FROM "
                                    "recon.deposit_facts('m', 'D', NULL)");
}

static void test_success(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    const struct refund_line line = line_of("D");
    struct refund_made made;
    struct err err = ERR_INIT;

    make_doubt(database, &people, VANISHED);
    resolve(&people, "SUCCESS");
    assert_string_equal(
        test_sql_value(database, "SELECT concat_ws('|', state, why, resolved_no, next_at, "
                                 "success_at) FROM recon.refund_request"),
        "SUCCESS|resolved as payrecon_ops_maker proposed: the page has none (case 7)|1");
    assert_string_equal(due(database), "0");
    assert_false(refund_ask(people.maker, &line, 1, then(), &made, &err));
    err = ERR_INIT;
    expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
    /* A bill confirms it as any other; then it is WeChat Pay that says so. */
    test_sql(database, SHOWN("SUCCESS"));
    assert_string_equal(test_sql_value(database, "SELECT recon.confirm_refunds('m', now())"), "1");
    assert_string_equal(test_sql_value(database, "SELECT concat_ws(' ', state, resolved_no) FROM "
                                                 "recon.refund_request"),
                        "CONFIRMED");
}

static void test_closed(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    const struct refund_line line = line_of("D");
    struct refund_made made;
    struct err err = ERR_INIT;

    make_doubt(database, &people, BILLS VANISHED);
    assert_false(refund_ask(people.maker, &line, 1, then(), &made, &err));
    err = ERR_INIT;
    resolve(&people, "CLOSED");
    assert_string_equal(due(database), "9900");
    expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
    expect_good(refund_ask(people.maker, &line, 1, then(), &made, &err), &err);
    assert_string_not_equal(made.refund_no, people.made.refund_no);
    expect_good(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW("x"), then(), &err),
        &err);
    /* A bill that shows it as paid after all counts, whatever was said. */
    test_sql(database, SHOWN("SUCCESS"));
    assert_string_equal(due(database), "0");
    assert_false(refund_ask(people.maker, &line, 1, then(), &made, &err));
    assert_string_equal(test_sql_value(database, "SELECT recon.ask_refunds('m', now())"), "1");
    test_sql(database, "SELECT recon.note_refund_state('m', refund_no, 'CLOSED', 'SUCCESS', NULL, "
                       "NULL, NULL, NULL, NULL, NULL, now()) FROM recon.refund_request "
                       "WHERE attempt = 1");
    assert_string_equal(test_sql_value(database, "SELECT concat_ws(' ', state, resolved_no) FROM "
                                                 "recon.refund_request WHERE attempt = 1"),
                        "SUCCESS");
}

/* ---- past the functions ---------------------------------------------------------------------- */

static const struct {
    const char *sql;
    const char *sqlstate; /* of a superuser; NULL: it is done, and the chain of acts tells */
} forbidden[] = {
    {"UPDATE recon.refund_request SET resolved_no = 2", "23503"},
    {"UPDATE recon.refund_request SET state = 'UNKNOWN'", "23514"},
    {"UPDATE recon.refund_resolution SET checker = maker", "23514"},
    {"UPDATE recon.refund_resolution SET maker = 'x'", "23503"},
    {"UPDATE recon.refund_proposal SET resolve_as = 'DROPPED'", "23514"},
    {"UPDATE recon.refund_proposal SET reason = ' '", "23514"},
    {"UPDATE recon.refund_resolution SET checker = 'x'", NULL},
    {"UPDATE recon.refund_request SET state = 'SUCCESS'", NULL},
};

static void test_past_the_functions(void **state)
{
    struct test_database *database = *state;
    char wanted[200];

    for (size_t i = 0; i < LENGTH(forbidden); i++) {
        CLEANUP(people_release) struct people each = {.maker = NULL};
        struct err err = ERR_INIT;

        make_doubt(database, &each, BILLS VANISHED);
        resolve(&each, "CLOSED");
        if (forbidden[i].sqlstate != NULL) {
            const char *seen = test_sql_failure(database, "postgres", forbidden[i].sql);

            if (strcmp(seen, forbidden[i].sqlstate) != 0)
                fail_msg("%s: SQLSTATE %s", forbidden[i].sql, seen);
            continue;
        }
        test_sql(database, forbidden[i].sql);
        (void)snprintf(wanted, sizeof(wanted),
                       "refunds of merchant m: refund %s is not as two people have resolved it",
                       each.made.refund_no);
        expect_err(refund_acts_verify(each.job, VIEW("m"), NULL, NULL, &err), &err, ERR_DATA,
                   wanted);
    }
}

/* ---- asking, expiring ------------------------------------------------------------------------ */

static void test_query(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct err err = ERR_INIT;

    make_doubt(database, &people, VANISHED);
    expect_good(refund_query(people.maker, VIEW("m"), view_of(people.made.refund_no), then(), &err),
                &err);
    assert_string_equal(test_sql_value(database, "SELECT next_at = '2026-06-18 11:00+08' FROM "
                                                 "recon.refund_request"),
                        "t");
    assert_string_equal(
        test_sql_value(database, "SELECT split_part(bytes, E'\\t', 4) || ' ' || split_part(bytes, "
                                 "E'\\t', 6) FROM recon.refund_act ORDER BY act_no DESC LIMIT 1"),
        "QUERY UNKNOWN");
    expect_err(refund_query(people.checker, VIEW("m"), VIEW("DR1"), then(), &err), &err, ERR_DATA,
               "query refund_query: refund DR1 of merchant m is not known (P0001)");
    test_sql(database, "UPDATE recon.refund_request SET state = 'DROPPED'");
    err = ERR_INIT;
    expect_err(
        refund_query(people.checker, VIEW("m"), view_of(people.made.refund_no), then(), &err), &err,
        ERR_DATA,
        with_no(&people,
                "query refund_query: refund % is DROPPED: there is nothing to ask about it "
                "(P0001)"));
}

/* What has expired says when, to the platform, too. */
static void test_expired(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people first = {.maker = NULL};
    CLEANUP(people_release) struct people people = {.maker = NULL};
    static const char *const seen =
        "SELECT concat_ws('|', status, why) FROM recon_out.deposit_refund";
    struct err err = ERR_INIT;

    make_batch(database, &first);
    assert_string_equal(test_sql_value(database, "SELECT recon.expire_refunds('m', '2026-06-10 "
                                                 "11:00+08')"),
                        "1");
    assert_string_equal(test_sql_value(database, seen),
                        "EXPIRED|not approved before 2026-06-10 11:00:00");
    make_batch(database, &people);
    expect_good(
        refund_batch_approve(people.checker, VIEW("m"), people.batch_no, &people.seen, now(), &err),
        &err);
    test_sql(database, "SELECT recon.begin_refund('m', refund_no, '{}', NULL, false, 1000000, "
                       "'2026-06-10 11:00+08') FROM recon.refund_request");
    assert_string_equal(test_sql_value(database, seen),
                        "EXPIRED|approved, and not sent before 2026-06-10 11:00:00");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_when),   CASE(test_changed_since),      CASE(test_two_people), CASE(test_success),
        CASE(test_closed), CASE(test_past_the_functions), CASE(test_query),      CASE(test_expired),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
