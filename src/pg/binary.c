#include "pg/binary.h"

#include <assert.h>
#include <string.h>

/* pg_type.oid of the types that we use; they never change between versions of PostgreSQL. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_TEXT_ARRAY = 1009,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIMESTAMPTZ = 1184,
};

/* 2000-01-01, PostgreSQL's epoch, in days and microseconds since ours. */
enum { EPOCH_DAYS = 10957 };
#define EPOCH_US (EPOCH_DAYS * INSTANT_DAY)

/* 1900-01-01 and 9999-12-31, the bounds of base/date.h, in days since 1970-01-01. */
enum { DAYS_LEAST = -25567, DAYS_MOST = 2932896 };
#define US_LEAST (DAYS_LEAST * INSTANT_DAY)
#define US_MOST ((DAYS_MOST + INT64_C(1)) * INSTANT_DAY - 1)

/* Words of an array in one dimension: dimensions, has NULLs, type; length and lower bound of the
 * dimension. */
enum { ARRAY_HEAD_SIZE = 20, ARRAY_EMPTY_SIZE = 12 };

#define NULL_LENGTH UINT32_MAX

uint32_t binary_oid(enum pg_type type)
{
    switch (type) {
    case PG_TEXT:
        return OID_TEXT;
    case PG_INT8:
        return OID_INT8;
    case PG_INT4:
        return OID_INT4;
    case PG_BOOL:
        return OID_BOOL;
    case PG_DATE:
        return OID_DATE;
    case PG_INSTANT:
        return OID_TIMESTAMPTZ;
    case PG_BYTES:
        return OID_BYTEA;
    case PG_TEXTS:
        return OID_TEXT_ARRAY;
    case PG_JSON:
        return OID_JSON;
    }
    assert(false && "type of pg.h");
    return 0;
}

bool binary_readable(enum pg_type type, uint32_t oid)
{
    return oid == binary_oid(type) || (type == PG_TEXT && oid == OID_VARCHAR);
}

const char *binary_type_name(enum pg_type type)
{
    switch (type) {
    case PG_TEXT:
        return "text";
    case PG_INT8:
        return "bigint";
    case PG_INT4:
        return "integer";
    case PG_BOOL:
        return "boolean";
    case PG_DATE:
        return "date";
    case PG_INSTANT:
        return "timestamp with time zone";
    case PG_BYTES:
        return "bytea";
    case PG_TEXTS:
        return "text[]";
    case PG_JSON:
        return "json";
    }
    assert(false && "type of pg.h");
    return "";
}

static char *put_u32(char *to, uint32_t value)
{
    uint32_t big = __builtin_bswap32(value);

    memcpy(to, &big, sizeof(big));
    return to + sizeof(big);
}

static char *put_u64(char *to, uint64_t value)
{
    uint64_t big = __builtin_bswap64(value);

    memcpy(to, &big, sizeof(big));
    return to + sizeof(big);
}

static char *put_bytes(char *to, struct view bytes)
{
    if (bytes.length > 0)
        memcpy(to, bytes.at, bytes.length);
    return to + bytes.length;
}

static uint32_t get_u32(const char *at)
{
    uint32_t big;

    memcpy(&big, at, sizeof(big));
    return __builtin_bswap32(big);
}

static uint64_t get_u64(const char *at)
{
    uint64_t big;

    memcpy(&big, at, sizeof(big));
    return __builtin_bswap64(big);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the network's byte order is the other one");

static size_t texts_size(const struct pg_value *value)
{
    size_t size = value->texts.count == 0 ? ARRAY_EMPTY_SIZE : ARRAY_HEAD_SIZE;

    for (size_t i = 0; i < value->texts.count; i++)
        size += sizeof(uint32_t) + value->texts.at[i].length;
    return size;
}

static inline size_t value_size(const struct pg_value *value)
{
    if (value->null)
        return 0;
    switch (value->type) {
    case PG_TEXT:
    case PG_BYTES:
    case PG_JSON:
        return value->text.length;
    case PG_INT8:
    case PG_INSTANT:
        return sizeof(uint64_t);
    case PG_INT4:
    case PG_DATE:
        return sizeof(uint32_t);
    case PG_BOOL:
        return 1;
    case PG_TEXTS:
        return texts_size(value);
    }
    assert(false && "type of pg.h");
    return 0;
}

size_t binary_size(const struct pg_value *value)
{
    return value_size(value);
}

static char *put_texts(char *to, const struct pg_value *value)
{
    size_t count = value->texts.count;

    to = put_u32(to, count == 0 ? 0 : 1);
    to = put_u32(to, /* has_nulls= */ 0);
    to = put_u32(to, OID_TEXT);
    if (count == 0)
        return to;
    to = put_u32(to, (uint32_t)count);
    to = put_u32(to, /* lower_bound= */ 1);
    for (size_t i = 0; i < count; i++) {
        to = put_u32(to, (uint32_t)value->texts.at[i].length);
        to = put_bytes(to, value->texts.at[i]);
    }
    return to;
}

static inline char *put_value(char *to, const struct pg_value *value)
{
    switch (value->type) {
    case PG_TEXT:
    case PG_BYTES:
    case PG_JSON:
        return put_bytes(to, value->text);
    case PG_INT8:
        return put_u64(to, (uint64_t)value->int8);
    case PG_INSTANT:
        return put_u64(to, (uint64_t)(value->instant.us - EPOCH_US));
    case PG_INT4:
        assert(value->int8 >= INT32_MIN && value->int8 <= INT32_MAX);
        return put_u32(to, (uint32_t)(int32_t)value->int8);
    case PG_DATE:
        return put_u32(to, (uint32_t)(value->date.days - EPOCH_DAYS));
    case PG_BOOL:
        *to = value->boolean ? 1 : 0;
        return to + 1;
    case PG_TEXTS:
        return put_texts(to, value);
    }
    assert(false && "type of pg.h");
    return to;
}

char *binary_put(char *to, const struct pg_value *value)
{
    assert(!value->null);
    return put_value(to, value);
}

size_t binary_row_size(const struct pg_value *values, size_t count)
{
    size_t size = sizeof(uint16_t) + count * sizeof(uint32_t);

    for (size_t i = 0; i < count; i++)
        size += value_size(&values[i]);
    return size;
}

char *binary_put_row(char *to, const struct pg_value *values, size_t count)
{
    uint16_t big = __builtin_bswap16((uint16_t)count);

    memcpy(to, &big, sizeof(big));
    to += sizeof(big);
    for (size_t i = 0; i < count; i++) {
        if (values[i].null) {
            to = put_u32(to, NULL_LENGTH);
            continue;
        }
        to = put_u32(to, (uint32_t)value_size(&values[i]));
        to = put_value(to, &values[i]);
    }
    return to;
}

static inline bool read_instant(const char *at, struct pg_value *ret_value)
{
    int64_t us;

    if (__builtin_add_overflow((int64_t)get_u64(at), EPOCH_US, &us))
        return false;
    ret_value->instant.us = us;
    return us >= US_LEAST && us <= US_MOST;
}

static inline bool read_date(const char *at, struct pg_value *ret_value)
{
    int32_t days;

    if (__builtin_add_overflow((int32_t)get_u32(at), EPOCH_DAYS, &days))
        return false;
    ret_value->date.days = days;
    return days >= DAYS_LEAST && days <= DAYS_MOST;
}

static inline bool read_value(enum pg_type type, struct view bytes, struct pg_value *ret_value)
{
    ret_value->type = type;
    ret_value->null = false;
    switch (type) {
    case PG_TEXT:
    case PG_BYTES:
    case PG_JSON:
        ret_value->text = bytes;
        return true;
    case PG_INT8:
        if (bytes.length != sizeof(uint64_t))
            return false;
        ret_value->int8 = (int64_t)get_u64(bytes.at);
        return true;
    case PG_INSTANT:
        return bytes.length == sizeof(uint64_t) && read_instant(bytes.at, ret_value);
    case PG_INT4:
        if (bytes.length != sizeof(uint32_t))
            return false;
        ret_value->int8 = (int32_t)get_u32(bytes.at);
        return true;
    case PG_DATE:
        return bytes.length == sizeof(uint32_t) && read_date(bytes.at, ret_value);
    case PG_BOOL:
        if (bytes.length != 1)
            return false;
        ret_value->boolean = bytes.at[0] != 0;
        return true;
    case PG_TEXTS: /* parameters only */
        return false;
    }
    assert(false && "type of pg.h");
    return false;
}

bool binary_read(enum pg_type type, struct view bytes, struct pg_value *ret_value)
{
    return read_value(type, bytes, ret_value);
}

/* Length word and bytes of one field; false when the message ends before. */
static inline bool take_field(struct view *rest, bool *ret_null, struct view *ret_bytes)
{
    uint32_t length;

    if (rest->length < sizeof(length))
        return false;
    length = get_u32(rest->at);
    rest->at += sizeof(length);
    rest->length -= sizeof(length);
    *ret_null = length == NULL_LENGTH;
    if (*ret_null)
        return true;
    if (length > rest->length)
        return false;
    *ret_bytes = (struct view){rest->at, length};
    rest->at += length;
    rest->length -= length;
    return true;
}

static bool take_value(struct view *rest, const struct pg_column_type *column,
                       struct pg_value *ret_value, struct err *err)
{
    struct view bytes = {NULL, 0};
    bool null = false;

    if (!take_field(rest, &null, &bytes))
        return err_set(err, ERR_DATA, "column %s: the row ends too early", column->name);
    if (null && !column->nullable)
        return err_set(err, ERR_DATA, "column %s: NULL where none is allowed", column->name);
    if (null) {
        ret_value->type = column->type;
        ret_value->null = true;
        return true;
    }
    if (!read_value(column->type, bytes, ret_value))
        return err_set(err, ERR_DATA, "column %s: not a value of type %s, or out of range",
                       column->name, binary_type_name(column->type));
    return true;
}

bool binary_take_row(struct view *rest, const struct pg_column_type *columns, size_t count,
                     struct pg_value *ret_values, bool *ret_end, struct err *err)
{
    uint16_t big;

    if (rest->length < sizeof(big))
        return err_set(err, ERR_DATA, "a row without a count of columns");
    memcpy(&big, rest->at, sizeof(big));
    rest->at += sizeof(big);
    rest->length -= sizeof(big);
    big = __builtin_bswap16(big);
    *ret_end = big == UINT16_MAX;
    if (*ret_end)
        return true;
    if (big != count)
        return err_set(err, ERR_DATA, "a row of %u columns, expected %zu", (unsigned)big, count);
    for (size_t i = 0; i < count; i++) {
        if (!take_value(rest, &columns[i], &ret_values[i], err))
            return false;
    }
    return true;
}
