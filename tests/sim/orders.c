/* GET /v3/pay/transactions/… and /v3/pay/partner/transactions/… (FACTS §6). */
#include "civil.h"
#include "refund_rules.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

/* Amounts and names that both a paid order and an unpaid one have. */
struct order_view {
    const struct merchant *shop;
    const char *appid;
    const char *out_trade_no;
    const char *openid;
    const char *attach;
    const char *state;
    int64_t total_fen;
    int64_t payer_fen;
    const struct payment *payment; /* NULL: not paid */
};

static const char *state_description(const char *state)
{
    static const struct {
        const char *state;
        const char *words;
    } known[] = {
        {"SUCCESS", "支付成功"},   {"REFUND", "订单发生过退款，退款详情请查询退款单"},
        {"NOTPAY", "订单未支付"},  {"CLOSED", "订单已关闭"},
        {"REVOKED", "订单已撤销"}, {"USERPAYING", "用户支付中，需要输入密码"},
        {"PAYERROR", "支付失败"},
    };

    for (size_t at = 0; at < sizeof(known) / sizeof(known[0]); at++) {
        if (strcmp(known[at].state, state) == 0)
            return known[at].words;
    }
    return state;
}

/* The names of a partner's parties, or of the one merchant. */
static void put_parties(json_t *body, const struct request *request, const struct order_view *order)
{
    bool partner = request->route->order_form != ORDER_FORM_DIRECT;
    const char *sub_mchid =
        order->shop == request->merchant ? order->shop->sub_mchid : order->shop->mchid;

    if (!partner) {
        (void)json_object_update_new(
            body, json_pack("{s:s, s:s}", "appid", order->appid, "mchid", request->mchid));
    } else {
        (void)json_object_update_new(body,
                                     json_pack("{s:s, s:s, s:s}", "sp_appid", order->appid,
                                               "sp_mchid", request->mchid, "sub_mchid", sub_mchid));
    }
    if (order->payment != NULL)
        (void)json_object_set_new(
            body, "payer", json_pack("{s:s}", partner ? "sp_openid" : "openid", order->openid));
}

static void put_payment(json_t *body, const struct payment *payment)
{
    char time[INSTANT_TEXT_SIZE];

    instant_text(payment->time, time);
    (void)json_object_update_new(body, json_pack("{s:s, s:s, s:s, s:s}", "transaction_id",
                                                 payment->transaction_id, "trade_type",
                                                 payment->trade_type, "bank_type", payment->bank,
                                                 "success_time", time));
}

static void reply_order(const struct request *request, const struct order_view *order,
                        struct reply *reply)
{
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:{s:I, s:I, s:s, s:s}, s:[]}", "out_trade_no",
                  order->out_trade_no, "trade_state", order->state, "trade_state_desc",
                  state_description(order->state), "attach", order->attach, "amount", "total",
                  (json_int_t)order->total_fen, "payer_total", (json_int_t)order->payer_fen,
                  "currency", "CNY", "payer_currency", "CNY", "promotion_detail");

    if (body == NULL)
        abort();
    put_parties(body, request, order);
    if (order->payment != NULL)
        put_payment(body, order->payment);
    reply_json(reply, body);
}

static void reply_paid(struct sim *sim, const struct request *request, const struct merchant *shop,
                       const struct payment *payment, struct reply *reply)
{
    struct refund_history history = ledger_history(sim->ledger, payment, request->time);
    struct order_view order = {
        .shop = shop,
        .appid = payment->appid,
        .out_trade_no = payment->out_trade_no,
        .openid = payment->openid,
        .attach = payment->attach,
        .state = payment->state,
        .total_fen = payment->total_fen,
        .payer_fen = payment->total_fen - payment->coupon_fen - payment->discount_fen,
        .payment = payment,
    };

    if (strcmp(payment->state, "SUCCESS") == 0 && history.last_time != INT64_MIN)
        order.state = "REFUND";
    reply_order(request, &order, reply);
}

/* An order of the world that was not paid, or a payment that is still to come. */
static bool find_unpaid(const struct sim *sim, const struct request *request,
                        const struct merchant *shop, struct order_view *ret_order)
{
    size_t merchant = world_index(sim->world, shop);
    const struct payment *later =
        world_payment_by_number(sim->world, merchant, request->path_value, NEVER);
    size_t place;

    *ret_order = (struct order_view){.shop = shop};
    if (index_find(&sim->world->orders_by_number, merchant, request->path_value, &place)) {
        const struct order *order = &sim->world->orders[place];

        ret_order->appid = order->appid;
        ret_order->out_trade_no = order->out_trade_no;
        ret_order->attach = order->attach;
        ret_order->state = order->state;
        ret_order->total_fen = order->total_fen;
        ret_order->payer_fen = order->total_fen;
        return true;
    }
    if (later == NULL)
        return false;
    ret_order->appid = later->appid;
    ret_order->out_trade_no = later->out_trade_no;
    ret_order->attach = later->attach;
    ret_order->state = "NOTPAY";
    ret_order->total_fen = later->total_fen;
    ret_order->payer_fen = later->total_fen;
    return true;
}

/* The numbers in the query agree with who signed (FACTS §1.2). */
static bool check_numbers(const struct sim *sim, const struct request *request,
                          const struct merchant **ret_shop, struct reply *reply)
{
    bool partner = request->route->order_form != ORDER_FORM_DIRECT;
    const char *field = partner ? "sp_mchid" : "mchid";
    const char *mchid = query_value(&request->query, field);
    const char *sub_mchid = partner ? query_value(&request->query, "sub_mchid") : NULL;
    struct reply_detail detail = {.field = field, .location = "query"};
    enum reply_error error = ERROR_PARAMETER;

    if (mchid == NULL || request->query.count != (partner ? 2U : 1U))
        reply_error(reply, ERROR_PARAMETER, &detail);
    else if (strcmp(mchid, request->mchid) != 0)
        reply_error(reply, ERROR_MCHID, &detail);
    else if (partner == request->merchant->partner &&
             refund_shop(sim->world, request->merchant, sub_mchid, ret_shop, &error))
        return true;
    else
        reply_error(reply, error, &detail);
    return false;
}

void order_query_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    const struct merchant *shop;
    const struct payment *payment;
    struct order_view unpaid;
    size_t merchant;

    if (!check_numbers(sim, request, &shop, reply))
        return;
    merchant = world_index(sim->world, shop);
    (void)ledger_account(sim->ledger, shop, request->time);
    payment =
        request->route->by_id
            ? world_payment_by_id(sim->world, merchant, request->path_value, request->time)
            : world_payment_by_number(sim->world, merchant, request->path_value, request->time);
    if (payment != NULL)
        reply_paid(sim, request, shop, payment, reply);
    else if (!request->route->by_id && find_unpaid(sim, request, shop, &unpaid))
        reply_order(request, &unpaid, reply);
    else
        reply_error(reply, ERROR_ORDER, NULL);
}
