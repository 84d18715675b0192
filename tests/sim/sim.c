#include "sim.h"

#include "auth.h"
#include "civil.h"
#include "fault_reply.h"
#include "token.h"

#include <string.h>
#include <sysexits.h>

static const struct route {
    const char *path;
    enum request_kind kind;
} routes[] = {
    {"/v3/certificates", REQUEST_CERTIFICATES},
    {"/v3/bill/tradebill", REQUEST_TRADEBILL},
    {"/v3/bill/fundflowbill", REQUEST_FUNDFLOWBILL},
    {"/v3/billdownload/file", REQUEST_DOWNLOAD},
};

static bool faults_fit_world(const struct sim *sim, const struct faults *faults,
                             const struct world *world, struct fail *fail)
{
    for (size_t at = 0; at < faults->count; at++) {
        const struct fault_rule *rule = &faults->rules[at];

        if (rule->fault.kind == FAULT_SWAP_MERCHANT &&
            world_merchant(world, rule->fault.mchid) == NULL)
            return fail_set(fail, EX_DATAERR, "%s:%zu: no merchant \"%.64s\" in the world",
                            sim->faults_path, rule->line, rule->fault.mchid);
    }
    return true;
}

bool sim_reload(struct sim *sim, struct fail *fail)
{
    struct world *world = world_load(sim->world_path, fail);
    struct faults *faults = world != NULL ? faults_load(sim->faults_path, fail) : NULL;

    if (faults == NULL || !faults_fit_world(sim, faults, world, fail) ||
        !keys_add_merchants(sim->keys, world, sim_clock_now(&sim->clock), fail)) {
        faults_free(faults);
        world_free(world);
        return false;
    }
    bill_store_clear(&sim->bills);
    world_free(sim->world);
    faults_free(sim->faults);
    sim->world = world;
    sim->faults = faults;
    sim->faults->seed = sim->seed;
    return true;
}

void sim_release(struct sim *sim)
{
    bill_store_clear(&sim->bills);
    world_free(sim->world);
    faults_free(sim->faults);
    keys_free(sim->keys);
    spare_certs_release(&sim->spares);
    text_release(&sim->base_url);
    if (sim->log != NULL)
        (void)fclose(sim->log);
}

static const struct route *find_route(const struct request *request)
{
    for (size_t at = 0; at < sizeof(routes) / sizeof(routes[0]); at++) {
        if (request_has_path(request, routes[at].path))
            return &routes[at];
    }
    return NULL;
}

/* The day of the bill that the request is about, for fault rules and the log. */
static int32_t find_bill_day(const struct sim *sim, const struct request *request,
                             enum request_kind kind)
{
    const char *bill_date = query_value(&request->query, "bill_date");
    struct token token;
    int32_t day;

    if (kind == REQUEST_DOWNLOAD)
        return bill_download_token(sim, request, &token) ? token.for_day : DAY_NONE;
    return bill_date != NULL && day_parse(bill_date, &day) ? day : DAY_NONE;
}

static void answer_interface(struct sim *sim, struct request *request, enum request_kind kind,
                             struct reply *reply)
{
    const struct fault_subject subject = {kind, request->mchid, request->bill_day,
                                          request->out_refund_no};
    const struct fault *fault = faults_next(sim->faults, &subject);

    reply->fault = fault;
    if (!fault_stands_in(fault, request, reply)) {
        if (kind == REQUEST_CERTIFICATES)
            certificates_answer(sim, request, reply);
        else if (kind == REQUEST_DOWNLOAD)
            bill_download_answer(sim, request, reply);
        else
            bill_apply_answer(sim, request, kind, fault, reply);
    }
    fault_spoil(fault, request, reply);
    if (reply->status >= 300 && reply->status < 400 && reply->location == NULL)
        reply->location = sim->base_url.bytes;
    if (reply->status / 100 == 2 && reply->kind != REPLY_DOWNLOAD)
        reply_sign(sim, request, fault, reply);
}

void sim_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    const struct route *route = find_route(request);

    if (route == NULL) {
        reply_nothing(reply, 404);
        return;
    }
    if (strcmp(request->method, "GET") != 0) {
        reply_nothing(reply, 405);
        return;
    }
    if (!auth_check(request, sim->world, sim->keys, reply))
        return;
    if (!query_parse(request_query(request), &request->query)) {
        struct reply_detail detail = {.issue = "query is malformed", .location = "query"};

        reply_error(reply, ERROR_PARAMETER, &detail);
        return;
    }
    request->bill_day = find_bill_day(sim, request, route->kind);
    answer_interface(sim, request, route->kind, reply);
}
