#include "recon/verdict.h"

#include <assert.h>

static const char *const verdict_names[] = {
    [VERDICT_INCOMPLETE] = "INCOMPLETE", [VERDICT_BROKEN] = "BROKEN",     [VERDICT_WARN] = "WARN",
    [VERDICT_PENDING] = "PENDING",       [VERDICT_BALANCED] = "BALANCED",
};

const char *verdict_name(enum verdict verdict)
{
    assert((size_t)verdict < sizeof(verdict_names) / sizeof(verdict_names[0]));
    return verdict_names[verdict];
}

bool verdict_by_name(struct view name, enum verdict *ret_verdict)
{
    for (size_t i = 0; i < sizeof(verdict_names) / sizeof(verdict_names[0]); i++) {
        if (view_equal_text(name, verdict_names[i])) {
            *ret_verdict = (enum verdict)i;
            return true;
        }
    }
    return false;
}

enum exit_code verdict_exit_code(enum verdict verdict, bool may_still_come)
{
    switch (verdict) {
    case VERDICT_INCOMPLETE:
        return may_still_come ? EXIT_TRY_LATER : EXIT_BAD_DATA;
    case VERDICT_BROKEN:
    case VERDICT_WARN:
        return EXIT_FINDINGS;
    case VERDICT_PENDING:
    case VERDICT_BALANCED:
        return EXIT_CLEAN;
    }
    assert(false && "verdict");
    return EXIT_INTERNAL;
}

bool identity_holds(const struct identity *identity)
{
    return identity->left.count == identity->right.count &&
           identity->left.money.fen == identity->right.money.fen;
}

enum verdict verdict_of(const struct verdict_facts *facts)
{
    if (facts->evidence_missing || facts->identities == 0 || facts->identities_missing > 0)
        return VERDICT_INCOMPLETE;
    if (facts->findings.open > 0)
        return VERDICT_BROKEN;
    if (facts->findings.warning > 0)
        return VERDICT_WARN;
    if (facts->findings.pending > 0 && facts->identities_unexplained == 0)
        return VERDICT_PENDING;
    if (facts->findings.accepted > 0 && facts->identities_unexplained == 0)
        return VERDICT_BALANCED;
    return facts->identities_failing > 0 ? VERDICT_INCOMPLETE : VERDICT_BALANCED;
}
