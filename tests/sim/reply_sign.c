#include "platform.h"
#include "sim.h"

#include <string.h>

enum { NONCE_SIZE = 32 };

/* FACTS §2.3: not base64 of any signature, and not of a length that base64 has. */
#define PROBE_PREFIX "WECHATPAY/SIGNTEST/"

struct signer {
    const char *serial;
    gnutls_privkey_t key;
};

/* The key that the request's Wechatpay-Serial names, else the one of the merchant's mode (FACTS
 * §1.3, §2.2). */
static struct signer choose_signer(const struct keys *keys, const struct request *request)
{
    const char *asked = request->wechatpay_serial;
    gnutls_privkey_t named = keys_private(keys, asked, request->time);

    if (named != NULL)
        return (struct signer){asked, named};
    if (request->merchant->mode == KEY_MODE_PUBLIC_KEY)
        return (struct signer){keys->public_key_id.bytes, keys->public_mode_key};
    return (struct signer){platform_signing(keys)->certificate.serial, platform_signing(keys)->key};
}

void reply_sign(struct sim *sim, const struct request *request, const struct fault *fault,
                struct reply *reply)
{
    struct signer signer = choose_signer(sim->keys, request);
    struct text message = {0};
    char nonce[NONCE_SIZE + 1];
    const char *body;
    size_t size;

    rng_text(&sim->rng, RNG_ALNUM, NONCE_SIZE, nonce);
    text_put(&reply->nonce, nonce);
    text_printf(&reply->timestamp, "%lld", (long long)request->time);
    text_put(&reply->serial, signer.serial);
    reply_bytes(reply, &body, &size);
    text_printf(&message, "%s\n%s\n", reply->timestamp.bytes, reply->nonce.bytes);
    text_add(&message, body, size);
    /* A good signature, but of something else. */
    if (fault != NULL && fault->kind == FAULT_BAD_SIGNATURE)
        text_put(&message, "spoiled");
    text_putc(&message, '\n');
    if (fault != NULL && fault->kind == FAULT_PROBE_SIGNATURE)
        text_put(&reply->signature, PROBE_PREFIX);
    rsa_sign(signer.key, &message, &reply->signature);
    text_release(&message);
}
