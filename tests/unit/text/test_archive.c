#include "text/archive.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <zip.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../base/folder.h"

enum { ZIP_MAX = 4 << 20, FILE_MAX = 100, MUCH = 64 << 20 };

struct entry {
    const char *name;
    const char *content;
    bool encrypted;
    size_t length; /* 0: of the text */
};

static void add(zip_t *archive, const struct entry *entry)
{
    size_t length = entry->length != 0 ? entry->length : strlen(entry->content);
    zip_source_t *source = zip_source_buffer(archive, entry->content, length, /* freep= */ 0);
    /* libzip does not add the same name twice: the caller renames. */
    zip_int64_t at = zip_file_add(archive, entry->name, source, ZIP_FL_ENC_UTF_8);

    assert_true(at >= 0);
    if (entry->encrypted)
        assert_int_equal(
            zip_file_set_encryption(archive, (zip_uint64_t)at, ZIP_EM_AES_256, "secret"), 0);
}

static void make_zip(const struct entry *entries, size_t count, struct buf *zip)
{
    CLEANUP(folder_done) struct folder folder = folder_new();
    struct folder_path path = folder_path(&folder, "x.zip");
    zip_t *archive = zip_open(path.s, ZIP_CREATE | ZIP_EXCL, NULL);
    struct err err = ERR_INIT;

    assert_non_null(archive);
    for (size_t i = 0; i < count; i++)
        add(archive, &entries[i]);
    assert_int_equal(zip_close(archive), 0);
    expect_good(file_read(path.s, zip, &err), &err);
}

#define MAKE_ZIP(zip, ...)                                                                         \
    make_zip((const struct entry[]){__VA_ARGS__},                                                  \
             sizeof((const struct entry[]){__VA_ARGS__}) / sizeof(struct entry), (zip))

/* Looks for key.pem and cert.pem. */
struct look {
    struct buf key, certificate;
    struct archive_file files[2];
};

static bool look(struct look *look, struct view zip, struct err *err)
{
    *look = (struct look){.key = BUF_INIT(FILE_MAX), .certificate = BUF_INIT(FILE_MAX)};
    look->files[0] = (struct archive_file){.name = "key.pem", .content = &look->key};
    look->files[1] = (struct archive_file){.name = "cert.pem", .content = &look->certificate};
    return archive_read(zip, look->files, 2, err);
}

static void look_done(struct look *look)
{
    buf_release(&look->key);
    buf_release(&look->certificate);
}

static void test_finds(void **state)
{
    CLEANUP(buf_release) struct buf zip = BUF_INIT(ZIP_MAX);
    CLEANUP(look_done) struct look seen;
    struct err err = ERR_INIT;

    (void)state;
    MAKE_ZIP(&zip, {.name = "证书使用说明.txt", .content = "read me"},
             {.name = "1900000109/key.pem", .content = "KEY"}, {.name = "cert.pem", .content = ""},
             {.name = "cert.pem.old", .content = "old"});
    expect_good(look(&seen, buf_view(&zip), &err), &err);
    assert_true(seen.files[0].found && seen.files[1].found);
    expect_view(buf_view(&seen.key), "KEY");
    expect_view(buf_view(&seen.certificate), "");
}

/* Names that would climb out of a folder, or lie deeper: nobody asked for them. */
static void test_other_names(void **state)
{
    static const char *const names[] = {
        "../key.pem",   "/key.pem", "./key.pem", "a/b/key.pem",   "..\\key.pem", "KEY.PEM",
        "a/../key.pem", "key.pem/", "key.pem ",  "../../key.pem", "xkey.pem",    "a//key.pem"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP(buf_release) struct buf zip = BUF_INIT(ZIP_MAX);
        CLEANUP(look_done) struct look seen;
        struct err err = ERR_INIT;

        MAKE_ZIP(&zip, {.name = names[i], .content = "KEY"});
        expect_good(look(&seen, buf_view(&zip), &err), &err);
        if (seen.files[0].found)
            fail_msg("\"%s\" was taken for key.pem", names[i]);
    }
}

static void expect_refused(struct view zip, enum err_kind kind, const char *message)
{
    CLEANUP(look_done) struct look seen;
    struct err err = ERR_INIT;

    expect_err(look(&seen, zip, &err), &err, kind, message);
}

static void test_refuses(void **state)
{
    CLEANUP(buf_release) struct buf twice = BUF_INIT(ZIP_MAX);
    CLEANUP(buf_release) struct buf sealed = BUF_INIT(ZIP_MAX);
    CLEANUP(buf_release) struct buf large = BUF_INIT(ZIP_MAX);
    CLEANUP(buf_release) struct buf bomb = BUF_INIT(ZIP_MAX);
    char *much = calloc(1, MUCH);

    (void)state;
    assert_non_null(much);
    MAKE_ZIP(&twice, {.name = "key.pem", .content = "A"}, {.name = "a/key.pem", .content = "B"});
    MAKE_ZIP(&sealed, {.name = "key.pem", .content = "A", .encrypted = true});
    MAKE_ZIP(&large, {.name = "key.pem", .content = much, .length = FILE_MAX});
    MAKE_ZIP(&bomb, {.name = "cert.pem", .content = much, .length = MUCH});

    expect_refused(VIEW(""), ERR_DATA, "not a readable ZIP archive: empty");
    expect_refused(VIEW("PK\3\4 and then nothing"), ERR_DATA,
                   "not a readable ZIP archive: Not a zip archive");
    expect_refused(view_from(twice.at, twice.length / 2), ERR_DATA,
                   "not a readable ZIP archive: Not a zip archive");
    expect_refused(buf_view(&twice), ERR_DATA, "key.pem is in it twice");
    expect_refused(buf_view(&sealed), ERR_DATA, "key.pem in it is encrypted");
    expect_refused(buf_view(&large), ERR_LIMIT, "key.pem in it is larger than 99 bytes");
    expect_refused(buf_view(&bomb), ERR_LIMIT, "cert.pem in it is larger than 99 bytes");
    expect_refused(view_from(much, ARCHIVE_SIZE_MAX + 1), ERR_LIMIT, "larger than 1048576 bytes");
    free(much);
}

/* One byte changed: either refused, or the content is the right one. */
static void test_damage(void **state)
{
    static const char content[] = "what is in a file of keys: abcdefghijklmnopqrstuvwxyz";
    CLEANUP(buf_release) struct buf zip = BUF_INIT(ZIP_MAX);
    size_t refused = 0;

    (void)state;
    MAKE_ZIP(&zip, {.name = "key.pem", .content = content});
    for (size_t at = 0; at < zip.length; at++) {
        CLEANUP(look_done) struct look seen;
        struct err err = ERR_INIT;

        zip.at[at] ^= 0x5a;
        if (!look(&seen, buf_view(&zip), &err))
            refused++;
        else if (seen.files[0].found)
            expect_view(buf_view(&seen.key), content);
        zip.at[at] ^= 0x5a;
    }
    assert_true(refused > sizeof(content) - 1);
}

static void test_many(void **state)
{
    CLEANUP(buf_release) struct buf zip = BUF_INIT(ZIP_MAX);
    struct entry entries[ARCHIVE_ENTRIES_MAX + 1];
    char names[ARCHIVE_ENTRIES_MAX + 1][8];

    (void)state;
    for (size_t i = 0; i <= ARCHIVE_ENTRIES_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        entries[i] = (struct entry){.name = names[i], .content = "x"};
    }
    make_zip(entries, ARCHIVE_ENTRIES_MAX + 1, &zip);
    expect_refused(buf_view(&zip), ERR_LIMIT, "more than 256 files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),   cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_refuses), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests_name("text/archive", tests, NULL, NULL);
}
