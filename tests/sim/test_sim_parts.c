/* Parts of the simulator on their own: limits, paths, numbers, cryptography, the journal. */
#include "certs.h"
#include "crypt.h"
#include "index.h"
#include "journal.h"
#include "oaep.h"
#include "rate.h"
#include "route.h"
#include "test_world.h"

#include <stdio.h>
#include <sys/stat.h>

/* How many of `asked` requests pass when they come `gap_ms` apart. */
static void test_buckets(void **state)
{
    static const struct {
        struct bucket_limit limit;
        int asked;
        int64_t gap_ms;
        int passed;
    } cases[] = {
        {{150, 1000}, 1000, 0, 150},    {{150, 1000}, 1000, 7, 1000}, {{150, 1000}, 3000, 5, 2399},
        {{6, 1000}, 7, 0, 6},           {{6, 1000}, 7, 167, 7},       {{6, 1000}, 100, 1000, 100},
        {{5000, 60000}, 6000, 0, 5000},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct bucket bucket = {0};
        int64_t now_ms = 1000000;
        int passed = 0;

        for (int asked = 0; asked < cases[at].asked; asked++, now_ms += cases[at].gap_ms) {
            if (!bucket_has_room(&bucket, cases[at].limit, now_ms))
                continue;
            bucket_count(&bucket, cases[at].limit, now_ms);
            passed++;
        }
        assert_int_equal(passed, cases[at].passed);
    }
}

static void test_routes(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        enum route_answer answer;
        enum request_kind kind;
        const char *value;
    } cases[] = {
        {"GET", "/v3/certificates", ROUTE_FOUND, REQUEST_CERTIFICATES, ""},
        {"POST", "/v3/certificates", ROUTE_NO_METHOD, 0, NULL},
        {"GET", "/v3/certificates/", ROUTE_NO_PATH, 0, NULL},
        {"GET", "/v3/certificate", ROUTE_NO_PATH, 0, NULL},
        {"POST", "/v3/refund/domestic/refunds", ROUTE_FOUND, REQUEST_REFUND, ""},
        {"GET", "/v3/refund/domestic/refunds", ROUTE_NO_METHOD, 0, NULL},
        {"GET", "/v3/refund/domestic/refunds/a%7Cb", ROUTE_FOUND, REQUEST_REFUND_QUERY, "a|b"},
        {"GET", "/v3/refund/domestic/refunds/a%2Fb", ROUTE_FOUND, REQUEST_REFUND_QUERY, "a/b"},
        {"GET", "/v3/refund/domestic/refunds/a%zz", ROUTE_NO_PATH, 0, NULL},
        {"GET", "/v3/refund/domestic/refunds/a%00", ROUTE_NO_PATH, 0, NULL},
        {"GET", "/v3/refund/domestic/refunds/", ROUTE_NO_PATH, 0, NULL},
        {"GET", "/v3/refund/domestic/refunds/a/b", ROUTE_NO_PATH, 0, NULL},
        {"POST", "/v3/refund/domestic/refunds/50/apply-abnormal-refund", ROUTE_FOUND,
         REQUEST_REFUND_ABNORMAL, "50"},
        {"GET", "/v3/refund/domestic/refunds/50/apply-abnormal-refund", ROUTE_NO_METHOD, 0, NULL},
        {"GET", "/v3/pay/transactions/id/42", ROUTE_FOUND, REQUEST_ORDER_QUERY, "42"},
        {"GET", "/v3/pay/partner/transactions/out-trade-no/P1", ROUTE_FOUND, REQUEST_ORDER_QUERY,
         "P1"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        const struct route *route = NULL;
        char *value = NULL;

        assert_int_equal(
            route_find(cases[at].method, cases[at].path, strlen(cases[at].path), &route, &value),
            cases[at].answer);
        if (cases[at].answer != ROUTE_FOUND)
            continue;
        assert_int_equal(route->kind, cases[at].kind);
        assert_string_equal(value, cases[at].value);
        free(value);
    }
}

static void test_index(void **state)
{
    enum { NUMBERS = 5000 };
    static char numbers[NUMBERS][8];
    struct index index = {0};
    size_t place = 7;

    (void)state;
    assert_false(index_find(&index, 0, "1", &place));
    for (size_t at = 0; at < NUMBERS; at++) {
        (void)snprintf(numbers[at], sizeof(numbers[at]), "%zu", at / 2);
        assert_true(index_put(&index, at % 2, numbers[at], at));
        assert_false(index_put(&index, at % 2, numbers[at], 0));
    }
    for (size_t at = 0; at < NUMBERS; at++) {
        assert_true(index_find(&index, at % 2, numbers[at], &place));
        assert_int_equal(place, at);
    }
    assert_false(index_find(&index, 2, "1", &place));
    index_release(&index);
}

static void from_hex(const char *hex, struct text *out)
{
    for (; *hex != '\0'; hex += 2) {
        char digits[3] = {hex[0], hex[1], '\0'};

        text_putc(out, (char)strtol(digits, NULL, 16));
    }
}

#define GCM_KEY "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
#define GCM_PLAIN                                                                                  \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"   \
    "a6b525b16aedf5aa0de657ba637b39"
#define GCM_ASSOCIATED "feedfacedeadbeeffeedfacedeadbeefabaddad2"

struct gcm_case {
    const char *key; /* all in hex */
    const char *nonce;
    const char *plain;
    const char *associated;
    const char *sealed;
};

/* Cases 17, 18 and 14 of the proposal of GCM by McGrew and Viega: nonces of 8, 60 and 12 bytes. */
static const struct gcm_case gcm_cases[] = {
    {GCM_KEY, "cafebabefacedbad", GCM_PLAIN, GCM_ASSOCIATED,
     "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc7"
     "3f7862ac430e64abe499f47c9b1f3a337dbf46a792c45e454913fe2ea8f2"},
    {GCM_KEY,
     "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b"
     "525416aedbf5a0de6a57a637b39b",
     GCM_PLAIN, GCM_ASSOCIATED,
     "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d8"
     "2cdea2418997200ef82e44ae7e3fa44a8266ee1c8eb0c8b5d4cf5ae9f19a"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "00000000000000000000000000000000", "",
     "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
};

static void check_gcm(const struct gcm_case *one)
{
    struct text key = {0};
    struct text nonce = {0};
    struct text plain = {0};
    struct text associated = {0};
    struct text expected = {0};
    struct text sealed = {0};
    struct text opened = {0};
    struct aead aead;

    from_hex(one->key, &key);
    from_hex(one->nonce, &nonce);
    from_hex(one->plain, &plain);
    from_hex(one->associated, &associated);
    from_hex(one->sealed, &expected);
    aead = (struct aead){key.bytes, nonce.bytes, nonce.size,
                         associated.size > 0 ? associated.bytes : ""};
    aead_seal(&aead, &plain, &sealed);
    assert_int_equal(sealed.size, expected.size);
    assert_memory_equal(sealed.bytes, expected.bytes, expected.size);
    assert_true(aead_open(&aead, sealed.bytes, sealed.size, &opened));
    assert_memory_equal(opened.bytes, plain.bytes, plain.size);
    sealed.bytes[sealed.size - 1] ^= 1;
    assert_false(aead_open(&aead, sealed.bytes, sealed.size, &opened));
    text_release(&key);
    text_release(&nonce);
    text_release(&plain);
    text_release(&associated);
    text_release(&expected);
    text_release(&sealed);
    text_release(&opened);
}

static void test_gcm(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(gcm_cases) / sizeof(gcm_cases[0]); at++)
        check_gcm(&gcm_cases[at]);
}

/* What was sealed for a key opens with it and with no other; the other side is OpenSSL, in
 * tests/e2e/sim_refund.t. */
static void test_oaep(void **state)
{
    enum { PLAIN_MAX = 214 };
    gnutls_privkey_t keys[2];
    gnutls_pubkey_t pubkey;
    struct text plain = {0};

    (void)state;
    for (size_t at = 0; at < 2; at++) {
        struct text pem = {0};

        cert_key_make(CERT_KEY_RSA, &pem);
        assert_true(cert_read_key(&pem, &keys[at]));
        text_release(&pem);
    }
    crypt_must(gnutls_pubkey_init(&pubkey), "start a public key");
    crypt_must(gnutls_pubkey_import_privkey(pubkey, keys[0], 0, 0), "take the public half");
    for (size_t size = 0; size <= PLAIN_MAX; size += size < 3 ? 1 : 211) {
        struct text sealed = {0};
        struct text opened = {0};

        while (plain.size < size)
            text_putc(&plain, (char)('a' + plain.size % 26));
        oaep_seal(pubkey, &plain, &sealed);
        assert_int_equal(sealed.size, 256);
        assert_false(oaep_open(keys[1], &sealed, &opened));
        assert_true(oaep_open(keys[0], &sealed, &opened));
        assert_int_equal(opened.size, size);
        assert_memory_equal(size > 0 ? opened.bytes : "", size > 0 ? plain.bytes : "", size);
        sealed.bytes[255] ^= 1;
        assert_false(oaep_open(keys[0], &sealed, &opened));
        sealed.size--;
        assert_false(oaep_open(keys[0], &sealed, &opened));
        text_release(&sealed);
        text_release(&opened);
    }
    text_release(&plain);
    gnutls_pubkey_deinit(pubkey);
    gnutls_privkey_deinit(keys[0]);
    gnutls_privkey_deinit(keys[1]);
}

static bool collect(void *context, const char *line, size_t size, struct fail *fail)
{
    struct text *lines = context;

    if (size == 3 && memcmp(line, "bad", 3) == 0)
        return fail_set(fail, 65, "refused");
    text_add(lines, line, size);
    text_putc(lines, '|');
    return true;
}

static char *temporary_folder(void)
{
    char *folder = temporary_file("");

    assert_int_equal(unlink(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    return folder;
}

/* What is in the file, and what is read from it. */
static void test_journal(void **state)
{
    static const struct {
        const char *content;
        const char *lines;
    } cases[] = {
        {"", "new|"},        {"one\ntwo\n", "one|two|new|"}, {"one\ntw", "one|new|"},
        {"{\"torn", "new|"}, {"one\n\n", "one||new|"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        char *folder = temporary_folder();
        struct text lines = {0};
        struct text path = {0};
        struct journal journal;
        struct journal other;
        struct fail fail;

        text_printf(&path, "%s/journal.jsonl", folder);
        assert_true(
            file_write(path.bytes, cases[at].content, strlen(cases[at].content), 0600, &fail));
        assert_true(journal_open(&journal, folder, &fail));
        assert_false(journal_open(&other, folder, &fail));
        assert_int_equal(fail.exit_code, 75);
        journal_close(&other);
        assert_true(journal_append(&journal, "new"));
        assert_true(journal_read(&journal, &(struct journal_reader){collect, &lines}, &fail));
        assert_string_equal(lines.bytes, cases[at].lines);
        assert_true(journal_append(&journal, "bad"));
        assert_false(journal_read(&journal, &(struct journal_reader){collect, &lines}, &fail));
        assert_non_null(strstr(fail.text, "/journal.jsonl:"));
        assert_non_null(strstr(fail.text, ": refused"));
        journal_close(&journal);
        text_release(&lines);
        assert_int_equal(unlink(path.bytes), 0);
        assert_int_equal(rmdir(folder), 0);
        text_release(&path);
        free(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets), cmocka_unit_test(test_routes),
        cmocka_unit_test(test_index),   cmocka_unit_test(test_gcm),
        cmocka_unit_test(test_oaep),    cmocka_unit_test(test_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
