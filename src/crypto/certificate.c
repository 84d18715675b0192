#include "crypto/certificate.h"

#include "base/file.h"
#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

DEFINE_CLEANUP(bio_done, BIO, BIO_free_all)
DEFINE_CLEANUP(x509_done, X509, X509_free)

struct certificate {
    char serial[CERTIFICATE_SERIAL_MAX + 1];
    char common_name[CERTIFICATE_NAME_MAX + 1];
    struct instant not_before;
    struct instant not_after;
    struct public_key *key;
};

/* With this one at hand OpenSSL does not ask on the terminal. */
static char no_password[] = "";

static bool read_serial(const X509 *x509, struct certificate *certificate, struct err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    const unsigned char *octets = ASN1_STRING_get0_data(serial);
    int length = ASN1_STRING_length(serial);

    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || length < 1 ||
        length > CERTIFICATE_SERIAL_MAX / 2)
        return err_set(err, ERR_ACCESS, "a serial number of %d octets or negative", length);
    for (int i = 0; i < length; i++) {
        certificate->serial[2 * i] = digits[octets[i] >> 4];
        certificate->serial[2 * i + 1] = digits[octets[i] & 0xf];
    }
    return true;
}

/* A name that is not plain is left empty: nobody's number. */
static void read_common_name(const X509 *x509, struct certificate *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(x509);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *text = NULL;

    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return;
    int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length > 0 && length <= CERTIFICATE_NAME_MAX && memchr(text, '\0', (size_t)length) == NULL)
        memcpy(certificate->common_name, text, (size_t)length);
    OPENSSL_free(text);
}

/* ASN.1 times are always UTC, so the process's time zone has no part in it. */
static bool read_time(const ASN1_TIME *time, struct instant *ret_instant, struct err *err)
{
    struct tm tm;
    struct date date;

    if (ASN1_TIME_to_tm(time, &tm) != 1 ||
        !date_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, &date))
        return err_set(err, ERR_ACCESS, "an unreadable date");
    ret_instant->us = date.days * INSTANT_DAY + tm.tm_hour * INSTANT_HOUR +
                      tm.tm_min * INSTANT_MINUTE + tm.tm_sec * INSTANT_SECOND;
    return true;
}

static bool read_key(X509 *x509, struct certificate *certificate, struct err *err)
{
    EVP_PKEY *pkey = X509_get_pubkey(x509);
    if (pkey == NULL)
        return err_set(err, ERR_ACCESS, "no readable public key");

    if (!public_key_adopt(pkey, &certificate->key, err)) {
        EVP_PKEY_free(pkey);
        return false;
    }
    return true;
}

static X509 *parse_pem(struct view pem)
{
    assert(pem.length <= KEY_FILE_MAX);
    CLEANUP(bio_done)
    BIO *bio = BIO_new_mem_buf(pem.at == NULL ? "" : pem.at, (int)pem.length);
    assert(bio != NULL);
    return PEM_read_bio_X509(bio, NULL, /* callback= */ NULL, no_password);
}

bool certificate_parse(struct view pem, struct certificate **ret_certificate, struct err *err)
{
    CLEANUP(x509_done) X509 *x509 = parse_pem(pem);
    CLEANUP(certificate_done) struct certificate *certificate = memory_alloc(sizeof *certificate);
    bool good = x509 != NULL && read_serial(x509, certificate, err) &&
                read_time(X509_get0_notBefore(x509), &certificate->not_before, err) &&
                read_time(X509_get0_notAfter(x509), &certificate->not_after, err) &&
                read_key(x509, certificate, err);

    if (x509 != NULL)
        read_common_name(x509, certificate);
    ERR_clear_error();
    if (x509 == NULL)
        return err_set(err, ERR_ACCESS, "not a certificate in PEM form");
    if (!good)
        return err_wrap(err, "certificate");
    *ret_certificate = certificate;
    certificate = NULL;
    return true;
}

bool certificate_read(const char *path, struct certificate **ret_certificate, struct err *err)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);
    if (!file_read(path, &pem, err)) {
        err->kind = ERR_ACCESS;
        return false;
    }

    if (!certificate_parse(buf_view(&pem), ret_certificate, err))
        return err_wrap(err, "\"%s\"", path);

    return true;
}

void certificate_free(struct certificate *certificate)
{
    if (certificate == NULL)
        return;
    public_key_free(certificate->key);
    free(certificate);
}

const char *certificate_serial(const struct certificate *certificate)
{
    return certificate->serial;
}

const char *certificate_common_name(const struct certificate *certificate)
{
    return certificate->common_name;
}

struct instant certificate_not_before(const struct certificate *certificate)
{
    return certificate->not_before;
}

struct instant certificate_not_after(const struct certificate *certificate)
{
    return certificate->not_after;
}

const struct public_key *certificate_key(const struct certificate *certificate)
{
    return certificate->key;
}
