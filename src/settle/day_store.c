/* The writing half of settling: everything that a day came to, in one transaction. */
#include "day_data.h"
#include "queries.h"
#include "recon/finding.h"
#include "text/json.h"

enum { TEXT_MAX = 64 * 1024 };

/* A version that is new. */
struct fresh {
    const struct statement *statement;
    int32_t version;
};

struct storing {
    struct pg *pg;
    const struct day_data *data;
    struct instant now;
    struct settle_result *result;
    struct arena arena;
    struct finding_list findings;
    struct fresh *fresh;
    size_t fresh_count;
    bool adds_up;
};

static void storing_release(struct storing *storing)
{
    finding_list_release(&storing->findings);
    arena_release(&storing->arena);
}

static bool check_unchanged(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;
    struct pg_value values[1];
    bool found;

    if (!pg_one(storing->pg, &query_settle_lock,
                PG_PARAMS(pg_text(data->mchid), pg_date(data->day), pg_instant(data->updated_at)),
                &storing->arena, &found, values, err))
        return false;
    if (!found || !values[0].boolean)
        return err_set(err, ERR_LATER, "the day changed while it was settled");
    return true;
}

/* Money that went missing between the entries and the stores, or between the bill and the entries:
 * S05, with all numbers as evidence. Its key is no store's. */
static bool find_difference(struct storing *storing, const struct settle_totals *parts,
                            const struct settle_totals *footer, struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(TEXT_MAX);
    struct json_writer json;
    struct finding finding = {
        .leg = LEG_SETTLE,
        .key = VIEW("*"),
        .class = CLASS_S05,
        .state = STATE_OPEN,
        .channel = {true, footer->payment_sum},
        .books = {true, parts->payment_sum},
        .reason = VIEW("stores, unattributed and operator do not add up to the trade bill"),
    };

    if (parts->payment_sum.fen == footer->payment_sum.fen) {
        finding.channel.money.fen = -footer->refund_sum.fen;
        finding.books.money.fen = -parts->refund_sum.fen;
    }
    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    json_writer_pair_integer(&json, "parts_rows", parts->payments + parts->refunds);
    json_writer_pair_integer(&json, "parts_payment_fen", parts->payment_sum.fen);
    json_writer_pair_integer(&json, "parts_refund_fen", parts->refund_sum.fen);
    json_writer_pair_integer(&json, "parts_fee_millifen", parts->fee.millifen);
    json_writer_pair_integer(&json, "bill_rows", footer->payments + footer->refunds);
    json_writer_pair_integer(&json, "bill_payment_fen", footer->payment_sum.fen);
    json_writer_pair_integer(&json, "bill_refund_fen", footer->refund_sum.fen);
    json_writer_pair_integer(&json, "bill_fee_millifen", footer->fee.millifen);
    json_writer_end_object(&json);
    finding.evidence = buf_view(&evidence);
    return finding_list_add(&storing->findings, &finding, err);
}

static bool store_identities(struct storing *storing, struct err *err)
{
    static const char *const ours = "stores + unattributed + held + operator";
    static const char *const theirs = "trade bill";
    const struct day_data *data = storing->data;
    const struct settle_totals *footer = &data->footer;
    struct settle_totals parts;

    if (!settlement_sum_parts(data->settlement, &parts, err))
        return false;

    const struct identity identities[] = {
        {"stores",
         {ours, parts.payments + parts.refunds, parts.payment_sum},
         {theirs, footer->payments + footer->refunds, footer->payment_sum}},
        {"stores refunds",
         {ours, parts.refunds, parts.refund_sum},
         {theirs, footer->refunds, footer->refund_sum}},
        {"stores fees",
         {ours, parts.payments + parts.refunds, fee_round(parts.fee)},
         {theirs, footer->payments + footer->refunds, fee_round(footer->fee)}},
    };

    storing->adds_up = parts.fee.millifen == footer->fee.millifen;
    for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++)
        storing->adds_up = storing->adds_up && identity_holds(&identities[i]);
    if (!storing->adds_up && !find_difference(storing, &parts, footer, err))
        return false;
    return recon_identities_store(storing->pg, data->mchid, data->day, identities,
                                  sizeof(identities) / sizeof(identities[0]), err);
}

static bool store_parts(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;

    if (!pg_run(storing->pg, &query_settle_part_clear,
                PG_PARAMS(pg_text(data->mchid), pg_date(data->day)), NULL, err))
        return false;

    for (size_t i = 0; i < settlement_parts(data->settlement); i++) {
        const struct settle_part *part = settlement_part(data->settlement, i);

        if (!pg_run(storing->pg, &query_settle_part_insert,
                    PG_PARAMS(pg_text(data->mchid), pg_date(data->day),
                              pg_text(view_of(settle_part_name(part->kind))), pg_text(part->key),
                              pg_int8(part->payment_items), pg_int8(part->payments.fen),
                              pg_int8(part->refund_items), pg_int8(part->refunds.fen),
                              pg_int8(part->fee.millifen)),
                    NULL, err))
            return err_wrap(err, "part of \"%.*s\"", VIEW_ARG(part->key));
    }
    return true;
}

/* The statement that the store had before this one; NULL values when there was none. */
static bool find_previous(struct storing *storing, const struct statement *statement,
                          struct pg_value ret_values[3], struct err *err)
{
    const struct day_data *data = storing->data;
    struct pg_value values[3];
    bool found;

    if (!pg_one(storing->pg, &query_settle_previous,
                PG_PARAMS(pg_text(data->mchid), pg_text(statement->store_id), pg_date(data->day)),
                &storing->arena, &found, values, err))
        return false;

    ret_values[0] = found ? values[0] : pg_null(PG_DATE);
    ret_values[1] = found ? values[1] : pg_null(PG_INT4);
    ret_values[2] = found ? values[2] : pg_null(PG_TEXT);
    return true;
}

static bool insert_statement(struct storing *storing, const struct fresh *fresh,
                             const struct newest *newest, struct view content_sha256,
                             struct err *err)
{
    const struct day_data *data = storing->data;
    const struct statement *statement = fresh->statement;
    CLEANUP(buf_release) struct buf terms = BUF_INIT(TEXT_MAX);
    CLEANUP(buf_release) struct buf differs = BUF_INIT(TEXT_MAX);
    struct digest_value terms_digest;
    struct digest_text terms_sha256;
    struct pg_value previous[3];

    statement_terms_json(statement, &terms);
    terms_digest = digest_of(DIGEST_SHA256, buf_view(&terms));
    terms_sha256 = digest_text(&terms_digest);
    if (newest != NULL)
        statement_difference(newest->lines, statement->lines, &differs);
    if (!find_previous(storing, statement, previous, err))
        return false;

    return pg_run(storing->pg, &query_statement_insert,
                  PG_PARAMS(pg_text(data->mchid), pg_text(statement->store_id), pg_date(data->day),
                            pg_int4(fresh->version), pg_date(data->day),
                            pg_text(data->merchant_name), pg_text(statement->store_name),
                            pg_json(buf_view(&terms)), pg_text(view_of(terms_sha256.s)),
                            pg_json(buf_view(&data->bills)), pg_text(content_sha256),
                            pg_text_or_null(buf_view(&differs)), previous[0], previous[1],
                            previous[2], pg_int8((int64_t)statement->item_count),
                            pg_text(VIEW(PAYRECON_VERSION)), pg_instant(storing->now)),
                  NULL, err);
}

/* Inserts the heads of those statements that say something new. */
static bool store_heads(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;
    size_t count = settlement_statements(data->settlement);

    storing->fresh = ARENA_ARRAY(&storing->arena, struct fresh, count);
    for (size_t i = 0; i < count; i++) {
        const struct statement *statement = settlement_statement(data->settlement, i);
        const struct newest *newest = day_data_newest(data, statement->store_id);
        struct digest_text content = statement_digest(statement);
        struct fresh fresh = {statement, newest == NULL ? 1 : newest->version + 1};

        if (newest != NULL && view_equal_text(newest->content_sha256, content.s)) {
            storing->result->unchanged++;
            continue;
        }
        if (!insert_statement(storing, &fresh, newest, view_of(content.s), err))
            return err_wrap(err, "statement of store \"%.*s\"", VIEW_ARG(statement->store_id));
        storing->fresh[storing->fresh_count++] = fresh;
    }
    storing->result->statements = (int64_t)storing->fresh_count;
    return true;
}

static bool copy_lines(struct storing *storing, struct pg_copy *copy, struct err *err)
{
    const struct day_data *data = storing->data;

    for (size_t i = 0; i < storing->fresh_count; i++) {
        const struct fresh *fresh = &storing->fresh[i];

        for (size_t line = 0; line < LINE_COUNT; line++) {
            const struct statement_amount *amount = &fresh->statement->lines[line];
            const struct pg_value values[] = {
                pg_text(data->mchid),
                pg_text(fresh->statement->store_id),
                pg_date(data->day),
                pg_int4(fresh->version),
                pg_text(view_of(statement_line_info((enum statement_line)line)->code)),
                pg_int8(amount->count),
                pg_int8(amount->money.fen),
            };

            if (!pg_copy_in_row(copy, values, err))
                return false;
        }
    }
    return true;
}

static bool copy_item(struct storing *storing, struct pg_copy *copy, const struct fresh *fresh,
                      size_t index, struct err *err)
{
    const struct day_data *data = storing->data;
    const struct statement_item *item = &fresh->statement->items[index];
    const struct pg_value values[] = {
        pg_text(data->mchid),
        pg_text(fresh->statement->store_id),
        pg_date(data->day),
        pg_int4(fresh->version),
        pg_int4((int32_t)index + 1),
        pg_date(data->day),
        pg_int4((int32_t)item->line_no),
        pg_int8(item->item_no),
        pg_text(item->refund ? VIEW("REFUND") : VIEW("PAYMENT")),
        pg_text(view_of(books_kind_name(item->kind))),
        pg_instant(item->trade_at),
        pg_text(item->out_trade_no),
        pg_text(item->transaction_id),
        pg_text_or_null(item->out_refund_no),
        pg_text_or_null(item->rental_no),
        pg_text_or_null(item->code),
        pg_int8(item->amount.fen),
        pg_int8(item->fee.millifen),
        pg_int8(item->borne.millifen),
        pg_int8(item->share.fen),
    };

    return pg_copy_in_row(copy, values, err);
}

static bool copy_items(struct storing *storing, struct pg_copy *copy, struct err *err)
{
    for (size_t i = 0; i < storing->fresh_count; i++) {
        const struct fresh *fresh = &storing->fresh[i];

        for (size_t index = 0; index < fresh->statement->item_count; index++) {
            if (!copy_item(storing, copy, fresh, index, err))
                return false;
        }
    }
    return true;
}

typedef bool copy_function(struct storing *storing, struct pg_copy *copy, struct err *err);

static bool copy_all(struct storing *storing, const struct pg_query *query, copy_function *function,
                     struct err *err)
{
    struct pg_copy *copy;
    int64_t rows;

    if (!pg_copy_in(storing->pg, query, &copy, err))
        return false;
    if (!function(storing, copy, err)) {
        pg_copy_in_abort(copy);
        return false;
    }
    return pg_copy_in_finish(copy, &rows, err);
}

static bool store_statements(struct storing *storing, struct err *err)
{
    if (!storing->adds_up)
        return true;
    if (!store_heads(storing, err))
        return false;
    if (storing->fresh_count == 0)
        return true;
    return copy_all(storing, &query_statement_line_copy, copy_lines, err) &&
           pg_run(storing->pg, &query_statement_partition, PG_PARAMS(pg_date(storing->data->day)),
                  NULL, err) &&
           copy_all(storing, &query_statement_item_copy, copy_items, err);
}

static void count_withheld(struct storing *storing)
{
    const struct settlement *settlement = storing->data->settlement;

    for (size_t i = 0; i < settlement_parts(settlement); i++) {
        if (settlement_part(settlement, i)->kind == PART_STORE)
            storing->result->withheld++;
    }
    if (storing->adds_up)
        storing->result->withheld -= (int64_t)settlement_statements(settlement);
}

static bool store_findings(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;
    const struct finding_scope scope = {
        .mchid = data->mchid, .bill_day = data->day, .legs = 1U << LEG_SETTLE, .now = storing->now};

    return settlement_findings(data->settlement, &storing->findings, err) &&
           recon_findings_store(storing->pg, &scope, &storing->findings, err);
}

static bool store_day(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;

    return data->settled ||
           pg_run(storing->pg, &query_settle_done,
                  PG_PARAMS(pg_text(data->mchid), pg_date(data->day), pg_instant(storing->now)),
                  NULL, err);
}

static bool store_all(struct storing *storing, struct err *err)
{
    const struct day_data *data = storing->data;

    if (!check_unchanged(storing, err) || !store_identities(storing, err) ||
        !store_parts(storing, err) || !store_statements(storing, err))
        return false;
    count_withheld(storing);
    return store_findings(storing, err) && store_day(storing, err) &&
           recon_verdict_refresh(storing->pg, data->mchid, data->day, storing->now,
                                 &storing->result->verdict, err);
}

bool day_data_store(struct pg *pg, const struct day_data *data, struct instant now,
                    struct settle_result *result, struct err *err)
{
    CLEANUP(storing_release)
    struct storing storing = {.pg = pg,
                              .data = data,
                              .now = now,
                              .result = result,
                              .arena = ARENA_INIT,
                              .findings = FINDING_LIST_INIT};

    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!store_all(&storing, err)) {
        pg_rollback(pg);
        return false;
    }
    return pg_commit(pg, err);
}
