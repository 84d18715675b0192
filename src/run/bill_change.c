#include "run/bill_change.h"

#include "queries.h"
#include "text/json.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* A total that is shown, under the name that the bill's summary has for it. */
struct column {
    const char *name;
    enum bill_unit unit;
    size_t offset; /* of an int64_t in struct bill_totals; struct money and struct fee are one */
};

#define COLUMN(name, unit, member)                                                                 \
    {                                                                                              \
        name, unit, offsetof(struct bill_totals, member)                                           \
    }

static const struct column trade_columns[] = {
    COLUMN("总交易单数", BILL_UNIT_COUNT, rows),
    COLUMN("订单总金额", BILL_UNIT_FEN, order),
    COLUMN("申请退款总金额", BILL_UNIT_FEN, refund_requested),
    COLUMN("应结订单总金额", BILL_UNIT_FEN, settlement),
    COLUMN("退款总金额", BILL_UNIT_FEN, refund),
    COLUMN("充值券退款总金额", BILL_UNIT_FEN, recharge_refund),
    COLUMN("手续费总金额", BILL_UNIT_MILLIFEN, fee),
};

static const struct column fund_columns[] = {
    COLUMN("资金流水总笔数", BILL_UNIT_COUNT, rows),
    COLUMN("收入笔数", BILL_UNIT_COUNT, income_count),
    COLUMN("收入金额", BILL_UNIT_FEN, income),
    COLUMN("支出笔数", BILL_UNIT_COUNT, expense_count),
    COLUMN("支出金额", BILL_UNIT_FEN, expense),
};

struct columns {
    const struct column *at;
    size_t count;
};

#define COLUMNS(table) ((struct columns){table, sizeof(table) / sizeof((table)[0])})

static bool is_fund(const struct evidence_bill *bill)
{
    return strcmp(bill->kind, EVIDENCE_FUND_BASIC) == 0;
}

static struct columns columns_of(const struct evidence_bill *bill)
{
    return is_fund(bill) ? COLUMNS(fund_columns) : COLUMNS(trade_columns);
}

static int64_t value_of(const struct column *column, const struct bill_content *content)
{
    int64_t value;

    memcpy(&value, (const char *)&content->totals + column->offset, sizeof(value));
    return value;
}

static bool first_version(struct pg *pg, const struct evidence_bill *bill, int32_t *ret_version,
                          bool *ret_known, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[2];
    const struct pg_value *value = &values[is_fund(bill) ? 1 : 0];
    bool found;

    if (!pg_one(pg, &query_unit_first_versions, PG_PARAMS(pg_text(bill->mchid), pg_date(bill->day)),
                &arena, &found, values, err))
        return false;
    *ret_known = found && !value->null;
    if (*ret_known)
        *ret_version = (int32_t)value->int8;
    return true;
}

/* What is damaged in the database cannot be compared, and says so. */
static bool read_content(struct pg *pg, const struct evidence_bill *bill,
                         const struct evidence_file *file, struct bill_content *content,
                         struct err *err)
{
    struct err damage = ERR_INIT;

    if (evidence_content(pg, bill, file, content, &damage))
        return true;
    if (damage.kind != ERR_DATA && damage.kind != ERR_LIMIT) {
        *err = damage;
        return false;
    }
    *content = (struct bill_content){.unreadable = damage};
    return true;
}

/* The same plain bytes when they were received, whatever became of either in the database. */
static bool was_same(const struct evidence_file *before, const struct evidence_file *after)
{
    return !before->no_statement && !after->no_statement &&
           before->plain_bytes == after->plain_bytes &&
           strcmp(before->plain_sha1, after->plain_sha1) == 0;
}

static bool compare(struct pg *pg, const struct evidence_bill *bill,
                    const struct evidence_file *before, const struct evidence_file *after,
                    struct bill_change *change, struct err *err)
{
    if (!read_content(pg, bill, after, &change->after, err) ||
        !read_content(pg, bill, before, &change->before, err))
        return false;
    change->from = before->version;
    change->to = after->version;
    change->changed =
        change->after.readable &&
        (!change->before.readable || !bill_content_equal(&change->before, &change->after));
    change->gone = change->changed && after->no_statement && change->before.totals.rows > 0;
    return true;
}

bool bill_change_find(struct pg *pg, const struct evidence_bill *bill,
                      struct bill_change *ret_change, struct err *err)
{
    struct bill_change change = {.changed = false};
    struct evidence_file before, after;
    bool has_first, has_before = false, has_after = false;
    int32_t first = 0;

    if (!first_version(pg, bill, &first, &has_first, err) ||
        (has_first && !evidence_find(pg, bill, &after, &has_after, err)) ||
        (has_after && after.version != first &&
         !evidence_find_version(pg, bill, first, &before, &has_before, err)))
        return false;
    if (has_before && !was_same(&before, &after) &&
        !compare(pg, bill, &before, &after, &change, err))
        return false;
    *ret_change = change;
    return true;
}

static void add_amount(struct buf *text, enum bill_unit unit, int64_t value)
{
    switch (unit) {
    case BILL_UNIT_COUNT:
        buf_add_format(text, "%" PRId64, value);
        return;
    case BILL_UNIT_FEN:
        buf_add_text(text, money_text((struct money){value}).s);
        return;
    case BILL_UNIT_MILLIFEN:
        buf_add_text(text, fee_text((struct fee){value}).s);
        return;
    }
}

static void add_differences(const struct evidence_bill *bill, const struct bill_change *change,
                            struct buf *text)
{
    struct columns columns = columns_of(bill);
    const char *separator = ": ";

    for (size_t i = 0; i < columns.count; i++) {
        const struct column *column = &columns.at[i];
        int64_t was = value_of(column, &change->before);
        int64_t is = value_of(column, &change->after);

        if (was == is)
            continue;
        buf_add_format(text, "%s%s ", separator, column->name);
        add_amount(text, column->unit, is);
        buf_add_text(text, ", was ");
        add_amount(text, column->unit, was);
        separator = "; ";
    }
    if (strcmp(separator, ": ") == 0)
        buf_add_text(text, ", all totals are the same");
}

void bill_change_text(const struct evidence_bill *bill, const struct bill_change *change,
                      struct buf *ret_text)
{
    buf_add_format(ret_text, "%s of %s: ", evidence_kind_name(bill->kind), date_text(bill->day).s);
    if (!change->before.readable) {
        buf_add_format(ret_text, "version %" PRId32 " cannot be compared: %s", change->to,
                       change->before.unreadable.text);
        return;
    }
    if (change->gone)
        buf_add_text(ret_text, "there is none any more, says WeChat Pay: ");
    buf_add_format(ret_text, "version %" PRId32 " differs from version %" PRId32, change->to,
                   change->from);
    add_differences(bill, change, ret_text);
}

static void write_totals(const struct evidence_bill *bill, const struct bill_change *change,
                         struct json_writer *json)
{
    static const char *const units[] = {
        [BILL_UNIT_COUNT] = "count", [BILL_UNIT_FEN] = "fen", [BILL_UNIT_MILLIFEN] = "1/1000 fen"};
    struct columns columns = columns_of(bill);

    json_writer_begin_array(json);
    for (size_t i = 0; i < columns.count; i++) {
        const struct column *column = &columns.at[i];
        int64_t was = value_of(column, &change->before);
        int64_t is = value_of(column, &change->after);

        json_writer_begin_object(json);
        json_writer_pair_text(json, "total", view_of(column->name));
        json_writer_pair_text(json, "unit", view_of(units[column->unit]));
        json_writer_pair_integer(json, "was", was);
        json_writer_pair_integer(json, "is", is);
        json_writer_pair_integer(json, "difference", is - was);
        json_writer_end_object(json);
    }
    json_writer_end_array(json);
}

static void write_evidence(const struct evidence_bill *bill, const struct bill_change *change,
                           struct buf *evidence)
{
    struct json_writer json;

    json_writer_init(&json, evidence);
    json_writer_begin_object(&json);
    json_writer_pair_integer(&json, "from_version", change->from);
    json_writer_pair_integer(&json, "to_version", change->to);
    if (change->gone)
        json_writer_pair_bool(&json, "gone", true);
    if (change->before.readable) {
        json_writer_key(&json, "totals");
        write_totals(bill, change, &json);
    }
    json_writer_end_object(&json);
}

/* Sums of a bill that was read are far from overflowing: their parser limits them. */
static struct finding_amount amount_of(const struct evidence_bill *bill,
                                       const struct bill_content *content)
{
    const struct bill_totals *totals = &content->totals;
    int64_t fen = is_fund(bill) ? totals->income.fen - totals->expense.fen
                                : totals->order.fen - totals->refund_requested.fen;

    return (struct finding_amount){content->readable, {content->readable ? fen : 0}};
}

bool bill_change_add(const struct evidence_bill *bill, const struct bill_change *change,
                     struct finding_list *list, struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(16 * 1024);
    CLEANUP(buf_release) struct buf reason = BUF_INIT(BILL_CHANGE_TEXT_MAX);

    if (!change->changed)
        return true;
    write_evidence(bill, change, &evidence);
    bill_change_text(bill, change, &reason);
    return finding_list_add(list,
                            &(struct finding){
                                .leg = LEG_EVIDENCE,
                                .key = view_of(bill->kind),
                                .class = CLASS_E06,
                                .state = STATE_OPEN,
                                .channel = amount_of(bill, &change->after),
                                .books = amount_of(bill, &change->before),
                                .evidence = buf_view(&evidence),
                                .reason = buf_view(&reason),
                            },
                            err);
}
