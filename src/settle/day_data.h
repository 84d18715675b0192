/* What settling a day reads and keeps between the snapshot and the transaction that stores. Of this
 * room only. */
#ifndef SETTLE_DAY_DATA_H
#define SETTLE_DAY_DATA_H

#include "pg/pg.h"
#include "settle/settle.h"
#include "settle/settlement.h"

enum { BILLS_MAX = 64 * 1024 };

/* The newest version of a store's statement of the period. */
struct newest {
    struct view store_id;
    int32_t version;
    struct view content_sha256;
    struct statement_amount lines[LINE_COUNT];
};

struct day_data {
    struct arena arena;
    struct view mchid;
    struct date day;

    struct view merchant_name;
    bool ready;          /* reconciled, and not INCOMPLETE; else nothing below is read */
    struct view why_not; /* not ready */
    bool settled;        /* the stage is SETTLED already */
    struct instant updated_at;
    int64_t rows;

    struct settle_totals footer; /* of the trade bill, as reconciling stored them */
    struct buf bills;            /* JSON */
    struct newest *newest;
    size_t newest_count;
    struct settlement *settlement; /* finished */
};

void day_data_init(struct day_data *data, struct view mchid, struct date day);
void day_data_release(struct day_data *data);

/* Everything in one snapshot. */
bool day_data_read(struct pg *pg, struct day_data *data, struct err *err);

/* Parts of it: stores, terms and an open settlement; then the entries, which finish it. */
bool day_data_read_books(struct pg *pg, struct day_data *data, struct err *err);
bool day_data_read_entries(struct pg *pg, struct day_data *data, struct err *err);

/* A copy of a text; NULL and "" are the empty view. */
struct view day_data_keep(struct arena *arena, const struct pg_value *value);

/* Stores what `data` came to, in a transaction of its own. */
bool day_data_store(struct pg *pg, const struct day_data *data, struct instant now,
                    struct settle_result *result, struct err *err);

const struct newest *day_data_newest(const struct day_data *data, struct view store_id);

#endif
