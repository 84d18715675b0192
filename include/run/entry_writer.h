/* Entries into recon.entry_block by binary COPY, inside the caller's transaction.
 *
 * An entry is a line of values between tabs, short where one value says what another does; lines
 * are put together until a block fills a page of the database (see
 * sql/migrations/0007_entry_short.sql for the form). What the lines are made of holds neither tabs
 * nor line ends: bills and ledgers refuse them. */
#ifndef RUN_ENTRY_WRITER_H
#define RUN_ENTRY_WRITER_H

#include "base/buf.h"
#include "pg/pg.h"
#include "recon/match.h"

/* A page of PostgreSQL has 8 KiB; a line that is longer has a block of its own. */
enum { ENTRY_BLOCK_SIZE = 8000, ENTRY_LINE_MAX = 1024 * 1024 };

struct entry_writer {
    struct view mchid;
    struct date bill_day;
    struct instant start; /* of the bill day */
    struct pg_copy *copy;
    struct buf appid; /* of the first entry; those with the same name none */
    struct buf lines; /* of the block at hand, each with a line end but the last */
    int32_t rows;     /* in it */
    int32_t block_no;
};

bool entry_writer_init(struct entry_writer *writer, struct pg *pg, struct view mchid,
                       struct date bill_day, struct err *err);

/* Fits entry_sink; the context is the writer. */
bool entry_writer_take(void *context, const struct entry *entry, struct err *err);

bool entry_writer_finish(struct entry_writer *writer, struct err *err);

/* Without finish the COPY is given up. */
void entry_writer_release(struct entry_writer *writer);

#endif
