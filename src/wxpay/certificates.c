#include "wxpay/certificates.h"

#include "wxpay/complaint.h"

static struct instant now(const struct wxpay *client)
{
    return clock_now(client->settings.clock);
}

static bool has_public_key(const struct wxpay *client)
{
    return client->keys.public_key_id[0] != '\0';
}

bool wxpay_certificates_take(struct wxpay *client, const struct http_reply *reply,
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

/* ---- when ------------------------------------------------------------------------------------ */

bool wxpay_certificates_ready(const struct wxpay *client)
{
    bool young = client->has_certificates &&
                 now(client).us - client->certificates_at.us < WXPAY_CERTIFICATES_AGE_MAX;
    return young || (!client->has_certificates && has_public_key(client));
}

bool wxpay_certificates_may_help(struct wxpay *client, bool has_asked)
{
    bool lately = client->has_asked && now(client).us - client->asked_at.us < WXPAY_ASK_AGAIN;
    bool on_their_way = client->certificates_call != NULL;

    if (has_asked || (lately && !on_their_way))
        return false;
    client->has_asked = true;
    client->asked_at = now(client);
    return true;
}

void wxpay_certificates_start(struct wxpay *client)
{
    const struct wxpay_plan plan = {
        .endpoint = WXPAY_CERTIFICATES,
        .accept = WXPAY_ACCEPT_CERTIFICATES,
        .target = VIEW("/v3/certificates"),
        .reply_bytes_max = WXPAY_REPLY_MAX,
    };
    if (client->certificates_call == NULL)
        client->certificates_call = wxpay_call_new(client, &plan);
}

void wxpay_certificates_arrived(struct wxpay *client)
{
    struct wxpay_call *call = client->certificates_call;
    bool came;

    client->certificates_call = NULL;
    client->certificates_err = ERR_INIT;
    came = wxpay_call_answered(call, &client->certificates_err);
    client->certificates_reaction = call->reaction;
    if (came)
        client->certificates_at = now(client);
    client->has_certificates =
        came || (client->has_certificates && call->reaction != WXPAY_NO_CERTIFICATES);
    /* With some that are still valid this is a failure only when a reply cannot be verified. */
    if (!came && client->has_certificates)
        client->certificates_at.us = now(client).us - WXPAY_CERTIFICATES_AGE_MAX + WXPAY_ASK_AGAIN;
    wxpay_call_free(call);
}

bool wxpay_certificates_go_on(const struct wxpay_call *call, struct err *err)
{
    CLEANUP(buf_release) struct buf serial = BUF_INIT(WXPAY_KEY_ID_MAX + 1);
    const struct wxpay *client = call->client;
    bool none_needed =
        has_public_key(client) && client->certificates_reaction == WXPAY_NO_CERTIFICATES;

    if (client->certificates_err.kind == ERR_NONE || none_needed)
        return true;
    if (!call->has_reply && wxpay_certificates_ready(client))
        return true;
    *err = client->certificates_err;
    if (!call->has_reply)
        return false;
    wxpay_add_foreign(&serial, wxpay_seal_of(&call->reply).serial, WXPAY_KEY_ID_MAX);
    return err_wrap(err, "unknown key \"%s\"", buf_text(&serial));
}

/* ---- one by one ------------------------------------------------------------------------------ */

bool wxpay_certificates_load(struct wxpay *client, struct err *err)
{
    wxpay_certificates_start(client);
    while (client->certificates_call != NULL)
        wxpay_pool_turn(client->pool, /* until_us= */ INT64_MAX);
    if (client->certificates_err.kind == ERR_NONE)
        return true;
    *err = client->certificates_err;
    return false;
}
