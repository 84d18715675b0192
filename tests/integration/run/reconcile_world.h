/* One merchant with books and bills in a test's database, for tests of reconcile_day: bills are
 * written row by row and put into evidence directly. */
#ifndef TESTS_RUN_RECONCILE_WORLD_H
#define TESTS_RUN_RECONCILE_WORLD_H

#include "run/evidence.h"
#include "run/reconcile.h"

#include "../../support/expect.h"
#include "../../support/support.h"

#include <stdlib.h>
#include <string.h>

#define WORLD_MCHID "1900000109"
#define WORLD_APPID "wx8d1f2a90c4e7b653"
#define WORLD_DAY "2026-05-31"
#define WORLD_NEXT "2026-06-01"
#define WORLD_BEFORE "2026-05-30"

enum { WORLD_BILL_MAX = 1 << 20 };

struct world {
    struct test_database *database;
    struct job job;
    struct merchant merchant;
    struct view appids[1];
    struct buf rows; /* of the bill being written */
    long long count, settled, refunded, fees, ordered, requested;
};

static inline struct date world_day(const char *text)
{
    struct date day = {0};

    assert_true(date_parse(view_of(text), &day));
    return day;
}

static inline struct instant world_at(const char *day, int hour)
{
    return (struct instant){beijing_start(world_day(day)).us + hour * INSTANT_HOUR};
}

/* Now is eleven in the morning after WORLD_DAY. */
static inline void world_init(struct world *world, void **state)
{
    *world = (struct world){.database = *state, .rows = BUF_INIT(WORLD_BILL_MAX)};
    world->appids[0] = VIEW(WORLD_APPID);
    world->job.settings.database = world->database->conninfo;
    world->job.settings.publish_hour = 10;
    world->job.settings.deadline_hours = 48;
    world->job.settings.retry_minutes = 30;
    world->job.clock = (struct clock){.fixed = true, .at = world_at(WORLD_NEXT, 11)};
    world->merchant = (struct merchant){
        .mchid = VIEW(WORLD_MCHID),
        .name = VIEW("星火换电"),
        .mode = MERCHANT_DIRECT,
        .appids = world->appids,
        .appid_count = 1,
        .rate = {6000},
        .first_day = world_day("2026-05-01"),
    };
    test_sql(world->database,
             "INSERT INTO recon.merchant VALUES ('" WORLD_MCHID "', '星火换电', 'DIRECT', NULL, "
             "6000, NULL, '2026-05-01', NULL, '2026-05-01');"
             "INSERT INTO recon.merchant_app VALUES ('" WORLD_MCHID "', '" WORLD_APPID "');"
             "INSERT INTO rental.contract_meta VALUES ('" WORLD_MCHID "', 1, '2026-12-31');");
}

static inline void world_release(struct world *world)
{
    buf_release(&world->rows);
}

/* ---- the books --------------------------------------------------------------------------------
 */

/* `at`: "2026-05-31 12:00". One item, RENT of store S1. */
static inline void books_payment(struct world *world, const char *no, const char *at, long long fen)
{
    test_sql_format(world->database,
                    "INSERT INTO rental.payment VALUES ('" WORLD_MCHID
                    "', '%s', NULL, '" WORLD_APPID
                    "', '4200%s', %lld, 'PAID', '%s+08', '%s+08', '%s+08');"
                    "INSERT INTO rental.payment_item VALUES ('" WORLD_MCHID "', '%s', 1, 'RENT', "
                    "'R%s', 'S1', %lld)",
                    no, no, fen, at, at, at, no, no, fen);
}

static inline void books_refund(struct world *world, const char *no, const char *payment,
                                const char *at, long long fen)
{
    test_sql_format(world->database,
                    "INSERT INTO rental.refund VALUES ('" WORLD_MCHID "', '%s', '%s', 1, 'RENT', "
                    "%lld, 'SUCCESS', '%s+08')",
                    no, payment, fen, at);
}

/* ---- a bill -----------------------------------------------------------------------------------
 */

struct world_row {
    const char *no, *transaction, *at; /* `at`: "2026-05-31 12:00:00" */
    const char *refund_no;             /* NULL: a payment */
    long long fen;
    const char *state;  /* NULL: SUCCESS or REFUND */
    const char *appid;  /* NULL: the merchant's */
    const char *status; /* of a refund; NULL: SUCCESS */
    long long coupon;   /* of a payment, prepaid */
    const char *attach; /* NULL: none */
};

static inline void bill_row(struct world *world, const struct world_row *row)
{
    bool refund = row->refund_no != NULL;
    long long paid = refund ? 0 : row->fen, back = refund ? row->fen : 0;
    const char *state = row->state != NULL ? row->state : refund ? "REFUND" : "SUCCESS";

    buf_add_format(&world->rows,
                   "`%s,`%s,`" WORLD_MCHID ",`0,`,`%s,`%s,`,`JSAPI,`%s,`OTHERS,`CNY,`%lld.%02lld,"
                   "`%lld.%02lld,`%s%s,`%s,`%lld.%02lld,`0.00,`%s,`%s,`,`%s,`0.00000,`0.60%%,"
                   "`%lld.%02lld,`%lld.%02lld,`\n",
                   row->at, row->appid != NULL ? row->appid : WORLD_APPID, row->transaction,
                   row->no, state, paid / 100, paid % 100, row->coupon / 100, row->coupon % 100,
                   refund ? "5030" : "0", refund ? row->refund_no : "",
                   refund ? row->refund_no : "0", back / 100, back % 100, refund ? "ORIGINAL" : "",
                   !refund               ? ""
                   : row->status != NULL ? row->status
                                         : "SUCCESS",
                   row->attach != NULL ? row->attach : "", paid / 100, paid % 100, back / 100,
                   back % 100);
    world->count++;
    world->settled += paid;
    world->refunded += back;
}

static inline void bill_payment(struct world *world, const char *no, const char *at, long long fen)
{
    char transaction[64];

    (void)snprintf(transaction, sizeof(transaction), "4200%s", no);
    bill_row(world,
             &(struct world_row){.no = no, .transaction = transaction, .at = at, .fen = fen});
}

static inline void bill_refund(struct world *world, const char *no, const char *payment,
                               const char *at, long long fen)
{
    char transaction[64];

    (void)snprintf(transaction, sizeof(transaction), "4200%s", payment);
    bill_row(world,
             &(struct world_row){
                 .no = payment, .transaction = transaction, .at = at, .refund_no = no, .fen = fen});
}

/* Puts these bytes into evidence of the day, as a version of their own. */
static inline void world_keep(struct world *world, const char *day, const char *kind,
                              struct view bytes)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct evidence_source source = {.bill = {world->merchant.mchid, world_day(day), kind}};
    struct incoming_digests digests;
    struct evidence_stored stored;
    struct err err = ERR_INIT;
    struct pg *pg = world->database->pg;

    expect_good(incoming_open(&incoming, &err), &err);
    expect_good(incoming_push(incoming, bytes, &err), &err);
    incoming_finish(incoming, &digests);
    expect_good(pg_begin(pg, PG_READ_WRITE, &err), &err);
    expect_good(unit_make(pg, source.bill.mchid, source.bill.day, world->job.clock.at, &err), &err);
    expect_good(evidence_store(pg, &source, incoming, &digests, &stored, &err), &err);
    expect_good(pg_commit(pg, &err), &err);
}

/* The bill as written so far; a new one begins. */
static inline void bill_write(struct world *world, struct buf *bill)
{
    buf_add_text(bill,
                 "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"
                 "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,"
                 "商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
                 "手续费,费率,订单金额,申请退款金额,费率备注\n");
    buf_add_view(bill, buf_view(&world->rows));
    buf_add_format(bill,
                   "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,"
                   "订单总金额,申请退款总金额\n`%lld,`%lld.%02lld,`%lld.%02lld,`0.00,`0.00000,"
                   "`%lld.%02lld,`%lld.%02lld\n",
                   world->count, world->settled / 100, world->settled % 100, world->refunded / 100,
                   world->refunded % 100, world->settled / 100, world->settled % 100,
                   world->refunded / 100, world->refunded % 100);
    buf_clear(&world->rows);
    world->count = world->settled = world->refunded = 0;
}

/* It becomes the trade bill of the day. */
static inline void bill_keep(struct world *world, const char *day)
{
    CLEANUP(buf_release) struct buf bill = BUF_INIT(WORLD_BILL_MAX);

    bill_write(world, &bill);
    world_keep(world, day, EVIDENCE_TRADE_ALL, buf_view(&bill));
}

/* WeChat Pay's word that nothing happened that day. */
static inline void bill_keep_none(struct world *world, const char *day)
{
    struct evidence_source source = {
        .bill = {world->merchant.mchid, world_day(day), EVIDENCE_TRADE_ALL}};
    struct evidence_stored stored;
    struct err err = ERR_INIT;
    struct pg *pg = world->database->pg;

    expect_good(pg_begin(pg, PG_READ_WRITE, &err), &err);
    expect_good(unit_make(pg, source.bill.mchid, source.bill.day, world->job.clock.at, &err), &err);
    expect_good(evidence_store_none(pg, &source, &stored, &err), &err);
    expect_good(pg_commit(pg, &err), &err);
}

/* ---- reconciling ------------------------------------------------------------------------------
 */

static inline struct reconcile_result world_reconcile(struct world *world, const char *day)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    const struct reconcile_task task = {&world->merchant, world_day(day), &doubts};
    struct reconcile_result result = {.rows = -1};
    struct err err = ERR_INIT;

    expect_good(unit_make(world->database->pg, world->merchant.mchid, world_day(day),
                          world->job.clock.at, &err),
                &err);
    expect_good(reconcile_day(&world->job, world->database->pg, &task, &result, &err), &err);
    return result;
}

/* "PENDING T03 PENDING P2;": the day's verdict as stored, and its findings by leg and key. */
static inline const char *world_says(struct world *world, const char *day)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(4096);

    buf_add_format(&sql,
                   "SELECT concat(COALESCE(verdict, 'none'), (SELECT string_agg(concat_ws(' ', '', "
                   "code, state, resolution, key) || ';', '' ORDER BY leg, key) "
                   "FROM recon.finding f WHERE f.bill_day = d.bill_day)) "
                   "FROM recon.day d WHERE d.bill_day = '%s'",
                   day);
    return test_sql_value(world->database, buf_text(&sql));
}

#define expect_says(world, day, wanted) assert_string_equal(world_says(world, day), wanted)

/* Everything that reconciling writes, as one text. */
static inline char *world_everything(struct world *world)
{
    return strdup(test_sql_value(
        world->database,
        "SELECT concat_ws('|', "
        "(SELECT string_agg(e::text, ',' ORDER BY bill_day, line_no) FROM recon.entry e), "
        "(SELECT string_agg(i::text, ',' ORDER BY bill_day, name) FROM recon.identity i), "
        "(SELECT string_agg(f::text, ',' ORDER BY finding_id) FROM recon.finding f), "
        "(SELECT string_agg(v::text, ',' ORDER BY finding_id, event_no) "
        "FROM recon.finding_event v), "
        "(SELECT string_agg(concat_ws(' ', bill_day, stage, verdict, reason, rows, matched), ',' "
        "ORDER BY bill_day) FROM recon.day))"));
}

#endif
