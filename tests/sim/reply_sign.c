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

static void spoil_key(struct sim *sim, const struct request *request, enum fault_kind fault,
                      const char *unknown_serial, struct signer *signer)
{
    const struct keys *keys = sim->keys;

    if (fault == FAULT_FOREIGN_SIGNATURE)
        signer->key = signer->key == keys->public_mode_key ? platform_signing(keys)->key
                                                           : keys->public_mode_key;
    else if (fault == FAULT_UNKNOWN_KEY)
        signer->serial = unknown_serial;
    else if (fault == FAULT_EXPIRED_KEY)
        *signer = (struct signer){spare_certs_expired(&sim->spares, keys, request->time)->serial,
                                  keys->public_mode_key};
    else if (fault == FAULT_ROTATED_KEY)
        *signer = (struct signer){spare_certs_next(&sim->spares, keys, request->time)->serial,
                                  keys->public_mode_key};
}

void reply_sign(struct sim *sim, const struct request *request, const struct fault *fault,
                struct reply *reply)
{
    enum fault_kind kind = fault != NULL ? fault->kind : FAULT_NONE;
    int64_t timestamp = request->time;
    struct text message = {0};
    char nonce[NONCE_SIZE + 1];
    char unknown_serial[KEYS_SERIAL_HEX_SIZE];
    struct signer signer = choose_signer(sim->keys, request);
    const char *body;
    size_t size;

    if (kind == FAULT_NO_SIGNATURE)
        return;
    if (kind == FAULT_TIMESTAMP || kind == FAULT_SERVER_CLOCK)
        timestamp += fault->number;
    rng_text(&sim->rng, RNG_UPPER_HEX, sizeof(unknown_serial) - 1, unknown_serial);
    spoil_key(sim, request, kind, unknown_serial, &signer);
    rng_text(&sim->rng, RNG_ALNUM, NONCE_SIZE, nonce);
    text_put(&reply->nonce, nonce);
    text_printf(&reply->timestamp, "%lld", (long long)timestamp);
    text_put(&reply->serial, signer.serial);
    reply_bytes(reply, &body, &size);
    text_printf(&message, "%s\n%s\n", reply->timestamp.bytes, reply->nonce.bytes);
    text_add(&message, body, size);
    /* A good signature, but of something else. */
    if (kind == FAULT_BAD_SIGNATURE)
        text_put(&message, "spoiled");
    text_putc(&message, '\n');
    if (kind == FAULT_PROBE_SIGNATURE)
        text_put(&reply->signature, PROBE_PREFIX);
    rsa_sign(signer.key, &message, &reply->signature);
    text_release(&message);
}
