#include "oaep.h"

#include "crypt.h"

#include <gmp.h>
#include <gnutls/crypto.h>
#include <nettle/bignum.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 20, RSA_SIZE = 256, MASKED_SIZE = RSA_SIZE - DIGEST_SIZE - 1 };

static void sha1(const void *bytes, size_t size, uint8_t out[static DIGEST_SIZE])
{
    crypt_must(gnutls_hash_fast(GNUTLS_DIG_SHA1, bytes, size, out), "digest");
}

/* MGF1: target ^= SHA-1(source ‖ 0), SHA-1(source ‖ 1), … */
static void mask(const uint8_t *source, size_t source_size, uint8_t *target, size_t size)
{
    uint8_t block[RSA_SIZE];
    uint8_t digest[DIGEST_SIZE];

    memcpy(block, source, source_size);
    for (size_t at = 0; at < size; at++) {
        if (at % DIGEST_SIZE == 0) {
            size_t counter = at / DIGEST_SIZE;

            memset(block + source_size, 0, 4);
            block[source_size + 3] = (uint8_t)counter;
            sha1(block, source_size + 4, digest);
        }
        target[at] ^= digest[at % DIGEST_SIZE];
    }
}

static void number_of(const gnutls_datum_t *bytes, mpz_t number)
{
    nettle_mpz_init_set_str_256_u(number, bytes->size, bytes->data);
}

/* out = in ^ exponent mod modulus */
static void raise(const uint8_t in[static RSA_SIZE], const gnutls_datum_t *exponent,
                  const gnutls_datum_t *modulus, uint8_t out[static RSA_SIZE])
{
    mpz_t base;
    mpz_t power;
    mpz_t modulo;

    nettle_mpz_init_set_str_256_u(base, RSA_SIZE, in);
    number_of(exponent, power);
    number_of(modulus, modulo);
    mpz_powm(base, base, power, modulo);
    nettle_mpz_get_str_256(RSA_SIZE, out, base);
    mpz_clear(base);
    mpz_clear(power);
    mpz_clear(modulo);
}

void oaep_seal(gnutls_pubkey_t key, const struct text *plain, struct text *out)
{
    uint8_t block[RSA_SIZE] = {0};
    uint8_t *seed = block + 1;
    uint8_t *data = seed + DIGEST_SIZE;
    gnutls_datum_t modulus = {0};
    gnutls_datum_t exponent = {0};

    if (plain->size > MASKED_SIZE - DIGEST_SIZE - 1)
        abort();
    sha1("", 0, data);
    data[MASKED_SIZE - plain->size - 1] = 1;
    if (plain->size > 0)
        memcpy(data + MASKED_SIZE - plain->size, plain->bytes, plain->size);
    crypt_random(seed, DIGEST_SIZE);
    mask(seed, DIGEST_SIZE, data, MASKED_SIZE);
    mask(data, MASKED_SIZE, seed, DIGEST_SIZE);
    crypt_must(gnutls_pubkey_export_rsa_raw(key, &modulus, &exponent), "take an RSA key apart");
    raise(block, &exponent, &modulus, block);
    text_add(out, (const char *)block, sizeof(block));
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
}

/* The number is private and small texts are no timing oracle here: it is a simulator. */
static bool unpad(uint8_t block[static RSA_SIZE], struct text *out)
{
    uint8_t *seed = block + 1;
    uint8_t *data = seed + DIGEST_SIZE;
    uint8_t empty[DIGEST_SIZE];
    size_t at = DIGEST_SIZE;

    mask(data, MASKED_SIZE, seed, DIGEST_SIZE);
    mask(seed, DIGEST_SIZE, data, MASKED_SIZE);
    sha1("", 0, empty);
    if (block[0] != 0 || memcmp(data, empty, DIGEST_SIZE) != 0)
        return false;
    while (at < MASKED_SIZE && data[at] == 0)
        at++;
    if (at == MASKED_SIZE || data[at] != 1)
        return false;
    text_add(out, (const char *)data + at + 1, MASKED_SIZE - at - 1);
    return true;
}

bool oaep_open(gnutls_privkey_t key, const struct text *sealed, struct text *out)
{
    uint8_t block[RSA_SIZE];
    gnutls_datum_t modulus = {0};
    gnutls_datum_t private_exponent = {0};

    if (sealed->size != RSA_SIZE)
        return false;
    memcpy(block, sealed->bytes, sizeof(block));
    crypt_must(gnutls_privkey_export_rsa_raw(key, &modulus, NULL, &private_exponent, NULL, NULL,
                                             NULL, NULL, NULL),
               "take an RSA key apart");
    raise(block, &private_exponent, &modulus, block);
    gnutls_free(modulus.data);
    gnutls_free(private_exponent.data);
    return unpad(block, out);
}
