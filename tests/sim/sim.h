/* The simulator as a whole: everything a request can touch. One thread, so nothing here is locked.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "bill_store.h"
#include "clock.h"
#include "faults.h"
#include "keys.h"
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
    struct bill_store bills;
    struct rng rng;       /* nonces and ids of replies */
    struct text base_url; /* https://localhost:PORT */
    uint64_t request_count;
    FILE *log;
    bool quitting;
};

/* Reads world and faults (again) and makes keys for new merchants. On failure all stays as it was.
 */
bool sim_reload(struct sim *sim, struct fail *fail);

/* Answers one whole request: route, checks, faults, the interface itself, signature. */
void sim_answer(struct sim *sim, struct request *request, struct reply *reply);

void sim_release(struct sim *sim);

/* The interfaces. Each gets a request that has passed auth_check, and a fault of its own or NULL.
 */
void certificates_answer(struct sim *sim, struct request *request, struct reply *reply);
void bill_apply_answer(struct sim *sim, struct request *request, enum request_kind kind,
                       const struct fault *fault, struct reply *reply);
void bill_download_answer(struct sim *sim, struct request *request, struct reply *reply);

/* True and the token when the query of a download holds one that we made. */
struct token;
bool bill_download_token(const struct sim *sim, const struct request *request,
                         struct token *ret_token);

/* Signs a reply with status 2xx and a JSON body or none (FACTS §2.1); a signature fault spoils it.
 */
void reply_sign(struct sim *sim, const struct request *request, const struct fault *fault,
                struct reply *reply);

#endif
