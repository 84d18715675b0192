#include "certs.h"

#include <stdio.h>
#include <string.h>

enum { RSA_BITS = 2048, SERIAL_SIZE = 20 };

static gnutls_datum_t datum_of(const struct text *text)
{
    return (gnutls_datum_t){(unsigned char *)text->bytes, (unsigned int)text->size};
}

static void take_datum(gnutls_datum_t *datum, struct text *out)
{
    text_add(out, (const char *)datum->data, datum->size);
    gnutls_free(datum->data);
}

void cert_key_make(enum cert_key_kind kind, struct text *out_pem)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = {0};

    crypt_must(gnutls_x509_privkey_init(&key), "start a key");
    if (kind == CERT_KEY_RSA)
        crypt_must(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, RSA_BITS, 0),
                   "make an RSA key");
    else
        crypt_must(gnutls_x509_privkey_generate(
                       key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                   "make an EC key");
    crypt_must(
        gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem),
        "print a key");
    take_datum(&pem, out_pem);
    gnutls_x509_privkey_deinit(key);
}

static bool read_x509_key(const struct text *pem, gnutls_x509_privkey_t *ret_key)
{
    gnutls_datum_t data = datum_of(pem);

    crypt_must(gnutls_x509_privkey_init(ret_key), "start a key");
    if (gnutls_x509_privkey_import2(*ret_key, &data, GNUTLS_X509_FMT_PEM, NULL, 0) >= 0)
        return true;
    gnutls_x509_privkey_deinit(*ret_key);
    return false;
}

bool cert_read_key(const struct text *pem, gnutls_privkey_t *ret_key)
{
    gnutls_x509_privkey_t key;

    if (!read_x509_key(pem, &key))
        return false;

    crypt_must(gnutls_privkey_init(ret_key), "start a key");
    crypt_must(gnutls_privkey_import_x509(*ret_key, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE),
               "take a key");
    return true;
}

bool cert_public_half(const struct text *key_pem, struct text *out_pem)
{
    gnutls_privkey_t key;
    gnutls_pubkey_t public_half;
    gnutls_datum_t pem = {0};

    if (!cert_read_key(key_pem, &key))
        return false;

    crypt_must(gnutls_pubkey_init(&public_half), "start a public key");
    crypt_must(gnutls_pubkey_import_privkey(public_half, key, 0, 0), "take the public half");
    crypt_must(gnutls_pubkey_export2(public_half, GNUTLS_X509_FMT_PEM, &pem), "print a public key");
    take_datum(&pem, out_pem);
    gnutls_pubkey_deinit(public_half);
    gnutls_privkey_deinit(key);
    return true;
}

/* 20 bytes whose first digit is not 0, so that it prints as 40 hex digits, and below 8, so that it
 * is positive. */
static void set_serial(gnutls_x509_crt_t certificate)
{
    unsigned char serial[SERIAL_SIZE];

    crypt_random(serial, sizeof(serial));
    serial[0] = (unsigned char)(0x40 | (serial[0] & 0x3f));
    crypt_must(gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial)),
               "set a serial number");
}

static void set_use(gnutls_x509_crt_t certificate, enum cert_use use)
{
    static const unsigned char loopback[] = {127, 0, 0, 1};
    static const char localhost[] = "localhost";

    crypt_must(gnutls_x509_crt_set_basic_constraints(certificate, use == CERT_USE_AUTHORITY, -1),
               "set constraints");
    crypt_must(gnutls_x509_crt_set_key_usage(certificate,
                                             use == CERT_USE_AUTHORITY
                                                 ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                                 : GNUTLS_KEY_DIGITAL_SIGNATURE),
               "set key usage");
    if (use != CERT_USE_SERVER)
        return;
    crypt_must(gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER, 0),
               "set the purpose");
    crypt_must(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, localhost,
                                                    sizeof(localhost) - 1, GNUTLS_FSAN_SET),
               "set the host name");
    crypt_must(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, loopback,
                                                    sizeof(loopback), GNUTLS_FSAN_APPEND),
               "set the address");
}

static void set_key_ids(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key,
                        gnutls_x509_privkey_t authority_key)
{
    unsigned char id[64];
    size_t size = sizeof(id);

    crypt_must(gnutls_x509_privkey_get_key_id(key, 0, id, &size), "compute a key id");
    crypt_must(gnutls_x509_crt_set_subject_key_id(certificate, id, size), "set the key id");
    size = sizeof(id);
    crypt_must(gnutls_x509_privkey_get_key_id(authority_key, 0, id, &size), "compute a key id");
    crypt_must(gnutls_x509_crt_set_authority_key_id(certificate, id, size),
               "set the issuer's key id");
}

static void sign(gnutls_x509_crt_t certificate, const struct cert_request *request,
                 gnutls_x509_privkey_t key)
{
    gnutls_x509_privkey_t authority_key = key;
    gnutls_x509_crt_t authority = certificate;

    if (request->authority_key_pem != NULL) {
        gnutls_datum_t pem = datum_of(request->authority_cert_pem);

        crypt_must(gnutls_x509_crt_init(&authority), "start a certificate");
        crypt_must(gnutls_x509_crt_import(authority, &pem, GNUTLS_X509_FMT_PEM), "read ca.pem");
        crypt_must(read_x509_key(request->authority_key_pem, &authority_key)
                       ? 0
                       : GNUTLS_E_INVALID_REQUEST,
                   "read ca_key.pem");
    }
    set_key_ids(certificate, key, authority_key);
    crypt_must(gnutls_x509_crt_sign2(certificate, authority, authority_key, GNUTLS_DIG_SHA256, 0),
               "sign a certificate");
    if (request->authority_key_pem != NULL) {
        gnutls_x509_privkey_deinit(authority_key);
        gnutls_x509_crt_deinit(authority);
    }
}

void cert_make(const struct cert_request *request, struct text *out_pem)
{
    static const char organisation[] = "wxpay-sim";
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
    gnutls_datum_t pem = {0};

    crypt_must(read_x509_key(request->key_pem, &key) ? 0 : GNUTLS_E_INVALID_REQUEST,
               "read a new key");
    crypt_must(gnutls_x509_crt_init(&certificate), "start a certificate");
    crypt_must(gnutls_x509_crt_set_version(certificate, 3), "set the version");
    set_serial(certificate);
    crypt_must(gnutls_x509_crt_set_activation_time(certificate, (time_t)request->effective),
               "set times");
    crypt_must(gnutls_x509_crt_set_expiration_time(certificate, (time_t)request->expires),
               "set times");
    crypt_must(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                             organisation, sizeof(organisation) - 1),
               "set the name");
    crypt_must(gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
                                             request->common_name,
                                             (unsigned int)strlen(request->common_name)),
               "set the name");
    crypt_must(gnutls_x509_crt_set_key(certificate, key), "set the key");
    set_use(certificate, request->use);
    sign(certificate, request, key);
    crypt_must(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem),
               "print a certificate");
    take_datum(&pem, out_pem);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
}

static bool read_serial(gnutls_x509_crt_t parsed, char out[static KEYS_SERIAL_HEX_SIZE])
{
    unsigned char serial[64];
    size_t size = sizeof(serial);

    if (gnutls_x509_crt_get_serial(parsed, serial, &size) < 0 || size != SERIAL_SIZE)
        return false;
    for (size_t at = 0; at < size; at++)
        (void)snprintf(out + 2 * at, 3, "%02X", serial[at]);
    return true;
}

bool cert_read(const struct text *pem, struct certificate *certificate, gnutls_pubkey_t *ret_pubkey)
{
    gnutls_datum_t data = datum_of(pem);
    gnutls_x509_crt_t parsed;
    gnutls_pubkey_t pubkey;
    bool good;

    crypt_must(gnutls_x509_crt_init(&parsed), "start a certificate");
    crypt_must(gnutls_pubkey_init(&pubkey), "start a public key");
    good = gnutls_x509_crt_import(parsed, &data, GNUTLS_X509_FMT_PEM) >= 0 &&
           gnutls_pubkey_import_x509(pubkey, parsed, 0) >= 0 &&
           read_serial(parsed, certificate->serial);
    if (good) {
        certificate->effective = (int64_t)gnutls_x509_crt_get_activation_time(parsed);
        certificate->expires = (int64_t)gnutls_x509_crt_get_expiration_time(parsed);
        text_add(&certificate->pem, pem->bytes, pem->size);
        *ret_pubkey = pubkey;
    } else {
        gnutls_pubkey_deinit(pubkey);
    }
    gnutls_x509_crt_deinit(parsed);
    return good;
}
