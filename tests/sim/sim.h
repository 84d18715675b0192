/* The simulator as a whole: everything a request can touch. One thread, so nothing here is locked.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "bill_store.h"
#include "clock.h"
#include "faults.h"
#include "keys.h"
#include "ledger.h"
#include "rate.h"
#include "reply.h"
#include "request.h"
#include "rng.h"
#include "spare_certs.h"
#include "world.h"

#include <stdio.h>

struct sim {
    const char *world_path;
    const char *faults_path; /* NULL: none */
    uint64_t seed;
    struct sim_clock clock;
    struct world *world;
    struct faults *faults;
    struct keys *keys;
    struct spare_certs spares;
    struct journal journal;
    struct ledger *ledger;
    struct rates *rates; /* by the world's order of merchants */
    bool no_limits;
    int64_t latency_ms; /* of every reply */
    int64_t started_ms; /* machine's monotonic clock */
    struct bill_store bills;
    struct rng rng;       /* nonces and ids of replies */
    struct text base_url; /* what replies name: https://localhost:PORT, or as the user says */
    uint64_t request_count;
    FILE *log;
    bool quitting;
};

/* Reads world, journal and faults (again) and makes keys for new merchants. On failure all stays as
 * it was. */
bool sim_reload(struct sim *sim, struct fail *fail);

/* Answers one whole request: route, checks, faults, the interface itself, signature. */
void sim_answer(struct sim *sim, struct request *request, struct reply *reply);

/* Sets the clock; what was made for a later time is made anew when it goes back. */
void sim_set_clock(struct sim *sim, int64_t now);

void sim_release(struct sim *sim);

/* The interfaces. Each gets a request that has passed auth_check, and a fault of its own or NULL.
 */
void certificates_answer(struct sim *sim, struct request *request, struct reply *reply);
void bill_apply_answer(struct sim *sim, struct request *request, enum request_kind kind,
                       const struct fault *fault, struct reply *reply);
void bill_download_answer(struct sim *sim, struct request *request, struct reply *reply);
void sub_bill_answer(struct sim *sim, struct request *request, const struct fault *fault,
                     struct reply *reply);
void refund_answer(struct sim *sim, struct request *request, struct reply *reply);
void refund_query_answer(struct sim *sim, struct request *request, struct reply *reply);
void refund_abnormal_answer(struct sim *sim, struct request *request, struct reply *reply);
void order_query_answer(struct sim *sim, struct request *request, struct reply *reply);

/* Of other-host: a name that nobody has (RFC 2606). */
#define OTHER_HOST_URL "https://wxpay.invalid"

/* Parts that both kinds of fund flow need: an account_type, and whether there is a bill of that day
 * already (else the reply is made). */
bool bill_read_account(const char *value, bool of_sub_merchant, enum account_kind *ret_account);
bool bill_check_day(const struct request *request, int32_t day, struct reply *reply);

/* May this merchant ask now? Else the reply is made. */
bool limits_pass(struct sim *sim, const struct request *request, enum request_kind kind,
                 struct reply *reply);
/* May it refund one more order that is older than a month? */
bool limits_pass_old_order(struct sim *sim, const struct request *request);
/* Counts the answer. */
void limits_note(struct sim *sim, const struct request *request, enum request_kind kind,
                 const struct reply *reply);

/* True and the token when the query of a download holds one that we made. */
struct token;
bool bill_download_token(const struct sim *sim, const struct request *request,
                         struct token *ret_token);

/* Signs a reply with status 2xx and a JSON body or none (FACTS §2.1); a signature fault spoils it.
 */
void reply_sign(struct sim *sim, const struct request *request, const struct fault *fault,
                struct reply *reply);

#endif
