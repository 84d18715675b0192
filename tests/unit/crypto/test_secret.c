#include "crypto/secret.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of its own for each test; `path` is that of the one file in it. */
struct place {
    char folder[64];
    char path[128];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->folder, sizeof place->folder, "/tmp/payrecon-secret-XXXXXX");
    if (place == NULL || mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/key", place->folder);
    *state = place;
    return 0;
}

static int drop_place(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    rmdir(place->folder);
    free(place);
    return 0;
}

static void write_file(const struct place *place, const char *bytes, mode_t mode)
{
    int file = open(place->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, strlen(bytes)), strlen(bytes));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void expect_refusal(const struct place *place, size_t max, const char *before,
                           const char *after)
{
    struct secret secret = SECRET_INIT;
    struct err err = ERR_INIT;
    char expected[512];
    snprintf(expected, sizeof expected, "%s\"%s\"%s", before, place->path, after);

    assert_false(secret_read(place->path, max, &secret, &err));
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.text, expected);
    assert_null(secret.at);
}

static void reads_a_private_file(void **state)
{
    CLEANUP(secret_release) struct secret secret = SECRET_INIT;
    struct err err = ERR_INIT;
    write_file(*state, "exactly 16 bytes", 0600);
    const struct place *place = *state;

    assert_true(secret_read(place->path, 16, &secret, &err));
    assert_true(view_equal(secret_view(&secret), VIEW("exactly 16 bytes")));
}

static void refuses_files_it_should_not_trust(void **state)
{
    expect_refusal(*state, 16, "could not open ", ": No such file or directory");
    write_file(*state, "", 0600);
    expect_refusal(*state, 16, "", " is empty");
    write_file(*state, "seventeen bytes!!", 0600);
    expect_refusal(*state, 16, "", " is longer than 16 bytes");
    write_file(*state, "short", 0640);
    expect_refusal(*state, 16, "file ", " holds a secret but others may read it (mode 0640)");
}

static void replaces_and_compares(void **state)
{
    (void)state;
    CLEANUP(secret_release) struct secret secret = SECRET_INIT;
    assert_int_equal(secret_view(&secret).length, 0);
    secret_set(&secret, VIEW("one"));
    secret_set(&secret, VIEW("other"));
    assert_true(secret_equal(secret_view(&secret), VIEW("other")));
    assert_false(secret_equal(secret_view(&secret), VIEW("othes")));
    assert_false(secret_equal(secret_view(&secret), VIEW("othe")));
    secret_set(&secret, VIEW(""));
    assert_null(secret.at);
    assert_true(secret_equal(secret_view(&secret), VIEW("")));
}

static void wipes_a_buffer(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf buf = BUF_INIT(100);
    buf_add_text(&buf, "hidden");
    const char *at = buf.at;
    secret_wipe_buf(&buf);
    assert_int_equal(buf.length, 0);
    assert_ptr_equal(buf.at, at);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(at[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_a_private_file, make_place, drop_place),
        cmocka_unit_test_setup_teardown(refuses_files_it_should_not_trust, make_place, drop_place),
        cmocka_unit_test(replaces_and_compares),
        cmocka_unit_test(wipes_a_buffer),
    };
    return cmocka_run_group_tests_name("crypto/secret", tests, NULL, NULL);
}
