#include "refund_reply.h"

#include "civil.h"
#include "refund_state.h"

#include <stdlib.h>
#include <string.h>

/* Coupons that the payment used, with what this refund gives back of each. */
static json_t *promotions(const struct refund *refund)
{
    const struct payment *payment = refund->payment;
    json_t *list = json_array();

    if (payment->coupon_fen > 0)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:I, s:I}", "promotion_id", "109519", "scope",
                            "GLOBAL", "type", "COUPON", "amount", (json_int_t)payment->coupon_fen,
                            "refund_amount", (json_int_t)refund->coupon_fen));
    if (payment->discount_fen > 0)
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:s, s:I, s:I}", "promotion_id", "109520",
                                              "scope", "GLOBAL", "type", "DISCOUNT", "amount",
                                              (json_int_t)payment->discount_fen, "refund_amount",
                                              (json_int_t)refund->discount_fen));
    return list;
}

/* `from` comes back as it was asked for. */
static json_t *from_of(const struct accepted *accepted)
{
    json_t *parameters = accepted != NULL ? json_loads(accepted->parameters, 0, NULL) : NULL;
    json_t *from = json_object_get(json_object_get(parameters, "amount"), "from");
    json_t *list = from != NULL ? json_deep_copy(from) : json_array();

    json_decref(parameters);
    return list;
}

static json_t *amounts(const struct refund *refund, const struct accepted *accepted)
{
    const struct payment *payment = refund->payment;
    json_int_t promotion_fen = payment->coupon_fen + payment->discount_fen;
    json_int_t given_back_fen = refund->coupon_fen + refund->discount_fen;

    return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:I}", "total",
                     (json_int_t)payment->total_fen, "refund", (json_int_t)refund->refund_fen,
                     "from", from_of(accepted), "payer_total", payment->total_fen - promotion_fen,
                     "payer_refund", refund->refund_fen - given_back_fen, "settlement_refund",
                     (json_int_t)refund->settlement_fen, "settlement_total",
                     (json_int_t)payment->settlement_fen, "discount_refund", given_back_fen,
                     "currency", "CNY", "refund_fee", (json_int_t)refund->fee_fen);
}

static const char *received_account(const struct refund *refund, const struct accepted *accepted)
{
    if (accepted != NULL && accepted->account != NULL)
        return accepted->account;
    return payment_from_balance(refund->payment) ? "支付用户零钱" : refund->payment->bank;
}

json_t *refund_object(const struct refund *refund, const struct accepted *accepted, int64_t now)
{
    enum refund_status status = refund_status_at(refund, now);
    bool rescued = accepted != NULL && accepted->account != NULL;
    char created[INSTANT_TEXT_SIZE];
    char succeeded[INSTANT_TEXT_SIZE];
    json_t *object;

    instant_text(refund->time, created);
    instant_text(refund_settled_at(refund, now), succeeded);
    object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "refund_id",
                       refund->refund_id, "out_refund_no", refund->out_refund_no, "transaction_id",
                       refund->transaction_id, "out_trade_no", refund->payment->out_trade_no,
                       "channel", rescued ? "OTHER_BANKCARD" : refund->type,
                       "user_received_account", received_account(refund, accepted), "create_time",
                       created, "status", refund_status_name(status), "funds_account",
                       refund->funds_account == FUNDS_AVAILABLE ? "AVAILABLE" : "UNSETTLED",
                       "amount", amounts(refund, accepted), "promotion_detail", promotions(refund));
    if (object == NULL)
        abort();
    if (status == REFUND_SUCCESS)
        (void)json_object_set_new(object, "success_time", json_string(succeeded));
    return object;
}
