#include "wxpay/certificates.h"

static struct instant now(const struct wxpay *client)
{
    return clock_now(client->settings.clock);
}

/* The reply that brings the certificates is signed with one of them: what it brings is proved by
 * the APIv3 key first, and then by itself (FACTS §2.4). */
static bool accept_certificates(struct wxpay *client, const struct http_reply *reply,
                                enum wxpay_verdict *ret_verdict, struct err *err)
{
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring fresh = WXPAY_KEYRING_INIT;
    struct wxpay_seal seal = wxpay_seal_of(reply);
    struct view body = buf_view(&reply->body);

    if (!wxpay_keyring_read_certificates(body, &client->keys.apiv3_key, now(client), &fresh, err))
        return false;

    enum wxpay_verdict verdict = wxpay_verify(&fresh, &seal, body, now(client));
    if (verdict == WXPAY_UNKNOWN_KEY)
        verdict = wxpay_verify(&client->ring, &seal, body, now(client));
    *ret_verdict = verdict;
    if (verdict != WXPAY_GENUINE)
        return true;
    return wxpay_keyring_replace_certificates(&client->ring, &fresh, err);
}

bool wxpay_certificates_load(struct wxpay *client, struct err *err)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    enum wxpay_reaction reaction;
    const struct wxpay_call call = {
        .endpoint = WXPAY_CERTIFICATES,
        .target = VIEW("/v3/certificates"),
        .accept = accept_certificates,
        .reply_bytes_max = WXPAY_REPLY_MAX,
    };

    if (!wxpay_call(client, &call, &reply, &reaction, err))
        return false;

    client->certificates_at = now(client);
    client->has_certificates = true;
    return true;
}

bool wxpay_certificates_refresh(struct wxpay *client, struct err *err)
{
    bool young = client->has_certificates &&
                 now(client).us - client->certificates_at.us < WXPAY_CERTIFICATES_AGE_MAX;
    bool does_without = !client->has_certificates && client->keys.public_key_id[0] != '\0';

    return young || does_without || wxpay_certificates_load(client, err);
}

bool wxpay_accept_signed(struct wxpay *client, const struct http_reply *reply,
                         enum wxpay_verdict *ret_verdict, struct err *err)
{
    struct wxpay_seal seal = wxpay_seal_of(reply);
    struct view body = buf_view(&reply->body);
    enum wxpay_verdict verdict = wxpay_verify(&client->ring, &seal, body, now(client));

    if (verdict == WXPAY_UNKNOWN_KEY) {
        if (!wxpay_certificates_load(client, err))
            return err_wrap(err, "unknown key \"%.*s\"", VIEW_ARG(seal.serial));
        verdict = wxpay_verify(&client->ring, &seal, body, now(client));
    }
    *ret_verdict = verdict;
    return true;
}
