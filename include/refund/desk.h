/* What people do about refunds, each one function of the database: it knows who calls by the login
 * of the connection, and decides (sql/migrations/0008_refund.sql, 0012_resolution.sql). ERR_DATA
 * with its words when it refuses, ERR_ACCESS when this login has no right to it.
 *
 * A statement each, so all or nothing outside a transaction, and part of one inside. */
#ifndef REFUND_DESK_H
#define REFUND_DESK_H

#include "base/date.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/money.h"
#include "refund/list.h"

struct pg;

enum { REFUND_NO_LENGTH = 32 };

struct refund_made {
    char refund_no[REFUND_NO_LENGTH + 1];
    struct money amount; /* computed from the books */
};

/* Asks for deposits of one merchant to be given back; `ret_made` has one for each line. */
bool refund_ask(struct pg *pg, const struct refund_line *lines, size_t count, struct instant now,
                struct refund_made *ret_made, struct err *err);

/* Adds to the problems of `list` what is against each of its lines, as the books are now; a
 * merchant that is not known is found by refund_ask. */
bool refund_check_list(struct pg *pg, struct refund_list *list, struct instant now,
                       struct arena *arena, struct err *err);

bool refund_withdraw(struct pg *pg, struct view mchid, struct view refund_no, struct view reason,
                     struct instant now, struct err *err);

struct refund_batch_wish {
    struct view mchid;
    const struct view *refund_nos;
    size_t count; /* 0: all that wait */
    struct instant expires_at;
};

bool refund_batch_make(struct pg *pg, const struct refund_batch_wish *wish, struct instant now,
                       int32_t *ret_batch_no, struct err *err);

/* What the checker saw. */
struct refund_batch_seen {
    struct view list_hash;
    int32_t requests;
    struct money total;
};

bool refund_batch_approve(struct pg *pg, struct view mchid, int32_t batch_no,
                          const struct refund_batch_seen *seen, struct instant now,
                          struct err *err);
bool refund_batch_reject(struct pg *pg, struct view mchid, int32_t batch_no, struct view reason,
                         struct instant now, struct err *err);

/* Lets the next run ask WeChat Pay about a refund that nobody asks about by itself. */
bool refund_query(struct pg *pg, struct view mchid, struct view refund_no, struct instant now,
                  struct err *err);

/* What became of a refund whose answers contradict each other, as people know it. */
struct refund_resolution {
    struct view mchid, refund_no;
    struct view as;       /* "SUCCESS" or "CLOSED" */
    struct view reason;   /* of a proposal only */
    struct view evidence; /* likewise; may be empty */
};

/* One login proposes, another one, who saw what the proposal is for, confirms its number. */
bool refund_propose(struct pg *pg, const struct refund_resolution *resolution, struct instant now,
                    int32_t *ret_proposal_no, struct err *err);
bool refund_resolve(struct pg *pg, const struct refund_resolution *resolution, int32_t proposal_no,
                    struct instant now, struct err *err);

/* `ret_reset`: false when refunds may be sent already. */
bool refund_breaker_reset(struct pg *pg, struct view mchid, struct view reason, struct instant now,
                          bool *ret_reset, struct err *err);

/* The login of this connection; lives in the arena. */
bool refund_login(struct pg *pg, struct arena *arena, struct view *ret_login, struct err *err);

#endif
