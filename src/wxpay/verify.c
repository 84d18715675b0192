#include "wxpay/verify.h"

#include "base/cleanup.h"

#include <assert.h>

/* Whole seconds either way, so that an exact 5 minutes is refused and 4 min 59 s passes. */
static bool is_stale(int64_t timestamp_s, struct instant now)
{
    int64_t away_s = now.us / INSTANT_SECOND - timestamp_s;
    return away_s >= WXPAY_SKEW_MAX_S || away_s <= -WXPAY_SKEW_MAX_S;
}

enum wxpay_verdict wxpay_verify(const struct wxpay_keyring *ring, const struct wxpay_seal *seal,
                                struct view body, struct instant now)
{
    int64_t timestamp_s = 0;
    if (seal->nonce.length == 0 || seal->serial.length == 0 || seal->signature.length == 0 ||
        !view_to_int64(seal->timestamp, 0, INT64_MAX / INSTANT_SECOND, &timestamp_s))
        return WXPAY_UNSIGNED;
    if (is_stale(timestamp_s, now))
        return WXPAY_STALE;
    const struct public_key *key = wxpay_keyring_find(ring, seal->serial, now);
    if (key == NULL)
        return WXPAY_UNKNOWN_KEY;

    CLEANUP(buf_release)
    struct buf text = BUF_INIT(body.length + seal->timestamp.length + seal->nonce.length + 3);
    buf_add_view(&text, seal->timestamp);
    buf_add_byte(&text, '\n');
    buf_add_view(&text, seal->nonce);
    buf_add_byte(&text, '\n');
    buf_add_view(&text, body);
    buf_add_byte(&text, '\n');
    assert(!text.overflowed);
    return public_key_verify(key, buf_view(&text), seal->signature) ? WXPAY_GENUINE : WXPAY_FORGED;
}
