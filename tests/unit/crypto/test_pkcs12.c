#include "make_certificate.h"

#include "base/cleanup.h"
#include "crypto/certificate.h"
#include "crypto/pkcs12.h"

#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

enum { ROOM = 1 << 16 };

#define PASSWORD "1900000109"

static int make_key(void **state)
{
    *state = EVP_RSA_gen(2048);
    return *state == NULL;
}

static int drop_key(void **state)
{
    EVP_PKEY_free(*state);
    return 0;
}

/* The old ciphers are in tests/e2e/merchant.t, where the openssl command makes the file. */
static void make_file(EVP_PKEY *key, bool with_key, bool with_certificate, struct buf *file)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *x509 = make_certificate(
        key, &(struct certificate_wish){.serial_hex = "0A", .common_name = PASSWORD});
    PKCS12 *made = PKCS12_create(PASSWORD, "merchant", with_key ? key : NULL,
                                 with_certificate ? x509 : NULL, NULL, 0, 0, 0, 0, 0);

    make_must(made != NULL && i2d_PKCS12_bio(bio, made) == 1);
    PKCS12_free(made);
    X509_free(x509);
    make_take_bio(bio, file);
}

static void opens_with_the_password(void **state)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    CLEANUP(secret_release) struct secret key_pem = SECRET_INIT;
    CLEANUP(private_key_done) struct private_key *key = NULL;
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    struct err err = ERR_INIT;

    make_file(*state, true, true, &file);
    expect_good(pkcs12_open(buf_view(&file), VIEW(PASSWORD), &key_pem, &pem, &err), &err);
    expect_good(private_key_parse(secret_view(&key_pem), &key, &err), &err);
    expect_good(certificate_parse(buf_view(&pem), &certificate, &err), &err);
    assert_true(private_key_fits(key, certificate_key(certificate)));
    assert_string_equal(certificate_serial(certificate), "0A");
    assert_string_equal(certificate_common_name(certificate), PASSWORD);
}

static void expect_refused(struct view file, struct view password, const char *message)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    CLEANUP(secret_release) struct secret key = SECRET_INIT;
    struct err err = ERR_INIT;

    expect_err(pkcs12_open(file, password, &key, &pem, &err), &err, ERR_ACCESS, message);
    assert_null(key.at);
}

static void refuses_the_rest(void **state)
{
    static const char long_password[PKCS12_PASSWORD_MAX + 1] = {'x'};
    CLEANUP(buf_release) struct buf good = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf only_key = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf only_certificate = BUF_INIT(ROOM);

    make_file(*state, true, true, &good);
    make_file(*state, true, false, &only_key);
    make_file(*state, false, true, &only_certificate);

    expect_refused(VIEW(""), VIEW(PASSWORD), "not a PKCS#12 file");
    expect_refused(VIEW("-----BEGIN CERTIFICATE-----"), VIEW(PASSWORD), "not a PKCS#12 file");
    expect_refused(view_from(good.at, good.length / 2), VIEW(PASSWORD), "not a PKCS#12 file");
    expect_refused(buf_view(&good), VIEW("1900000110"), "the password does not open it");
    expect_refused(buf_view(&good), VIEW(""), "the password does not open it");
    expect_refused(buf_view(&good), VIEW("1900000109\0x"),
                   "a password of more than 128 bytes, or with a NUL in it");
    expect_refused(buf_view(&good), view_from(long_password, sizeof(long_password)),
                   "a password of more than 128 bytes, or with a NUL in it");
    expect_refused(buf_view(&only_key), VIEW(PASSWORD), "the certificate is not in it");
    expect_refused(buf_view(&only_certificate), VIEW(PASSWORD), "the private key is not in it");
}

/* A single wrong bit anywhere is never taken for a key: the file has a check sum over all. */
static void notices_damage(void **state)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(ROOM);
    size_t step;

    make_file(*state, true, true, &file);
    step = file.length / 50;
    for (size_t at = 60; at < file.length; at += step) {
        CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
        CLEANUP(secret_release) struct secret key = SECRET_INIT;
        struct err err = ERR_INIT;

        file.at[at] ^= 0x10;
        if (pkcs12_open(buf_view(&file), VIEW(PASSWORD), &key, &pem, &err))
            fail_msg("byte %zu may be changed", at);
        file.at[at] ^= 0x10;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_with_the_password),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(notices_damage),
    };
    return cmocka_run_group_tests_name("crypto/pkcs12", tests, make_key, drop_key);
}
