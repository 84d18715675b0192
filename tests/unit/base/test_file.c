#include "base/file.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "child.h"
#include "folder.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A folder, a file in it, and an error to expect. */
struct scene {
    struct folder folder;
    struct folder_path path;
    struct err err;
};

static void scene_open(struct scene *scene)
{
    *scene = (struct scene){.folder = folder_new(), .err = ERR_INIT};
    scene->path = folder_path(&scene->folder, "statement.csv");
}

static void scene_close(struct scene *scene)
{
    folder_done(&scene->folder);
}

static void expect_content(const char *path, struct view wanted)
{
    CLEANUP(buf_release) struct buf content = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    expect_good(file_read(path, &content, &err), &err);
    assert_int_equal(content.length, wanted.length);
    assert_true(view_equal(buf_view(&content), wanted));
}

static mode_t mode_of(const char *path)
{
    struct stat info;

    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static void reads_up_to_its_maximum(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    static char bytes[200000];
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 31 >> 3);
    folder_put(scene.path.s, bytes, sizeof(bytes), 0644);
    expect_content(scene.path.s, view_from(bytes, sizeof(bytes)));
    for (size_t max = sizeof(bytes) - 1; max <= sizeof(bytes); max++) {
        CLEANUP(buf_release) struct buf content = BUF_INIT(max);

        if (max == sizeof(bytes)) {
            expect_good(file_read(scene.path.s, &content, &scene.err), &scene.err);
            continue;
        }
        (void)snprintf(wanted, sizeof(wanted), "file \"%s\" is larger than 199999 bytes",
                       scene.path.s);
        expect_err(file_read(scene.path.s, &content, &scene.err), &scene.err, ERR_LIMIT, wanted);
    }
}

static void appends_what_it_reads(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    CLEANUP(buf_release) struct buf content = BUF_INIT(100);

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "b", 1, 0644);
    buf_add_text(&content, "a");
    expect_good(file_read(scene.path.s, &content, &scene.err), &scene.err);
    assert_string_equal(buf_text(&content), "ab");
}

static void says_what_cannot_be_read(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    CLEANUP(buf_release) struct buf content = BUF_INIT(100);
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    (void)snprintf(wanted, sizeof(wanted), "could not open \"%s\": No such file or directory",
                   scene.path.s);
    expect_err(file_read(scene.path.s, &content, &scene.err), &scene.err, ERR_IO, wanted);
    (void)snprintf(wanted, sizeof(wanted), "could not read \"%s\": Is a directory",
                   scene.folder.path);
    expect_err(file_read(scene.folder.path, &content, &scene.err), &scene.err, ERR_IO, wanted);
}

static void replaces_files(void **state)
{
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    expect_good(file_write(scene.path.s, VIEW("one\0two"), 0600, &scene.err), &scene.err);
    expect_content(scene.path.s, VIEW("one\0two"));
    assert_int_equal(mode_of(scene.path.s), 0600);
    expect_good(file_write(scene.path.s, VIEW(""), 0640, &scene.err), &scene.err);
    expect_content(scene.path.s, VIEW(""));
    assert_int_equal(mode_of(scene.path.s), 0640 & ~umask(umask(0)));
    assert_int_equal(folder_count(&scene.folder), 1);
}

/* Who has the old file open keeps reading the old one: nothing is written in place. */
static void leaves_the_old_file_whole_for_its_readers(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char text[8] = "";
    int handle;

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "old", 3, 0644);
    handle = open(scene.path.s, O_RDONLY | O_CLOEXEC);
    assert_true(handle >= 0);
    expect_good(file_write(scene.path.s, VIEW("new one"), 0644, &scene.err), &scene.err);
    assert_int_equal(read(handle, text, sizeof(text)), 3);
    assert_string_equal(text, "old");
    assert_int_equal(close(handle), 0);
    expect_content(scene.path.s, VIEW("new one"));
}

static void writes_into_the_working_folder(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char before[512];

    (void)state;
    scene_open(&scene);
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(scene.folder.path), 0);
    expect_good(file_write("statement.csv", VIEW("x"), 0644, &scene.err), &scene.err);
    assert_int_equal(chdir(before), 0);
    expect_content(scene.path.s, VIEW("x"));
}

/* The temporary file is a way into /dev/full here, so that writing meets a full disk. */
static void fails_on_a_full_disk_and_keeps_the_old_file(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char temporary[600], wanted[1024];

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "old", 3, 0644);
    (void)snprintf(temporary, sizeof(temporary), "%s.tmp.%ld", scene.path.s, (long)getpid());
    assert_int_equal(symlink("/dev/full", temporary), 0);
    (void)snprintf(wanted, sizeof(wanted), "could not write \"%s\": No space left on device",
                   temporary);
    expect_err(file_write(scene.path.s, VIEW("new"), 0644, &scene.err), &scene.err, ERR_IO, wanted);
    expect_content(scene.path.s, VIEW("old"));
    assert_int_equal(folder_count(&scene.folder), 1);
}

static void fails_where_it_may_not_write(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    struct folder_path inside, occupied;
    char wanted[2048];

    (void)state;
    scene_open(&scene);
    inside = folder_path(&scene.folder, "missing/file");
    (void)snprintf(wanted, sizeof(wanted),
                   "could not create \"%s.tmp.%ld\": No such file or directory", inside.s,
                   (long)getpid());
    expect_err(file_write(inside.s, VIEW("x"), 0644, &scene.err), &scene.err, ERR_IO, wanted);

    occupied = folder_path(&scene.folder, "folder");
    assert_int_equal(mkdir(occupied.s, 0755), 0);
    (void)snprintf(wanted, sizeof(wanted),
                   "could not rename \"%s.tmp.%ld\" to \"%s\": Is a directory", occupied.s,
                   (long)getpid(), occupied.s);
    expect_err(file_write(occupied.s, VIEW("x"), 0644, &scene.err), &scene.err, ERR_IO, wanted);
    assert_int_equal(folder_count(&scene.folder), 1);
}

static void refuses_names_that_are_too_long(void **state)
{
    static char name[5001];
    struct err err = ERR_INIT;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    assert_false(file_write(name, VIEW("x"), 0644, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_memory_equal(err.text, "file name is too long: \"xxx", 27);
}

struct crash {
    const char *path;
    const char *failpoint;
};

static void write_and_die(void *context)
{
    const struct crash *crash = context;
    struct err err = ERR_INIT;

    (void)setenv("PAYRECON_FAILPOINT", crash->failpoint, 1);
    (void)file_write(crash->path, VIEW("new"), 0644, &err);
}

/* Whoever looks after a crash sees the old or the new one. */
static void survives_a_crash_at_the_rename(void **state)
{
    static const struct {
        const char *failpoint, *content;
    } cases[] = {{"rename-before:1", "old"}, {"rename-after:1", "new"}};

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(scene_close) struct scene scene;
        struct crash crash;

        scene_open(&scene);
        crash = (struct crash){scene.path.s, cases[i].failpoint};
        folder_put(scene.path.s, "old", 3, 0644);
        assert_int_equal(child_run(write_and_die, &crash).signal, SIGKILL);
        expect_content(scene.path.s, view_of(cases[i].content));
    }
}

static void writes_once(void **state)
{
    static const struct view others[] = {VIEW_INIT("stat"), VIEW_INIT("statement+"),
                                         VIEW_INIT("stAtement"), VIEW_INIT("")};
    CLEANUP(scene_close) struct scene scene;
    struct stat before, after;
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    expect_good(file_write_once(scene.path.s, VIEW("statement"), 0640, &scene.err), &scene.err);
    assert_int_equal(stat(scene.path.s, &before), 0);
    expect_good(file_write_once(scene.path.s, VIEW("statement"), 0640, &scene.err), &scene.err);
    assert_int_equal(stat(scene.path.s, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    (void)snprintf(wanted, sizeof(wanted), "file \"%s\" exists with other content", scene.path.s);
    for (size_t i = 0; i < LENGTH(others); i++)
        expect_err(file_write_once(scene.path.s, others[i], 0640, &scene.err), &scene.err, ERR_DATA,
                   wanted);
    expect_content(scene.path.s, VIEW("statement"));
}

static void writes_an_empty_file_once(void **state)
{
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    expect_good(file_write_once(scene.path.s, VIEW(""), 0644, &scene.err), &scene.err);
    expect_good(file_write_once(scene.path.s, VIEW(""), 0644, &scene.err), &scene.err);
    assert_false(file_write_once(scene.path.s, VIEW("x"), 0644, &scene.err));
    expect_content(scene.path.s, VIEW(""));
}

static void makes_folders_with_their_parents(void **state)
{
    static const char *const names[] = {"a", "a", "b/c/d", "b/c/d", "b/c/e/", "f//g", "./h/./i"};
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct folder_path path = folder_path(&scene.folder, names[i]);
        struct stat info;

        expect_good(folder_make(path.s, &scene.err), &scene.err);
        assert_int_equal(stat(path.s, &info), 0);
        assert_true(S_ISDIR(info.st_mode));
        assert_int_equal(info.st_mode & 0777, 0755 & ~umask(umask(0)));
    }
    expect_good(folder_make("/", &scene.err), &scene.err);
    expect_good(folder_make(".", &scene.err), &scene.err);
}

static void makes_no_folder_of_a_file(void **state)
{
    static const char *const names[] = {"statement.csv", "statement.csv/a", "statement.csv/a/b"};
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "x", 1, 0644);
    for (size_t i = 0; i < LENGTH(names); i++) {
        char wanted[1024];

        (void)snprintf(wanted, sizeof(wanted), "could not make folder \"%s\": Not a directory",
                       scene.path.s);
        expect_err(folder_make(folder_path(&scene.folder, names[i]).s, &scene.err), &scene.err,
                   ERR_IO, wanted);
    }
}

/* The modes count, for root as for anybody. */
static void accepts_only_private_files(void **state)
{
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "secret", 6, 0600);
    for (mode_t mode = 0; mode <= 0777; mode++) {
        char wanted[1024], hint[1024];

        assert_int_equal(chmod(scene.path.s, mode), 0);
        scene.err = ERR_INIT;
        if ((mode & 077) == 0) {
            expect_good(file_check_private(scene.path.s, &scene.err), &scene.err);
            continue;
        }
        (void)snprintf(wanted, sizeof(wanted),
                       "file \"%s\" holds a secret but others may read it (mode %04o)",
                       scene.path.s, (unsigned)mode);
        (void)snprintf(hint, sizeof(hint), "chmod 600 %s", scene.path.s);
        expect_err(file_check_private(scene.path.s, &scene.err), &scene.err, ERR_ACCESS, wanted);
        assert_string_equal(scene.err.hint, hint);
    }
}

static void accepts_only_files_of_its_own_user_or_root(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    folder_put(scene.path.s, "secret", 6, 0600);
    /* only root can give a file away; for others the case cannot be made */
    if (chown(scene.path.s, 12345, (gid_t)-1) != 0) {
        assert_int_equal(errno, EPERM);
        return;
    }
    (void)snprintf(wanted, sizeof(wanted),
                   "file \"%s\" holds a secret but belongs to another user (uid 12345)",
                   scene.path.s);
    expect_err(file_check_private(scene.path.s, &scene.err), &scene.err, ERR_ACCESS, wanted);
}

static void takes_only_files_for_private(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    (void)snprintf(wanted, sizeof(wanted), "could not open \"%s\": No such file or directory",
                   scene.path.s);
    expect_err(file_check_private(scene.path.s, &scene.err), &scene.err, ERR_ACCESS, wanted);
    (void)snprintf(wanted, sizeof(wanted), "\"%s\" is not a file", scene.folder.path);
    expect_err(file_check_private(scene.folder.path, &scene.err), &scene.err, ERR_ACCESS, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_up_to_its_maximum),
        cmocka_unit_test(appends_what_it_reads),
        cmocka_unit_test(says_what_cannot_be_read),
        cmocka_unit_test(replaces_files),
        cmocka_unit_test(leaves_the_old_file_whole_for_its_readers),
        cmocka_unit_test(writes_into_the_working_folder),
        cmocka_unit_test(fails_on_a_full_disk_and_keeps_the_old_file),
        cmocka_unit_test(fails_where_it_may_not_write),
        cmocka_unit_test(refuses_names_that_are_too_long),
        cmocka_unit_test(survives_a_crash_at_the_rename),
        cmocka_unit_test(writes_once),
        cmocka_unit_test(writes_an_empty_file_once),
        cmocka_unit_test(makes_folders_with_their_parents),
        cmocka_unit_test(makes_no_folder_of_a_file),
        cmocka_unit_test(accepts_only_private_files),
        cmocka_unit_test(accepts_only_files_of_its_own_user_or_root),
        cmocka_unit_test(takes_only_files_for_private),
    };
    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
