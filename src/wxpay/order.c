#include "wxpay/order.h"

#include "base/memory.h"
#include "text/json.h"
#include "wxpay/fields.h"
#include "wxpay/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 32 };

static const char *const states[] = {
    [WXPAY_TRADE_UNKNOWN] = "",
    [WXPAY_TRADE_SUCCEEDED] = "SUCCESS",
    [WXPAY_TRADE_REFUNDED] = "REFUND",
    [WXPAY_TRADE_NOTPAY] = "NOTPAY",
    [WXPAY_TRADE_CLOSED] = "CLOSED",
    [WXPAY_TRADE_REVOKED] = "REVOKED",
    [WXPAY_TRADE_USERPAYING] = "USERPAYING",
    [WXPAY_TRADE_PAYERROR] = "PAYERROR",
};

/* ---- the object ------------------------------------------------------------------------------ */

static bool read_owner(struct json_node root, const struct wxpay_order_asked *asked,
                       struct arena *arena, struct wxpay_order *order, struct err *err)
{
    bool partner = asked->sub_mchid.length > 0;
    struct view mchid = {.at = NULL}, sub_mchid = {.at = NULL}, appid = {.at = NULL};
    const struct json_field direct_fields[] = {
        {"mchid", JSON_FIELD_TEXT, &mchid, JSON_REQUIRED},
        {"appid", JSON_FIELD_TEXT, &appid, JSON_OPTIONAL},
    };
    const struct json_field partner_fields[] = {
        {"sp_mchid", JSON_FIELD_TEXT, &mchid, JSON_REQUIRED},
        {"sp_appid", JSON_FIELD_TEXT, &appid, JSON_OPTIONAL},
        {"sub_mchid", JSON_FIELD_TEXT, &sub_mchid, JSON_REQUIRED},
    };

    bool read = partner ? json_node_unpack(root, JSON_FIELDS(partner_fields), arena, err)
                        : json_node_unpack(root, JSON_FIELDS(direct_fields), arena, err);
    return read && wxpay_field_same(partner ? "sp_mchid" : "mchid", mchid, asked->mchid, err) &&
           wxpay_field_same("sub_mchid", sub_mchid, asked->sub_mchid, err) &&
           wxpay_field_text("mchid", mchid, order->mchid, sizeof(order->mchid), err) &&
           wxpay_field_text("sub_mchid", sub_mchid, order->sub_mchid, sizeof(order->sub_mchid),
                            err) &&
           wxpay_field_text("appid", appid, order->appid, sizeof(order->appid), err);
}

static bool read_numbers(struct json_node root, const struct wxpay_order_asked *asked,
                         struct arena *arena, struct wxpay_order *order, struct err *err)
{
    struct view number = {.at = NULL}, transaction = {.at = NULL}, type = {.at = NULL};
    bool by_number = asked->key == WXPAY_BY_OUT_TRADE_NO;
    const struct json_field fields[] = {
        {"out_trade_no", JSON_FIELD_TEXT, &number, JSON_REQUIRED},
        {"transaction_id", JSON_FIELD_TEXT, &transaction, JSON_OPTIONAL},
        {"trade_type", JSON_FIELD_TEXT, &type, JSON_OPTIONAL},
    };

    return json_node_unpack(root, JSON_FIELDS(fields), arena, err) &&
           wxpay_field_same(by_number ? "out_trade_no" : "transaction_id",
                            by_number ? number : transaction, asked->number, err) &&
           wxpay_field_text("out_trade_no", number, order->out_trade_no,
                            sizeof(order->out_trade_no), err) &&
           wxpay_field_text("transaction_id", transaction, order->transaction_id,
                            sizeof(order->transaction_id), err) &&
           wxpay_field_text("trade_type", type, order->trade_type, sizeof(order->trade_type), err);
}

static bool read_state(struct json_node root, struct arena *arena, struct wxpay_order *order,
                       struct err *err)
{
    struct view state = {.at = NULL}, succeeded = {.at = NULL};
    const struct json_field fields[] = {
        {"trade_state", JSON_FIELD_TEXT, &state, JSON_REQUIRED},
        {"success_time", JSON_FIELD_TEXT, &succeeded, JSON_OPTIONAL},
    };

    if (!json_node_unpack(root, JSON_FIELDS(fields), arena, err) ||
        !wxpay_field_time("success_time", succeeded, &order->has_success_time, &order->success_time,
                          err))
        return false;

    order->state =
        (enum wxpay_trade_state)wxpay_field_word(state, states, sizeof(states) / sizeof(states[0]));
    return true;
}

static bool read_amount(struct json_node root, struct arena *arena, struct wxpay_order *order,
                        struct err *err)
{
    struct json_node amount = {.value = NULL};
    struct view currency = {.at = NULL};
    int64_t total = WXPAY_NO_INTEGER, payer_total = WXPAY_NO_INTEGER;
    const struct json_field outer = {"amount", JSON_FIELD_OBJECT, &amount, JSON_OPTIONAL};
    const struct json_field inner[] = {
        {"total", JSON_FIELD_INTEGER, &total, JSON_REQUIRED},
        {"payer_total", JSON_FIELD_INTEGER, &payer_total, JSON_OPTIONAL},
        {"currency", JSON_FIELD_TEXT, &currency, JSON_OPTIONAL},
    };

    if (!json_node_unpack(root, &outer, 1, arena, err))
        return false;
    order->has_amount = amount.value != NULL;
    if (!order->has_amount)
        return true;
    if (!json_node_unpack(amount, JSON_FIELDS(inner), arena, err))
        return err_wrap(err, "\"amount\"");

    return wxpay_field_money("amount.total", total, &order->total, err) &&
           wxpay_field_money("amount.payer_total", payer_total, &order->payer_total, err) &&
           wxpay_field_currency("amount.currency", currency, err);
}

bool wxpay_order_read(struct view json, const struct wxpay_order_asked *asked,
                      struct wxpay_order *ret_order, struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct wxpay_order order = {.mchid = ""};

    if (!json_doc_parse(json, WXPAY_REPLY_MAX, &doc, err) ||
        !read_owner(json_doc_root(&doc), asked, &arena, &order, err) ||
        !read_numbers(json_doc_root(&doc), asked, &arena, &order, err) ||
        !read_state(json_doc_root(&doc), &arena, &order, err) ||
        !read_amount(json_doc_root(&doc), &arena, &order, err))
        return false;

    *ret_order = order;
    return true;
}

/* ---- the call -------------------------------------------------------------------------------- */

/* What was asked for. */
struct asked {
    enum wxpay_order_key key;
    char number[NUMBER_MAX + 1];
};

static void add_target(struct buf *target, const struct wxpay *client, enum wxpay_order_key key,
                       struct view number)
{
    const struct wxpay_settings *settings = &client->settings;
    bool partner = settings->sub_mchid[0] != '\0';

    buf_add_text(target, partner ? "/v3/pay/partner/transactions" : "/v3/pay/transactions");
    buf_add_text(target, key == WXPAY_BY_OUT_TRADE_NO ? "/out-trade-no" : "/id");
    wxpay_target_segment(target, number);
    wxpay_target_query(target, partner ? "sp_mchid" : "mchid", view_of(settings->mchid));
    if (partner)
        wxpay_target_query(target, "sub_mchid", view_of(settings->sub_mchid));
}

struct wxpay_call *wxpay_order_query_start(struct wxpay *client, enum wxpay_order_key key,
                                           struct view number)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(HTTP_TARGET_MAX);
    struct asked *asked = memory_alloc(sizeof *asked);

    assert(number.length > 0 && number.length <= NUMBER_MAX);
    asked->key = key;
    memcpy(asked->number, number.at, number.length);
    add_target(&target, client, key, number);
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_ORDER_QUERY,
        .accept = WXPAY_ACCEPT_SIGNED,
        .target = buf_view(&target),
        .reply_bytes_max = WXPAY_REPLY_MAX,
        .detail = asked,
        .detail_free = free,
    };
    return wxpay_call_new(client, &plan);
}

static bool read_answer(const struct wxpay_call *call, struct wxpay_order_answer *answer,
                        struct err *err)
{
    const struct asked *asked = call->plan.detail;
    const struct wxpay_settings *settings = &call->client->settings;
    const struct wxpay_order_asked about = {asked->key, view_of(asked->number),
                                            view_of(settings->mchid), view_of(settings->sub_mchid)};

    if (!wxpay_call_answered(call, err))
        return false;

    answer->request_id = wxpay_call_request_id(call);
    answer->found = call->reaction == WXPAY_DONE;
    if (!answer->found ||
        wxpay_order_read(buf_view(&call->reply.body), &about, &answer->order, err))
        return true;
    err_wrap(err, "the answer");
    return wxpay_call_blame(call, err);
}

bool wxpay_order_query_finish(struct wxpay_call *call, struct wxpay_order_answer *ret_answer,
                              struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    const struct asked *asked = call->plan.detail;
    struct wxpay_order_answer answer = {.found = false};

    if (!read_answer(done, &answer, err))
        return err_wrap(err, "order %s", asked->number);

    *ret_answer = answer;
    return true;
}

bool wxpay_order_query(struct wxpay *client, enum wxpay_order_key key, struct view number,
                       struct wxpay_order_answer *ret_answer, struct err *err)
{
    struct wxpay_call *call = wxpay_order_query_start(client, key, number);
    wxpay_call_wait(call);
    return wxpay_order_query_finish(call, ret_answer, err);
}
