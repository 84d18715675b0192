/* What a reply means, and what to do about it: FACTS §1.5, §3.3, §5.3, §5.4 and §6 as a table.
 * Pure.
 *
 * Branches are on HTTP status and `code` only; texts change (FACTS §1.4). */
#ifndef WXPAY_REACTION_H
#define WXPAY_REACTION_H

#include "base/err.h"
#include "base/view.h"
#include "wxpay/endpoint.h"

enum wxpay_reaction {
    WXPAY_DONE,
    WXPAY_REPEAT_SERVER,   /* 5xx, 202: the same again after a while */
    WXPAY_REPEAT_SLOWER,   /* 429 */
    WXPAY_NO_STATEMENT,    /* no bill, because nothing happened */
    WXPAY_STATEMENT_LATER, /* the bill is being made */
    WXPAY_APPLY_AGAIN,     /* the download token is no longer good */
    WXPAY_NO_CERTIFICATES, /* this merchant is in public-key mode */
    WXPAY_NOT_FOUND,       /* no refund of that number; no such order, or it is not paid */
    WXPAY_ASK_FIRST,       /* the refund may have been accepted: ask by its number */
    WXPAY_NOT_ENOUGH,      /* top up, then the same number; hold this merchant's others */
    WXPAY_ACCOUNT_CLOSED,  /* the user's: pay back another way */
    WXPAY_PEOPLE,          /* a refund that somebody has to look at, never a new number */
    WXPAY_REFUSED,         /* our request is wrong and stays wrong */
    WXPAY_NOT_ALLOWED,     /* permission, risk rules: people are needed */
    WXPAY_NOT_KNOWN,       /* key, serial or clock is wrong: stop the run */
    WXPAY_WRONG_HOST,      /* no reply of APIv3 at all */
    WXPAY_NO_REPLY,        /* not reached, broken off, too large; never of wxpay_react */
};

enum wxpay_reaction wxpay_react(enum wxpay_endpoint endpoint, int status, struct view code);

/* The kind of error that is left when it is not repeated (any more). ERR_NONE for answers:
 * WXPAY_DONE, WXPAY_NO_STATEMENT, WXPAY_STATEMENT_LATER, WXPAY_NOT_FOUND. */
enum err_kind wxpay_reaction_kind(enum wxpay_reaction reaction);

/* "" or what a reader can do. */
const char *wxpay_reaction_hint(enum wxpay_reaction reaction);

#endif
