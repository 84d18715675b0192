#include "token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_USE "bill download"

/* base64url without padding ⇄ base64. */
static void to_url(struct text *base64)
{
    while (base64->size > 0 && base64->bytes[base64->size - 1] == '=')
        base64->size--;
    base64->bytes[base64->size] = '\0';
    for (size_t at = 0; at < base64->size; at++) {
        if (base64->bytes[at] == '+')
            base64->bytes[at] = '-';
        else if (base64->bytes[at] == '/')
            base64->bytes[at] = '_';
    }
}

static bool from_url(const char *url, struct text *out)
{
    struct text base64 = {0};
    bool decoded;

    for (; *url != '\0'; url++)
        text_putc(&base64, (char)(*url == '-' ? '+' : *url == '_' ? '/' : *url));
    while (base64.size % 4 != 0)
        text_putc(&base64, '=');
    decoded = base64.size > 0 && base64_decode(base64.bytes, out);
    text_release(&base64);
    return decoded;
}

void token_seal(const struct token *token, const struct text *key, struct text *out)
{
    struct text plain = {0};
    struct text sealed = {0};
    char nonce[CRYPT_AEAD_NONCE_SIZE];
    struct aead aead = {key->bytes, nonce, TOKEN_USE};
    struct text base64 = {0};

    crypt_random(nonce, sizeof(nonce));
    text_printf(&plain, "[\"%s\",\"%s\",%d,%d,%d,%d,%d,%lld,%d,%lld,\"%s\"]", token->applicant,
                token->owner, (int)token->request, (int)token->type, (int)token->day,
                (int)token->for_day, token->gzip ? 1 : 0, (long long)token->expires,
                (int)token->spoil.kind, (long long)token->spoil.number, token->spoil.mchid);
    text_add(&sealed, nonce, CRYPT_AEAD_NONCE_SIZE);
    aead_seal(&aead, &plain, &sealed);
    base64_add(&base64, sealed.bytes, sealed.size);
    to_url(&base64);
    text_add(out, base64.bytes, base64.size);
    text_release(&plain);
    text_release(&sealed);
    text_release(&base64);
}

/* What the seal proved to be our own text. */
static bool read_fields(const struct text *plain, struct token *ret_token)
{
    json_t *fields = json_loadb(plain->bytes, plain->size, 0, NULL);
    const char *applicant = "";
    const char *owner = "";
    const char *foreign = "";
    json_int_t numbers[8] = {0};
    bool good;

    good = fields != NULL &&
           json_unpack(fields, "[s,s,I,I,I,I,I,I,I,I,s!]", &applicant, &owner, &numbers[0],
                       &numbers[1], &numbers[2], &numbers[3], &numbers[4], &numbers[5], &numbers[6],
                       &numbers[7], &foreign) == 0 &&
           strlen(applicant) < sizeof(ret_token->applicant) &&
           strlen(owner) < sizeof(ret_token->owner) &&
           strlen(foreign) < sizeof(ret_token->spoil.mchid);
    if (good) {
        *ret_token = (struct token){
            .request = (enum request_kind)numbers[0],
            .type = (enum bill_type)numbers[1],
            .day = (int32_t)numbers[2],
            .for_day = (int32_t)numbers[3],
            .gzip = numbers[4] != 0,
            .expires = numbers[5],
            .spoil = {.kind = (enum fault_kind)numbers[6], .number = numbers[7]},
        };
        memcpy(ret_token->applicant, applicant, strlen(applicant) + 1);
        memcpy(ret_token->owner, owner, strlen(owner) + 1);
        memcpy(ret_token->spoil.mchid, foreign, strlen(foreign) + 1);
    }
    json_decref(fields);
    return good;
}

bool token_open(const char *sealed, const struct text *key, struct token *ret_token)
{
    struct text bytes = {0};
    struct text plain = {0};
    bool opened = false;

    if (from_url(sealed, &bytes) && bytes.size > CRYPT_AEAD_NONCE_SIZE) {
        struct aead aead = {key->bytes, bytes.bytes, TOKEN_USE};

        opened = aead_open(&aead, bytes.bytes + CRYPT_AEAD_NONCE_SIZE,
                           bytes.size - CRYPT_AEAD_NONCE_SIZE, &plain) &&
                 read_fields(&plain, ret_token);
    }
    text_release(&bytes);
    text_release(&plain);
    return opened;
}
