#include "report/findings.h"

#include "pg/pg.h"
#include "queries.h"
#include "span.h"

enum { STATES_MAX = STATE_REOPENED + 1 };

enum {
    COLUMN_MCHID,
    COLUMN_DAY,
    COLUMN_CODE,
    COLUMN_STATE,
    COLUMN_RESOLUTION,
    COLUMN_LEG,
    COLUMN_KEY,
    COLUMN_CHANNEL,
    COLUMN_BOOKS,
    COLUMN_DIFF,
    COLUMN_OWNER,
    COLUMN_FIRST_SEEN,
    COLUMN_ID,
    COLUMN_PROPOSAL,
    COLUMN_MAKER,
    COLUMN_CHECKER,
    COLUMN_NOTE,
};

enum { REVIEW_MAX = 4096 };

struct listing {
    struct table *table;
    struct date today;
};

static struct table_cell text_cell(const struct pg_value *value)
{
    return value->null ? table_none() : table_text(value->text);
}

static struct table_cell money_cell(const struct pg_value *value)
{
    return value->null ? table_none() : table_money((struct money){value->int8});
}

/* 名称 of a class that this program knows. */
static struct table_cell name_cell(struct view code)
{
    enum finding_class class;

    return class_by_code(code, &class) ? table_text(view_of(class_info(class)->name))
                                       : table_none();
}

/* "proposal 1 of anna: why", "accepted by anna and bert: why"; nothing when neither is so. */
static void write_review(const struct pg_value *values, struct buf *review)
{
    if (values[COLUMN_MAKER].null)
        return;
    if (values[COLUMN_CHECKER].null)
        buf_add_format(review, "proposal %d of %.*s: ", (int)values[COLUMN_PROPOSAL].int8,
                       VIEW_ARG(values[COLUMN_MAKER].text));
    else
        buf_add_format(review, "accepted by %.*s and %.*s: ", VIEW_ARG(values[COLUMN_MAKER].text),
                       VIEW_ARG(values[COLUMN_CHECKER].text));
    buf_add_view(review, values[COLUMN_NOTE].text);
}

static bool add_row(void *context, const struct pg_value *values, struct err *err)
{
    struct listing *listing = context;
    struct date first_seen = beijing_day(values[COLUMN_FIRST_SEEN].instant);
    CLEANUP(buf_release) struct buf review = BUF_INIT(REVIEW_MAX);

    (void)err;
    write_review(values, &review);
    table_add(listing->table,
              TABLE_CELLS(table_id(values[COLUMN_MCHID].text), table_date(values[COLUMN_DAY].date),
                          table_text(values[COLUMN_CODE].text), name_cell(values[COLUMN_CODE].text),
                          text_cell(&values[COLUMN_STATE]), text_cell(&values[COLUMN_RESOLUTION]),
                          text_cell(&values[COLUMN_LEG]), table_id(values[COLUMN_KEY].text),
                          money_cell(&values[COLUMN_CHANNEL]), money_cell(&values[COLUMN_BOOKS]),
                          money_cell(&values[COLUMN_DIFF]),
                          table_count(listing->today.days - first_seen.days),
                          text_cell(&values[COLUMN_OWNER]),
                          table_instant(values[COLUMN_FIRST_SEEN].instant),
                          table_id(values[COLUMN_ID].text),
                          review.length > 0 ? table_text(buf_view(&review)) : table_none()));
    return true;
}

static size_t choose_states(const struct report_findings_filter *filter,
                            struct view states[STATES_MAX])
{
    size_t count = 0;

    for (int state = 0; state < STATES_MAX; state++) {
        bool wanted = filter->has_state ? (int)filter->state == state
                                        : filter->all_states || state != STATE_RESOLVED;

        if (wanted)
            states[count++] = view_of(finding_state_name((enum finding_state)state));
    }
    return count;
}

bool report_findings(struct pg *pg, const struct report_findings_filter *filter,
                     enum table_format format, FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"bill_day", "DAY", TABLE_DATE},
        {"code", "CODE", TABLE_TEXT},
        {"name", "名称", TABLE_TEXT},
        {"state", "STATE", TABLE_TEXT},
        {"resolution", "RESOLUTION", TABLE_TEXT},
        {"leg", "LEG", TABLE_TEXT},
        {"key", "KEY", TABLE_ID},
        {"channel_fen", "CHANNEL", TABLE_MONEY},
        {"books_fen", "BOOKS", TABLE_MONEY},
        {"diff_fen", "DIFFERENCE", TABLE_MONEY},
        {"age_days", "AGE", TABLE_COUNT},
        {"owner", "OWNER", TABLE_TEXT},
        {"first_seen", "FIRST SEEN", TABLE_INSTANT},
        {"finding_id", "ID", TABLE_ID},
        {"review", "REVIEW", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct listing listing = {table, beijing_day(filter->now)};
    struct view states[STATES_MAX];
    size_t state_count = choose_states(filter, states);

    if (!pg_each(pg, &query_report_findings,
                 PG_PARAMS(pg_texts(filter->mchids, filter->mchid_count),
                           pg_date(span_from(filter->has_days, filter->from)),
                           pg_date(span_to(filter->has_days, filter->to)),
                           pg_texts(states, state_count)),
                 add_row, &listing, err))
        return err_wrap(err, "could not list findings");

    return table_print(table, format, out, err);
}
