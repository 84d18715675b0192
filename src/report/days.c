#include "report/days.h"

#include "pg/pg.h"
#include "queries.h"
#include "recon/class.h"
#include "span.h"

#include <inttypes.h>

enum { NAME_MAX = 1024, DAY_COLUMNS = 7 };

static struct table_cell text_cell(const struct pg_value *value)
{
    return value->null ? table_none() : table_text(value->text);
}

/* mchid, bill_day, verdict, stage, rows, matched, open, pending, reason */
static bool list_row(void *context, const struct pg_value *values, struct err *err)
{
    struct table *table = context;

    (void)err;
    table_add(table,
              TABLE_CELLS(table_id(values[0].text), table_date(values[1].date),
                          text_cell(&values[2]), text_cell(&values[3]), table_count(values[4].int8),
                          table_count(values[5].int8), table_count(values[6].int8),
                          table_count(values[7].int8), text_cell(&values[8])));
    return true;
}

bool report_days(struct pg *pg, const struct report_days_filter *filter, enum table_format format,
                 FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},    {"bill_day", "DAY", TABLE_DATE},
        {"verdict", "VERDICT", TABLE_TEXT}, {"stage", "STAGE", TABLE_TEXT},
        {"rows", "ROWS", TABLE_COUNT},      {"matched", "MATCHED", TABLE_COUNT},
        {"open", "OPEN", TABLE_COUNT},      {"pending", "PENDING", TABLE_COUNT},
        {"reason", "REASON", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    if (!pg_each(pg, &query_report_days,
                 PG_PARAMS(pg_texts(filter->mchids, filter->mchid_count),
                           pg_date(span_from(filter->has_days, filter->from)),
                           pg_date(span_to(filter->has_days, filter->to))),
                 list_row, table, err))
        return err_wrap(err, "could not list days");

    return table_print(table, format, out, err);
}

/* One row of any section; which amounts it has says the section. */
struct line {
    struct view name;
    struct view detail;
    bool has_left, has_right, has_fee;
    int64_t left_count, right_count;
    struct money left, right;
    struct fee fee;
};

/* A section while it is collected: into the one table of a machine, or into a table of its own
 * with its first columns only, and without its name. */
struct section {
    const char *name;
    struct table *table;
    bool one_table;
    size_t columns;
};

static void add_line(struct section *section, const struct line *line)
{
    const struct table_cell cells[] = {
        table_text(view_of(section->name)),
        table_text(line->name),
        table_text(line->detail),
        line->has_left ? table_count(line->left_count) : table_none(),
        line->has_left ? table_money(line->left) : table_none(),
        line->has_right ? table_count(line->right_count) : table_none(),
        line->has_right ? table_money(line->right) : table_none(),
        line->has_fee ? table_fee(line->fee) : table_none(),
    };

    if (section->one_table)
        table_add(section->table, cells, sizeof(cells) / sizeof(cells[0]));
    else
        table_add(section->table, cells + 1, section->columns);
}

static void add_text(struct section *section, const char *name, struct view detail)
{
    if (detail.length > 0)
        add_line(section, &(struct line){.name = view_of(name), .detail = detail});
}

static void add_number(struct section *section, const char *name, int64_t number)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(NAME_MAX);

    buf_add_format(&text, "%" PRId64, number);
    add_text(section, name, buf_view(&text));
}

/* name, holds, left_name, left_count, left_fen, right_name, right_count, right_fen, accepted
 */
static bool identity_row(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf detail = BUF_INIT(NAME_MAX);
    struct line line = {
        .name = values[0].text,
        .has_left = true,
        .has_right = true,
        .left_count = values[3].int8,
        .left = {values[4].int8},
        .right_count = values[6].int8,
        .right = {values[7].int8},
    };

    (void)err;
    buf_add_format(&detail, "%s: %.*s = %.*s",
                   values[1].boolean   ? "holds"
                   : values[8].boolean ? "off by what was accepted"
                                       : "FAILS",
                   VIEW_ARG(values[2].text), VIEW_ARG(values[5].text));
    line.detail = buf_view(&detail);
    add_line(context, &line);
    return true;
}

/* part, key, payment_items, payment_fen, refund_items, refund_fen, fee_millifen */
static bool part_row(void *context, const struct pg_value *values, struct err *err)
{
    const struct line line = {
        .name = values[0].text,
        .detail = values[1].text,
        .has_left = true,
        .has_right = true,
        .has_fee = true,
        .left_count = values[2].int8,
        .left = {values[3].int8},
        .right_count = values[4].int8,
        .right = {values[5].int8},
        .fee = {values[6].int8},
    };

    (void)err;
    add_line(context, &line);
    return true;
}

/* code, state, plus_count, plus_fen, minus_count, minus_fen */
static bool class_row(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX);
    enum finding_class class;
    struct line line = {
        .detail = values[1].text,
        .has_left = true,
        .has_right = true,
        .left_count = values[2].int8,
        .left = {values[3].int8},
        .right_count = values[4].int8,
        .right = {values[5].int8},
    };

    (void)err;
    buf_add_view(&name, values[0].text);
    if (class_by_code(values[0].text, &class))
        buf_add_format(&name, " %s", class_info(class)->name);
    line.name = buf_view(&name);
    add_line(context, &line);
    return true;
}

/* kind, version, state, used, received_sha256, received_bytes, received_at */
static bool bill_row(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX);
    CLEANUP(buf_release) struct buf detail = BUF_INIT(NAME_MAX);

    (void)err;
    buf_add_format(&name, "%.*s v%" PRId64, VIEW_ARG(values[0].text), values[1].int8);
    buf_add_format(&detail, "%.*s%s, %" PRId64 " bytes, %s", VIEW_ARG(values[2].text),
                   values[3].boolean ? ", used" : "", values[5].int8,
                   instant_text(values[6].instant).s);
    if (!values[4].null)
        buf_add_format(&detail, ", sha256 %.*s", VIEW_ARG(values[4].text));
    add_line(context, &(struct line){.name = buf_view(&name), .detail = buf_view(&detail)});
    return true;
}

/* What a section's columns mean, for people. */
struct section_spec {
    const char *name;
    const char *heads[7];
    size_t columns;
    const struct pg_query *query; /* NULL: the day itself */
    pg_row_function *row;
};

static const struct section_spec specs[] = {
    {"day", {"DAY", ""}, 2, NULL, NULL},
    {"identity",
     {"IDENTITY", "LEFT = RIGHT", "LEFT", "LEFT YUAN", "RIGHT", "RIGHT YUAN"},
     6,
     &query_report_identities,
     identity_row},
    {"part",
     {"PART", "KEY", "PAYMENTS", "PAYMENTS YUAN", "REFUNDS", "REFUNDS YUAN", "FEES"},
     7,
     &query_report_parts,
     part_row},
    {"finding",
     {"CLASS", "STATE", "PLUS", "PLUS YUAN", "MINUS", "MINUS YUAN"},
     6,
     &query_report_classes,
     class_row},
    {"bill", {"BILL", "STATE"}, 2, &query_report_bills, bill_row},
};

static const struct table_column machine_columns[] = {
    {"section", "SECTION", TABLE_TEXT},       {"name", "NAME", TABLE_TEXT},
    {"detail", "DETAIL", TABLE_TEXT},         {"left_count", "LEFT", TABLE_COUNT},
    {"left_fen", "LEFT YUAN", TABLE_MONEY},   {"right_count", "RIGHT", TABLE_COUNT},
    {"right_fen", "RIGHT YUAN", TABLE_MONEY}, {"fee_millifen", "FEES", TABLE_FEE},
};

enum { MACHINE_COLUMNS = sizeof(machine_columns) / sizeof(machine_columns[0]) };

/* verdict, stage, rows, matched, tries, next_try_at, reason */
static void add_day(struct section *section, const struct pg_value *values)
{
    add_text(section, "verdict", values[0].null ? VIEW("none yet") : values[0].text);
    add_text(section, "stage", values[1].text);
    add_number(section, "rows", values[2].int8);
    add_number(section, "matched", values[3].int8);
    add_number(section, "tries", values[4].int8);
    if (!values[5].null)
        add_text(section, "next try", view_of(instant_text(values[5].instant).s));
    if (!values[6].null)
        add_text(section, "reason", values[6].text);
}

struct day_report {
    struct pg *pg;
    struct view mchid;
    struct date day;
    struct pg_value values[DAY_COLUMNS];
    FILE *out;
};

static bool fill_section(const struct day_report *report, const struct section_spec *spec,
                         struct section *section, struct err *err)
{
    if (spec->query == NULL) {
        add_day(section, report->values);
        return true;
    }
    return pg_each(report->pg, spec->query, PG_PARAMS(pg_text(report->mchid), pg_date(report->day)),
                   spec->row, section, err);
}

static bool print_section(const struct day_report *report, const struct section_spec *spec,
                          struct err *err)
{
    struct table_column columns[MACHINE_COLUMNS];
    struct section section = {.name = spec->name, .columns = spec->columns};

    for (size_t i = 0; i < spec->columns; i++) {
        columns[i] = machine_columns[i + 1];
        columns[i].head = spec->heads[i];
    }
    CLEANUP(table_done) struct table *table = table_new(columns, spec->columns);

    section.table = table;
    if (!fill_section(report, spec, &section, err))
        return false;
    if (table_rows(table) == 0)
        return true;
    if (spec->query != NULL)
        (void)fprintf(report->out, "\n");
    return table_print(table, TABLE_TEXT_FORMAT, report->out, err);
}

static bool print_for_people(const struct day_report *report, struct err *err)
{
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        if (!print_section(report, &specs[i], err))
            return false;
    }
    return true;
}

static bool print_for_machines(const struct day_report *report, enum table_format format,
                               struct err *err)
{
    CLEANUP(table_done) struct table *table = table_new(machine_columns, MACHINE_COLUMNS);

    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        struct section section = {specs[i].name, table, /* one_table= */ true, MACHINE_COLUMNS};

        if (!fill_section(report, &specs[i], &section, err))
            return false;
    }
    return table_print(table, format, report->out, err);
}

/* All sections in one snapshot, so that they fit each other. */
static bool print_day(struct day_report *report, enum table_format format, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    bool found;

    if (!pg_one(report->pg, &query_report_day,
                PG_PARAMS(pg_text(report->mchid), pg_date(report->day)), &arena, &found,
                report->values, err))
        return false;
    if (!found)
        return err_set(err, ERR_DATA, "there is no such day of merchant %.*s",
                       VIEW_ARG(report->mchid));
    return format == TABLE_TEXT_FORMAT ? print_for_people(report, err)
                                       : print_for_machines(report, format, err);
}

bool report_day(struct pg *pg, struct view mchid, struct date day, enum table_format format,
                FILE *out, struct err *err)
{
    struct day_report report = {.pg = pg, .mchid = mchid, .day = day, .out = out};

    if (!pg_begin(pg, PG_SNAPSHOT, err))
        return false;
    if (!print_day(&report, format, err)) {
        pg_rollback(pg);
        return err_wrap(err, "day %s", date_text(day).s);
    }
    return pg_commit(pg, err);
}
