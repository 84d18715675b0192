#include "merchant.h"

#include "wxpay/keys.h"

#include <fcntl.h>
#include <pthread.h>

static int fill(void **state)
{
    merchant_fill_folder(*state);
    return 0;
}

static void expect_refusal(const struct merchant *merchant, const char *before, const char *name,
                           const char *after)
{
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct wxpay_keys keys = {.private_key = NULL};
    struct err err = ERR_INIT;
    buf_add_format(&message, "%s\"%s/%s\"%s", before, merchant->folder, name, after);
    assert_false(wxpay_keys_read(merchant->folder, &keys, &err));
    assert_string_equal(err.text, buf_text(&message));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_null(keys.private_key);
    assert_null(keys.apiv3_key.at);
}

static void reads_a_folder_with_certificates_only(void **state)
{
    const struct merchant *merchant = *state;
    CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};
    struct err err = ERR_INIT;
    assert_true(wxpay_keys_read(merchant->folder, &keys, &err));
    assert_string_equal(certificate_serial(keys.certificate), MERCHANT_SERIAL);
    assert_true(view_equal(secret_view(&keys.apiv3_key), VIEW(APIV3_KEY)));
    assert_null(keys.public_key);
    assert_string_equal(keys.public_key_id, "");
}

static void reads_a_folder_with_a_public_key(void **state)
{
    const struct merchant *merchant = *state;
    CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};
    struct err err = ERR_INIT;
    merchant_add_public_key(merchant);
    assert_true(wxpay_keys_read(merchant->folder, &keys, &err));
    assert_non_null(keys.public_key);
    assert_string_equal(keys.public_key_id, PUBLIC_KEY_ID);
}

static void names_each_missing_file(void **state)
{
    static const char *const names[] = {"apiclient_key.pem", "apiclient_cert.pem", "apiv3.key"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        merchant_fill_folder(*state);
        merchant_remove(*state, names[i]);
        expect_refusal(*state, "could not open ", names[i], ": No such file or directory");
    }
}

static void wants_public_key_and_id_together(void **state)
{
    merchant_add_public_key(*state);
    merchant_remove(*state, "wechatpay_public_key.id");
    expect_refusal(*state, "could not open ", "wechatpay_public_key.id",
                   ": No such file or directory");
    merchant_fill_folder(*state);
    merchant_write(*state, "wechatpay_public_key.id", VIEW(PUBLIC_KEY_ID));
    expect_refusal(*state, "could not open ", "wechatpay_public_key.pem",
                   ": No such file or directory");
}

static void wants_a_public_key_id(void **state)
{
    static const char *const bad[] = {"",
                                      "\n",
                                      "PUB_KEY_ID_",
                                      "PUB_KEY_ID_12x",
                                      "0114",
                                      PLATFORM_SERIAL,
                                      "PUB_KEY_ID_1\nPUB_KEY_ID_2"};
    merchant_add_public_key(*state);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        merchant_write(*state, "wechatpay_public_key.id", view_of(bad[i]));
        expect_refusal(*state, "", "wechatpay_public_key.id",
                       " does not hold PUB_KEY_ID_ and digits");
    }
}

static void wants_key_and_certificate_of_one_pair(void **state)
{
    const struct merchant *merchant = *state;
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    make_private_pem(merchant->platform, NULL, &pem);
    merchant_write(merchant, "apiclient_key.pem", buf_view(&pem));
    expect_refusal(merchant, "", "apiclient_cert.pem",
                   " does not belong to apiclient_key.pem beside it");
}

struct length_case {
    const char *bytes;
    const char *after; /* NULL: good */
};

static const struct length_case lengths[] = {
    {APIV3_KEY, NULL},
    {APIV3_KEY "\n", NULL},
    {APIV3_KEY "\r\n", NULL},
    {APIV3_KEY "\n\n", " holds 33 bytes, need 32"},
    {APIV3_KEY "x", " holds 33 bytes, need 32"},
    {APIV3_KEY "\r\n\n", " is longer than 34 bytes"},
    {"short\n", " holds 5 bytes, need 32"},
    {"\n", " holds 0 bytes, need 32"},
};

static void wants_32_bytes_of_apiv3_key(void **state)
{
    const struct merchant *merchant = *state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct err err = ERR_INIT;
        merchant_write(merchant, "apiv3.key", view_of(lengths[i].bytes));
        if (lengths[i].after != NULL) {
            expect_refusal(merchant, "", "apiv3.key", lengths[i].after);
            continue;
        }
        CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};
        assert_true(wxpay_keys_read(merchant->folder, &keys, &err));
        assert_true(view_equal(secret_view(&keys.apiv3_key), VIEW(APIV3_KEY)));
    }
}

static void wants_its_secrets_private(void **state)
{
    static const char *const names[] = {"apiclient_key.pem", "apiv3.key"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(200);
        merchant_fill_folder(*state);
        assert_int_equal(chmod(merchant_path(*state, names[i], &path), 0640), 0);
        expect_refusal(*state, "file ", names[i],
                       " holds a secret but others may read it (mode 0640)");
    }
}

/* ---- a folder that is exchanged while it is read -----------------------------------------------
 */

#define OTHER_APIV3_KEY "Z7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"

struct exchange {
    const struct merchant *old, *other;
    struct buf certificate; /* the old one's */
};

/* The certificate of the old folder is a pipe: when the reader has come so far, with the old key
 * read, the folders change places and the pipe gives the old certificate. */
static void *exchange_folders(void *context)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    struct exchange *exchange = context;
    int pipe = open(merchant_path(exchange->old, "apiclient_cert.pem", &path), O_WRONLY);

    make_must(pipe >= 0 && renameat2(AT_FDCWD, exchange->old->folder, AT_FDCWD,
                                     exchange->other->folder, RENAME_EXCHANGE) == 0);
    make_must(write(pipe, exchange->certificate.at, exchange->certificate.length) ==
              (ssize_t)exchange->certificate.length);
    make_must(close(pipe) == 0);
    return NULL;
}

static void reads_one_folder_or_the_other(void **state)
{
    const struct merchant *old = *state;
    struct merchant other = *old;
    struct exchange exchange = {old, &other, BUF_INIT(VECTOR_TEXT_MAX)};
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    CLEANUP(wxpay_keys_release) struct wxpay_keys keys = {.private_key = NULL};
    struct err err = ERR_INIT;
    pthread_t thread;

    (void)snprintf(other.folder, sizeof(other.folder), "/tmp/payrecon-merchant-XXXXXX");
    assert_non_null(mkdtemp(other.folder));
    other.key = old->newer;
    merchant_fill_folder(&other);
    merchant_write(&other, "apiv3.key", VIEW(OTHER_APIV3_KEY));
    assert_true(
        file_read(merchant_path(old, "apiclient_cert.pem", &path), &exchange.certificate, &err));
    merchant_remove(old, "apiclient_cert.pem");
    assert_int_equal(mkfifo(buf_text(&path), 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, exchange_folders, &exchange), 0);

    assert_true(wxpay_keys_read(old->folder, &keys, &err));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(view_equal(secret_view(&keys.apiv3_key), VIEW(OTHER_APIV3_KEY)));
    assert_true(private_key_fits(keys.private_key, certificate_key(keys.certificate)));

    /* What is now called `other` is the old folder, with its pipe. */
    for (size_t i = 0; i < 3; i++)
        merchant_remove(&other, ((const char *const[]){"apiclient_key.pem", "apiclient_cert.pem",
                                                       "apiv3.key"})[i]);
    assert_int_equal(rmdir(other.folder), 0);
    buf_release(&exchange.certificate);
}

#define IN_FOLDER(test) cmocka_unit_test_setup(test, fill)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reads_a_folder_with_certificates_only),
        IN_FOLDER(reads_a_folder_with_a_public_key),
        IN_FOLDER(names_each_missing_file),
        IN_FOLDER(wants_public_key_and_id_together),
        IN_FOLDER(wants_a_public_key_id),
        IN_FOLDER(wants_key_and_certificate_of_one_pair),
        IN_FOLDER(wants_32_bytes_of_apiv3_key),
        IN_FOLDER(wants_its_secrets_private),
        IN_FOLDER(reads_one_folder_or_the_other),
    };
    return cmocka_run_group_tests_name("wxpay/keys", tests, merchant_open, merchant_close);
}
