#include "make_certificate.h"
#include "openssl_command.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "crypto/encode.h"
#include "crypto/key.h"

#include <openssl/rsa.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { ROOM = 1 << 16 };

#define VECTORS "tests/data/wechatpay/vectors/"

/* Two keys for the whole program: making one takes a while. */
struct keys {
    EVP_PKEY *one;
    EVP_PKEY *two;
};

static int make_keys(void **state)
{
    struct keys *keys = calloc(1, sizeof *keys);
    keys->one = EVP_RSA_gen(2048);
    keys->two = EVP_RSA_gen(2048);
    *state = keys;
    return keys->one == NULL || keys->two == NULL;
}

static int drop_keys(void **state)
{
    struct keys *keys = *state;
    EVP_PKEY_free(keys->one);
    EVP_PKEY_free(keys->two);
    free(keys);
    return 0;
}

static struct private_key *private_of(EVP_PKEY *pkey)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    struct private_key *key = NULL;
    struct err err = ERR_INIT;
    make_private_pem(pkey, NULL, &pem);
    assert_true(private_key_parse(buf_view(&pem), &key, &err));
    return key;
}

static struct public_key *public_of(EVP_PKEY *pkey)
{
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    struct public_key *key = NULL;
    struct err err = ERR_INIT;
    make_public_pem(pkey, &pem);
    assert_true(public_key_parse(buf_view(&pem), &key, &err));
    return key;
}

static void signs_what_the_other_half_verifies(void **state)
{
    const struct keys *keys = *state;
    CLEANUP(private_key_done) struct private_key *key = private_of(keys->one);
    CLEANUP(public_key_done) struct public_key *half = public_of(keys->one);
    CLEANUP(public_key_done) struct public_key *stranger = public_of(keys->two);
    CLEANUP(buf_release) struct buf signature = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf again = BUF_INIT(ROOM);
    struct err err = ERR_INIT;

    assert_true(private_key_sign(key, VIEW("message"), &signature, &err));
    assert_int_equal(signature.length, 344); /* 256 bytes in base64 */
    assert_true(private_key_sign(key, VIEW("message"), &again, &err));
    assert_string_equal(buf_text(&signature), buf_text(&again));
    assert_true(public_key_verify(half, VIEW("message"), buf_view(&signature)));
    assert_false(public_key_verify(half, VIEW("messagf"), buf_view(&signature)));
    assert_false(public_key_verify(half, VIEW(""), buf_view(&signature)));
    assert_false(public_key_verify(stranger, VIEW("message"), buf_view(&signature)));
    assert_true(private_key_fits(key, half));
    assert_false(private_key_fits(key, stranger));
}

static void signs_an_empty_message(void **state)
{
    const struct keys *keys = *state;
    CLEANUP(private_key_done) struct private_key *key = private_of(keys->one);
    CLEANUP(public_key_done) struct public_key *half = public_of(keys->one);
    CLEANUP(buf_release) struct buf signature = BUF_INIT(ROOM);
    struct err err = ERR_INIT;

    assert_true(private_key_sign(key, (struct view){.at = NULL}, &signature, &err));
    assert_true(public_key_verify(half, VIEW(""), buf_view(&signature)));
}

static void survives_what_is_no_signature(void **state)
{
    const struct keys *keys = *state;
    CLEANUP(public_key_done) struct public_key *half = public_of(keys->one);
    CLEANUP(buf_release) struct buf huge = BUF_INIT(ROOM);
    static const char *const bad[] = {
        "",         "=",          "AAAA", "WECHATPAY/SIGNTEST/", "WECHATPAY/SIGNTEST/AAA==",
        "\xff\xfe", "not base64",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(public_key_verify(half, VIEW("message"), view_of(bad[i])));
    while (huge.length < ROOM)
        buf_add_text(&huge, "AAAA");
    assert_false(public_key_verify(half, VIEW("message"), buf_view(&huge)));
}

/* Documentation page merchant/4013053420. */
static void verifies_a_published_signature(void **state)
{
    (void)state;
    CLEANUP(public_key_done) struct public_key *key = NULL;
    struct err err = ERR_INIT;
    assert_true(public_key_read(VECTORS "docs_platform_pubkey.pem", &key, &err));
    assert_true(public_key_verify(
        key,
        VIEW("1722850421\nd824f2e086d3c1df967785d13fcd22ef\n"
             "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=JyC91EIz1\"}\n"),
        VIEW("mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+"
             "k8ZC5n3kz7h70eWKjgqNdKQF0"
             "eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgX"
             "XrR"
             "oBKqjmSdrP1N7uxzJ/"
             "cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4i"
             "tojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA==")));
}

static void expect_private_refused(struct view pem, const char *message)
{
    struct private_key *key = NULL;
    struct err err = ERR_INIT;
    assert_false(private_key_parse(pem, &key, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text, message);
    assert_null(key);
}

static void refuses_other_private_keys(void **state)
{
    const struct keys *keys = *state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    EVP_PKEY *small = EVP_RSA_gen(1024);
    EVP_PKEY *curve = EVP_EC_gen("P-256");

    expect_private_refused(VIEW(""), "not a private key in PEM form without password");
    expect_private_refused(VIEW("garbage"), "not a private key in PEM form without password");
    make_private_pem(keys->one, "pass", &pem);
    expect_private_refused(buf_view(&pem), "not a private key in PEM form without password");
    buf_clear(&pem);
    make_public_pem(keys->one, &pem);
    expect_private_refused(buf_view(&pem), "not a private key in PEM form without password");
    buf_clear(&pem);
    make_private_pem(small, NULL, &pem);
    expect_private_refused(buf_view(&pem), "an RSA key of 1024 bits, need 2048");
    buf_clear(&pem);
    make_private_pem(curve, NULL, &pem);
    expect_private_refused(buf_view(&pem), "not an RSA key");
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

static void refuses_other_public_keys(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    EVP_PKEY *curve = EVP_EC_gen("P-256");
    struct public_key *key = NULL;
    struct err err = ERR_INIT;

    make_public_pem(curve, &pem);
    EVP_PKEY_free(curve);
    assert_false(public_key_parse(buf_view(&pem), &key, &err));
    assert_string_equal(err.text, "not an RSA key");
    assert_false(public_key_read(VECTORS "README.none", &key, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text,
                        "could not open \"" VECTORS "README.none\": No such file or directory");
    assert_false(public_key_read(VECTORS "java_platform_certificate.pem", &key, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text, "\"" VECTORS
                                  "java_platform_certificate.pem\": not a public key in PEM form");
    assert_null(key);
}

static void reads_a_private_key_file_only_if_private(void **state)
{
    const struct keys *keys = *state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(ROOM);
    CLEANUP(private_key_done) struct private_key *key = NULL;
    struct err err = ERR_INIT;
    char path[] = "/tmp/payrecon-key-XXXXXX";
    close(mkstemp(path));
    make_private_pem(keys->one, NULL, &pem);
    assert_true(file_write(path, buf_view(&pem), 0600, &err));

    assert_true(private_key_read(path, &key, &err));
    assert_int_equal(chmod(path, 0604), 0);
    struct private_key *other = NULL;
    assert_false(private_key_read(path, &other, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_non_null(strstr(err.text, path));
    assert_null(other);
    unlink(path);
}

/* ---- what the openssl command makes ------------------------------------------------------------
 */

/* Runs `<before> <path of the key's file><after>` on `input`. */
static void with_key_file(struct view pem, const char *before, const char *after, struct view input,
                          struct buf *output)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(1000);
    char path[64];
    command_file(path, pem);
    buf_add_format(&words, "%s %s%s", before, path, after);
    openssl_command(buf_text(&words), input, output);
    unlink(path);
}

static void signs_as_the_command_does(void **state)
{
    struct keys *keys = *state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(1 << 14);
    CLEANUP(buf_release) struct buf theirs = BUF_INIT(1 << 14);
    CLEANUP(buf_release) struct buf theirs_base64 = BUF_INIT(1 << 14);
    CLEANUP(buf_release) struct buf ours = BUF_INIT(1 << 14);
    CLEANUP(private_key_done) struct private_key *key = NULL;
    struct view message = VIEW("GET\n/v3/certificates\n1554208460\n593BEC0C\n\n");
    struct err err = ERR_INIT;
    make_private_pem(keys->one, NULL, &pem);
    assert_true(private_key_parse(buf_view(&pem), &key, &err));
    with_key_file(buf_view(&pem), "dgst -sha256 -sign", "", message, &theirs);
    base64_encode(buf_view(&theirs), &theirs_base64);
    assert_true(private_key_sign(key, message, &ours, &err));
    assert_string_equal(buf_text(&ours), buf_text(&theirs_base64));
}

struct seal_case {
    const char *options;
    bool opens;
};

/* FACTS §2.6: the SDKs use SHA-1 in both places; others are not opened. */
static const struct seal_case seals[] = {
    {" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1", true},
    {" -pkeyopt rsa_padding_mode:oaep", true},
    {" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256", false},
};

static void opens_what_the_command_seals(void **state)
{
    struct keys *keys = *state;
    CLEANUP(buf_release) struct buf public_pem = BUF_INIT(1 << 14);
    CLEANUP(buf_release) struct buf private_pem = BUF_INIT(1 << 14);
    CLEANUP(private_key_done) struct private_key *key = NULL;
    struct err err = ERR_INIT;
    make_public_pem(keys->one, &public_pem);
    make_private_pem(keys->one, NULL, &private_pem);
    assert_true(private_key_parse(buf_view(&private_pem), &key, &err));
    for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
        CLEANUP(buf_release) struct buf sealed = BUF_INIT(1 << 14);
        CLEANUP(buf_release) struct buf base64 = BUF_INIT(1 << 14);
        CLEANUP(secret_release) struct secret plain = SECRET_INIT;
        with_key_file(buf_view(&public_pem), "pkeyutl -encrypt -pubin -inkey", seals[i].options,
                      VIEW("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"), &sealed);
        base64_encode(buf_view(&sealed), &base64);
        bool opened = private_key_unseal(key, buf_view(&base64), &plain, &err);
        assert_int_equal(opened, seals[i].opens);
        assert_true(!opened ||
                    view_equal_text(secret_view(&plain), "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"));
    }
    assert_string_equal(err.text, "it was not sealed for the merchant's private key");
    assert_int_equal(err.kind, ERR_ACCESS);
}

static void opens_no_other_keys_seal(void **state)
{
    struct keys *keys = *state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(1 << 14);
    CLEANUP(private_key_done) struct private_key *key = NULL;
    CLEANUP(secret_release) struct secret plain = SECRET_INIT;
    struct err err = ERR_INIT;
    make_private_pem(keys->one, NULL, &pem);
    assert_true(private_key_parse(buf_view(&pem), &key, &err));
    assert_false(private_key_unseal(key, VIEW(""), &plain, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_false(private_key_unseal(key, VIEW("WECHATPAY/SIGNTEST/"), &plain, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_int_equal(plain.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_what_the_other_half_verifies),
        cmocka_unit_test(signs_an_empty_message),
        cmocka_unit_test(survives_what_is_no_signature),
        cmocka_unit_test(verifies_a_published_signature),
        cmocka_unit_test(refuses_other_private_keys),
        cmocka_unit_test(refuses_other_public_keys),
        cmocka_unit_test(reads_a_private_key_file_only_if_private),
        cmocka_unit_test(signs_as_the_command_does),
        cmocka_unit_test(opens_what_the_command_seals),
        cmocka_unit_test(opens_no_other_keys_seal),
    };
    return cmocka_run_group_tests_name("crypto/key", tests, make_keys, drop_keys);
}
