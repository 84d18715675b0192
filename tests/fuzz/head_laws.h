/* What holds for any bytes as the head of a reply.
 *
 * A header's value is a piece of one line without outer blanks; without keys nothing is genuine;
 * Retry-After never lasts longer than a day; whatever stands in Request-Id, our message stays one
 * printable line. */
#ifndef FUZZ_HEAD_LAWS_H
#define FUZZ_HEAD_LAWS_H

#include "wxpay/call.h"
#include "wxpay/complaint.h"
#include "wxpay/retry.h"

#include <assert.h>
#include <string.h>

static inline void head_value_law(const struct http_reply *reply, const char *name)
{
    struct view value = http_reply_header(reply, name);

    if (value.length == 0)
        return;
    assert(value.at >= reply->head.at &&
           value.at + value.length <= reply->head.at + reply->head.length);
    assert(memchr(value.at, '\n', value.length) == NULL);
    assert(view_equal(view_trim(value), value));
}

static inline void head_laws(struct view bytes)
{
    static const char *const names[] = {"Request-Id", "Retry-After", "Wechatpay-Serial", "", "a"};
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    struct instant now = {.us = INT64_C(1780281000) * INSTANT_SECOND};
    struct err err = ERR_INIT;

    buf_add_view(&reply.head, bytes);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        head_value_law(&reply, names[i]);

    struct wxpay_seal seal = wxpay_seal_of(&reply);
    enum wxpay_verdict verdict = wxpay_verify(&ring, &seal, VIEW("{}"), now);
    assert(verdict != WXPAY_GENUINE && verdict != WXPAY_FORGED);
    assert(!wxpay_doubt(verdict, &seal, &err) && err.kind == ERR_ACCESS);

    int64_t after_s = wxpay_retry_after_s(http_reply_header(&reply, "Retry-After"), now);
    assert(after_s >= 0 && after_s <= 24 * 60 * 60);

    wxpay_add_request_id(&reply, &err);
    for (const char *at = err.text; *at != '\0'; at++)
        assert((unsigned char)*at >= 0x20 && *at != 0x7f);
}

#endif
