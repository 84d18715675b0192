#include "make_certificate.h"

#include "base/cleanup.h"
#include "crypto/certificate.h"

#include <openssl/rsa.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 16 };

#define VECTORS "tests/data/wechatpay/vectors/"

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

static struct instant at(const char *text)
{
    struct instant instant = {.us = 0};
    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

static void reads_a_real_platform_certificate(void **state)
{
    (void)state;
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    assert_true(
        certificate_read(VECTORS "java_certificates_response.decrypted.pem", &certificate, &err));
    assert_string_equal(certificate_serial(certificate),
                        "5DEA10EF55877E3CF6C33255C2E7DEFFF7E427EC");
    assert_string_equal(instant_text(certificate_not_before(certificate)).s,
                        "2023-09-19T23:15:58+08:00");
    assert_string_equal(instant_text(certificate_not_after(certificate)).s,
                        "2028-09-17T23:15:58+08:00");
}

/* wechatpay-java, RSAVerifierTest. */
static void its_key_verifies(void **state)
{
    (void)state;
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    assert_true(certificate_read(VECTORS "java_merchant_certificate.pem", &certificate, &err));
    assert_string_equal(certificate_serial(certificate),
                        "5F1C72E2A8931B72A2E13AF8DEE92471EB397115");
    assert_true(public_key_verify(
        certificate_key(certificate), VIEW("message"),
        VIEW("Rq+5ZpWV6IHTWE1+9gCrYJKguNgbItpMdlIA+PVCPCdUAKNlohZz7CL7Y8xWDIFJjdGnErMj6Z+Q/"
             "h9CF5MV+nAV"
             "kqDmBR0uP5ppsUEzco4ijvKHsvI2ro4boSW6vSfQs3W8I4QSI9a0/"
             "NFIgvj83Fv27LIYZf7deaFWmEwd1fpAeJRC"
             "yoKyBeJPdsjVx0//Lqe6Wze2zVdliLcBvaHCfpd8+rAVGS+FQDeWgHqJ7n/Zy09LmV1/"
             "ghs7pO1mdjdD16SHKlys"
             "AD3K5hNGUJX/SHrEXEcu1yO1AOb/YvOVkjNh8243rcfXNE5L4ph2XS11vS+2aToKYSOcKUagf0LLaw==")));
}

struct wish_case {
    const char *serial_hex;
    const char *serial;
};

static void prints_serials_as_whole_octets(void **state)
{
    static const struct wish_case cases[] = {
        {"1", "01"},
        {"ABC", "0ABC"},
        {"408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB", "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"},
        {"F08B07E79B8269FEC3D5D3E6AB8ED163A6A380DB", "F08B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
        CLEANUP(certificate_done) struct certificate *certificate = NULL;
        struct err err = ERR_INIT;
        make_certificate_pem(*state,
                             &(struct certificate_wish){
                                 .serial_hex = cases[i].serial_hex,
                                 .not_before = at("1999-12-31T23:59:59Z"),
                                 .not_after = at("2051-02-28T00:00:01+08:00"),
                             },
                             &pem);
        assert_true(certificate_parse(buf_view(&pem), &certificate, &err));
        assert_string_equal(certificate_serial(certificate), cases[i].serial);
        assert_int_equal(certificate_not_before(certificate).us, at("1999-12-31T23:59:59Z").us);
        assert_int_equal(certificate_not_after(certificate).us, at("2051-02-27T16:00:01Z").us);
    }
}

static void tells_the_common_name(void **state)
{
    static const struct {
        const char *given, *seen;
    } cases[] = {
        {"1900000109", "1900000109"},
        {"某某出行", "某某出行"},
        {"0123456789012345678901234567890123456789012345678901234567890123",
         "0123456789012345678901234567890123456789012345678901234567890123"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
        CLEANUP(certificate_done) struct certificate *certificate = NULL;
        struct err err = ERR_INIT;
        make_certificate_pem(
            *state, &(struct certificate_wish){.serial_hex = "5", .common_name = cases[i].given},
            &pem);
        assert_true(certificate_parse(buf_view(&pem), &certificate, &err));
        assert_string_equal(certificate_common_name(certificate), cases[i].seen);
    }
}

static void expect_refused(struct view pem, const char *message)
{
    struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    assert_false(certificate_parse(pem, &certificate, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text, message);
    assert_null(certificate);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    const struct certificate_wish wish = {
        .serial_hex = "-5",
        .not_before = {.us = 0},
        .not_after = {.us = INSTANT_DAY},
    };
    EVP_PKEY *curve = EVP_EC_gen("P-256");

    expect_refused(VIEW(""), "not a certificate in PEM form");
    expect_refused(VIEW("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                   "not a certificate in PEM form");
    make_certificate_pem(*state, &wish, &pem);
    expect_refused(buf_view(&pem), "certificate: a serial number of 1 octets or negative");
    buf_clear(&pem);
    make_certificate_pem(curve, &(struct certificate_wish){.serial_hex = "5"}, &pem);
    expect_refused(buf_view(&pem), "certificate: not an RSA key");
    EVP_PKEY_free(curve);
}

static void names_the_file(void **state)
{
    (void)state;
    struct certificate *certificate = NULL;
    struct err err = ERR_INIT;
    assert_false(certificate_read(VECTORS "none.pem", &certificate, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text,
                        "could not open \"" VECTORS "none.pem\": No such file or directory");
    assert_false(certificate_read(VECTORS "docs_platform_pubkey.pem", &certificate, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text,
                        "\"" VECTORS "docs_platform_pubkey.pem\": not a certificate in PEM form");
    assert_null(certificate);
}

/* The same key as PEM of its own, as public-key mode hands it out. */
static void its_key_is_that_of_the_file(void **state)
{
    (void)state;
    CLEANUP(certificate_done) struct certificate *certificate = NULL;
    CLEANUP(public_key_done) struct public_key *key = NULL;
    struct err err = ERR_INIT;
    assert_true(certificate_read(VECTORS "java_platform_certificate.pem", &certificate, &err));
    assert_true(public_key_read(VECTORS "java_platform_public_key.pem", &key, &err));
    assert_int_equal(EVP_PKEY_eq(key->pkey, certificate_key(certificate)->pkey), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_real_platform_certificate),
        cmocka_unit_test(its_key_verifies),
        cmocka_unit_test(its_key_is_that_of_the_file),
        cmocka_unit_test(prints_serials_as_whole_octets),
        cmocka_unit_test(tells_the_common_name),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(names_the_file),
    };
    return cmocka_run_group_tests_name("crypto/certificate", tests, make_key, drop_key);
}
