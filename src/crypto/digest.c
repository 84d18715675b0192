#include "crypto/digest.h"

#include "crypto/encode.h"

#include <openssl/evp.h>

#include <assert.h>
#include <string.h>

static const EVP_MD *digest_method(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_SHA256:
        return EVP_sha256();
    }
    assert(false);
    return NULL;
}

/* A digest of memory that we hold cannot fail but for want of memory or a broken library, and
 * neither can be mended here. */
static void must(int result)
{
    assert(result == 1);
}

void digest_init(struct digest *digest, enum digest_kind kind)
{
    digest->kind = kind;
    digest->context = EVP_MD_CTX_new();
    assert(digest->context != NULL);
    must(EVP_DigestInit_ex(digest->context, digest_method(kind), /* engine= */ NULL));
}

void digest_push(struct digest *digest, struct view bytes)
{
    must(EVP_DigestUpdate(digest->context, bytes.at, bytes.length));
}

struct digest_value digest_finish(struct digest *digest)
{
    struct digest_value value = {.length = 0};
    unsigned int length = 0;

    assert(EVP_MD_get_size(digest_method(digest->kind)) <= DIGEST_BYTES_MAX);
    must(EVP_DigestFinal_ex(digest->context, value.at, &length));
    value.length = length;
    must(EVP_DigestInit_ex(digest->context, digest_method(digest->kind), /* engine= */ NULL));
    return value;
}

void digest_release(struct digest *digest)
{
    EVP_MD_CTX_free(digest->context);
    digest->context = NULL;
}

struct digest_value digest_of(enum digest_kind kind, struct view bytes)
{
    CLEANUP(digest_release) struct digest digest;
    digest_init(&digest, kind);
    digest_push(&digest, bytes);
    return digest_finish(&digest);
}

struct view digest_view(const struct digest_value *value)
{
    return view_from((const char *)value->at, value->length);
}

struct digest_text digest_text(const struct digest_value *value)
{
    struct digest_text text = {.s = ""};
    CLEANUP(buf_release) struct buf hex = BUF_INIT(sizeof text.s - 1);

    hex_encode(digest_view(value), &hex);
    memcpy(text.s, hex.at, hex.length);
    return text;
}
