#include "pg/pg.h"

struct pg_value pg_text(struct view text)
{
    return (struct pg_value){.type = PG_TEXT, .text = text};
}

struct pg_value pg_text_or_null(struct view text)
{
    return (struct pg_value){.type = PG_TEXT, .null = text.length == 0, .text = text};
}

struct pg_value pg_int8(int64_t value)
{
    return (struct pg_value){.type = PG_INT8, .int8 = value};
}

struct pg_value pg_int4(int32_t value)
{
    return (struct pg_value){.type = PG_INT4, .int8 = value};
}

struct pg_value pg_bool(bool value)
{
    return (struct pg_value){.type = PG_BOOL, .boolean = value};
}

struct pg_value pg_date(struct date date)
{
    return (struct pg_value){.type = PG_DATE, .date = date};
}

struct pg_value pg_instant(struct instant instant)
{
    return (struct pg_value){.type = PG_INSTANT, .instant = instant};
}

struct pg_value pg_bytes(struct view bytes)
{
    return (struct pg_value){.type = PG_BYTES, .bytes = bytes};
}

struct pg_value pg_texts(const struct view *at, size_t count)
{
    return (struct pg_value){.type = PG_TEXTS, .texts = {at, count}};
}

struct pg_value pg_json(struct view text)
{
    return (struct pg_value){.type = PG_JSON, .text = text};
}

struct pg_value pg_null(enum pg_type type)
{
    return (struct pg_value){.type = type, .null = true};
}
