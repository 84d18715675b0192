#include "run/merchant_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <openssl/rsa.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../base/folder.h"
#include "../crypto/make_certificate.h"

#define SIGNER "1900000109"
#define APIV3_KEY "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"

struct pair {
    EVP_PKEY *key, *other;
};

static int make_pair(void **state)
{
    static struct pair pair;

    pair.key = EVP_RSA_gen(2048);
    pair.other = EVP_RSA_gen(2048);
    *state = &pair;
    return pair.key == NULL || pair.other == NULL;
}

static int drop_pair(void **state)
{
    struct pair *pair = *state;

    EVP_PKEY_free(pair->key);
    EVP_PKEY_free(pair->other);
    return 0;
}

static struct instant at(const char *text)
{
    struct instant instant;

    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

/* A good set; cases spoil it. */
static struct merchant_keys make_keys(const struct pair *pair, const char *name)
{
    struct merchant_keys keys = MERCHANT_KEYS_INIT;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);
    const struct certificate_wish wish = {.serial_hex = "0A",
                                          .common_name = name,
                                          .not_before = at("2026-01-01T00:00:00+08:00"),
                                          .not_after = at("2031-01-01T00:00:00+08:00")};

    make_private_pem(pair->key, NULL, &pem);
    secret_set(&keys.private_key, buf_view(&pem));
    make_certificate_pem(pair->key, &wish, &keys.certificate);
    secret_set(&keys.apiv3_key, VIEW(APIV3_KEY));
    return keys;
}

static void no_pair(const struct pair *pair, struct merchant_keys *keys)
{
    (void)pair;
    secret_release(&keys->private_key);
    buf_clear(&keys->certificate);
}

static void no_apiv3_key(const struct pair *pair, struct merchant_keys *keys)
{
    (void)pair;
    secret_release(&keys->apiv3_key);
}

static void other_key(const struct pair *pair, struct merchant_keys *keys)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);

    make_private_pem(pair->other, NULL, &pem);
    secret_set(&keys->private_key, buf_view(&pem));
}

static void sealed_key(const struct pair *pair, struct merchant_keys *keys)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(KEY_FILE_MAX);

    make_private_pem(pair->key, "password", &pem);
    secret_set(&keys->private_key, buf_view(&pem));
}

static void no_certificate(const struct pair *pair, struct merchant_keys *keys)
{
    (void)pair;
    buf_clear(&keys->certificate);
    buf_add_text(&keys->certificate, "nonsense");
}

static void no_public_key(const struct pair *pair, struct merchant_keys *keys)
{
    (void)pair;
    buf_add_text(&keys->public_key, "nonsense");
}

static const struct {
    const char *name; /* of the certificate */
    const char *now;
    void (*spoil)(const struct pair *pair, struct merchant_keys *keys);
    enum err_kind kind; /* ERR_NONE: good */
    const char *message;
} cases[] = {
    {SIGNER, "2026-01-01T00:00:00+08:00", NULL, ERR_NONE, ""},
    {SIGNER, "2030-12-31T23:59:59+08:00", NULL, ERR_NONE, ""},
    {SIGNER, "2025-12-31T23:59:59+08:00", NULL, ERR_ACCESS,
     "the API certificate begins on 2026-01-01 00:00:00"},
    {SIGNER, "2031-01-01T00:00:00+08:00", NULL, ERR_ACCESS,
     "the API certificate ended on 2031-01-01 00:00:00"},
    {"1900000110", "2026-06-01T00:00:00+08:00", NULL, ERR_ACCESS,
     "the API certificate is of merchant \"1900000110\", not of " SIGNER},
    {SIGNER, "2026-06-01T00:00:00+08:00", no_pair, ERR_USAGE,
     "option --archive, or --p12, or --certificate with --private-key, is required"},
    {SIGNER, "2026-06-01T00:00:00+08:00", no_apiv3_key, ERR_USAGE,
     "option --apiv3-key is required"},
    {SIGNER, "2026-06-01T00:00:00+08:00", other_key, ERR_ACCESS,
     "the private key is not the one of the API certificate 0A"},
    {SIGNER, "2026-06-01T00:00:00+08:00", sealed_key, ERR_ACCESS,
     "private key: not a private key in PEM form without password"},
    {SIGNER, "2026-06-01T00:00:00+08:00", no_certificate, ERR_ACCESS,
     "API certificate: not a certificate in PEM form"},
    {SIGNER, "2026-06-01T00:00:00+08:00", no_public_key, ERR_ACCESS,
     "WeChat Pay's public key: not a public key in PEM form"},
};

static void test_check(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(merchant_keys_release)
        struct merchant_keys keys = make_keys(*state, cases[i].name);
        struct merchant_keys_facts facts;
        struct err err = ERR_INIT;

        if (cases[i].spoil != NULL)
            cases[i].spoil(*state, &keys);
        if (cases[i].kind != ERR_NONE) {
            expect_err(merchant_keys_check(&keys, VIEW(SIGNER), at(cases[i].now), &facts, &err),
                       &err, cases[i].kind, cases[i].message);
            continue;
        }
        expect_good(merchant_keys_check(&keys, VIEW(SIGNER), at(cases[i].now), &facts, &err), &err);
        assert_string_equal(facts.serial, "0A");
        assert_int_equal(facts.not_after.us, at("2031-01-01T00:00:00+08:00").us);
        assert_false(facts.public_key_mode);
    }
}

/* Parts that were given win over those that are installed; the pair is never mixed. */
static void test_complete(void **state)
{
    const struct pair *pair = *state;
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(merchant_keys_release) struct merchant_keys installed = make_keys(pair, SIGNER);
    CLEANUP(merchant_keys_release) struct merchant_keys keys = MERCHANT_KEYS_INIT;
    struct err err = ERR_INIT;

    folder_put(folder_path(&folder, "apiclient_key.pem").s, installed.private_key.at,
               installed.private_key.length, 0600);
    folder_put(folder_path(&folder, "apiclient_cert.pem").s, installed.certificate.at,
               installed.certificate.length, 0600);
    folder_put(folder_path(&folder, "apiv3.key").s, APIV3_KEY "\n", 33, 0600);
    folder_put(folder_path(&folder, "wechatpay_public_key.pem").s, "PEM", 3, 0600);
    folder_put(folder_path(&folder, "wechatpay_public_key.id").s, "PUB_KEY_ID_1\n", 13, 0600);
    secret_set(&keys.apiv3_key, VIEW("Z7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"));

    expect_good(merchant_keys_complete(&keys, folder.path, &err), &err);
    assert_true(view_equal(secret_view(&keys.private_key), secret_view(&installed.private_key)));
    assert_true(view_equal(buf_view(&keys.certificate), buf_view(&installed.certificate)));
    expect_view(secret_view(&keys.apiv3_key), "Z7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb");
    expect_view(buf_view(&keys.public_key), "PEM");
    assert_string_equal(keys.public_key_id, "PUB_KEY_ID_1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_complete),
    };

    return cmocka_run_group_tests_name("run/merchant_keys", tests, make_pair, drop_pair);
}
