#include "run/refund_doubts.h"

#include "queries.h"

#include <stdlib.h>

/* A hundred thousand refunds are hashed in half of it. */
#define WORK_MEM "64MB"

/* None helps: the books are read meanwhile, and they come first. */
#define WORKERS "0"

/* A night that fails is made up for in these. */
#define LATELY (3 * INSTANT_DAY)

enum { FIRST = 64 };

void refund_doubts_release(struct refund_doubts *doubts)
{
    free(doubts->payments);
    arena_release(&doubts->arena);
}

/* Nobody's. */
static void clear(struct refund_doubts *doubts)
{
    arena_clear(&doubts->arena);
    doubts->mchid = (struct view){NULL, 0};
    doubts->count = 0;
}

static bool take(void *context, const struct pg_value *values, struct err *err)
{
    struct refund_doubts *doubts = context;
    struct view number = values[0].text;

    (void)err;
    if (doubts->count == doubts->capacity) {
        doubts->capacity = doubts->capacity > 0 ? 2 * doubts->capacity : FIRST;
        doubts->payments =
            memory_resize(doubts->payments, doubts->capacity, sizeof(*doubts->payments));
    }
    doubts->payments[doubts->count++] =
        view_from(arena_copy(&doubts->arena, number.at, number.length), number.length);
    return true;
}

static bool look(struct pg *pg, struct view mchid, struct instant since,
                 struct refund_doubts *doubts, struct err *err)
{
    struct pg_value values[2];
    bool found;

    return pg_begin(pg, PG_SNAPSHOT, err) &&
           pg_one(pg, &query_books_session,
                  PG_PARAMS(pg_text(VIEW(WORK_MEM)), pg_text(VIEW(WORKERS))), &doubts->arena,
                  &found, values, err) &&
           pg_each(pg, &query_refund_doubts, PG_PARAMS(pg_text(mchid), pg_instant(since)), take,
                   doubts, err);
}

bool refund_doubts_look(struct pg *pg, struct view mchid, struct date day, struct instant now,
                        struct refund_doubts *doubts, struct err *err)
{
    struct instant lately = {now.us - LATELY};
    struct pg_value values[1];
    struct instant since;
    bool found, good;

    if (!view_equal(doubts->mchid, mchid))
        clear(doubts);
    if (!pg_one(pg, &query_refund_doubts_since,
                PG_PARAMS(pg_text(mchid), pg_date(day), pg_instant(lately)), &doubts->arena, &found,
                values, err))
        return false;
    since = beijing_start(values[0].date);
    if (doubts->mchid.at != NULL && doubts->since.us <= since.us)
        return true;

    clear(doubts);
    good = look(pg, mchid, since, doubts, err);
    pg_rollback(pg); /* nothing was written */
    if (!good) {
        clear(doubts);
        return false;
    }
    doubts->mchid = mchid;
    doubts->since = since;
    return true;
}
