#include "crypto/pkcs12.h"

#include "crypto/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <assert.h>
#include <string.h>

DEFINE_CLEANUP(bio_done, BIO, BIO_free_all)
DEFINE_CLEANUP(pkey_done, EVP_PKEY, EVP_PKEY_free)
DEFINE_CLEANUP(x509_done, X509, X509_free)
DEFINE_CLEANUP(pkcs12_done, PKCS12, PKCS12_free)

/* An OpenSSL of this call's own, with the old ciphers. */
struct library {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *normal, *legacy;
};

static void library_open(struct library *library)
{
    library->context = OSSL_LIB_CTX_new();
    assert(library->context != NULL);
    library->normal = OSSL_PROVIDER_load(library->context, "default");
    /* NULL where the module is not installed: files with newer ciphers can still be opened. */
    library->legacy = OSSL_PROVIDER_load(library->context, "legacy");
    assert(library->normal != NULL);
}

static void library_close(struct library *library)
{
    if (library->legacy != NULL)
        (void)OSSL_PROVIDER_unload(library->legacy);
    (void)OSSL_PROVIDER_unload(library->normal);
    OSSL_LIB_CTX_free(library->context);
}

/* OpenSSL takes it terminated. Wiped by the caller. */
static bool copy_password(struct view password, char room[PKCS12_PASSWORD_MAX + 1], struct err *err)
{
    if (password.length > PKCS12_PASSWORD_MAX ||
        (password.length > 0 && memchr(password.at, '\0', password.length) != NULL))
        return err_set(err, ERR_ACCESS, "a password of more than %d bytes, or with a NUL in it",
                       PKCS12_PASSWORD_MAX);
    if (password.length > 0)
        memcpy(room, password.at, password.length);
    room[password.length] = '\0';
    return true;
}

static PKCS12 *parse(struct view bytes, const struct library *library)
{
    const unsigned char *at = (const unsigned char *)bytes.at;
    PKCS12 *file = PKCS12_init_ex(NID_pkcs7_data, library->context, /* propq= */ NULL);

    assert(file != NULL && bytes.length <= KEY_FILE_MAX);
    /* On failure it frees what it was given. */
    return d2i_PKCS12(&file, &at, (long)bytes.length);
}

static bool take_private_key(EVP_PKEY *pkey, struct secret *ret_private_key, struct err *err)
{
    /* Memory that OpenSSL wipes. */
    CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_secmem());
    char *at = NULL;

    assert(bio != NULL);
    if (PEM_write_bio_PKCS8PrivateKey(bio, pkey, /* enc= */ NULL, NULL, 0, NULL, NULL) != 1)
        return err_set(err, ERR_ACCESS, "its private key cannot be written as PEM");

    long length = BIO_get_mem_data(bio, &at);
    secret_set(ret_private_key, view_from(at, (size_t)length));
    return true;
}

static bool take_certificate(X509 *x509, struct buf *ret_certificate, struct err *err)
{
    CLEANUP(bio_done) BIO *bio = BIO_new(BIO_s_mem());
    char *at = NULL;

    assert(bio != NULL);
    if (PEM_write_bio_X509(bio, x509) != 1)
        return err_set(err, ERR_ACCESS, "its certificate cannot be written as PEM");

    long length = BIO_get_mem_data(bio, &at);
    buf_add(ret_certificate, at, (size_t)length);
    return true;
}

static bool unpack(PKCS12 *file, const char *password, struct secret *ret_private_key,
                   struct buf *ret_certificate, struct err *err)
{
    CLEANUP(pkey_done) EVP_PKEY *pkey = NULL;
    CLEANUP(x509_done) X509 *x509 = NULL;

    if (PKCS12_mac_present(file) != 1)
        return err_set(err, ERR_ACCESS, "a PKCS#12 file without a check sum");
    if (PKCS12_verify_mac(file, password, -1) != 1) {
        (void)err_set(err, ERR_ACCESS, "the password does not open it");
        return err_hint(err, "WeChat Pay's files have the merchant number as password");
    }
    if (PKCS12_parse(file, password, &pkey, &x509, /* ca= */ NULL) != 1)
        return err_set(err, ERR_ACCESS, "sealed with a cipher that this OpenSSL does not have");
    if (pkey == NULL || x509 == NULL)
        return err_set(err, ERR_ACCESS, "%s is not in it",
                       pkey == NULL ? "the private key" : "the certificate");

    return take_certificate(x509, ret_certificate, err) &&
           take_private_key(pkey, ret_private_key, err);
}

bool pkcs12_open(struct view bytes, struct view password, struct secret *ret_private_key,
                 struct buf *ret_certificate, struct err *err)
{
    char text[PKCS12_PASSWORD_MAX + 1];
    struct library library;
    bool good;

    assert(ret_private_key->at == NULL);
    if (bytes.length == 0 || bytes.length > KEY_FILE_MAX)
        return err_set(err, ERR_ACCESS, "not a PKCS#12 file");
    if (!copy_password(password, text, err))
        return false;

    library_open(&library);
    {
        CLEANUP(pkcs12_done) PKCS12 *file = parse(bytes, &library);

        good = file != NULL && unpack(file, text, ret_private_key, ret_certificate, err);
        if (file == NULL)
            (void)err_set(err, ERR_ACCESS, "not a PKCS#12 file");
    }
    library_close(&library);
    OPENSSL_cleanse(text, sizeof(text));
    ERR_clear_error();
    return good;
}
