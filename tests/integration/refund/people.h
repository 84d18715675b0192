/* What the tests of people's part in refunds share: roles, a deposit, people with their logins. */
#ifndef TESTS_INTEGRATION_REFUND_PEOPLE_H
#define TESTS_INTEGRATION_REFUND_PEOPLE_H

#include "base/date.h"
#include "pg/pg.h"
#include "refund/acts.h"
#include "refund/desk.h"
#include "refund/machine.h"

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

static inline int setup(void **state)
{
    int result = test_database_setup(state);

    test_sql(*state,
             "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at)"
             " VALUES ('m', 'x', 'DIRECT', 0, '2026-05-01', now()),"
             " ('other', 'y', 'DIRECT', 0, '2026-05-01', now())");
    test_sql(*state, DEPOSIT("D"));
    return result;
}

static inline struct instant at(const char *beijing)
{
    struct instant instant = {0};

    assert_true(instant_parse_beijing(view_of(beijing), &instant));
    return instant;
}

static inline struct instant now(void)
{
    return at("2026-06-10 10:00:00");
}

static inline struct refund_line line_of(const char *deposit)
{
    return (struct refund_line){
        .mchid = VIEW("m"), .deposit_id = view_of(deposit), .reason = VIEW("退还押金")};
}

#define REFUNDS(count, item, fen)                                                                  \
    "INSERT INTO rental.refund SELECT 'm', 'F' || n, 'P-D', " item ", 'OTHER', " fen               \
    ", 'SUCCESS', '2026-05-21 12:00+08' FROM generate_series(1, " count ") n"
#define DEDUCTION(fen, approved)                                                                   \
    "INSERT INTO rental.deposit_deduction VALUES ('m', 'X', 'D', " fen ", 'LOSS', 'a', " approved  \
    ", NULL)"
#define FINDING(key, finding_state)                                                                \
    "INSERT INTO recon.finding VALUES ('m', 'f', '2026-05-20', 'TRADE', '" key                     \
    "', 'T04', '" finding_state "', NULL, 1, 0, 1, now(), NULL, 'ops', '{}', now())"

struct people {
    struct pg *maker, *checker, *job;
    struct refund_made made;
    struct refund_batch_seen seen;
    int32_t batch_no;
    char hash[65];
};

static inline void people_release(struct people *people)
{
    pg_close(people->maker);
    pg_close(people->checker);
    pg_close(people->job);
}

/* D in batch 1, good until 11:00. */
static inline void make_batch(struct test_database *database, struct people *people)
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

#endif
