/* Values read as cells of a table. */
#ifndef RUN_CELLS_H
#define RUN_CELLS_H

#include "pg/pg.h"
#include "text/table.h"

static inline struct table_cell cell_text(const struct pg_value *value)
{
    return value->null ? table_none() : table_text(value->text);
}

static inline struct table_cell cell_id(const struct pg_value *value)
{
    return value->null ? table_none() : table_id(value->text);
}

static inline struct table_cell cell_money(const struct pg_value *value)
{
    return value->null ? table_none() : table_money((struct money){value->int8});
}

static inline struct table_cell cell_count(const struct pg_value *value)
{
    return value->null ? table_none() : table_count(value->int8);
}

static inline struct table_cell cell_instant(const struct pg_value *value)
{
    return value->null ? table_none() : table_instant(value->instant);
}

#endif
