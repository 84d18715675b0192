/* What brute.h says, in words that can be compared with those of the match. */
#ifndef TEST_RECON_BRUTE_TEXT_H
#define TEST_RECON_BRUTE_TEXT_H

#include "brute.h"

enum { LINES_MAX = 4 * WORLD_MAX, LINE_LENGTH_MAX = 160 };

/* Lines without an order of their own. */
struct lines {
    char at[LINES_MAX][LINE_LENGTH_MAX];
    size_t count;
};

static inline void lines_add(struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline void lines_add(struct lines *lines, const char *format, ...)
{
    va_list list;
    int length;

    assert_true(lines->count < LINES_MAX);
    va_start(list, format);
    length = vsnprintf(lines->at[lines->count++], LINE_LENGTH_MAX, format, list);
    va_end(list);
    assert_true(length >= 0 && length < LINE_LENGTH_MAX);
}

static inline int lines_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static inline void lines_print(struct lines *lines, struct buf *out)
{
    qsort(lines->at, lines->count, sizeof(lines->at[0]), lines_compare);
    for (size_t i = 0; i < lines->count; i++)
        buf_add_format(out, "%s\n", lines->at[i]);
}

static inline const char *class_code(enum finding_class class)
{
    return class == CLASS_NONE ? "-" : class_info(class)->code;
}

/* A row by what it says, not by its line: that is how results are compared over orders. */
static inline void lines_add_entry(struct lines *lines, const struct bill_row *row,
                                   enum finding_class class, struct view record)
{
    bool refund = row->trade_state == BILL_TRADE_REFUND;
    struct view number = refund ? row->out_refund_no : brute_order(row);
    struct view second = refund ? row->refund_id : row->transaction_id;

    lines_add(lines, "row %.*s %.*s/%.*s %.*s %s %.*s", VIEW_ARG(row->trade_state_text),
              VIEW_ARG(number), VIEW_ARG(second), VIEW_ARG(row->appid), class_code(class),
              VIEW_ARG(record.length > 0 ? record : VIEW("-")));
}

struct amount_text {
    char s[40];
};

static inline struct amount_text amount_text(struct finding_amount amount)
{
    struct amount_text text;

    (void)snprintf(text.s, sizeof(text.s), "%s", amount.known ? money_text(amount.money).s : "?");
    return text;
}

static inline void lines_add_finding(struct lines *lines, const struct finding *finding)
{
    lines_add(
        lines, "finding %s %.*s %s %s/%s/%d %s %s", finding_leg_name(finding->leg),
        VIEW_ARG(finding->key), class_code(finding->class), finding_state_name(finding->state),
        finding->resolution == RESOLUTION_NONE ? "-" : finding_resolution_name(finding->resolution),
        finding->has_break_on ? finding->break_on.days - WORLD_DAY.days : 0,
        amount_text(finding->channel).s, amount_text(finding->books).s);
}

/* The match's own answer. */
static inline void outcome_lines(const struct outcome *outcome, struct lines *lines)
{
    lines->count = 0;
    for (size_t i = 0; i < outcome->entry_count; i++)
        lines_add_entry(lines, outcome->entries[i].source, outcome->entries[i].class,
                        outcome->entries[i].number);
    for (size_t i = 0; i < outcome->findings.count; i++)
        lines_add_finding(lines, &outcome->findings.at[i]);
}

/* ---- the other answer ------------------------------------------------------------------------ */

static inline struct finding_amount brute_books(const struct brute_row *row)
{
    struct finding_amount amount = {.known = false};

    if (row->record == NULL || !brute_moved(row->record))
        return amount;
    amount.known = true;
    amount.money.fen =
        row->class == CLASS_T12 ? row->record->items_fen : row->record->row.amount.fen;
    return amount;
}

static inline struct money brute_channel(const struct brute_row *row)
{
    if (row->class == CLASS_T12)
        return row->record->row.amount;
    return row->refund ? row->row->refund_requested : row->row->order;
}

static inline size_t brute_occurrence(const struct brute *brute, const struct brute_row *row)
{
    size_t occurrence = 1;

    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *other = &brute->rows[i];
        int order = brute_compare_rows(&other, &row);

        if (other->keyed && other->refund == row->refund &&
            view_equal(other->number, row->number) && view_equal(other->second, row->second) &&
            (order < 0 || (order == 0 && other < row)))
            occurrence++;
    }
    return occurrence;
}

static inline void brute_row_finding(const struct brute *brute, const struct brute_row *row,
                                     struct lines *lines)
{
    char key[128];
    struct finding finding = {
        .leg = row->refund ? LEG_REFUND : LEG_TRADE,
        .class = row->class,
        .state = STATE_OPEN,
        .channel = {true, brute_channel(row)},
        .books = brute_books(row),
    };
    size_t occurrence = brute_occurrence(brute, row);

    if ((row->class == CLASS_T09 && !brute_far_apart(row)) || row->class == CLASS_T11) {
        finding.state = STATE_RESOLVED;
        finding.resolution =
            row->class == CLASS_T09 ? RESOLUTION_AUTO_TIMING : RESOLUTION_EXPLAINED;
    }
    if (!row->keyed)
        (void)snprintf(key, sizeof(key), "%.*s",
                       VIEW_ARG(row->paired ? row->record->row.number : row->number));
    else if (occurrence == 1)
        (void)snprintf(key, sizeof(key), "%.*s/%.*s", VIEW_ARG(row->number), VIEW_ARG(row->second));
    else
        (void)snprintf(key, sizeof(key), "%.*s/%.*s/%zu", VIEW_ARG(row->number),
                       VIEW_ARG(row->second), occurrence);
    finding.key = view_of(key);
    lines_add_finding(lines, &finding);
}

static inline bool brute_elsewhere(const struct world *world, const struct brute_record *record)
{
    return record->refund ? world_among(record->row.number, world->elsewhere_refunds,
                                        world->elsewhere_refund_count)
                          : world_among(record->row.number, world->elsewhere_payments,
                                        world->elsewhere_payment_count);
}

static inline bool brute_is_unpaired(const struct brute_record *record)
{
    return (brute_moved(record) || record->row.status == BOOKS_OTHER) && brute_in_day(record) &&
           !record->paired;
}

/* A record of the day without a row, in no neighbouring day's bill either. */
static inline bool brute_is_left(const struct world *world, const struct brute_record *record)
{
    return brute_moved(record) && brute_is_unpaired(record) && !brute_elsewhere(world, record);
}

static inline void brute_record_finding(struct brute *brute, const struct brute_record *record,
                                        struct lines *lines)
{
    bool shares = false;
    struct finding finding = {
        .leg = record->refund ? LEG_REFUND : LEG_TRADE,
        .key = record->row.number,
        .class = record->refund ? CLASS_R02 : CLASS_T03,
        .state = STATE_PENDING,
        .books = {true, record->row.amount},
        .has_break_on = true,
        .break_on = date_add(WORLD_DAY, 1),
    };

    if (!record->refund)
        (void)brute_by_transaction(brute, record->row.second, &shares);
    if (record->contradicts || shares) {
        finding.class = CLASS_T08;
        finding.state = STATE_OPEN;
        finding.has_break_on = false;
    }
    if (!brute_moved(record)) {
        finding.class = CLASS_T13;
        finding.state = STATE_OPEN;
        finding.has_break_on = false;
    } else if (brute_elsewhere(brute->world, record)) {
        finding.class = CLASS_T09;
        finding.state = STATE_RESOLVED;
        finding.resolution = RESOLUTION_AUTO_TIMING;
        finding.has_break_on = false;
    }
    lines_add_finding(lines, &finding);
}

static inline void brute_lines(struct brute *brute, struct lines *lines)
{
    lines->count = 0;
    for (size_t i = 0; i < brute->row_count; i++) {
        const struct brute_row *row = &brute->rows[i];

        lines_add_entry(lines, row->row, row->class,
                        row->paired ? row->record->row.number : (struct view){NULL, 0});
        if (row->class != CLASS_NONE)
            brute_row_finding(brute, row, lines);
    }
    for (size_t i = 0; i < brute->record_count; i++) {
        if (brute_is_unpaired(&brute->records[i]))
            brute_record_finding(brute, &brute->records[i], lines);
    }
}

#endif
