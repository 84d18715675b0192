#include "wxpay/bill.h"

#include "base/memory.h"
#include "text/json.h"
#include "wxpay/fields.h"
#include "wxpay/target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TARGET_MAX = 256 };

struct bill_kind {
    const char *name;
    enum wxpay_endpoint endpoint;
    const char *type; /* bill_type or account_type */
};

static const struct bill_kind *kind_of(enum wxpay_bill_kind kind)
{
    static const struct bill_kind kinds[] = {
        [WXPAY_TRADE_ALL] = {"trade ALL", WXPAY_TRADE_APPLY, "ALL"},
        [WXPAY_TRADE_SUCCESS] = {"trade SUCCESS", WXPAY_TRADE_APPLY, "SUCCESS"},
        [WXPAY_TRADE_REFUND] = {"trade REFUND", WXPAY_TRADE_APPLY, "REFUND"},
        [WXPAY_TRADE_RECHARGE_REFUND] = {"trade RECHARGE_REFUND", WXPAY_TRADE_APPLY,
                                         "RECHARGE_REFUND"},
        [WXPAY_FUND_BASIC] = {"fund BASIC", WXPAY_FUND_APPLY, "BASIC"},
        [WXPAY_FUND_OPERATION] = {"fund OPERATION", WXPAY_FUND_APPLY, "OPERATION"},
        [WXPAY_FUND_FEES] = {"fund FEES", WXPAY_FUND_APPLY, "FEES"},
    };
    assert((size_t)kind < sizeof(kinds) / sizeof(kinds[0]));
    return &kinds[kind];
}

const char *wxpay_bill_kind_name(enum wxpay_bill_kind kind)
{
    return kind_of(kind)->name;
}

static void add_target(struct buf *target, const struct wxpay *client, enum wxpay_bill_kind kind,
                       struct date day)
{
    const struct bill_kind *row = kind_of(kind);
    bool trade = row->endpoint == WXPAY_TRADE_APPLY;
    struct view sub_mchid = view_of(client->settings.sub_mchid);

    buf_add_text(target, trade ? "/v3/bill/tradebill" : "/v3/bill/fundflowbill");
    wxpay_target_query(target, "bill_date", view_of(date_text(day).s));
    wxpay_target_query(target, trade ? "bill_type" : "account_type", view_of(row->type));
    wxpay_target_query(target, "tar_type", VIEW("GZIP"));
    if (trade && sub_mchid.length > 0)
        wxpay_target_query(target, "sub_mchid", sub_mchid);
    assert(!target->overflowed);
}

bool wxpay_bill_read_offer(const struct wxpay *client, struct view body,
                           struct wxpay_bill_offer *ret_offer, struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct view type = {.at = NULL}, hex = {.at = NULL}, url = {.at = NULL};
    const struct json_field fields[] = {
        {"hash_type", JSON_FIELD_TEXT, &type, JSON_REQUIRED},
        {"hash_value", JSON_FIELD_TEXT, &hex, JSON_REQUIRED},
        {"download_url", JSON_FIELD_TEXT, &url, JSON_REQUIRED},
    };

    if (!json_doc_parse(body, WXPAY_REPLY_MAX, &doc, err) ||
        !json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, err))
        return false;

    return wxpay_bill_read_sha1(type, hex, ret_offer->sha1, err) &&
           wxpay_bill_read_url(client, url, ret_offer->url, err);
}

/* What was applied for. */
struct asked {
    enum wxpay_bill_kind kind;
    struct date day;
};

struct wxpay_call *wxpay_bill_apply_start(struct wxpay *client, enum wxpay_bill_kind kind,
                                          struct date day)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(TARGET_MAX);
    struct asked *asked = memory_alloc(sizeof *asked);

    *asked = (struct asked){kind, day};
    add_target(&target, client, kind, day);
    const struct wxpay_plan plan = {
        .endpoint = kind_of(kind)->endpoint,
        .accept = WXPAY_ACCEPT_SIGNED,
        .target = buf_view(&target),
        .reply_bytes_max = WXPAY_REPLY_MAX,
        .detail = asked,
        .detail_free = free,
    };
    return wxpay_call_new(client, &plan);
}

static bool read_answer(const struct wxpay_call *call, struct date day,
                        struct wxpay_bill_offer *offer, struct err *err)
{
    if (!wxpay_call_answered(call, err))
        return false;

    struct wxpay_request_id id = wxpay_call_request_id(call);
    memcpy(offer->request_id, id.s, sizeof(offer->request_id));
    if (call->reaction != WXPAY_DONE) {
        offer->state = wxpay_bill_state_without(call->client, call->reaction, day);
        return true;
    }
    if (wxpay_bill_read_offer(call->client, buf_view(&call->reply.body), offer, err))
        return true;
    err_wrap(err, "the offer");
    return wxpay_call_blame(call, err);
}

bool wxpay_bill_apply_finish(struct wxpay_call *call, struct wxpay_bill_offer *ret_offer,
                             struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;
    const struct asked *asked = call->plan.detail;
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};

    if (!read_answer(done, asked->day, &offer, err))
        return err_wrap(err, "%s bill of %s", wxpay_bill_kind_name(asked->kind),
                        date_text(asked->day).s);

    *ret_offer = offer;
    return true;
}

bool wxpay_bill_apply(struct wxpay *client, enum wxpay_bill_kind kind, struct date day,
                      struct wxpay_bill_offer *ret_offer, struct err *err)
{
    struct wxpay_call *call = wxpay_bill_apply_start(client, kind, day);
    wxpay_call_wait(call);
    return wxpay_bill_apply_finish(call, ret_offer, err);
}

/* ---- downloading ----------------------------------------------------------------------------- */

struct wxpay_call *wxpay_bill_download_start(struct wxpay *client,
                                             const struct wxpay_bill_offer *offer,
                                             http_sink_function *sink, void *context)
{
    assert(offer->state == WXPAY_BILL_OFFERED);
    return wxpay_bill_call_new(client, offer->url, sink, context);
}

bool wxpay_bill_is_expired(const struct wxpay_call *call)
{
    return call->reaction == WXPAY_APPLY_AGAIN;
}

bool wxpay_bill_download_finish(struct wxpay_call *call, uint64_t *ret_bytes, struct err *err)
{
    CLEANUP(wxpay_call_done) struct wxpay_call *done = call;

    if (!wxpay_bill_came(done, err))
        return err_wrap(err, "download of a bill");

    *ret_bytes = done->reply.body_bytes;
    return true;
}

bool wxpay_bill_download(struct wxpay *client, const struct wxpay_bill_offer *offer,
                         http_sink_function *sink, void *context, uint64_t *ret_bytes,
                         struct err *err)
{
    struct wxpay_call *call = wxpay_bill_download_start(client, offer, sink, context);
    wxpay_call_wait(call);
    return wxpay_bill_download_finish(call, ret_bytes, err);
}
