#include "report/statement_files.h"

#include "base/file.h"
#include "settle/settle.h"
#include "text/csv.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../settle/day.h"

enum { FILE_MAX = 1 << 20, PATH_SIZE = 600 };

/* A database with a settled day, and a folder of its own. */
struct world {
    struct test_database *database;
    char folder[256];
};

static struct world *world_make(void **state)
{
    const char *temporary = getenv("TMPDIR"); /* run.sh removes it, whatever happens */
    struct world *world = memory_alloc(sizeof(*world));

    world->database = *state;
    (void)snprintf(world->folder, sizeof(world->folder), "%s/files-XXXXXX",
                   temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(world->folder));
    day_make(world->database);
    return world;
}

static void world_release(struct world *world)
{
    char command[PATH_SIZE];
    DIR *folder;
    struct dirent *entry;

    (void)snprintf(command, sizeof(command), "%s/1900000109", world->folder);
    folder = opendir(command);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[PATH_SIZE];

        (void)snprintf(path, sizeof(path), "%.250s/%.250s", command, entry->d_name);
        (void)unlink(path);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(command);
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
}

DEFINE_CLEANUP(world_done, struct world, world_release)

static void settle(struct world *world)
{
    struct settle_result result;
    struct err err = ERR_INIT;

    expect_good(settle_day(world->database->pg, DAY_MCHID, settle_test_day(), settle_test_now(),
                           &result, &err),
                &err);
    assert_true(result.settled);
}

static struct statement_files write_files(struct world *world)
{
    struct statement_files files = {0};
    struct err err = ERR_INIT;

    expect_good(
        statement_files_write(
            world->database->pg,
            &(struct statement_span){DAY_MCHID, date_add(settle_test_day(), -5), settle_test_day()},
            world->folder, &files, &err),
        &err);
    return files;
}

static const char *path_of(const struct world *world, const char *name, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/1900000109/settle_1900000109_%s", world->folder, name);
    return path;
}

static void read_file(const struct world *world, const char *name, struct buf *content)
{
    char path[PATH_SIZE];
    struct err err = ERR_INIT;

    expect_good(file_read(path_of(world, name, path), content, &err), &err);
}

static bool is_there(const struct world *world, const char *name)
{
    char path[PATH_SIZE];

    return access(path_of(world, name, path), F_OK) == 0;
}

static void remove_file(const struct world *world, const char *name)
{
    char path[PATH_SIZE];

    assert_int_equal(unlink(path_of(world, name, path)), 0);
}

static const char *const names[] = {
    "S1_2026-05-31_v1.csv",    "S1_2026-05-31_v1.machine.csv",    "S1_2026-05-31_v1.json",
    "S2_2026-05-31_v1.csv",    "S2_2026-05-31_v1.machine.csv",    "S2_2026-05-31_v1.json",
    "S~2F4_2026-05-31_v1.csv", "S~2F4_2026-05-31_v1.machine.csv", "S~2F4_2026-05-31_v1.json",
};

static void files_of_a_day(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files;

    settle(world);
    files = write_files(world);
    assert_int_equal(files.written, 3);
    assert_int_equal(files.present, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!is_there(world, names[i]))
            fail_msg("%s is missing", names[i]);
    }
    files = write_files(world);
    assert_int_equal(files.written, 0);
    assert_int_equal(files.present, 3);
}

/* Nothing to write: not even a folder. */
static void a_day_that_was_not_settled(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files = write_files(world);

    assert_int_equal(files.written, 0);
    assert_int_equal(files.present, 0);
}

/* Whatever a crash left out is made again, with the same bytes. */
static void missing_files_come_back(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);

    settle(world);
    (void)write_files(world);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP(buf_release) struct buf before = BUF_INIT(FILE_MAX);
        CLEANUP(buf_release) struct buf after = BUF_INIT(FILE_MAX);

        read_file(world, names[i], &before);
        remove_file(world, names[i]);
        assert_int_equal(write_files(world).written, 1);
        read_file(world, names[i], &after);
        assert_int_equal(before.length, after.length);
        assert_memory_equal(before.at, after.at, before.length);
    }
}

static void old_versions_stay(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    CLEANUP(buf_release) struct buf first = BUF_INIT(FILE_MAX);
    CLEANUP(buf_release) struct buf still = BUF_INIT(FILE_MAX);
    CLEANUP(buf_release) struct buf second = BUF_INIT(FILE_MAX);

    settle(world);
    (void)write_files(world);
    read_file(world, names[0], &first);
    edit_entries(world->database, "UPDATE entry SET code = NULL, order_fen = 1000 "
                                  "WHERE line_no = 5");
    day_prove(world->database);
    settle(world);
    remove_file(world, names[0]);
    assert_int_equal(write_files(world).written, 2);
    read_file(world, names[0], &still);
    assert_string_equal(buf_text(&still), buf_text(&first));
    read_file(world, "S1_2026-05-31_v2.csv", &second);
    assert_non_null(strstr(buf_text(&second), "\"版本\",\"v2\"\r\n\"替代\",\"v1：租金收入 43.00"));
}

/* The manifest vouches for its files, so a file that is another stops it. */
static void a_changed_file_is_not_vouched_for(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files;
    char path[PATH_SIZE];
    char message[1024];
    struct err err = ERR_INIT;

    settle(world);
    (void)write_files(world);
    expect_good(file_write(path_of(world, names[0], path), VIEW("changed"), 0640, &err), &err);
    remove_file(world, names[2]);
    (void)snprintf(message, sizeof(message),
                   "statements of merchant 1900000109: file \"%s\" exists with other content",
                   path);
    expect_err(statement_files_write(
                   world->database->pg,
                   &(struct statement_span){DAY_MCHID, settle_test_day(), settle_test_day()},
                   world->folder, &files, &err),
               &err, ERR_DATA, message);
    assert_false(is_there(world, names[2]));
}

static void stored_items_that_got_lost(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files;
    struct err err = ERR_INIT;

    settle(world);
    test_sql(world->database, "DELETE FROM recon.statement_item WHERE store_id = 'S1' AND seq = 2");
    expect_err(statement_files_write(
                   world->database->pg,
                   &(struct statement_span){DAY_MCHID, settle_test_day(), settle_test_day()},
                   world->folder, &files, &err),
               &err, ERR_DATA,
               "statements of merchant 1900000109: settle_1900000109_S1_2026-05-31_v1: 4 items are "
               "stored, 5 were made");
}

static void a_folder_that_cannot_be_written(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files;
    struct err err = ERR_INIT;

    settle(world);
    expect_err(statement_files_write(
                   world->database->pg,
                   &(struct statement_span){DAY_MCHID, settle_test_day(), settle_test_day()},
                   "/dev/null", &files, &err),
               &err, ERR_IO,
               "statements of merchant 1900000109: could not make folder \"/dev/null\": "
               "Not a directory");
    assert_int_equal(write_files(world).written, 3); /* the connection can go on */
}

static void numbers_that_are_none(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    struct statement_files files;
    struct err err = ERR_INIT;

    expect_err(statement_files_write(
                   world->database->pg,
                   &(struct statement_span){VIEW("../x"), settle_test_day(), settle_test_day()},
                   world->folder, &files, &err),
               &err, ERR_DATA, "merchant number \"../x\" is no number: no folder is made of it");
}

/* What a spreadsheet does to a cell of the store profile. */
struct reading {
    int rows;
    bool formula;
    int ids;
};

static bool look_at_row(void *context, const struct csv_row *row, struct err *err)
{
    struct reading *reading = context;

    (void)err;
    reading->rows++;
    for (size_t i = 0; i < row->count; i++) {
        struct view cell = row->cells[i];

        if (cell.length > 0 && cell.at[0] == '\t')
            reading->ids++;
        if (cell.length > 1 && strchr("=+-@", cell.at[0]) != NULL &&
            strchr("0123456789", cell.at[1]) == NULL)
            reading->formula = true;
    }
    return true;
}

static void spreadsheets_leave_it_alone(void **state)
{
    CLEANUP(world_done) struct world *world = world_make(state);
    CLEANUP(buf_release) struct buf content = BUF_INIT(FILE_MAX);
    struct reading reading = {0};
    CLEANUP(csv_reader_done)
    struct csv_reader *reader = csv_reader_new((struct csv_handler){look_at_row, &reading});
    struct err err = ERR_INIT;

    settle(world);
    (void)write_files(world);
    read_file(world, "S2_2026-05-31_v1.csv", &content); /* the store's name is =cmd */
    assert_memory_equal(content.at, "\xEF\xBB\xBF\"", 4);
    assert_non_null(strstr(buf_text(&content), "\"门店结算单\",\"'=cmd\"\r\n"));
    expect_good(
        csv_reader_push(reader, buf_view(&content), &err) && csv_reader_finish(reader, &err), &err);
    assert_false(reading.formula);
    assert_int_equal(reading.ids, 2 + 3); /* merchant and store; order, transaction, rental */
    assert_int_equal(reading.rows, 34);
}

#define DATABASE_TEST(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(files_of_a_day),
        DATABASE_TEST(a_day_that_was_not_settled),
        DATABASE_TEST(missing_files_come_back),
        DATABASE_TEST(old_versions_stay),
        DATABASE_TEST(a_changed_file_is_not_vouched_for),
        DATABASE_TEST(stored_items_that_got_lost),
        DATABASE_TEST(a_folder_that_cannot_be_written),
        DATABASE_TEST(numbers_that_are_none),
        DATABASE_TEST(spreadsheets_leave_it_alone),
    };

    return cmocka_run_group_tests_name("statement files", tests, NULL, NULL);
}
