#include "run/merchant_certificate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../base/folder.h"
#include "../crypto/make_certificate.h"

static struct instant at(const char *text)
{
    struct instant instant;

    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

static const struct {
    const char *now;
    enum merchant_certificate_state state;
    const char *message; /* NULL: none */
} cases[] = {
    {"2026-05-31T23:59:58+08:00", MERCHANT_CERTIFICATE_GOOD, NULL},
    {"2026-05-31T23:59:59+08:00", MERCHANT_CERTIFICATE_ENDING,
     "the API certificate ends on 2026-06-30"},
    {"2026-06-30T23:59:58+08:00", MERCHANT_CERTIFICATE_ENDING,
     "the API certificate ends on 2026-06-30"},
    {"2026-06-30T23:59:59+08:00", MERCHANT_CERTIFICATE_EXPIRED,
     "the API certificate ended on 2026-06-30"},
};

static void test_reads_and_judges(void **state)
{
    const struct merchant merchant = {.mchid = VIEW("1900000109")};
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(buf_release) struct buf pem = BUF_INIT(1 << 16);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    const struct certificate_wish wish = {.serial_hex = "0A",
                                          .not_before = at("2021-07-01T00:00:00+08:00"),
                                          .not_after = at("2026-06-30T23:59:59+08:00")};

    (void)state;
    make_certificate_pem(key, &wish, &pem);
    EVP_PKEY_free(key);
    assert_int_equal(mkdir(folder_path(&folder, "1900000109").s, 0700), 0);
    folder_put(folder_path(&folder, "1900000109/apiclient_cert.pem").s, pem.at, pem.length, 0600);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct merchant_certificate seen;
        struct err err = ERR_INIT;
        bool there = false;

        expect_good(merchant_certificate_read(&merchant, folder.path, at(cases[i].now), &there,
                                              &seen, &err),
                    &err);
        assert_true(there);
        assert_int_equal(seen.state, cases[i].state);
        assert_string_equal(seen.serial, "0A");
        assert_false(seen.public_key_mode);
        if (cases[i].message != NULL)
            expect_err(merchant_certificate_complain(&seen, &err), &err, ERR_ACCESS,
                       cases[i].message);
    }
}

static void test_none_and_unreadable(void **state)
{
    const struct merchant merchant = {.mchid = VIEW("1900000109")};
    CLEANUP(folder_done) struct folder folder = folder_new();
    struct merchant_certificate seen;
    struct err err = ERR_INIT;
    bool there = true;
    char wanted[600];

    (void)state;
    expect_good(
        merchant_certificate_read(&merchant, folder.path, (struct instant){0}, &there, &seen, &err),
        &err);
    assert_false(there);
    assert_int_equal(mkdir(folder_path(&folder, "1900000109").s, 0700), 0);
    folder_put(folder_path(&folder, "1900000109/apiclient_cert.pem").s, "x", 1, 0600);
    (void)snprintf(wanted, sizeof(wanted), "\"%s\": not a certificate in PEM form",
                   folder_path(&folder, "1900000109/apiclient_cert.pem").s);
    expect_err(
        merchant_certificate_read(&merchant, folder.path, (struct instant){0}, &there, &seen, &err),
        &err, ERR_ACCESS, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_and_judges),
        cmocka_unit_test(test_none_and_unreadable),
    };

    return cmocka_run_group_tests_name("run/merchant_certificate", tests, NULL, NULL);
}
