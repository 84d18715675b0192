/* The verdict of a merchant's day (DOMAIN §3.2) and the identities it rests on.
 *
 * BALANCED is reached only by proving a closed list of named identities, both sides stored; absence
 * of evidence is INCOMPLETE. An identity that does not hold while no finding says why is a
 * contradiction, so INCOMPLETE too. What two people have accepted is set against the identities:
 * one that is off by exactly that is proved, in count and in fen, and shown as such. */
#ifndef RECON_VERDICT_H
#define RECON_VERDICT_H

#include "base/date.h"
#include "base/err.h"
#include "base/money.h"
#include "recon/finding.h"

struct pg;

enum verdict {
    VERDICT_INCOMPLETE,
    VERDICT_BROKEN,
    VERDICT_WARN,
    VERDICT_PENDING,
    VERDICT_BALANCED,
};

const char *verdict_name(enum verdict verdict);
bool verdict_by_name(struct view name, enum verdict *ret_verdict);

/* 0 or 1; for INCOMPLETE 75 while it may still come, else 65. */
enum exit_code verdict_exit_code(enum verdict verdict, bool may_still_come);

struct identity_side {
    const char *name;
    int64_t count;
    struct money money;
};

/* Names are words for people, unique within a day. */
struct identity {
    const char *name;
    struct identity_side left, right;
};

bool identity_holds(const struct identity *identity);

/* Everything that the verdict looks at. */
struct verdict_facts {
    bool evidence_missing;      /* a bill or the books are missing, unreadable or contradictory */
    int64_t identities;         /* proved or not */
    int64_t identities_missing; /* of the closed list */
    int64_t identities_failing;
    int64_t identities_unexplained; /* of the failing: by less or more than the findings that are
                                       PENDING or accepted come to */
    struct finding_counts findings;
};

/* The reason of a reconciled day that is INCOMPLETE all the same. */
#define VERDICT_CONTRADICTION "an identity does not hold and no finding says why"

/* Pure. Without every identity of the closed list nothing was proved: INCOMPLETE. */
enum verdict verdict_of(const struct verdict_facts *facts);

/* Replaces the identities of these names; others of the day stay. Within the caller's transaction.
 */
bool recon_identities_store(struct pg *pg, struct view mchid, struct date bill_day,
                            const struct identity *identities, size_t count, struct err *err);

/* Makes the verdict of a reconciled day anew from stored findings and identities and stores it. A
 * day that is INCOMPLETE for want of evidence stays so. Within the caller's transaction. */
bool recon_verdict_refresh(struct pg *pg, struct view mchid, struct date bill_day,
                           struct instant now, enum verdict *ret_verdict, struct err *err);

#endif
