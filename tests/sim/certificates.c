/* GET /v3/certificates (FACTS §2.5). */
#include "civil.h"
#include "crypt.h"
#include "platform.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define ASSOCIATED_DATA "certificate"

static void seal_certificate(const struct request *request, const struct certificate *certificate,
                             const char *nonce, struct text *out_base64)
{
    struct aead aead = {request->keys->apiv3_key.bytes, nonce, CRYPT_AEAD_NONCE_SIZE,
                        ASSOCIATED_DATA};
    struct text sealed = {0};

    aead_seal(&aead, &certificate->pem, &sealed);
    base64_add(out_base64, sealed.bytes, sealed.size);
    text_release(&sealed);
}

static json_t *describe(const struct request *request, const struct certificate *certificate,
                        const char *nonce)
{
    char effective[INSTANT_TEXT_SIZE];
    char expires[INSTANT_TEXT_SIZE];
    struct text ciphertext = {0};
    json_t *described;

    seal_certificate(request, certificate, nonce, &ciphertext);
    instant_text(certificate->effective, effective);
    instant_text(certificate->expires, expires);
    described = json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "serial_no",
                          certificate->serial, "effective_time", effective, "expire_time", expires,
                          "encrypt_certificate", "algorithm", "AEAD_AES_256_GCM", "nonce", nonce,
                          "associated_data", ASSOCIATED_DATA, "ciphertext", ciphertext.bytes);
    text_release(&ciphertext);
    if (described == NULL)
        abort();
    return described;
}

static void add_certificate(struct sim *sim, const struct request *request,
                            const struct certificate *certificate, json_t *list)
{
    char nonce[CRYPT_AEAD_NONCE_SIZE + 1];

    rng_text(&sim->rng, RNG_HEX, CRYPT_AEAD_NONCE_SIZE, nonce);
    if (json_array_append_new(list, describe(request, certificate, nonce)) != 0)
        abort();
}

/* True when the query asks for something we can give; else the reply is made. */
static bool check_query(const struct request *request, struct reply *reply)
{
    const char *algorithm = query_value(&request->query, "algorithm_type");
    struct reply_detail detail = {
        .field = "algorithm_type",
        .value = algorithm,
        .issue = "expected RSA, SM2 or ALL",
        .location = "query",
    };

    if (request->merchant->mode == KEY_MODE_PUBLIC_KEY ||
        (algorithm != NULL && strcmp(algorithm, "SM2") == 0)) {
        reply_error(reply, ERROR_NO_CERTIFICATE, NULL);
        return false;
    }
    if (request->query.count > (algorithm != NULL ? 1U : 0U) ||
        (algorithm != NULL && strcmp(algorithm, "RSA") != 0 && strcmp(algorithm, "ALL") != 0)) {
        reply_error(reply, ERROR_PARAMETER, &detail);
        return false;
    }
    return true;
}

void certificates_answer(struct sim *sim, struct request *request, struct reply *reply)
{
    json_t *list;

    if (!check_query(request, reply))
        return;
    list = json_array();
    for (size_t at = 0; at < sim->keys->platform_count; at++) {
        if (platform_listed(sim->keys, at, request->time))
            add_certificate(sim, request, &sim->keys->platforms[at].certificate, list);
    }
    if (sim->faults->rotated)
        add_certificate(sim, request, spare_certs_next(&sim->spares, sim->keys, request->time),
                        list);
    if (faults_have(sim->faults, FAULT_EXPIRED_KEY))
        add_certificate(sim, request, spare_certs_expired(&sim->spares, sim->keys, request->time),
                        list);
    reply_json(reply, json_pack("{s:o}", "data", list));
}
