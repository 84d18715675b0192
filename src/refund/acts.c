#include "refund/acts.h"

#include "crypto/digest.h"
#include "pg/pg.h"
#include "queries.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Columns of refund_acts. */
enum { COLUMN_NO, COLUMN_BYTES, COLUMN_HASH, COLUMN_HEAD_ACTS, COLUMN_HEAD_HASH };

struct chain {
    refund_act_function *function;
    void *context;
    int64_t acts;              /* verified so far */
    struct digest_text newest; /* hash of the last of them; empty before the first */
    bool has_head;
    int64_t head_acts;
    struct digest_text head_hash;
};

static bool take_number(struct view *rest, int64_t *ret_number)
{
    struct view part;

    return view_take(rest, '\t', &part) && view_to_int64(part, 0, INT64_MAX, ret_number);
}

bool refund_act_read(struct view bytes, struct refund_act *ret_act)
{
    struct refund_act act = {.said = VIEW("")};
    struct view rest = bytes;

    if (!take_number(&rest, &act.no) || !take_number(&rest, &act.at.us) ||
        !view_take(&rest, '\t', &act.who) || !view_take(&rest, '\t', &act.act) ||
        !view_take(&rest, '\t', &act.subject))
        return false;
    /* Nothing may have been said. */
    (void)view_take(&rest, '\t', &act.said);
    if (rest.length > 0)
        return false;
    *ret_act = act;
    return true;
}

static struct digest_text hash_behind(const struct digest_text *before, struct view bytes)
{
    CLEANUP(digest_release) struct digest digest;
    struct digest_value value;

    digest_init(&digest, DIGEST_SHA256);
    digest_push(&digest, view_of(before->s));
    digest_push(&digest, bytes);
    value = digest_finish(&digest);
    return digest_text(&value);
}

static void note_head(struct chain *chain, const struct pg_value *values)
{
    chain->has_head = !values[COLUMN_HEAD_ACTS].null;
    if (!chain->has_head)
        return;
    chain->head_acts = values[COLUMN_HEAD_ACTS].int8;
    (void)snprintf(chain->head_hash.s, sizeof(chain->head_hash.s), "%.*s",
                   VIEW_ARG(values[COLUMN_HEAD_HASH].text));
}

static bool verify_act(void *context, const struct pg_value *values, struct err *err)
{
    struct chain *chain = context;
    struct refund_act act;
    int64_t wanted = chain->acts + 1;

    note_head(chain, values);
    if (values[COLUMN_NO].null) /* a head without acts */
        return true;
    if (values[COLUMN_NO].int8 != wanted)
        return err_set(err, ERR_DATA, "act %" PRId64 " is missing", wanted);
    chain->newest = hash_behind(&chain->newest, values[COLUMN_BYTES].text);
    if (!view_equal_text(values[COLUMN_HASH].text, chain->newest.s))
        return err_set(err, ERR_DATA, "act %" PRId64 " is not what it was: its hash is another",
                       wanted);
    if (!refund_act_read(values[COLUMN_BYTES].text, &act) || act.no != wanted)
        return err_set(err, ERR_DATA, "act %" PRId64 " cannot be read", wanted);
    chain->acts = wanted;
    if (chain->function != NULL)
        chain->function(chain->context, &act);
    return true;
}

static bool verify_head(const struct chain *chain, struct err *err)
{
    if (!chain->has_head) {
        if (chain->acts == 0)
            return true;
        return err_set(err, ERR_DATA, "the head behind act %" PRId64 " is missing", chain->acts);
    }
    if (chain->head_acts > chain->acts)
        return err_set(err, ERR_DATA, "act %" PRId64 " is missing", chain->acts + 1);
    if (chain->head_acts < chain->acts)
        return err_set(err, ERR_DATA, "act %" PRId64 " is not in the chain", chain->head_acts + 1);
    if (strcmp(chain->head_hash.s, chain->newest.s) != 0)
        return err_set(err, ERR_DATA, "act %" PRId64 " is not what the chain ends with",
                       chain->acts);
    return true;
}

static bool refuse_list(void *context, const struct pg_value *values, struct err *err)
{
    (void)context;
    return err_set(err, ERR_DATA, "batch %" PRId64 " is not the list that was approved",
                   values[0].int8);
}

static bool refuse_resolved(void *context, const struct pg_value *values, struct err *err)
{
    (void)context;
    return err_set(err, ERR_DATA, "refund %.*s is not as two people have resolved it",
                   VIEW_ARG(values[0].text));
}

bool refund_acts_verify(struct pg *pg, struct view mchid, refund_act_function *function,
                        void *context, struct err *err)
{
    struct chain chain = {.function = function, .context = context};

    if (!pg_each(pg, &query_refund_acts, PG_PARAMS(pg_text(mchid)), verify_act, &chain, err) ||
        !verify_head(&chain, err) ||
        !pg_each(pg, &query_refund_lists_changed, PG_PARAMS(pg_text(mchid)), refuse_list, NULL,
                 err) ||
        !pg_each(pg, &query_refund_resolved_alone, PG_PARAMS(pg_text(mchid)), refuse_resolved, NULL,
                 err))
        return err_wrap(err, "refunds of merchant %.*s", VIEW_ARG(mchid));
    return true;
}
