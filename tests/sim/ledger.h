/* What the run adds to a world: refunds accepted over the API, money put on accounts or taken off.
 * Kept in the journal; belongs to one world, whose payments it points to, and is made anew from the
 * journal when the world is read again. */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "account.h"
#include "journal.h"

/* A refund that was asked for here. `refund` is the first member. */
struct accepted {
    struct refund refund;
    const char *parameters; /* its body as canonical JSON: what a repetition has to be equal to */
    const char *account;    /* who was paid after apply-abnormal-refund; NULL: as the payment */
};

struct ledger {
    struct arena arena;
    const struct world *world;
    struct journal *journal;
    struct accepted **accepted;
    size_t count;
    size_t room;
    struct shop *shops;            /* by the world's order of merchants */
    struct account *accounts;      /* of each, BASIC, played up to the last question */
    struct index by_out_refund_no; /* of an applicant */
    struct index by_refund_id;     /* likewise */
};

/* NULL and `fail` when a line of the journal does not fit the world. The journal is the caller's.
 */
struct ledger *ledger_new(const struct world *world, struct journal *journal, struct fail *fail);
void ledger_free(struct ledger *ledger);

const struct shop *ledger_shop(const struct ledger *ledger, const struct merchant *merchant);

/* The BASIC account played up to `now`; afterwards funded_at of its refunds is right for `now`. */
const struct account *ledger_account(struct ledger *ledger, const struct merchant *merchant,
                                     int64_t now);

/* The accounts have to be played from the start: somebody else played one, or the clock was set. */
void ledger_replay(struct ledger *ledger);

/* A refund of the world or of the run; NULL when the applicant has none of that number that has
 * been accepted by `now`. *ret_accepted is NULL for one of the world. */
const struct refund *ledger_by_out_refund_no(const struct ledger *ledger, size_t applicant,
                                             const char *number, int64_t now,
                                             const struct accepted **ret_accepted);
const struct refund *ledger_by_refund_id(const struct ledger *ledger, size_t applicant,
                                         const char *number, int64_t now,
                                         const struct accepted **ret_accepted);

/* What was refunded of a payment, but for closed refunds. Refunds of the world that are still to
 * come have their money set aside. */
struct refund_history {
    size_t count;
    int64_t last_time;    /* of those accepted by now; INT64_MIN when there is none */
    struct refund before; /* sums of amounts and shares */
};

struct refund_history ledger_history(const struct ledger *ledger, const struct payment *payment,
                                     int64_t now);

/* Takes a refund up that no other one has the number of: its shares, a number of WeChat Pay's and,
 * where the world says nothing, its time to the end are set here. `parameters` is copied. False
 * when it could not be written down; then nothing has happened. */
bool ledger_accept(struct ledger *ledger, const struct refund *refund, const char *parameters,
                   uint64_t seed, const struct accepted **ret_accepted);

/* An abnormal refund is paid to another card from now on; false as above. */
bool ledger_rescue(struct ledger *ledger, const struct accepted *accepted, const char *account,
                   int64_t now);

/* Puts that much on the account, or takes it off; 0 is nothing. False as above. */
bool ledger_move(struct ledger *ledger, const struct merchant *merchant, int64_t amount_fen,
                 int64_t now);

#endif
