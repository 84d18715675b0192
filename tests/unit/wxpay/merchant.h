/* Both sides' keys for tests, made once per program, and the merchant's folder as wxpay_keys_read
 * wants it. The other side signs and seals here with OpenSSL itself. */
#ifndef TESTS_MERCHANT_H
#define TESTS_MERCHANT_H

#include "../crypto/make_certificate.h"
#include "vectors.h"

#include "crypto/encode.h"
#include "wxpay/keys.h"

#include <openssl/rsa.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MERCHANT_SERIAL "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"
#define PLATFORM_SERIAL "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC"
#define NEWER_SERIAL "6F0000EF55877E3CF6C33255C2E7DEFFF7E427EC"
#define PUBLIC_KEY_ID "PUB_KEY_ID_0114232134912410000000000000"
#define APIV3_KEY "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
#define SEAL_NONCE "uluk4a9R25RW"

struct merchant {
    char folder[64];
    EVP_PKEY *key;      /* the merchant's */
    EVP_PKEY *platform; /* of PLATFORM_SERIAL, valid 2024-2028 */
    EVP_PKEY *newer;    /* of NEWER_SERIAL, valid 2026-2030, and of PUBLIC_KEY_ID */
};

static inline const char *merchant_path(const struct merchant *merchant, const char *name,
                                        struct buf *path)
{
    buf_clear(path);
    buf_add_format(path, "%s/%s", merchant->folder, name);
    return buf_text(path);
}

static inline void merchant_write(const struct merchant *merchant, const char *name,
                                  struct view bytes)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    struct err err = ERR_INIT;
    assert_true(file_write(merchant_path(merchant, name, &path), bytes, 0600, &err));
}

static inline void merchant_remove(const struct merchant *merchant, const char *name)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    unlink(merchant_path(merchant, name, &path));
}

static inline struct certificate_wish platform_wish(bool newer)
{
    return (struct certificate_wish){
        .serial_hex = newer ? NEWER_SERIAL : PLATFORM_SERIAL,
        .not_before = vectors_instant(newer ? "2026-01-01T00:00:00Z" : "2024-01-01T00:00:00Z"),
        .not_after = vectors_instant(newer ? "2030-12-31T00:00:00Z" : "2028-12-31T00:00:00Z"),
    };
}

/* The folder as it is without public key. */
static inline void merchant_fill_folder(const struct merchant *merchant)
{
    CLEANUP(buf_release) struct buf key = BUF_INIT(VECTOR_TEXT_MAX);
    CLEANUP(buf_release) struct buf certificate = BUF_INIT(VECTOR_TEXT_MAX);
    const struct certificate_wish wish = {
        .serial_hex = MERCHANT_SERIAL,
        .not_before = vectors_instant("2024-01-01T00:00:00Z"),
        .not_after = vectors_instant("2028-12-31T00:00:00Z"),
    };
    make_private_pem(merchant->key, NULL, &key);
    make_certificate_pem(merchant->key, &wish, &certificate);
    merchant_write(merchant, "apiclient_key.pem", buf_view(&key));
    merchant_write(merchant, "apiclient_cert.pem", buf_view(&certificate));
    merchant_write(merchant, "apiv3.key", VIEW(APIV3_KEY "\n"));
    merchant_remove(merchant, "wechatpay_public_key.pem");
    merchant_remove(merchant, "wechatpay_public_key.id");
}

static inline void merchant_add_public_key(const struct merchant *merchant)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    make_public_pem(merchant->newer, &pem);
    merchant_write(merchant, "wechatpay_public_key.pem", buf_view(&pem));
    merchant_write(merchant, "wechatpay_public_key.id", VIEW(PUBLIC_KEY_ID "\n"));
}

static inline int merchant_open(void **state)
{
    struct merchant *merchant = calloc(1, sizeof(*merchant));
    snprintf(merchant->folder, sizeof(merchant->folder), "/tmp/payrecon-merchant-XXXXXX");
    merchant->key = EVP_RSA_gen(2048);
    merchant->platform = EVP_RSA_gen(2048);
    merchant->newer = EVP_RSA_gen(2048);
    *state = merchant;
    return mkdtemp(merchant->folder) == NULL;
}

static inline int merchant_close(void **state)
{
    struct merchant *merchant = *state;
    static const char *const names[] = {"apiclient_key.pem", "apiclient_cert.pem", "apiv3.key",
                                        "wechatpay_public_key.pem", "wechatpay_public_key.id"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        merchant_remove(merchant, names[i]);
    rmdir(merchant->folder);
    EVP_PKEY_free(merchant->key);
    EVP_PKEY_free(merchant->platform);
    EVP_PKEY_free(merchant->newer);
    free(merchant);
    return 0;
}

/* ---- the other side ---------------------------------------------------------------------------
 */

static inline void other_side_sign(EVP_PKEY *key, struct view text, struct buf *base64)
{
    unsigned char signature[512];
    size_t length = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    make_must(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, signature, &length, (const unsigned char *)text.at,
                             text.length) == 1);
    EVP_MD_CTX_free(context);
    base64_encode(view_from((const char *)signature, length), base64);
}

static inline void other_side_seal(const char *key, struct view plain, struct buf *base64)
{
    unsigned char sealed[8192];
    int length = 0, rest = 0, ignored = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    make_must(plain.length < sizeof(sealed) - 16);
    make_must(
        EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, (const unsigned char *)key,
                           (const unsigned char *)SEAL_NONCE) == 1 &&
        EVP_EncryptUpdate(context, NULL, &ignored, (const unsigned char *)"certificate", 11) == 1 &&
        EVP_EncryptUpdate(context, sealed, &length, (const unsigned char *)plain.at,
                          (int)plain.length) == 1 &&
        EVP_EncryptFinal_ex(context, sealed + length, &rest) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, sealed + length) == 1);
    EVP_CIPHER_CTX_free(context);
    base64_encode(view_from((const char *)sealed, (size_t)length + 16), base64);
}

/* One element of the `data` of GET /v3/certificates, announced under `serial`. */
static inline void other_side_certificate(EVP_PKEY *key, const struct certificate_wish *wish,
                                          const char *serial, const char *apiv3_key,
                                          struct buf *json)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(VECTOR_TEXT_MAX);
    make_certificate_pem(key, wish, &pem);
    other_side_seal(apiv3_key, buf_view(&pem), &sealed);
    buf_add_format(json,
                   "{\"serial_no\":\"%s\",\"effective_time\":\"2024-01-01T08:00:00+08:00\","
                   "\"expire_time\":\"2028-12-31T08:00:00+08:00\",\"encrypt_certificate\":{"
                   "\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"" SEAL_NONCE "\","
                   "\"associated_data\":\"certificate\",\"ciphertext\":\"%s\"}}",
                   serial, buf_text(&sealed));
}

#endif
