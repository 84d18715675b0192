/* Keys and certificates for tests, made when they run: no private key is ever kept in a file of the
 * project. */
#ifndef TESTS_MAKE_CERTIFICATE_H
#define TESTS_MAKE_CERTIFICATE_H

#include "base/buf.h"
#include "base/date.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

struct certificate_wish {
    const char *serial_hex;
    const char *alt_names;   /* "DNS:localhost", NULL: none */
    const char *common_name; /* NULL: "payrecon test" */
    struct instant not_before;
    struct instant not_after;
};

static inline void make_must(bool done)
{
    if (!done)
        abort();
}

static inline X509 *make_certificate(EVP_PKEY *key, const struct certificate_wish *wish)
{
    X509 *x509 = X509_new();
    BIGNUM *serial = NULL;
    make_must(x509 != NULL && BN_hex2bn(&serial, wish->serial_hex) > 0);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x509));
    BN_free(serial);
    make_must(X509_set_version(x509, X509_VERSION_3) == 1);
    make_must(ASN1_TIME_set(X509_getm_notBefore(x509), wish->not_before.us / INSTANT_SECOND) !=
              NULL);
    make_must(ASN1_TIME_set(X509_getm_notAfter(x509), wish->not_after.us / INSTANT_SECOND) != NULL);
    const char *name = wish->common_name == NULL ? "payrecon test" : wish->common_name;
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    if (wish->alt_names != NULL) {
        X509_EXTENSION *names =
            X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, wish->alt_names);
        make_must(names != NULL && X509_add_ext(x509, names, -1) == 1);
        X509_EXTENSION_free(names);
    }
    make_must(X509_set_pubkey(x509, key) == 1 && X509_sign(x509, key, EVP_sha256()) > 0);
    return x509;
}

static inline void make_take_bio(BIO *bio, struct buf *pem)
{
    char *at = NULL;
    long length = BIO_get_mem_data(bio, &at);
    buf_add(pem, at, (size_t)length);
    BIO_free(bio);
}

static inline void make_certificate_pem(EVP_PKEY *key, const struct certificate_wish *wish,
                                        struct buf *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *x509 = make_certificate(key, wish);
    make_must(PEM_write_bio_X509(bio, x509) == 1);
    X509_free(x509);
    make_take_bio(bio, pem);
}

static inline void make_private_pem(EVP_PKEY *key, const char *password, struct buf *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = password == NULL ? NULL : EVP_aes_256_cbc();
    make_must(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password,
                                            password == NULL ? 0 : (int)strlen(password), NULL,
                                            NULL) == 1);
    make_take_bio(bio, pem);
}

static inline void make_public_pem(EVP_PKEY *key, struct buf *pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    make_must(PEM_write_bio_PUBKEY(bio, key) == 1);
    make_take_bio(bio, pem);
}

#endif
