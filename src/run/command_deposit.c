#include "run/command_deposit.h"

#include "books/contract.h"
#include "queries.h"
#include "refund/balance.h"
#include "refund/proof.h"
#include "run/job.h"
#include "run/merchant.h"

#include <inttypes.h>
#include <string.h>

/* Exceptions that text names one by one; CSV and JSON have all. */
enum { EXCEPTIONS_SHOWN = 20 };

enum {
    COLUMN_DEPOSIT,
    COLUMN_STORE,
    COLUMN_TRADE,
    COLUMN_STATUS,
    COLUMN_AMOUNT,
    COLUMN_ITEM,
    COLUMN_PAYMENT,
    COLUMN_DEPOSITS,
    COLUMN_REFUNDED,
    COLUMN_REFUNDED_NOW,
    COLUMN_DEDUCTED,
    COLUMN_DEDUCTED_NOW,
};

/* One merchant's deposits. Rows come by store. */
struct proving {
    struct job *job;
    struct table *table;
    struct view mchid;
    struct arena arena;
    struct view store; /* of the sum at hand */
    struct proof_sum of_store, all;
    struct buf exceptions; /* a line each */
    int64_t shown;
};

static void proving_release(struct proving *proving)
{
    arena_release(&proving->arena);
    buf_release(&proving->exceptions);
}

static struct view text_of(const struct pg_value *value)
{
    return value->null ? (struct view){NULL, 0} : value->text;
}

static struct table_cell id_or_none(struct view text)
{
    return text.length > 0 ? table_id(text) : table_none();
}

static struct table_cell text_or_none(struct view text)
{
    return text.length > 0 ? table_text(text) : table_none();
}

/* ---- people: a line a store ------------------------------------------------------------------ */

static void add_sum(struct proving *proving, struct view store, const struct proof_sum *sum)
{
    table_add(proving->table,
              TABLE_CELLS(table_id(proving->mchid), table_text(store), table_count(sum->deposits),
                          table_money(sum->paid), table_money(sum->refunded),
                          table_money(sum->deducted), table_money(sum->forfeited),
                          table_money(sum->held), table_count(sum->exceptions)));
}

static void end_store(struct proving *proving)
{
    if (proving->of_store.deposits > 0)
        add_sum(proving, proving->store.length > 0 ? proving->store : VIEW("(none)"),
                &proving->of_store);
    proving->of_store = (struct proof_sum){.deposits = 0};
}

static void begin_store(struct proving *proving, struct view store)
{
    if (proving->of_store.deposits > 0 && view_equal(store, proving->store))
        return;
    end_store(proving);
    proving->store = view_from(arena_copy(&proving->arena, store.at, store.length), store.length);
}

static void add_exception(struct proving *proving, const struct pg_value *values,
                          const struct proof *proof)
{
    if (proof->holds || proving->shown++ >= EXCEPTIONS_SHOWN)
        return;
    if (values[COLUMN_DEPOSIT].null)
        buf_add_format(&proving->exceptions, "%.*s payment %.*s: %s\n", VIEW_ARG(proving->mchid),
                       VIEW_ARG(text_of(&values[COLUMN_TRADE])), proof->problem);
    else
        buf_add_format(&proving->exceptions, "%.*s deposit %.*s: %s\n", VIEW_ARG(proving->mchid),
                       VIEW_ARG(values[COLUMN_DEPOSIT].text), proof->problem);
}

/* ---- machines: a line a deposit -------------------------------------------------------------- */

static void add_deposit(struct proving *proving, const struct pg_value *values,
                        const struct proof *proof)
{
    table_add(proving->table,
              TABLE_CELLS(table_id(proving->mchid), id_or_none(text_of(&values[COLUMN_DEPOSIT])),
                          id_or_none(text_of(&values[COLUMN_STORE])),
                          id_or_none(text_of(&values[COLUMN_TRADE])),
                          text_or_none(text_of(&values[COLUMN_STATUS])), table_money(proof->paid),
                          table_money(proof->refunded), table_money(proof->deducted),
                          table_money(proof->forfeited), table_money(proof->held),
                          table_text(proof->holds ? VIEW("yes") : VIEW("no")),
                          text_or_none(view_of(proof->problem))));
}

/* ---- one merchant ---------------------------------------------------------------------------- */

static bool take_row(void *context, const struct pg_value *values, struct err *err)
{
    struct proving *proving = context;
    const struct proof_deposit deposit = {
        .recorded = !values[COLUMN_DEPOSIT].null,
        .paid = view_equal(text_of(&values[COLUMN_PAYMENT]), VIEW("PAID")),
        .shared = values[COLUMN_DEPOSITS].int8 > 1,
        .has_item = !values[COLUMN_ITEM].null,
        .item = {values[COLUMN_ITEM].null ? 0 : values[COLUMN_ITEM].int8},
        .amount = {values[COLUMN_AMOUNT].int8},
        .status = text_of(&values[COLUMN_STATUS]),
        .refunded = {values[COLUMN_REFUNDED].int8},
        .refunded_now = {values[COLUMN_REFUNDED_NOW].int8},
        .deducted = {values[COLUMN_DEDUCTED].int8},
        .deducted_now = {values[COLUMN_DEDUCTED_NOW].int8},
    };
    struct proof proof = proof_of_deposit(&deposit);

    if (proving->job->format == TABLE_TEXT_FORMAT) {
        begin_store(proving, text_of(&values[COLUMN_STORE]));
        add_exception(proving, values, &proof);
    } else {
        add_deposit(proving, values, &proof);
    }
    if (proof_add(&proving->of_store, &proof) && proof_add(&proving->all, &proof))
        return true;
    return err_set(err, ERR_DATA, "books: sums of deposits are beyond any sense");
}

/* Could every deposit be given back? Returns whether it could. */
static bool say_balance(const struct proving *proving, struct date day,
                        const struct refund_balance *balance, struct buf *out)
{
    int64_t missing = proving->all.held.fen - balance->money.fen;

    buf_add_format(out, "%.*s: deposits held at the end of %s: %s; ", VIEW_ARG(proving->mchid),
                   date_text(day).s, money_text(proving->all.held).s);
    if (!balance->known) {
        buf_add_text(out, "the account's balance is not known, so nothing is proved\n");
        return false;
    }
    buf_add_format(out, "on the account at the end of %s%s: %s; ", date_text(balance->day).s,
                   balance->day.days < day.days ? ", the newest that is known" : "",
                   money_text(balance->money).s);
    if (missing > 0)
        buf_add_format(out, "%s is missing\n", money_text((struct money){missing}).s);
    else
        buf_add_text(out, "every deposit could be refunded\n");
    return missing <= 0;
}

static void say(struct proving *proving, struct buf *out)
{
    buf_add_view(out, buf_view(&proving->exceptions));
    if (proving->shown > EXCEPTIONS_SHOWN)
        buf_add_format(out, "%.*s: and %" PRId64 " more that do not hold\n",
                       VIEW_ARG(proving->mchid), proving->shown - EXCEPTIONS_SHOWN);
}

static bool check_books(struct proving *proving, struct pg *pg, struct instant end, struct err *err)
{
    CLEANUP(buf_release) struct buf problem = BUF_INIT(CONTRACT_PROBLEM_MAX);

    if (!books_contract_check(pg, proving->mchid, &end, &problem, err))
        return false;
    if (problem.length == 0 && !problem.overflowed)
        return true;
    return err_set(err, ERR_LATER, "%.*s: %s", VIEW_ARG(proving->mchid), buf_text(&problem));
}

static bool prove_merchant(struct proving *proving, struct pg *pg, struct buf *said,
                           enum exit_code *ret_code, struct err *err)
{
    struct date day = proving->job->days.from;
    struct instant end = beijing_start(date_add(day, 1));
    struct refund_balance balance;
    bool could;

    if (!check_books(proving, pg, end, err) ||
        !pg_each(pg, &query_deposit_proof, PG_PARAMS(pg_text(proving->mchid), pg_instant(end)),
                 take_row, proving, err) ||
        !refund_balance_at(pg, proving->mchid, day, &balance, err))
        return false;
    if (proving->job->format == TABLE_TEXT_FORMAT) {
        end_store(proving);
        add_sum(proving, VIEW("TOTAL"), &proving->all);
    }
    say(proving, said);
    could = say_balance(proving, day, &balance, said);
    if (!could || !proof_sum_holds(&proving->all))
        *ret_code = exit_code_worse(*ret_code, EXIT_FINDINGS);
    return true;
}

/* ---- the command ----------------------------------------------------------------------------- */

static struct table *make_table(enum table_format format)
{
    static const struct table_column stores[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"store", "STORE", TABLE_TEXT},
        {"deposits", "DEPOSITS", TABLE_COUNT},
        {"paid_fen", "PAID", TABLE_MONEY},
        {"refunded_fen", "REFUNDED", TABLE_MONEY},
        {"deducted_fen", "DEDUCTED", TABLE_MONEY},
        {"forfeited_fen", "FORFEITED", TABLE_MONEY},
        {"held_fen", "HELD", TABLE_MONEY},
        {"exceptions", "EXCEPTIONS", TABLE_COUNT},
    };
    static const struct table_column deposits[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"deposit_id", "DEPOSIT", TABLE_ID},
        {"store_id", "STORE", TABLE_ID},
        {"out_trade_no", "PAYMENT", TABLE_ID},
        {"status", "STATUS", TABLE_TEXT},
        {"paid_fen", "PAID", TABLE_MONEY},
        {"refunded_fen", "REFUNDED", TABLE_MONEY},
        {"deducted_fen", "DEDUCTED", TABLE_MONEY},
        {"forfeited_fen", "FORFEITED", TABLE_MONEY},
        {"held_fen", "HELD", TABLE_MONEY},
        {"holds", "HOLDS", TABLE_TEXT},
        {"problem", "PROBLEM", TABLE_TEXT},
    };

    return format == TABLE_TEXT_FORMAT ? table_new(TABLE_COLUMNS(stores))
                                       : table_new(TABLE_COLUMNS(deposits));
}

/* To people with the table; to the log when stdout is for machines. */
static void print_said(const struct job *job, struct view said, enum exit_code code)
{
    struct view line;

    if (job->format == TABLE_TEXT_FORMAT) {
        (void)printf("\n%.*s", VIEW_ARG(said));
        return;
    }
    while (said.length > 0 && view_take(&said, '\n', &line))
        log_line(&job->log, code == EXIT_CLEAN ? LOG_INFO : LOG_WARNING, "%.*s", VIEW_ARG(line));
}

static bool prove_all(struct job *job, struct pg *pg, struct table *table, struct buf *said,
                      enum exit_code *ret_code, struct err *err)
{
    struct merchant_list list;

    if (!merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        CLEANUP(proving_release)
        struct proving proving = {.job = job,
                                  .table = table,
                                  .mchid = list.at[i].mchid,
                                  .exceptions = BUF_INIT(EXCEPTIONS_SHOWN * 512)};

        if (list.at[i].mode == MERCHANT_NONE)
            continue;
        /* One merchant, one snapshot (CITUS.md). */
        if (!pg_begin(pg, PG_SNAPSHOT, err) || !prove_merchant(&proving, pg, said, ret_code, err))
            return false;
        pg_rollback(pg);
    }
    return true;
}

static bool prove(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    CLEANUP(table_done) struct table *table = make_table(job->format);
    CLEANUP(buf_release) struct buf said = BUF_INIT(64 * 1024 * 1024);
    struct pg *pg;

    (void)context;
    if (!job->days.given || job->days.from.days != job->days.to.days)
        return err_set(err, ERR_USAGE, "option --day is required");
    if (clock_now(&job->clock).us < beijing_start(date_add(job->days.from, 1)).us)
        return err_set(err, ERR_USAGE, "option --day: %s is not over yet",
                       date_text(job->days.from).s);
    if (!job_database(job, &pg, err) || !prove_all(job, pg, table, &said, ret_code, err) ||
        !table_print(table, job->format, stdout, err))
        return false;
    print_said(job, buf_view(&said), *ret_code);
    return true;
}

enum exit_code command_deposit_prove(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon deposit prove",
        .words = "",
        .summary = "Proves what is held of the deposits at the end of a day, against the account.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, prove, NULL);
}
