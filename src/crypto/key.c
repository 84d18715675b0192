#include "crypto/key.h"

#include "base/file.h"
#include "base/memory.h"
#include "crypto/encode.h"
#include "crypto/secret.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <assert.h>
#include <stdlib.h>

DEFINE_CLEANUP(bio_done, BIO, BIO_free_all)
DEFINE_CLEANUP(pkey_done, EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(context_done, EVP_MD_CTX, EVP_MD_CTX_free)
DEFINE_CLEANUP(decoder_done, OSSL_DECODER_CTX, OSSL_DECODER_CTX_free)
DEFINE_CLEANUP(pkey_context_done, EVP_PKEY_CTX, EVP_PKEY_CTX_free)

struct private_key {
    EVP_PKEY *pkey;
};

/* With this one at hand OpenSSL does not ask on the terminal. */
static char no_password[] = "";

static BIO *bio_over(struct view bytes)
{
    assert(bytes.length <= KEY_FILE_MAX);
    BIO *bio = BIO_new_mem_buf(bytes.at == NULL ? "" : bytes.at, (int)bytes.length);
    assert(bio != NULL);
    return bio;
}

/* NULL when it is none of that structure (NULL: any). OpenSSL looks for the kind of a key that
 * could be any for four times as long as it takes to read an RSA key. */
static EVP_PKEY *read_rsa(struct view pem, const char *structure, int selection)
{
    CLEANUP(bio_done) BIO *bio = bio_over(pem);
    EVP_PKEY *pkey = NULL;
    CLEANUP(decoder_done)
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", structure, "RSA", selection, NULL, NULL);

    if (decoder != NULL)
        (void)OSSL_DECODER_from_bio(decoder, bio);
    return pkey;
}

static EVP_PKEY *read_private(struct view pem)
{
    CLEANUP(bio_done) BIO *bio = bio_over(pem);
    EVP_PKEY *pkey = read_rsa(pem, NULL, EVP_PKEY_KEYPAIR);

    if (pkey == NULL)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, /* callback= */ NULL, no_password);
    ERR_clear_error();
    return pkey;
}

static EVP_PKEY *read_public(struct view pem)
{
    CLEANUP(bio_done) BIO *bio = bio_over(pem);
    EVP_PKEY *pkey = read_rsa(pem, "SubjectPublicKeyInfo", EVP_PKEY_PUBLIC_KEY);

    if (pkey == NULL)
        pkey = PEM_read_bio_PUBKEY(bio, NULL, /* callback= */ NULL, no_password);
    ERR_clear_error();
    return pkey;
}

static bool check_strength(const EVP_PKEY *pkey, struct err *err)
{
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA)
        return err_set(err, ERR_ACCESS, "not an RSA key");
    if (EVP_PKEY_get_bits(pkey) < KEY_BITS_MIN)
        return err_set(err, ERR_ACCESS, "an RSA key of %d bits, need %d", EVP_PKEY_get_bits(pkey),
                       KEY_BITS_MIN);
    if (EVP_PKEY_get_size(pkey) > SIGNATURE_BYTES_MAX)
        return err_set(err, ERR_ACCESS, "an RSA key of %d bits is too large",
                       EVP_PKEY_get_bits(pkey));
    return true;
}

bool private_key_parse(struct view pem, struct private_key **ret_key, struct err *err)
{
    CLEANUP(pkey_done) EVP_PKEY *pkey = read_private(pem);
    if (pkey == NULL)
        return err_set(err, ERR_ACCESS, "not a private key in PEM form without password");

    if (!check_strength(pkey, err))
        return false;
    struct private_key *key = memory_alloc(sizeof *key);
    key->pkey = pkey;
    pkey = NULL;
    *ret_key = key;
    return true;
}

bool private_key_read(const char *path, struct private_key **ret_key, struct err *err)
{
    CLEANUP(secret_release) struct secret pem = SECRET_INIT;
    if (!secret_read(path, KEY_FILE_MAX, &pem, err))
        return false;

    if (!private_key_parse(secret_view(&pem), ret_key, err))
        return err_wrap(err, "\"%s\"", path);

    return true;
}

void private_key_free(struct private_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

bool private_key_sign(const struct private_key *key, struct view message, struct buf *ret_base64,
                      struct err *err)
{
    unsigned char signature[SIGNATURE_BYTES_MAX];
    size_t length = sizeof signature;
    CLEANUP(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context != NULL);

    /* PKCS#1 v1.5 is what OpenSSL does with an RSA key unless told otherwise. */
    bool done = EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                EVP_DigestSign(context, signature, &length, (const unsigned char *)message.at,
                               message.length) == 1;
    ERR_clear_error();
    if (!done)
        return err_set(err, ERR_ACCESS, "could not sign with the private key");

    base64_encode(view_from((const char *)signature, length), ret_base64);
    return true;
}

bool private_key_unseal(const struct private_key *key, struct view sealed_base64,
                        struct secret *ret_plain, struct err *err)
{
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(SIGNATURE_BYTES_MAX);
    char plain[SIGNATURE_BYTES_MAX];
    size_t length = sizeof plain;

    if (!base64_decode(sealed_base64, &sealed))
        return err_set(err, ERR_DATA, "not base64, or too long for the key");

    CLEANUP(pkey_context_done) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pkey, NULL);
    assert(context != NULL);
    bool done = EVP_PKEY_decrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) == 1 &&
                EVP_PKEY_decrypt(context, (unsigned char *)plain, &length,
                                 (const unsigned char *)buf_text(&sealed), sealed.length) == 1;
    ERR_clear_error();
    if (done)
        secret_set(ret_plain, view_from(plain, length));
    OPENSSL_cleanse(plain, sizeof plain);
    return done || err_set(err, ERR_ACCESS, "it was not sealed for the merchant's private key");
}

bool public_key_adopt(void *pkey, struct public_key **ret_key, struct err *err)
{
    if (!check_strength(pkey, err))
        return false;
    struct public_key *key = memory_alloc(sizeof *key);
    key->pkey = pkey;
    *ret_key = key;
    return true;
}

bool public_key_parse(struct view pem, struct public_key **ret_key, struct err *err)
{
    CLEANUP(pkey_done) EVP_PKEY *pkey = read_public(pem);
    if (pkey == NULL)
        return err_set(err, ERR_ACCESS, "not a public key in PEM form");

    if (!public_key_adopt(pkey, ret_key, err))
        return false;
    pkey = NULL;
    return true;
}

bool public_key_read(const char *path, struct public_key **ret_key, struct err *err)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);
    if (!file_read(path, &pem, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }

    if (!public_key_parse(buf_view(&pem), ret_key, err))
        return err_wrap(err, "\"%s\"", path);

    return true;
}

void public_key_free(struct public_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

bool public_key_verify(const struct public_key *key, struct view message,
                       struct view signature_base64)
{
    CLEANUP(buf_release) struct buf signature = BUF_INIT(SIGNATURE_BYTES_MAX);
    if (signature_base64.length == 0 || !base64_decode(signature_base64, &signature))
        return false;

    CLEANUP(context_done) EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context != NULL);
    bool genuine = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
                   EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.length,
                                    (const unsigned char *)message.at, message.length) == 1;
    ERR_clear_error();
    return genuine;
}

bool private_key_fits(const struct private_key *key, const struct public_key *public_key)
{
    return EVP_PKEY_eq(key->pkey, public_key->pkey) == 1;
}
