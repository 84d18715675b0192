/* Rows first, format last: what every `--format text|csv|json` prints.
 *
 *     static const struct table_column columns[] = {
 *         {"bill_day", "DAY", TABLE_DATE},
 *         {"diff_fen", "DIFFERENCE", TABLE_MONEY},
 *     };
 *     CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
 *     table_add(table, TABLE_CELLS(table_date(day), table_money(diff)));
 *     table_print(table, TABLE_TEXT_FORMAT, stdout, err)
 *
 * One row holds for each column a cell of that column's type, or table_none(). Texts are copied.
 *
 *   text  for people: heads, aligned (wide East Asian characters count two), amounts in yuan
 *   csv   machine profile of text/csv.h: names as heads, amounts in fen, fees in 1/1000 fen
 *   json  one array of objects, one object a line: names as keys, none is null, numbers as in csv
 *
 * So a column of money is named …_fen and a column of fees …_millifen. */
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include "base/cleanup.h"
#include "base/date.h"
#include "base/err.h"
#include "base/money.h"

#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 40 };

enum table_format { TABLE_TEXT_FORMAT, TABLE_CSV_FORMAT, TABLE_JSON_FORMAT };

enum table_type {
    TABLE_TEXT,
    TABLE_ID,
    TABLE_DATE,    /* 2026-05-31 */
    TABLE_INSTANT, /* text 2026-05-31 23:59:59 (Beijing), csv and json RFC 3339 with +08:00 */
    TABLE_MONEY,
    TABLE_FEE,
    TABLE_COUNT,
};

struct table_column {
    const char *name; /* machine readable, unique: snake_case with its unit */
    const char *head; /* for people; UTF-8 */
    enum table_type type;
};

struct table_cell {
    enum table_type type;
    bool none;
    union {
        struct view text; /* TABLE_TEXT, TABLE_ID */
        struct date date;
        struct instant instant;
        struct money money;
        struct fee fee;
        int64_t count;
    };
};

struct table_cell table_text(struct view text);
struct table_cell table_id(struct view text);
struct table_cell table_date(struct date date);
struct table_cell table_instant(struct instant instant);
struct table_cell table_money(struct money money);
struct table_cell table_fee(struct fee fee);
struct table_cell table_count(int64_t count);
struct table_cell table_none(void); /* fits every column */

#define TABLE_COLUMNS(columns) (columns), (sizeof(columns) / sizeof((columns)[0]))
#define TABLE_CELLS(...)                                                                           \
    ((const struct table_cell[]){__VA_ARGS__}),                                                    \
        (sizeof((const struct table_cell[]){__VA_ARGS__}) / sizeof(struct table_cell))

struct table;

/* `columns` must outlive the table. */
struct table *table_new(const struct table_column *columns, size_t count);
void table_free(struct table *table);
DEFINE_CLEANUP(table_done, struct table, table_free)

/* Asserts that number and types of cells fit the columns. */
void table_add(struct table *table, const struct table_cell *cells, size_t count);
size_t table_rows(const struct table *table);

/* Flushes. ERR_IO when the stream does not take it. */
bool table_print(const struct table *table, enum table_format format, FILE *out, struct err *err);

/* "text", "csv", "json"; false for anything else. */
bool table_format_parse(const char *name, enum table_format *ret_format);

/* Columns of a terminal that a UTF-8 text takes. */
size_t table_width(struct view text);

#endif
