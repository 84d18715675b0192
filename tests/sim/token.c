#include "token.h"

#include <jansson.h>
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
    struct aead aead = {key->bytes, nonce, CRYPT_AEAD_NONCE_SIZE, TOKEN_USE};
    struct text base64 = {0};

    crypt_random(nonce, sizeof(nonce));
    text_printf(&plain, "[\"%s\",\"%s\",\"%s\",\"%s\",%d,%d,%d,%d,%d,%d,%d,%d,%lld,%d,%lld]",
                token->applicant, token->owner, token->shop, token->spoil.mchid,
                (int)token->request, (int)token->type, (int)token->account, token->part,
                token->parts, (int)token->day, (int)token->for_day, token->gzip ? 1 : 0,
                (long long)token->expires, (int)token->spoil.kind, (long long)token->spoil.number);
    text_add(&sealed, nonce, CRYPT_AEAD_NONCE_SIZE);
    aead_seal(&aead, &plain, &sealed);
    base64_add(&base64, sealed.bytes, sealed.size);
    to_url(&base64);
    text_add(out, base64.bytes, base64.size);
    text_release(&plain);
    text_release(&sealed);
    text_release(&base64);
}

enum { TEXT_COUNT = 4, NUMBER_COUNT = 11 };

static bool read_text(const json_t *fields, size_t at, char out[static 33])
{
    const char *text = json_string_value(json_array_get(fields, at));

    if (text == NULL || strlen(text) > 32)
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* What the seal proved to be our own text. */
static bool read_fields(const struct text *plain, struct token *ret_token)
{
    json_t *fields = json_loadb(plain->bytes, plain->size, 0, NULL);
    json_int_t numbers[NUMBER_COUNT];
    struct token token = {0};
    bool good = json_array_size(fields) == TEXT_COUNT + NUMBER_COUNT &&
                read_text(fields, 0, token.applicant) && read_text(fields, 1, token.owner) &&
                read_text(fields, 2, token.shop) && read_text(fields, 3, token.spoil.mchid);

    for (size_t at = 0; at < NUMBER_COUNT; at++)
        numbers[at] = json_integer_value(json_array_get(fields, TEXT_COUNT + at));
    json_decref(fields);
    if (!good)
        return false;
    token.request = (enum request_kind)numbers[0];
    token.type = (enum bill_type)numbers[1];
    token.account = (enum account_kind)numbers[2];
    token.part = (int)numbers[3];
    token.parts = (int)numbers[4];
    token.day = (int32_t)numbers[5];
    token.for_day = (int32_t)numbers[6];
    token.gzip = numbers[7] != 0;
    token.expires = numbers[8];
    token.spoil.kind = (enum fault_kind)numbers[9];
    token.spoil.number = numbers[10];
    *ret_token = token;
    return true;
}

bool token_open(const char *sealed, const struct text *key, struct token *ret_token)
{
    struct text bytes = {0};
    struct text plain = {0};
    bool opened = false;

    if (from_url(sealed, &bytes) && bytes.size > CRYPT_AEAD_NONCE_SIZE) {
        struct aead aead = {key->bytes, bytes.bytes, CRYPT_AEAD_NONCE_SIZE, TOKEN_USE};

        opened = aead_open(&aead, bytes.bytes + CRYPT_AEAD_NONCE_SIZE,
                           bytes.size - CRYPT_AEAD_NONCE_SIZE, &plain) &&
                 read_fields(&plain, ret_token);
    }
    text_release(&bytes);
    text_release(&plain);
    return opened;
}
