/* PostgreSQL's binary format of values and rows, for the types of pg.h: big-endian integers, days
 * since 2000-01-01, microseconds since 2000-01-01T00:00:00Z, arrays of text in one dimension. Pure:
 * no connection, no libpq.
 *
 * Infinite days and instants, and those outside the years of base/date.h, are refused. */
#ifndef PG_BINARY_H
#define PG_BINARY_H

#include "pg/pg.h"

/* Larger values than this are a bug of the caller, who has a limit of its own. */
enum { BINARY_VALUE_SIZE_MAX = 256 * 1024 * 1024 };

/* The object identifier (pg_type.oid, fixed for built-in types) of a type. */
uint32_t binary_oid(enum pg_type type);

/* May a column of this identifier be read as `type`? varchar may stand for text. */
bool binary_readable(enum pg_type type, uint32_t oid);

const char *binary_type_name(
    enum pg_type type); /* as in SQL: "bigint", "timestamp with time zone" */

/* Bytes of a value without its length word; 0 for NULL. */
size_t binary_size(const struct pg_value *value);

/* Writes binary_size(value) bytes of a value that is not NULL; returns the end. */
char *binary_put(char *to, const struct pg_value *value);

/* A row as COPY has it: count word, then length word and bytes of each value. */
size_t binary_row_size(const struct pg_value *values, size_t count);
char *binary_put_row(char *to, const struct pg_value *values, size_t count);

/* Reads the bytes of one value that is not NULL; texts point into them. False when they do not make
 * a value of that type; `ret_value` is then in no particular state. */
bool binary_read(enum pg_type type, struct view bytes, struct pg_value *ret_value);

/* Takes one row as COPY has it off `rest`. ERR_DATA names the column whose value is NULL though it
 * may not be, or not of its type. At the trailer of a COPY `ret_end` is true and nothing was read.
 */
bool binary_take_row(struct view *rest, const struct pg_column_type *columns, size_t count,
                     struct pg_value *ret_values, bool *ret_end, struct err *err);

#endif
