/* What a reply means, and what to do about it: FACTS §1.5 and §3.3 as a table. Pure.
 *
 * Branches are on HTTP status and `code` only; texts change (FACTS §1.4). */
#ifndef WXPAY_REACTION_H
#define WXPAY_REACTION_H

#include "base/err.h"
#include "base/view.h"

enum wxpay_endpoint { WXPAY_CERTIFICATES, WXPAY_BILL_APPLY, WXPAY_BILL_DOWNLOAD };

enum wxpay_reaction {
    WXPAY_DONE,
    WXPAY_REPEAT_SERVER,   /* 5xx, 202: the same again after a while */
    WXPAY_REPEAT_SLOWER,   /* 429 */
    WXPAY_NO_STATEMENT,    /* no bill, because nothing happened */
    WXPAY_STATEMENT_LATER, /* the bill is being made */
    WXPAY_APPLY_AGAIN,     /* the download token is no longer good */
    WXPAY_NO_CERTIFICATES, /* this merchant is in public-key mode */
    WXPAY_REFUSED,         /* our request is wrong and stays wrong */
    WXPAY_NOT_ALLOWED,     /* credentials, permission: people are needed */
    WXPAY_WRONG_HOST,      /* no reply of APIv3 at all */
};

enum wxpay_reaction wxpay_react(enum wxpay_endpoint endpoint, int status, struct view code);

/* The kind of error that is left when it is not repeated (any more). ERR_NONE for answers:
 * WXPAY_DONE, WXPAY_NO_STATEMENT, WXPAY_STATEMENT_LATER. */
enum err_kind wxpay_reaction_kind(enum wxpay_reaction reaction);

/* "" or what a reader can do. */
const char *wxpay_reaction_hint(enum wxpay_reaction reaction);

#endif
