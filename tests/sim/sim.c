#include "sim.h"

#include "auth.h"
#include "civil.h"
#include "fault_reply.h"
#include "token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

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

/* Accepted refunds point into the world they were read with: both change together. */
static void take_world(struct sim *sim, struct world *world, struct ledger *ledger)
{
    bill_store_clear(&sim->bills);
    ledger_free(sim->ledger);
    world_free(sim->world);
    free(sim->rates);
    sim->world = world;
    sim->ledger = ledger;
    sim->rates = alloc_zeroed(world->merchant_count, sizeof(*sim->rates));
}

bool sim_reload(struct sim *sim, struct fail *fail)
{
    struct world *world = world_load(sim->world_path, fail);
    struct ledger *ledger = world != NULL ? ledger_new(world, &sim->journal, fail) : NULL;
    struct faults *faults = ledger != NULL ? faults_load(sim->faults_path, fail) : NULL;

    if (faults == NULL || !faults_fit_world(sim, faults, world, fail) ||
        !keys_add_merchants(sim->keys, world, sim_clock_now(&sim->clock), fail)) {
        faults_free(faults);
        ledger_free(ledger);
        world_free(world);
        return false;
    }
    take_world(sim, world, ledger);
    faults_free(sim->faults);
    sim->faults = faults;
    sim->faults->seed = sim->seed;
    return true;
}

void sim_set_clock(struct sim *sim, int64_t now)
{
    if (now < sim_clock_now(&sim->clock))
        bill_store_clear(&sim->bills);
    sim_clock_set(&sim->clock, now);
}

void sim_release(struct sim *sim)
{
    bill_store_clear(&sim->bills);
    ledger_free(sim->ledger);
    journal_close(&sim->journal);
    world_free(sim->world);
    faults_free(sim->faults);
    keys_free(sim->keys);
    spare_certs_release(&sim->spares);
    free(sim->rates);
    text_release(&sim->base_url);
    if (sim->log != NULL)
        (void)fclose(sim->log);
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

static void answer_kind(struct sim *sim, struct request *request, enum request_kind kind,
                        const struct fault *fault, struct reply *reply)
{
    switch (kind) {
    case REQUEST_CERTIFICATES:
        certificates_answer(sim, request, reply);
        return;
    case REQUEST_TRADEBILL:
    case REQUEST_FUNDFLOWBILL:
        bill_apply_answer(sim, request, kind, fault, reply);
        return;
    case REQUEST_DOWNLOAD:
        bill_download_answer(sim, request, reply);
        return;
    case REQUEST_REFUND:
        refund_answer(sim, request, reply);
        return;
    case REQUEST_REFUND_QUERY:
        refund_query_answer(sim, request, reply);
        return;
    case REQUEST_REFUND_ABNORMAL:
        refund_abnormal_answer(sim, request, reply);
        return;
    case REQUEST_ORDER_QUERY:
        order_query_answer(sim, request, reply);
        return;
    case REQUEST_SUB_FUNDFLOWBILL:
        sub_bill_answer(sim, request, fault, reply);
        return;
    }
}

static void answer_interface(struct sim *sim, struct request *request, enum request_kind kind,
                             struct reply *reply)
{
    const struct fault_subject subject = {kind, request->mchid, request->bill_day,
                                          request->out_refund_no};
    const struct fault *fault;

    if (!limits_pass(sim, request, kind, reply))
        return;
    fault = faults_next(sim->faults, &subject);
    reply->fault = fault;
    if (!fault_stands_in(fault, request, reply))
        answer_kind(sim, request, kind, fault, reply);
    fault_spoil(fault, request, reply);
    limits_note(sim, request, kind, reply);
    if (reply->status >= 300 && reply->status < 400 && reply->location == NULL)
        reply->location = sim->base_url.bytes;
    if (reply->status / 100 == 2 && reply->kind != REPLY_DOWNLOAD)
        reply_sign(sim, request, fault, reply);
}

/* A body is JSON and says so (FACTS §1.3). */
static bool check_content_type(const struct request *request, struct reply *reply)
{
    static const char json[] = "application/json";
    struct reply_detail detail = {
        .field = "Content-Type",
        .issue = "expected application/json",
        .location = "header",
    };

    if (strcmp(request->method, "POST") != 0 ||
        (request->content_type != NULL &&
         strncasecmp(request->content_type, json, sizeof(json) - 1) == 0))
        return true;
    reply_error(reply, ERROR_PARAMETER, &detail);
    return false;
}

static bool read_request(struct sim *sim, struct request *request, struct reply *reply)
{
    if (!auth_check(request, sim->world, sim->keys, reply) || !check_content_type(request, reply))
        return false;
    if (!query_parse(request_query(request), &request->query)) {
        struct reply_detail detail = {.issue = "query is malformed", .location = "query"};

        reply_error(reply, ERROR_PARAMETER, &detail);
        return false;
    }
    request->bill_day = find_bill_day(sim, request, request->route->kind);
    return true;
}

void sim_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    reply->delay_ms = sim->latency_ms;
    switch (route_find(request->method, request->uri, request->path_size, &request->route,
                       &request->path_value)) {
    case ROUTE_NO_PATH:
        reply_nothing(reply, 404);
        return;
    case ROUTE_NO_METHOD:
        reply_nothing(reply, 405);
        return;
    case ROUTE_FOUND:
        request_find_refund(request);
        if (read_request(sim, request, reply))
            answer_interface(sim, request, request->route->kind, reply);
        return;
    }
}
