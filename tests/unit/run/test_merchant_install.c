#include "run/merchant_install.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../base/folder.h"

#define SIGNER "1900000109"

/* What the parts hold does not matter here. */
static struct merchant_keys make_keys(const char *text)
{
    struct merchant_keys keys = MERCHANT_KEYS_INIT;

    secret_set(&keys.private_key, view_of(text));
    secret_set(&keys.apiv3_key, view_of(text));
    buf_add_text(&keys.certificate, text);
    return keys;
}

static struct merchant_place place_in(const struct folder *folder)
{
    return (struct merchant_place){folder->path, VIEW(SIGNER)};
}

static void stage(const struct merchant_place *place, const struct merchant_keys *keys)
{
    CLEANUP(buf_release) struct buf staged = BUF_INIT(4096);
    struct err err = ERR_INIT;

    expect_good(merchant_keys_stage(place, keys, &staged, &err), &err);
    assert_int_equal(access(buf_text(&staged), F_OK), 0);
}

static void expect_file(const struct folder *folder, const char *name, const char *content)
{
    CLEANUP(buf_release) struct buf seen = BUF_INIT(1000);
    struct err err = ERR_INIT;
    struct stat info;

    expect_good(file_read(folder_path(folder, name).s, &seen, &err), &err);
    assert_string_equal(buf_text(&seen), content);
    assert_int_equal(stat(folder_path(folder, name).s, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void expect_same(const struct merchant_place *place, const struct merchant_keys *keys,
                        bool wanted)
{
    struct err err = ERR_INIT;
    bool same = !wanted;

    expect_good(merchant_keys_same(place, keys, &same, &err), &err);
    assert_int_equal(same, wanted);
}

static void test_publish_once(void **state)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(merchant_keys_release) struct merchant_keys keys = make_keys("first");
    CLEANUP(merchant_keys_release) struct merchant_keys other = make_keys("second");
    struct merchant_place place = place_in(&folder);
    struct err err = ERR_INIT;
    char wanted[600];

    (void)state;
    assert_false(merchant_keys_installed(&place));
    stage(&place, &keys);
    assert_false(merchant_keys_installed(&place));
    expect_good(merchant_keys_publish(&place, &err), &err);
    assert_true(merchant_keys_installed(&place));
    expect_file(&folder, SIGNER "/apiclient_key.pem", "first");
    expect_file(&folder, SIGNER "/apiclient_cert.pem", "first");
    expect_file(&folder, SIGNER "/apiv3.key", "first");
    expect_same(&place, &keys, true);
    expect_same(&place, &other, false);

    stage(&place, &other);
    (void)snprintf(wanted, sizeof(wanted), "\"%s\" is there already",
                   folder_path(&folder, SIGNER).s);
    expect_err(merchant_keys_publish(&place, &err), &err, ERR_DATA, wanted);
    merchant_keys_unstage(&place);
    expect_file(&folder, SIGNER "/apiclient_key.pem", "first");
    assert_int_equal(folder_count(&folder), 1);
}

/* Parts that were not given are not compared; a part that is not installed is another one. */
static void test_same_by_parts(void **state)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(merchant_keys_release) struct merchant_keys keys = make_keys("first");
    CLEANUP(merchant_keys_release) struct merchant_keys part = MERCHANT_KEYS_INIT;
    struct merchant_place place = place_in(&folder);
    struct err err = ERR_INIT;

    (void)state;
    stage(&place, &keys);
    expect_good(merchant_keys_publish(&place, &err), &err);
    secret_set(&part.apiv3_key, VIEW("first"));
    expect_same(&place, &part, true);
    buf_add_text(&part.public_key, "PEM");
    expect_same(&place, &part, false);
}

static void test_exchange(void **state)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    struct merchant_place place = place_in(&folder);
    struct err err = ERR_INIT;
    static const char *const generations[] = {"second", "third"};

    (void)state;
    CLEANUP(merchant_keys_release) struct merchant_keys first = make_keys("first");
    stage(&place, &first);
    expect_good(merchant_keys_publish(&place, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        CLEANUP(merchant_keys_release) struct merchant_keys next = make_keys(generations[i]);

        assert_false(merchant_keys_interrupted(&place));
        stage(&place, &next);
        expect_good(merchant_keys_exchange(&place, &err), &err);
        assert_true(merchant_keys_interrupted(&place));
        expect_file(&folder, SIGNER "/apiclient_key.pem", generations[i]);
        expect_good(merchant_keys_keep_old(&place, &err), &err);
        expect_file(&folder, "." SIGNER ".old/apiclient_key.pem", i == 0 ? "first" : "second");
        assert_int_equal(folder_count(&folder), 2);
    }
}

/* What a dead run left is replaced, files of half a write included. */
static void test_leftovers(void **state)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(merchant_keys_release) struct merchant_keys keys = make_keys("first");
    struct merchant_place place = place_in(&folder);
    struct folder staged;
    struct err err = ERR_INIT;

    (void)state;
    (void)snprintf(staged.path, sizeof(staged.path), "%.200s/." SIGNER ".new", folder.path);
    assert_int_equal(mkdir(staged.path, 0700), 0);
    folder_put(folder_path(&staged, "apiclient_key.pem.tmp.7").s, "half", 4, 0600);
    folder_put(folder_path(&staged, "wechatpay_public_key.pem").s, "old", 3, 0600);
    stage(&place, &keys);
    assert_int_equal(folder_count(&staged), 3);
    expect_good(merchant_keys_publish(&place, &err), &err);
    assert_int_equal(folder_count(&folder), 1);
}

static void test_no_keys_dir(void **state)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    CLEANUP(merchant_keys_release) struct merchant_keys keys = make_keys("first");
    struct folder_path nowhere = folder_path(&folder, "nowhere");
    struct merchant_place place = {nowhere.s, VIEW(SIGNER)};
    CLEANUP(buf_release) struct buf staged = BUF_INIT(4096);
    struct err err = ERR_INIT;
    char wanted[600];

    (void)state;
    (void)snprintf(wanted, sizeof(wanted), "keys_dir \"%s\" is no folder", nowhere.s);
    expect_err(merchant_keys_stage(&place, &keys, &staged, &err), &err, ERR_CONFIG, wanted);
    assert_int_equal(folder_count(&folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish_once), cmocka_unit_test(test_same_by_parts),
        cmocka_unit_test(test_exchange),     cmocka_unit_test(test_leftovers),
        cmocka_unit_test(test_no_keys_dir),
    };

    return cmocka_run_group_tests_name("run/merchant_install", tests, NULL, NULL);
}
