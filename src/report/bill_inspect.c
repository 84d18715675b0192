#include "report/bill_inspect.h"

#include "bill/bill.h"
#include "text/gzip.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum { PIECE_SIZE = 128 * 1024, NAME_WIDTH = 28, VALUE_WIDTH = 18 };

/* One file, as far as it could be read. */
struct inspection {
    const char *path;
    bool clean;
    bool unreadable_file; /* the operating system refused */
    bool packed;
    enum bill_dialect dialect;
    enum bill_state state;
    struct bill_totals totals;
    struct err err; /* why it is not clean */
};

/* Between the gzip reader and the bill reader, which is made when the first bytes are there. */
struct feed {
    struct bill_reader *reader;
    enum bill_dialect dialect;
};

static bool feed_take(void *context, struct view plain, struct err *err)
{
    struct feed *feed = context;

    if (feed->reader == NULL) {
        feed->dialect = bill_dialect_guess(plain);
        feed->reader =
            bill_reader_new(feed->dialect, (struct bill_handler){.context = NULL}, BILL_LIMITS);
    }
    return bill_reader_push(feed->reader, plain, err);
}

static bool read_pieces(FILE *file, struct gzip_reader *gzip, struct inspection *inspection)
{
    char piece[PIECE_SIZE];
    size_t length;

    while ((length = fread(piece, 1, sizeof(piece), file)) > 0) {
        if (!gzip_reader_push(gzip, view_from(piece, length), &inspection->err))
            return false;
    }
    if (ferror(file) != 0) {
        inspection->unreadable_file = true;
        return err_set_errno(&inspection->err, ERR_IO, errno, "could not read the file");
    }
    return gzip_reader_finish(gzip, &inspection->err);
}

static bool read_file(FILE *file, struct feed *feed, struct inspection *inspection)
{
    CLEANUP(gzip_reader_done)
    struct gzip_reader *gzip = gzip_reader_new((struct gzip_sink){feed_take, feed}, GZIP_LIMITS);
    bool read = read_pieces(file, gzip, inspection);

    inspection->packed = gzip_reader_is_packed(gzip);
    if (!read)
        return false;
    if (feed->reader == NULL && !feed_take(feed, view_from("", 0), &inspection->err))
        return false;
    return bill_reader_finish(feed->reader, &inspection->totals, &inspection->err);
}

static void inspect(const char *path, struct inspection *ret_inspection)
{
    struct inspection *inspection = ret_inspection;
    struct feed feed = {.reader = NULL};
    FILE *file = fopen(path, "rbe");

    *inspection = (struct inspection){.path = path, .state = BILL_READING};
    if (file == NULL) {
        inspection->unreadable_file = true;
        (void)err_set_errno(&inspection->err, ERR_IO, errno, "could not open the file");
        return;
    }
    inspection->clean = read_file(file, &feed, inspection);
    (void)fclose(file);
    if (feed.reader != NULL) {
        inspection->dialect = feed.dialect;
        inspection->state = bill_reader_state(feed.reader);
        inspection->totals = *bill_reader_totals(feed.reader);
        bill_reader_free(feed.reader);
    }
}

/* A stream that breaks off or is damaged never reaches the bill's own verdict. */
static const char *verdict_of(const struct inspection *inspection)
{
    if (inspection->unreadable_file)
        return "cannot be read";
    if (!inspection->clean && inspection->state == BILL_READING)
        return inspection->err.kind == ERR_LIMIT ? bill_state_name(BILL_TOO_LARGE)
                                                 : bill_state_name(BILL_UNREADABLE);
    return bill_state_name(inspection->state);
}

static const char *line_end_name(enum bill_line_end line_end)
{
    static const char *const names[] = {[BILL_LINE_END_NONE] = "none",
                                        [BILL_LINE_END_LF] = "LF",
                                        [BILL_LINE_END_CRLF] = "CRLF",
                                        [BILL_LINE_END_MIXED] = "mixed"};

    return names[line_end];
}

static const char *dialect_name(enum bill_dialect dialect)
{
    return dialect == BILL_DIALECT_API ? "api" : "export";
}

static const char *packing_name(bool packed)
{
    return packed ? "gzip" : "plain";
}

static struct money_text value_text(enum bill_unit unit, int64_t value)
{
    struct money_text text;

    switch (unit) {
    case BILL_UNIT_FEN:
        return money_text((struct money){value});
    case BILL_UNIT_MILLIFEN:
        return fee_text((struct fee){value});
    case BILL_UNIT_COUNT:
        break;
    }
    (void)snprintf(text.s, sizeof(text.s), "%" PRId64, value);
    return text;
}

static void print_total(const struct bill_total *total, FILE *out)
{
    size_t width = table_width(view_of(total->name));
    int blanks = width < NAME_WIDTH ? (int)(NAME_WIDTH - width) : 0;

    (void)fprintf(out, "  %s%*s%*s%*s%s\n", total->name, blanks, "", VALUE_WIDTH,
                  value_text(total->unit, total->stated).s, VALUE_WIDTH,
                  value_text(total->unit, total->computed).s,
                  total->stated == total->computed ? "" : "  differs");
}

/* Coupons stand in no summary. The other sums are shown here when the summary was not reached. */
static void print_sums(const struct bill_totals *totals, FILE *out)
{
    bool summary = totals->stated_count > 0;

    if (totals->layout == BILL_LAYOUT_FUND) {
        if (!summary)
            (void)fprintf(
                out, "  income    %s in %" PRId64 " rows\n  expense   %s in %" PRId64 " rows\n",
                money_text(totals->income).s, totals->income_count, money_text(totals->expense).s,
                totals->expense_count);
        return;
    }
    (void)fprintf(out, "  coupons   %s\n", money_text(totals->coupon).s);
    if (!summary)
        (void)fprintf(out,
                      "  settled   %s\n  refunded  %s, of it coupons %s\n  fees      %s\n"
                      "  orders    %s, refunds requested %s\n",
                      money_text(totals->settlement).s, money_text(totals->refund).s,
                      money_text(totals->recharge_refund).s, fee_text(totals->fee).s,
                      money_text(totals->order).s, money_text(totals->refund_requested).s);
}

static void print_inspection(const struct inspection *inspection, FILE *out)
{
    const struct bill_totals *totals = &inspection->totals;

    if (inspection->clean)
        (void)fprintf(out, "%s: clean\n", inspection->path);
    else
        (void)fprintf(out, "%s: %s\n", inspection->path, inspection->err.text);
    if (inspection->unreadable_file)
        return;
    (void)fprintf(out, "  verdict   %s\n", verdict_of(inspection));
    (void)fprintf(out, "  file      %s, %" PRId64 " bytes%s, %s, line end %s, %s dialect\n",
                  packing_name(inspection->packed), totals->bytes,
                  inspection->packed ? " inflated" : "",
                  totals->has_bom ? "UTF-8 with BOM" : "UTF-8 without BOM",
                  line_end_name(totals->line_end), dialect_name(inspection->dialect));
    if (totals->columns == 0)
        return;
    (void)fprintf(out, "  layout    %s, %zu columns\n", bill_layout_name(totals->layout),
                  totals->columns);
    if (totals->rows > 0)
        (void)fprintf(out, "  period    %s to %s\n", date_text(beijing_day(totals->first_at)).s,
                      date_text(beijing_day(totals->last_at)).s);
    (void)fprintf(out, "  rows      %" PRId64 "\n", totals->rows);
    print_sums(totals, out);
    if (totals->stated_count > 0)
        (void)fprintf(out, "  %-*s%*s%*s\n", NAME_WIDTH, "TOTAL", VALUE_WIDTH, "STATED",
                      VALUE_WIDTH, "COMPUTED");
    for (size_t i = 0; i < totals->stated_count; i++)
        print_total(&totals->stated[i], out);
}

static const struct table_column COLUMNS[] = {
    {"file", "FILE", TABLE_TEXT},
    {"verdict", "VERDICT", TABLE_TEXT},
    {"reason", "REASON", TABLE_TEXT},
    {"layout", "LAYOUT", TABLE_TEXT},
    {"dialect", "DIALECT", TABLE_TEXT},
    {"packing", "PACKING", TABLE_TEXT},
    {"bom", "BOM", TABLE_TEXT},
    {"line_end", "LINE END", TABLE_TEXT},
    {"bytes", "BYTES", TABLE_COUNT},
    {"columns", "COLUMNS", TABLE_COUNT},
    {"first_day", "FIRST DAY", TABLE_DATE},
    {"last_day", "LAST DAY", TABLE_DATE},
    {"rows", "ROWS", TABLE_COUNT},
    {"order_fen", "ORDER", TABLE_MONEY},
    {"settlement_fen", "SETTLEMENT", TABLE_MONEY},
    {"coupon_fen", "COUPON", TABLE_MONEY},
    {"refund_fen", "REFUND", TABLE_MONEY},
    {"recharge_refund_fen", "RECHARGE REFUND", TABLE_MONEY},
    {"refund_requested_fen", "REFUND REQUESTED", TABLE_MONEY},
    {"fee_millifen", "FEE", TABLE_FEE},
    {"income_count", "INCOME ROWS", TABLE_COUNT},
    {"income_fen", "INCOME", TABLE_MONEY},
    {"expense_count", "EXPENSE ROWS", TABLE_COUNT},
    {"expense_fen", "EXPENSE", TABLE_MONEY},
    {"summary", "SUMMARY", TABLE_TEXT},
};

enum { COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]) };

static struct table_cell when(bool known, struct table_cell cell)
{
    return known ? cell : table_none();
}

static const char *summary_of(const struct bill_totals *totals)
{
    for (size_t i = 0; i < totals->stated_count; i++) {
        if (totals->stated[i].stated != totals->stated[i].computed)
            return "differs";
    }
    return totals->stated_count > 0 ? "agrees" : "not reached";
}

static void add_inspection(const struct inspection *inspection, struct table *table)
{
    const struct bill_totals *totals = &inspection->totals;
    bool read = !inspection->unreadable_file;
    bool known = totals->columns > 0;
    bool fund = known && totals->layout == BILL_LAYOUT_FUND;
    bool trade = known && !fund;
    bool dated = totals->rows > 0;

    table_add(
        table,
        TABLE_CELLS(
            table_text(view_of(inspection->path)), table_text(view_of(verdict_of(inspection))),
            when(!inspection->clean, table_text(view_of(inspection->err.text))),
            when(known, table_text(view_of(bill_layout_name(totals->layout)))),
            when(known, table_text(view_of(dialect_name(inspection->dialect)))),
            when(read, table_text(view_of(packing_name(inspection->packed)))),
            when(read, table_text(view_of(totals->has_bom ? "yes" : "no"))),
            when(read, table_text(view_of(line_end_name(totals->line_end)))),
            when(read, table_count(totals->bytes)),
            when(known, table_count((int64_t)totals->columns)),
            when(dated, table_date(beijing_day(totals->first_at))),
            when(dated, table_date(beijing_day(totals->last_at))),
            when(known, table_count(totals->rows)), when(trade, table_money(totals->order)),
            when(trade, table_money(totals->settlement)), when(trade, table_money(totals->coupon)),
            when(trade, table_money(totals->refund)),
            when(trade, table_money(totals->recharge_refund)),
            when(trade, table_money(totals->refund_requested)), when(trade, table_fee(totals->fee)),
            when(fund, table_count(totals->income_count)), when(fund, table_money(totals->income)),
            when(fund, table_count(totals->expense_count)),
            when(fund, table_money(totals->expense)),
            when(known, table_text(view_of(summary_of(totals))))));
}

static enum exit_code code_of(const struct inspection *inspection)
{
    if (inspection->clean)
        return EXIT_CLEAN;
    return inspection->unreadable_file ? EXIT_IO_ERROR : EXIT_BAD_DATA;
}

bool report_bill_inspect(const char *const *paths, size_t count, enum table_format format,
                         FILE *out, enum exit_code *ret_code, struct err *err)
{
    CLEANUP(table_done) struct table *table = table_new(COLUMNS, COLUMN_COUNT);
    enum exit_code code = EXIT_CLEAN;

    for (size_t i = 0; i < count; i++) {
        struct inspection inspection;

        inspect(paths[i], &inspection);
        code = exit_code_worse(code, code_of(&inspection));
        if (format == TABLE_TEXT_FORMAT)
            print_inspection(&inspection, out);
        else
            add_inspection(&inspection, table);
    }
    if (format != TABLE_TEXT_FORMAT && !table_print(table, format, out, err))
        return false;
    if (fflush(out) != 0 || ferror(out) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not write the report");
    *ret_code = code;
    return true;
}
