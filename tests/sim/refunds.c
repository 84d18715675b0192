/* POST /v3/refund/domestic/refunds and GET …/refunds/{out_refund_no} (FACTS §5). */
#include "refund_reply.h"
#include "refund_rules.h"
#include "refund_state.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static void refuse_shop(struct reply *reply, enum reply_error error, const char *location)
{
    struct reply_detail detail = {
        .field = "sub_mchid",
        .issue = error == ERROR_PARAMETER ? "required of partners, absent of others" : NULL,
        .location = location,
    };

    reply_error(reply, error, &detail);
}

static struct refund order_of(const struct refund_request *request, const struct payment *payment,
                              int64_t now)
{
    bool available =
        request->funds_account != NULL && strcmp(request->funds_account, "AVAILABLE") == 0;

    return (struct refund){
        .merchant = payment->merchant,
        .payment = payment,
        .transaction_id = payment->transaction_id,
        .out_refund_no = request->out_refund_no,
        .time = now,
        .refund_fen = request->refund_fen,
        .type = "ORIGINAL",
        .funds_account = available ? FUNDS_AVAILABLE : FUNDS_UNSETTLED,
        .funded_at = now,
        .abnormal_at = NEVER,
        .row = {.repeat = 1, .trade_bill = true, .fund_flow = true},
    };
}

static void accept(struct sim *sim, const struct refund_request *request,
                   const struct payment *payment, int64_t now, struct reply *reply)
{
    const struct merchant *shop = &sim->world->merchants[payment->merchant];
    struct refund refund = order_of(request, payment, now);
    char *parameters = refund_request_parameters(request);
    const struct accepted *accepted;

    if (ledger_accept(sim->ledger, &refund, parameters, sim->seed, &accepted)) {
        (void)ledger_account(sim->ledger, shop, refund.time);
        reply_json(reply, refund_object(&accepted->refund, accepted, refund.time));
    } else {
        reply_error(reply, ERROR_SYSTEM, NULL);
    }
    free(parameters);
}

static void answer(struct sim *sim, const struct request *request,
                   const struct refund_request *asked, struct reply *reply)
{
    const struct merchant *shop;
    enum reply_error error;
    struct refund_judgement judgement;

    if (!refund_shop(sim->world, request->merchant, asked->sub_mchid, &shop, &error)) {
        refuse_shop(reply, error, "body");
        return;
    }
    judgement = refund_judge(sim->ledger, shop, asked, request->time);
    if (judgement.verdict == REFUND_NEW &&
        request->time - judgement.payment->time > REFUND_OLD_ORDER_S &&
        !limits_pass_old_order(sim, request))
        judgement = (struct refund_judgement){.verdict = REFUND_WRONG, .error = ERROR_OLD_ORDERS};
    switch (judgement.verdict) {
    case REFUND_NEW:
        accept(sim, asked, judgement.payment, request->time, reply);
        return;
    case REFUND_KNOWN:
        reply_json(reply, refund_object(judgement.refund, judgement.accepted, request->time));
        return;
    case REFUND_WRONG:
        reply_error(reply, judgement.error, &judgement.detail);
        return;
    }
}

void refund_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    struct refund_request asked;
    struct reply_detail wrong;

    if (request->query.count > 0) {
        wrong = (struct reply_detail){.issue = "unknown parameter", .location = "query"};
        reply_error(reply, ERROR_PARAMETER, &wrong);
        return;
    }
    if (!refund_request_decode(&request->body, &asked, &wrong)) {
        reply_error(reply, wrong.field != NULL ? ERROR_PARAMETER : ERROR_BODY, &wrong);
        return;
    }
    answer(sim, request, &asked, reply);
    refund_request_release(&asked);
}

void refund_query_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    const char *sub_mchid = query_value(&request->query, "sub_mchid");
    size_t applicant = world_index(sim->world, request->merchant);
    struct reply_detail wrong = {.issue = "unknown parameter", .location = "query"};
    const struct merchant *shop;
    const struct accepted *accepted;
    const struct refund *refund;
    enum reply_error error;

    if (request->query.count != (sub_mchid != NULL ? 1U : 0U)) {
        reply_error(reply, ERROR_PARAMETER, &wrong);
        return;
    }
    wrong = (struct reply_detail){"out_refund_no", NULL, "is not such a number", "uri"};
    if (!out_refund_no_valid(request->path_value)) {
        reply_error(reply, ERROR_PARAMETER, &wrong);
        return;
    }
    if (!refund_shop(sim->world, request->merchant, sub_mchid, &shop, &error)) {
        refuse_shop(reply, error, "query");
        return;
    }
    (void)ledger_account(sim->ledger, shop, request->time);
    refund = ledger_by_out_refund_no(sim->ledger, applicant, request->path_value, request->time,
                                     &accepted);
    if (refund == NULL || refund->merchant != world_index(sim->world, shop))
        reply_error(reply, ERROR_REFUND, NULL);
    else
        reply_json(reply, refund_object(refund, accepted, request->time));
}
