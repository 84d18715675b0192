/* `payrecon refund show`: the whole story of a request, a line for each thing that is known. */
#include "run/command_refund.h"

#include "cells.h"
#include "queries.h"
#include "run/refund_choice.h"
#include "text/utf8.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 4 * 1024 * 1024 };

/* Columns of refund_story. */
enum {
    STORY_DEPOSIT,
    STORY_ATTEMPT,
    STORY_PAYMENT,
    STORY_ITEM,
    STORY_TRANSACTION,
    STORY_SUB_MCHID,
    STORY_RENTAL,
    STORY_STORE,
    STORY_TOTAL,
    STORY_DEPOSIT_FEN,
    STORY_DEDUCTION_FEN,
    STORY_REFUNDED_FEN,
    STORY_AMOUNT,
    STORY_REASON,
    STORY_MAKER,
    STORY_REQUESTED_AT,
    STORY_BATCH,
    STORY_BATCH_MAKER,
    STORY_EXPIRES_AT,
    STORY_HASH,
    STORY_CHECKER,
    STORY_APPROVED_AT,
    STORY_STATE,
    STORY_STATE_AT,
    STORY_WHY,
    STORY_REFUSAL,
    STORY_SENDS,
    STORY_NEXT_AT,
    STORY_REFUND_ID,
    STORY_ACCEPTED_AT,
    STORY_SUCCESS_AT,
    STORY_CONFIRMED_DAY,
    STORY_COLUMNS
};

struct telling {
    struct table *table;
    bool bytes; /* of calls, too */
};

static void add_field(struct table *table, const char *name, struct view value)
{
    table_add(table, TABLE_CELLS(table_text(view_of(name)), table_text(value)));
}

/* How a column is written. */
enum field_kind { FIELD_TEXT, FIELD_MONEY, FIELD_COUNT, FIELD_INSTANT, FIELD_DATE };

struct field {
    const char *name;
    int column;
    enum field_kind kind;
};

static const struct field fields[] = {
    {"deposit_id", STORY_DEPOSIT, FIELD_TEXT},
    {"attempt", STORY_ATTEMPT, FIELD_COUNT},
    {"state", STORY_STATE, FIELD_TEXT},
    {"state_at", STORY_STATE_AT, FIELD_INSTANT},
    {"why", STORY_WHY, FIELD_TEXT},
    {"amount", STORY_AMOUNT, FIELD_MONEY},
    {"deposit", STORY_DEPOSIT_FEN, FIELD_MONEY},
    {"deducted", STORY_DEDUCTION_FEN, FIELD_MONEY},
    {"refunded_before", STORY_REFUNDED_FEN, FIELD_MONEY},
    {"payment", STORY_TOTAL, FIELD_MONEY},
    {"out_trade_no", STORY_PAYMENT, FIELD_TEXT},
    {"item_no", STORY_ITEM, FIELD_COUNT},
    {"transaction_id", STORY_TRANSACTION, FIELD_TEXT},
    {"sub_mchid", STORY_SUB_MCHID, FIELD_TEXT},
    {"rental_no", STORY_RENTAL, FIELD_TEXT},
    {"store_id", STORY_STORE, FIELD_TEXT},
    {"reason", STORY_REASON, FIELD_TEXT},
    {"maker", STORY_MAKER, FIELD_TEXT},
    {"requested_at", STORY_REQUESTED_AT, FIELD_INSTANT},
    {"batch_no", STORY_BATCH, FIELD_COUNT},
    {"batch_maker", STORY_BATCH_MAKER, FIELD_TEXT},
    {"batch_expires_at", STORY_EXPIRES_AT, FIELD_INSTANT},
    {"batch_hash", STORY_HASH, FIELD_TEXT},
    {"checker", STORY_CHECKER, FIELD_TEXT},
    {"approved_at", STORY_APPROVED_AT, FIELD_INSTANT},
    {"sends", STORY_SENDS, FIELD_COUNT},
    {"refusal", STORY_REFUSAL, FIELD_TEXT},
    {"next_query_at", STORY_NEXT_AT, FIELD_INSTANT},
    {"refund_id", STORY_REFUND_ID, FIELD_TEXT},
    {"accepted_at", STORY_ACCEPTED_AT, FIELD_INSTANT},
    {"success_at", STORY_SUCCESS_AT, FIELD_INSTANT},
    {"bill_day", STORY_CONFIRMED_DAY, FIELD_DATE},
};

static void add_value(struct table *table, const struct field *field, const struct pg_value *value)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

    if (value->null)
        return;
    switch (field->kind) {
    case FIELD_TEXT:
        buf_add_view(&text, value->text);
        break;
    case FIELD_MONEY:
        buf_add_text(&text, money_text((struct money){value->int8}).s);
        break;
    case FIELD_COUNT:
        buf_add_format(&text, "%" PRId64, value->int8);
        break;
    case FIELD_INSTANT:
        buf_add_text(&text, instant_text_beijing(value->instant).s);
        break;
    case FIELD_DATE:
        buf_add_text(&text, date_text(value->date).s);
        break;
    }
    add_field(table, field->name, buf_view(&text));
}

/* ---- events, calls --------------------------------------------------------------------------- */

/* at, who, from_state, to_state, why */
static bool add_event(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    const struct telling *telling = context;

    (void)err;
    buf_add_format(&text, "%s %.*s%s%.*s by %.*s", instant_text_beijing(values[0].instant).s,
                   VIEW_ARG(values[2].null ? VIEW("") : values[2].text),
                   values[2].null ? "" : " to ", VIEW_ARG(values[3].text),
                   VIEW_ARG(values[1].text));
    if (!values[4].null)
        buf_add_format(&text, ": %.*s", VIEW_ARG(values[4].text));
    add_field(telling->table, "event", buf_view(&text));
    return true;
}

/* Columns of refund_proposals. */
enum {
    PROPOSAL_NO,
    PROPOSAL_MAKER,
    PROPOSAL_AT,
    PROPOSAL_AS,
    PROPOSAL_REASON,
    PROPOSAL_EVIDENCE,
    PROPOSAL_ANSWER,
    PROPOSAL_ASKED_AT,
    PROPOSAL_CHECKER,
    PROPOSAL_RESOLVED_AT,
    PROPOSAL_WAITS,
};

static bool add_proposal(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    const struct telling *telling = context;

    (void)err;
    buf_add_format(&text, "%s %" PRId64 ": %.*s by %.*s: %.*s",
                   instant_text_beijing(values[PROPOSAL_AT].instant).s, values[PROPOSAL_NO].int8,
                   VIEW_ARG(values[PROPOSAL_AS].text), VIEW_ARG(values[PROPOSAL_MAKER].text),
                   VIEW_ARG(values[PROPOSAL_REASON].text));
    if (!values[PROPOSAL_EVIDENCE].null)
        buf_add_format(&text, " (%.*s)", VIEW_ARG(values[PROPOSAL_EVIDENCE].text));
    buf_add_format(&text, ", after %.*s of %s", VIEW_ARG(values[PROPOSAL_ANSWER].text),
                   instant_text_beijing(values[PROPOSAL_ASKED_AT].instant).s);
    if (!values[PROPOSAL_CHECKER].null)
        buf_add_format(&text, "; confirmed %s by %.*s",
                       instant_text_beijing(values[PROPOSAL_RESOLVED_AT].instant).s,
                       VIEW_ARG(values[PROPOSAL_CHECKER].text));
    else
        buf_add_text(&text,
                     values[PROPOSAL_WAITS].boolean ? "; waits for a second person" : "; void");
    add_field(telling->table, "proposal", buf_view(&text));
    return true;
}

/* Columns of refund_calls. */
enum {
    CALL_KIND,
    CALL_SENT_AT,
    CALL_REQUEST,
    CALL_REPLIED_AT,
    CALL_STATUS,
    CALL_REQUEST_ID,
    CALL_REPLY,
    CALL_OUTCOME,
};

static void describe_call(const struct pg_value *values, struct buf *text)
{
    buf_add_format(text, "%s %.*s", instant_text_beijing(values[CALL_SENT_AT].instant).s,
                   VIEW_ARG(values[CALL_KIND].text));
    if (values[CALL_REPLIED_AT].null) {
        buf_add_text(text, ": who sent it died before the reply");
        return;
    }
    if (values[CALL_STATUS].null)
        buf_add_text(text, ": no reply");
    else
        buf_add_format(text, ": HTTP %" PRId64, values[CALL_STATUS].int8);
    buf_add_format(text, ", %.*s", VIEW_ARG(values[CALL_OUTCOME].text));
    if (!values[CALL_REQUEST_ID].null)
        buf_add_format(text, ", Request-Id %.*s", VIEW_ARG(values[CALL_REQUEST_ID].text));
    buf_add_format(text, ", ended %s", instant_text_beijing(values[CALL_REPLIED_AT].instant).s);
}

static bool add_call(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
    const struct telling *telling = context;

    (void)err;
    describe_call(values, &text);
    add_field(telling->table, "call", buf_view(&text));
    if (!telling->bytes)
        return true;
    add_field(telling->table, "request", values[CALL_REQUEST].text);
    if (values[CALL_REPLY].null)
        return true;
    buf_clear(&text);
    utf8_mend(values[CALL_REPLY].bytes, &text);
    add_field(telling->table, "reply", buf_view(&text));
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool tell(struct job *job, struct pg *pg, struct view mchid, struct telling *telling,
                 struct err *err)
{
    struct view refund_no = view_of(job->words.at[0]);
    const struct pg_value params[] = {pg_text(mchid), pg_text(refund_no)};
    struct pg_value values[STORY_COLUMNS];
    bool found;

    if (!pg_one(pg, &query_refund_story, params, 2, &job->arena, &found, values, err))
        return false;
    if (!found)
        return err_set(err, ERR_USAGE, "merchant %.*s has no refund %s", VIEW_ARG(mchid),
                       job->words.at[0]);
    add_field(telling->table, "mchid", mchid);
    add_field(telling->table, "refund_no", refund_no);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        add_value(telling->table, &fields[i], &values[fields[i].column]);
    return pg_each(pg, &query_refund_events, params, 2, add_event, telling, err) &&
           pg_each(pg, &query_refund_proposals, params, 2, add_proposal, telling, err) &&
           pg_each(pg, &query_refund_calls, params, 2, add_call, telling, err);
}

static bool show(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"field", "FIELD", TABLE_TEXT},
        {"value", "VALUE", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    const bool *calls = context;
    struct telling telling = {table, *calls || job->log.level == LOG_DEBUG};
    struct view mchid;
    bool told;
    struct pg *pg;

    (void)ret_code;
    if (!refund_choose_one(job, &pg, &mchid, err) || !pg_begin(pg, PG_SNAPSHOT, err))
        return false;
    told = tell(job, pg, mchid, &telling, err);
    pg_rollback(pg); /* nothing was written */
    return told && table_print(table, job->format, stdout, err);
}

enum exit_code command_refund_show(int argc, char *const argv[])
{
    bool calls = false;
    const struct option_row rows[] = {
        {"calls", 0, OPTION_FLAG, &calls, NULL, NULL,
         "what was sent and answered, too; so does --verbose"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund show",
        .words = "NUMBER",
        .summary = "Shows the whole story of a request: who asked, who approved, every change and "
                   "every call.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, show, &calls);
}
