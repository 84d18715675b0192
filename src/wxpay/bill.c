#include "wxpay/bill.h"

#include "base/memory.h"
#include "crypto/digest.h"
#include "crypto/encode.h"
#include "text/json.h"
#include "wxpay/certificates.h"

#include <assert.h>
#include <string.h>

/* Some hundred megabytes over a slow line; a dead one is noticed much earlier. */
enum { DOWNLOAD_TIMEOUT_MS = 30 * 60 * 1000, SHA1_BYTES = 20, TARGET_MAX = 256 };

/* From when on the next day "no statement" means that there is none (FACTS §3.3). */
#define READY_AFTER (10 * INSTANT_HOUR)

struct bill_kind {
    const char *name;
    const char *path;
    const char *parameter;
    bool by_sub_merchant;
};

static const struct bill_kind *kind_of(enum wxpay_bill_kind kind)
{
    static const struct bill_kind kinds[] = {
        [WXPAY_TRADE_ALL] = {"trade ALL", "/v3/bill/tradebill", "bill_type=ALL", true},
        [WXPAY_TRADE_SUCCESS] = {"trade SUCCESS", "/v3/bill/tradebill", "bill_type=SUCCESS", true},
        [WXPAY_TRADE_REFUND] = {"trade REFUND", "/v3/bill/tradebill", "bill_type=REFUND", true},
        [WXPAY_FUND_BASIC] = {"fund BASIC", "/v3/bill/fundflowbill", "account_type=BASIC", false},
        [WXPAY_FUND_OPERATION] = {"fund OPERATION", "/v3/bill/fundflowbill",
                                  "account_type=OPERATION", false},
        [WXPAY_FUND_FEES] = {"fund FEES", "/v3/bill/fundflowbill", "account_type=FEES", false},
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
    const char *sub_mchid = client->settings.sub_mchid;

    buf_add_format(target, "%s?bill_date=%s&%s&tar_type=GZIP", row->path, date_text(day).s,
                   row->parameter);
    if (row->by_sub_merchant && sub_mchid[0] != '\0')
        buf_add_format(target, "&sub_mchid=%s", sub_mchid);
    assert(!target->overflowed);
}

static bool copy_text(struct view text, char *target, size_t size)
{
    if (text.length >= size)
        return false;
    memcpy(target, text.at, text.length);
    target[text.length] = '\0';
    return true;
}

static bool read_digest(struct view hex, struct wxpay_bill_offer *offer, struct err *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SHA1_BYTES);
    CLEANUP(buf_release) struct buf text = BUF_INIT(sizeof(offer->sha1) - 1);

    if (!hex_decode(hex, &bytes) || bytes.length != SHA1_BYTES)
        return err_set(err, ERR_DATA, "\"hash_value\" is not a SHA-1 of 40 hex digits");
    hex_encode(buf_view(&bytes), &text);
    return copy_text(buf_view(&text), offer->sha1, sizeof(offer->sha1));
}

static bool read_offer(const struct wxpay *client, struct view body, struct wxpay_bill_offer *offer,
                       struct err *err)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct view type = {.at = NULL}, hex = {.at = NULL}, url = {.at = NULL}, target;
    const struct json_field fields[] = {
        {"hash_type", JSON_FIELD_TEXT, &type, JSON_REQUIRED},
        {"hash_value", JSON_FIELD_TEXT, &hex, JSON_REQUIRED},
        {"download_url", JSON_FIELD_TEXT, &url, JSON_REQUIRED},
    };

    if (!json_doc_parse(body, WXPAY_REPLY_MAX, &doc, err) ||
        !json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), &arena, err))
        return false;

    if (!view_equal_text(type, "SHA1"))
        return err_set(err, ERR_DATA, "\"hash_type\" is not \"SHA1\"");
    if (!read_digest(hex, offer, err))
        return false;
    url = view_trim(url);
    if (!http_target_of(client->http, url, &target, err))
        return err_wrap(err, "\"download_url\"");
    if (!copy_text(url, offer->url, sizeof(offer->url)))
        return err_set(err, ERR_DATA, "\"download_url\" is longer than %d bytes", WXPAY_URL_MAX);
    return true;
}

static enum wxpay_bill_state state_without_offer(const struct wxpay *client,
                                                 enum wxpay_reaction reaction, struct date day)
{
    int64_t ready_us = beijing_start(date_add(day, 1)).us + READY_AFTER;
    if (reaction == WXPAY_NO_STATEMENT && clock_now(client->settings.clock).us >= ready_us)
        return WXPAY_BILL_NONE;
    return WXPAY_BILL_NOT_READY;
}

static bool apply(struct wxpay *client, enum wxpay_bill_kind kind, struct date day,
                  struct wxpay_bill_offer *ret_offer, struct err *err)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    CLEANUP(buf_release) struct buf target = BUF_INIT(TARGET_MAX);
    struct wxpay_bill_offer offer = {.state = WXPAY_BILL_OFFERED};
    enum wxpay_reaction reaction;
    add_target(&target, client, kind, day);
    const struct wxpay_call call = {
        .endpoint = WXPAY_BILL_APPLY,
        .target = buf_view(&target),
        .accept = wxpay_accept_signed,
        .reply_bytes_max = WXPAY_REPLY_MAX,
    };

    if (!wxpay_certificates_refresh(client, err) ||
        !wxpay_call(client, &call, &reply, &reaction, err))
        return false;

    struct view request_id = http_reply_header(&reply, "Request-Id");
    if (request_id.length > WXPAY_REQUEST_ID_MAX)
        request_id.length = WXPAY_REQUEST_ID_MAX;
    if (request_id.length > 0)
        copy_text(request_id, offer.request_id, sizeof(offer.request_id));
    if (reaction != WXPAY_DONE)
        offer.state = state_without_offer(client, reaction, day);
    else if (!read_offer(client, buf_view(&reply.body), &offer, err))
        return err_wrap(err, "the offer");
    *ret_offer = offer;
    return true;
}

bool wxpay_bill_apply(struct wxpay *client, enum wxpay_bill_kind kind, struct date day,
                      struct wxpay_bill_offer *ret_offer, struct err *err)
{
    if (!apply(client, kind, day, ret_offer, err))
        return err_wrap(err, "%s bill of %s", wxpay_bill_kind_name(kind), date_text(day).s);

    return true;
}

bool wxpay_bill_download(struct wxpay *client, const struct wxpay_bill_offer *offer,
                         http_sink_function *sink, void *context, uint64_t *ret_bytes,
                         struct err *err)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    enum wxpay_reaction reaction;
    struct view target;
    assert(offer->state == WXPAY_BILL_OFFERED);

    if (!http_target_of(client->http, view_of(offer->url), &target, err))
        return err_wrap(err, "download of a bill");

    const struct wxpay_call call = {
        .endpoint = WXPAY_BILL_DOWNLOAD,
        .target = target,
        .reply_bytes_max = client->settings.bill_bytes_max,
        .total_timeout_ms = DOWNLOAD_TIMEOUT_MS,
        .sink = sink,
        .sink_context = context,
    };
    if (!wxpay_call(client, &call, &reply, &reaction, err))
        return err_wrap(err, "download of a bill");

    if (reply.body_bytes == 0)
        return err_set(err, ERR_DATA, "download of a bill: the reply is empty");
    *ret_bytes = reply.body_bytes;
    return true;
}
