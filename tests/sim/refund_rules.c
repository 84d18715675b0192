#include "refund_rules.h"

#include "refund_state.h"

#include <stdlib.h>
#include <string.h>

bool refund_shop(const struct world *world, const struct merchant *applicant, const char *sub_mchid,
                 const struct merchant **ret_shop, enum reply_error *ret_error)
{
    const struct merchant *shop;

    if (!applicant->partner) {
        *ret_shop = applicant;
        *ret_error = ERROR_PARAMETER;
        return sub_mchid == NULL;
    }
    if (sub_mchid == NULL) {
        *ret_error = ERROR_PARAMETER;
        return false;
    }
    if (strcmp(applicant->sub_mchid, sub_mchid) == 0) {
        *ret_shop = applicant;
        return true;
    }
    shop = world_merchant(world, sub_mchid);
    *ret_error = shop == NULL ? ERROR_MERCHANT : ERROR_NOT_OWN_MERCHANT;
    if (shop == NULL || shop->provider != applicant)
        return false;
    *ret_shop = shop;
    return true;
}

static struct refund_judgement wrong(enum reply_error error, const char *field, const char *issue)
{
    return (struct refund_judgement){
        .verdict = REFUND_WRONG,
        .error = error,
        .detail = {.field = field, .issue = issue, .location = "body"},
    };
}

/* The same number is the same refund. For one of the world only order and amounts are known. */
static struct refund_judgement judge_known(const struct refund *refund,
                                           const struct accepted *accepted,
                                           const struct refund_request *request)
{
    char *parameters = refund_request_parameters(request);
    bool same;

    if (accepted != NULL)
        same = strcmp(accepted->parameters, parameters) == 0;
    else if (request->transaction_id != NULL)
        same = strcmp(refund->transaction_id, request->transaction_id) == 0;
    else
        same = strcmp(refund->payment->out_trade_no, request->out_trade_no) == 0;
    free(parameters);
    if (refund->refund_fen != request->refund_fen ||
        refund->payment->total_fen != request->total_fen)
        return wrong(ERROR_REFUND_MISMATCH, "amount", "other amounts under a known out_refund_no");
    if (!same)
        return wrong(ERROR_REFUND_CHANGED, "out_refund_no",
                     "other parameters under a known out_refund_no");
    return (struct refund_judgement){
        .verdict = REFUND_KNOWN,
        .payment = refund->payment,
        .refund = refund,
        .accepted = accepted,
    };
}

static const struct payment *find_payment(const struct world *world, const struct merchant *shop,
                                          const struct refund_request *request, int64_t now)
{
    size_t merchant = world_index(world, shop);

    if (request->transaction_id != NULL)
        return world_payment_by_id(world, merchant, request->transaction_id, now);
    return world_payment_by_number(world, merchant, request->out_trade_no, now);
}

/* What the order and the refunds before it say. */
static struct refund_judgement judge_order(const struct ledger *ledger,
                                           const struct payment *payment,
                                           const struct refund_request *request, int64_t now)
{
    struct refund_history history = ledger_history(ledger, payment, now);

    if (strcmp(payment->state, "SUCCESS") != 0)
        return wrong(ERROR_REFUND_STATE, "transaction_id", "the order is not in a state to refund");
    if (request->total_fen != payment->total_fen)
        return wrong(ERROR_REFUND_STATE, "total", "is not the total of the order");
    if (now - payment->time > REFUND_WITHIN_S)
        return wrong(ERROR_REFUND_OVERDUE, NULL, "paid more than 365 days ago");
    if (payment->refund_ends == REFUND_END_REFUSED)
        return wrong(ERROR_USER_ACCOUNT, NULL, "the account of the user is abnormal");
    if (history.before.refund_fen + request->refund_fen > payment->total_fen)
        return wrong(ERROR_REFUND_MISMATCH, "refund", "is more than what is left");
    if (history.count >= REFUND_PER_ORDER_MAX)
        return wrong(ERROR_REFUND_COUNT, NULL, "50 refunds of this order");
    if (history.last_time != INT64_MIN && now - history.last_time < REFUND_SPACING_S)
        return wrong(ERROR_FREQUENCY, NULL, "less than a minute after the last one of this order");
    return (struct refund_judgement){.verdict = REFUND_NEW, .payment = payment};
}

static bool can_pay(struct ledger *ledger, const struct merchant *shop,
                    const struct payment *payment, const struct refund_request *request,
                    int64_t now)
{
    struct refund asked = {.payment = payment, .refund_fen = request->refund_fen};
    struct refund_history history = ledger_history(ledger, payment, now);

    if (shop->unfunded == UNFUNDED_WAIT)
        return true;
    refund_share(&asked, shop->rate_ppm, &history.before);
    return refund_outlay_fen(&asked, shop->fund_style) <=
           ledger_account(ledger, shop, now)->balance_fen;
}

struct refund_judgement refund_judge(struct ledger *ledger, const struct merchant *shop,
                                     const struct refund_request *request, int64_t now)
{
    const struct world *world = ledger->world;
    size_t applicant = world_applicant(world, world_index(world, shop));
    const struct accepted *accepted;
    const struct refund *known;
    const struct payment *payment;
    struct refund_judgement judgement;

    (void)ledger_account(ledger, shop, now);
    /* also when the clock was set back to before it: a number is never given twice */
    known = ledger_by_out_refund_no(ledger, applicant, request->out_refund_no, NEVER, &accepted);
    if (known != NULL && known->payment->merchant == world_index(world, shop))
        return judge_known(known, accepted, request);
    if (known != NULL)
        return wrong(ERROR_REFUND_CHANGED, "sub_mchid", "the number is another sub-merchant's");
    payment = find_payment(world, shop, request, now);
    if (payment == NULL)
        return wrong(ERROR_REFUND_ORDER, "transaction_id", "no such order, or not paid");
    judgement = judge_order(ledger, payment, request, now);
    judgement.payment = payment;
    if (judgement.verdict == REFUND_NEW && !can_pay(ledger, shop, payment, request, now))
        return wrong(ERROR_NOT_ENOUGH, NULL, "the balance is not enough");
    return judgement;
}
