/* A reconciled day in the database, as settling finds it: four stores, terms, entries, identities.
 */
#ifndef TESTS_SETTLE_DAY_H
#define TESTS_SETTLE_DAY_H

#include "../../support/support.h"

#define DAY_MCHID VIEW("1900000109")
#define DAY_TEXT "2026-05-31"

static inline struct date settle_test_day(void)
{
    struct date day = {0};

    (void)date_parse(VIEW(DAY_TEXT), &day);
    return day;
}

static inline struct instant settle_test_now(void)
{
    return (struct instant){beijing_start(date_add(settle_test_day(), 1)).us + 10 * INSTANT_HOUR};
}

/* What reconciling would prove, made from the entries. */
static inline void day_prove(struct test_database *database)
{
    test_sql(
        database,
        "DELETE FROM recon.identity;"
        "INSERT INTO recon.identity SELECT '1900000109', '" DAY_TEXT "', 'trade rows', 'footer', "
        "  count(*), coalesce(sum(order_fen) FILTER (WHERE kind <> 'REFUND'), 0), 'rows', "
        "  count(*), coalesce(sum(order_fen) FILTER (WHERE kind <> 'REFUND'), 0), true "
        "  FROM recon.entry;"
        "INSERT INTO recon.identity SELECT '1900000109', '" DAY_TEXT "', 'refunds', 'bill', "
        "  count(*), coalesce(sum(order_fen), 0), 'books', count(*), coalesce(sum(order_fen), 0), "
        "  true FROM recon.entry WHERE kind = 'REFUND';"
        "INSERT INTO recon.identity SELECT '1900000109', '" DAY_TEXT "', name, 'left', 0, 0, "
        "  'right', 0, 0, true FROM unnest(ARRAY['payments', 'items', 'deposits']) AS name;"
        "UPDATE recon.day SET fee_millifen = "
        "  (SELECT coalesce(sum(fee_millifen), 0) FROM recon.entry);");
}

/* `change` is SQL on a table "entry" that stands for recon.entry. */
static inline void edit_entries(struct test_database *database, const char *change)
{
    test_sql_format(database, "SELECT public.edit_entries($$%s$$)", change);
}

static inline void day_add_entry(struct test_database *database, int line, const char *kind,
                                 const char *code, long long fen, const char *items)
{
    test_sql_format(
        database,
        "SELECT public.edit_entries($$INSERT INTO entry (mchid, bill_day, line_no, kind, code, "
        "  trade_at, appid, out_trade_no, transaction_id, out_refund_no, order_fen, "
        "  settlement_fen, fee_millifen, books_fen, items) VALUES ('1900000109', '" DAY_TEXT
        "', %d, '%s', NULLIF('%s', ''), "
        "'" DAY_TEXT " 08:00+08'::timestamptz + %d * interval '1 minute', 'wx0000000000000001', "
        "'R%04d', '42000012342026053112345%05d', CASE '%s' WHEN 'REFUND' THEN 'B%04d' END, "
        "%lld, %lld, %lld, %lld, '%s')$$)",
        line, kind, code, line, line, line, kind, line, fen, fen,
        kind[0] == 'R' ? -fen * 6 : fen * 6, fen, items);
}

static inline void day_make(struct test_database *database)
{
    test_sql(
        database,
        "INSERT INTO recon.merchant VALUES ('1900000109', '星火换电', 'DIRECT', NULL, 6000, NULL, "
        "  '2026-05-01', NULL, '2026-05-01');"
        "INSERT INTO recon.day VALUES ('1900000109', '" DAY_TEXT "', 'RECONCILED', 'BALANCED', "
        "  NULL, NULL, 0, 1, NULL, 5, 5, NULL, '2026-06-01 10:00+08');"
        "INSERT INTO recon.bill_file VALUES ('1900000109', '" DAY_TEXT "', 'TRADE_ALL', 1, "
        "  'VALID', NULL, 'a1', 'b2', 100, 200, NULL, '2026-06-01 10:00+08');"
        "INSERT INTO rental.store VALUES "
        "  ('1900000109', 'S1', '东门店', '王', '2026-01-01', NULL), "
        "  ('1900000109', 'S2', '=cmd', '李', '2026-01-01', '2026-05-31'), "
        "  ('1900000109', 'S3', '西门店', '张', '2026-01-01', '2026-05-30'), "
        "  ('1900000109', 'S/4', '北门店', '赵', '2026-05-31', NULL);"
        "INSERT INTO rental.store_terms VALUES "
        "  ('1900000109', 'S1', 'RENT', '2026-01-01', NULL, 700000, 0, 'STORE', 'DAY', 0, 0), "
        "  ('1900000109', 'S2', 'RENT', '2026-01-01', NULL, 500000, 1000, 'OPERATOR', 'WEEK', 0, "
        "   0), "
        "  ('1900000109', 'S/4', 'RENT', '2026-05-01', NULL, 500000, 0, 'PRO_RATA', 'DAY', 0, 0);"
        "SELECT recon.make_entry_partition('" DAY_TEXT "')");
    day_add_entry(database, 2, "PAYMENT", "", 23600,
                  "{1,DEPOSIT,S1,R1,19900,2,RENT,S1,R1,3500,3,INSURANCE,NULL,NULL,200}");
    day_add_entry(database, 3, "PAYMENT", "", 1000, "{1,RENT,S2,R2,1000}");
    day_add_entry(database, 4, "REFUND", "", 500, "{1,RENT,S1,R1,500}");
    day_add_entry(database, 5, "PAYMENT", "T05", 990, "{1,RENT,S1,NULL,1000}");
    day_add_entry(database, 6, "PAYMENT", "T09", 800, "{1,RENT,S1,\"R\\\"9\",800}");
    day_prove(database);
}

#endif
