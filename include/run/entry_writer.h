/* Entries into recon.entry by binary COPY, inside the caller's transaction. */
#ifndef RUN_ENTRY_WRITER_H
#define RUN_ENTRY_WRITER_H

#include "base/buf.h"
#include "pg/pg.h"
#include "recon/match.h"

enum { ENTRY_SPLIT_MAX = 64 * 1024 };

struct entry_writer {
    struct view mchid;
    struct date bill_day;
    struct pg_copy *copy;
    struct buf split; /* of the entry at hand */
};

bool entry_writer_init(struct entry_writer *writer, struct pg *pg, struct view mchid,
                       struct date bill_day, struct err *err);

/* Fits entry_sink; the context is the writer. */
bool entry_writer_take(void *context, const struct entry *entry, struct err *err);

bool entry_writer_finish(struct entry_writer *writer, int64_t *ret_rows, struct err *err);

/* Without finish the COPY is given up. */
void entry_writer_release(struct entry_writer *writer);

#endif
