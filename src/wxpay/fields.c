#include "wxpay/fields.h"

#include "crypto/encode.h"

#include <string.h>

/* Some hundred megabytes over a slow line; a dead one is noticed much earlier. */
enum { DOWNLOAD_TIMEOUT_MS = 30 * 60 * 1000, SHA1_BYTES = 20 };

/* From when on the next day "no statement" means that there is none (FACTS §3.3). */
#define READY_AFTER (10 * INSTANT_HOUR)

bool wxpay_field_text(const char *name, struct view text, char *target, size_t size,
                      struct err *err)
{
    if (text.length >= size)
        return err_set(err, ERR_DATA, "\"%s\" is longer than %zu bytes", name, size - 1);
    if (text.length > 0)
        memcpy(target, text.at, text.length);
    target[text.length] = '\0';
    return true;
}

bool wxpay_field_time(const char *name, struct view text, bool *ret_has, struct instant *ret_time,
                      struct err *err)
{
    *ret_has = text.length > 0;
    if (*ret_has && !instant_parse_rfc3339(text, ret_time))
        return err_set(err, ERR_DATA, "\"%s\" is not a time", name);
    return true;
}

bool wxpay_field_money(const char *name, int64_t fen, struct money *ret_money, struct err *err)
{
    if (fen == WXPAY_NO_INTEGER)
        fen = 0;
    if (fen < 0 || fen > WXPAY_AMOUNT_MAX)
        return err_set(err, ERR_DATA, "\"%s\" is not an amount", name);
    ret_money->fen = fen;
    return true;
}

bool wxpay_field_currency(const char *name, struct view currency, struct err *err)
{
    if (currency.length > 0 && !view_equal_text(currency, "CNY"))
        return err_set(err, ERR_DATA, "\"%s\" is not \"CNY\"", name);
    return true;
}

int wxpay_field_word(struct view text, const char *const *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (view_equal_text(text, words[i]))
            return (int)i;
    }
    return 0;
}

bool wxpay_field_same(const char *name, struct view text, struct view asked, struct err *err)
{
    if (!view_equal(text, asked))
        return err_set(err, ERR_DATA, "\"%s\" is not the \"%.*s\" that was asked for", name,
                       VIEW_ARG(asked));
    return true;
}

/* ---- bills ----------------------------------------------------------------------------------- */

bool wxpay_bill_read_sha1(struct view type, struct view hex, char ret_sha1[40 + 1], struct err *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(SHA1_BYTES);
    CLEANUP(buf_release) struct buf text = BUF_INIT(2 * SHA1_BYTES);

    if (!view_equal_text(type, "SHA1"))
        return err_set(err, ERR_DATA, "\"hash_type\" is not \"SHA1\"");
    if (!hex_decode(hex, &bytes) || bytes.length != SHA1_BYTES)
        return err_set(err, ERR_DATA, "\"hash_value\" is not a SHA-1 of 40 hex digits");
    hex_encode(buf_view(&bytes), &text);
    memcpy(ret_sha1, buf_text(&text), 2 * SHA1_BYTES + 1);
    return true;
}

bool wxpay_bill_read_url(const struct wxpay *client, struct view url,
                         char ret_url[WXPAY_URL_MAX + 1], struct err *err)
{
    struct view trimmed = view_trim(url), target;
    int host;

    if (!wxpay_find_host(client, trimmed, &host, &target, err))
        return err_wrap(err, "\"download_url\"");

    return wxpay_field_text("download_url", trimmed, ret_url, WXPAY_URL_MAX + 1, err);
}

enum wxpay_bill_state wxpay_bill_state_without(const struct wxpay *client,
                                               enum wxpay_reaction reaction, struct date day)
{
    int64_t ready_us = beijing_start(date_add(day, 1)).us + READY_AFTER;
    if (reaction == WXPAY_NO_STATEMENT && clock_now(client->settings.clock).us >= ready_us)
        return WXPAY_BILL_NONE;
    return WXPAY_BILL_NOT_READY;
}

struct wxpay_call *wxpay_bill_call_new(struct wxpay *client, const char *url,
                                       http_sink_function *sink, void *context)
{
    struct view target = {.at = NULL};
    struct err err = ERR_INIT;
    int host = 0;
    bool ours = wxpay_find_host(client, view_of(url), &host, &target, &err);
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_BILL_DOWNLOAD,
        .accept = WXPAY_ACCEPT_UNSIGNED,
        .target = ours ? target : VIEW("/"),
        .reply_bytes_max = client->settings.bill_bytes_max,
        .total_timeout_ms = DOWNLOAD_TIMEOUT_MS,
        .at_host = true,
        .host = host,
        .sink = sink,
        .sink_context = context,
    };
    struct wxpay_call *call = wxpay_call_new(client, &plan);

    if (!ours)
        wxpay_pool_refuse(client->pool, call, &err);
    return call;
}

bool wxpay_bill_came(const struct wxpay_call *call, struct err *err)
{
    if (!wxpay_call_answered(call, err))
        return false;

    if (call->reply.body_bytes > 0)
        return true;
    err_set(err, ERR_DATA, "the reply is empty");
    return wxpay_call_blame(call, err);
}
