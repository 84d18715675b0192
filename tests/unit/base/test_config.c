#include "base/config.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "folder.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct settings {
    const char *database, *keys, *note, *folder;
    int64_t workers, minutes;
};

enum { ROWS = 6 };

static void rows_of(struct settings *settings, struct config_row *rows)
{
    const struct config_row all[ROWS] = {
        {"database", CONFIG_TEXT, &settings->database, NULL, 0, 0, "connection string"},
        {"keys", CONFIG_PATH, &settings->keys, "keys", 0, 0, "folder of the keys"},
        {"note", CONFIG_TEXT, &settings->note, "", 0, 0, "anything"},
        {"folder", CONFIG_PATH, &settings->folder, "", 0, 0, "where statements go"},
        {"workers", CONFIG_COUNT, &settings->workers, "2", 1, 64, "how many at once"},
        {"minutes", CONFIG_COUNT, &settings->minutes, "30", 0, 1440, "between two tries"},
    };

    memcpy(rows, all, sizeof(all));
}

struct scene {
    struct folder folder;
    struct folder_path path;
    struct arena arena;
    struct settings settings;
    struct err err;
};

static void scene_open(struct scene *scene)
{
    *scene = (struct scene){.folder = folder_new(), .arena = ARENA_INIT, .err = ERR_INIT};
    scene->path = folder_path(&scene->folder, "payrecon.conf");
}

static void scene_close(struct scene *scene)
{
    arena_release(&scene->arena);
    folder_done(&scene->folder);
}

static bool read_text(struct scene *scene, struct view text)
{
    struct config_row rows[ROWS];

    folder_put(scene->path.s, text.at, text.length, 0644);
    scene->err = ERR_INIT;
    rows_of(&scene->settings, rows);
    return config_read(rows, ROWS, scene->path.s, &scene->arena, &scene->err);
}

static void reads_values_and_defaults(void **state)
{
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    expect_good(read_text(&scene, VIEW("# a comment\n"
                                       "\n"
                                       "database = host=/tmp dbname=x # not a comment\r\n"
                                       "\t note=押金 与 租金 \t\n"
                                       "   # database = other\n"
                                       "workers=64")),
                &scene.err);
    assert_string_equal(scene.settings.database, "host=/tmp dbname=x # not a comment");
    assert_string_equal(scene.settings.note, "押金 与 租金");
    assert_int_equal(scene.settings.workers, 64);
    assert_int_equal(scene.settings.minutes, 30);
    assert_string_equal(scene.settings.folder, "");
    assert_string_equal(scene.settings.keys, folder_path(&scene.folder, "keys").s);
}

/* Relative ones from the folder of the file, also when the file's own path is relative. */
static void takes_paths_from_the_folder_of_the_file(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    char before[512];
    struct config_row rows[ROWS];

    (void)state;
    scene_open(&scene);
    expect_good(read_text(&scene, VIEW("database = d\nkeys = /etc/keys\nfolder = ../out/a b\n")),
                &scene.err);
    assert_string_equal(scene.settings.keys, "/etc/keys");
    assert_string_equal(scene.settings.folder, folder_path(&scene.folder, "../out/a b").s);

    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(scene.folder.path), 0);
    rows_of(&scene.settings, rows);
    expect_good(config_read(rows, ROWS, "payrecon.conf", &scene.arena, &scene.err), &scene.err);
    assert_string_equal(scene.settings.folder, "../out/a b");
    expect_good(config_read(rows, ROWS, "./payrecon.conf", &scene.arena, &scene.err), &scene.err);
    assert_string_equal(scene.settings.folder, "./../out/a b");
    assert_int_equal(chdir(before), 0);
}

/* `%s` stands for the file's path. */
static const struct {
    struct view text;
    const char *error;
} REFUSED[] = {
    {VIEW_INIT(""), "%s: key \"database\" is missing"},
    {VIEW_INIT("# nothing\n"), "%s: key \"database\" is missing"},
    {VIEW_INIT("database = x\ncolour = red\n"), "%s:2: unknown key \"colour\""},
    {VIEW_INIT("\n\nDatabase = x\n"), "%s:3: unknown key \"Database\""},
    {VIEW_INIT("= x\n"), "%s:1: unknown key \"\""},
    {VIEW_INIT("database = x\n\ndatabase = x\n"),
     "%s:3: key \"database\" stands in line 1 already"},
    {VIEW_INIT("database = x\njust words\n"), "%s:2: not a line \"key = value\""},
    {VIEW_INIT("database\n"), "%s:1: not a line \"key = value\""},
    {VIEW_INIT("database =\n"), "%s:1: key \"database\" has no value"},
    {VIEW_INIT("database = x\nworkers = \t\n"), "%s:2: key \"workers\" has no value"},
    {VIEW_INIT("workers = 0\n"), "%s:1: key \"workers\": \"0\" is not a whole number from 1 to 64"},
    {VIEW_INIT("workers = 65\n"),
     "%s:1: key \"workers\": \"65\" is not a whole number from 1 to 64"},
    {VIEW_INIT("workers = -1\n"),
     "%s:1: key \"workers\": \"-1\" is not a whole number from 1 to 64"},
    {VIEW_INIT("workers = 2 # two\n"),
     "%s:1: key \"workers\": \"2 # two\" is not a whole number from 1 to 64"},
    {VIEW_INIT("database = x\nminutes = 1e3\n"),
     "%s:2: key \"minutes\": \"1e3\" is not a whole number from 0 to 1440"},
    {VIEW_INIT("database = x\nnote = a\0b\n"), "%s:2: not UTF-8 text"},
    {VIEW_INIT("note = \xD1\xBA\xBD\xF0\n"), "%s:1: not UTF-8 text"},
};

static void refuses_with_file_and_line(void **state)
{
    CLEANUP(scene_close) struct scene scene;

    (void)state;
    scene_open(&scene);
    for (size_t i = 0; i < LENGTH(REFUSED); i++) {
        char wanted[1024];

        (void)snprintf(wanted, sizeof(wanted), "%s%s", scene.path.s, REFUSED[i].error + 2);
        expect_err(read_text(&scene, REFUSED[i].text), &scene.err, ERR_CONFIG, wanted);
    }
}

static void refuses_files_that_cannot_be_read(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    struct config_row rows[ROWS];
    char wanted[1024];

    (void)state;
    scene_open(&scene);
    rows_of(&scene.settings, rows);
    (void)snprintf(wanted, sizeof(wanted), "could not open \"%s\": No such file or directory",
                   scene.path.s);
    expect_err(config_read(rows, ROWS, scene.path.s, &scene.arena, &scene.err), &scene.err,
               ERR_CONFIG, wanted);
    (void)snprintf(wanted, sizeof(wanted), "could not read \"%s\": Is a directory",
                   scene.folder.path);
    expect_err(config_read(rows, ROWS, scene.folder.path, &scene.arena, &scene.err), &scene.err,
               ERR_CONFIG, wanted);
    folder_put(scene.path.s, "", 0, 0644);
    assert_int_equal(truncate(scene.path.s, CONFIG_FILE_MAX + 1), 0);
    (void)snprintf(wanted, sizeof(wanted), "file \"%s\" is larger than 1048576 bytes",
                   scene.path.s);
    expect_err(config_read(rows, ROWS, scene.path.s, &scene.arena, &scene.err), &scene.err,
               ERR_LIMIT, wanted);
}

static char *printed_sample(const struct config_row *rows)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    config_print(rows, ROWS, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void prints_a_sample(void **state)
{
    struct settings settings;
    struct config_row rows[ROWS];
    char *text;

    (void)state;
    rows_of(&settings, rows);
    text = printed_sample(rows);
    assert_string_equal(text, "# connection string\n"
                              "database =\n"
                              "\n"
                              "# folder of the keys\n"
                              "#keys = keys\n"
                              "\n"
                              "# anything\n"
                              "#note =\n"
                              "\n"
                              "# where statements go\n"
                              "#folder =\n"
                              "\n"
                              "# how many at once\n"
                              "#workers = 2\n"
                              "\n"
                              "# between two tries\n"
                              "#minutes = 30\n");
    free(text);
}

/* With its required key filled in, the sample gives the defaults; with its defaults taken out of
 * comments, too. */
static void reads_its_own_sample(void **state)
{
    CLEANUP(scene_close) struct scene scene;
    CLEANUP(buf_release) struct buf filled = BUF_INIT(4096);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(4096);
    struct config_row rows[ROWS];
    struct view rest, line;
    char *text;

    (void)state;
    scene_open(&scene);
    rows_of(&scene.settings, rows);
    text = printed_sample(rows);
    rest = view_of(text);
    while (view_take(&rest, '\n', &line)) {
        bool empty = view_ends_with(line, VIEW(" ="));
        bool is_default = line.length > 1 && line.at[0] == '#' && line.at[1] != ' ' && !empty;

        buf_add_format(&filled, "%.*s%s\n", VIEW_ARG(line),
                       view_equal_text(line, "database =") ? " d" : "");
        buf_add_format(&plain, "%.*s%s\n",
                       VIEW_ARG(is_default ? view_from(line.at + 1, line.length - 1) : line),
                       view_equal_text(line, "database =") ? " d" : "");
    }
    free(text);
    expect_good(read_text(&scene, buf_view(&filled)), &scene.err);
    assert_string_equal(scene.settings.database, "d");
    assert_int_equal(scene.settings.workers, 2);
    expect_good(read_text(&scene, buf_view(&plain)), &scene.err);
    assert_int_equal(scene.settings.minutes, 30);
    assert_string_equal(scene.settings.keys, folder_path(&scene.folder, "keys").s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values_and_defaults),
        cmocka_unit_test(takes_paths_from_the_folder_of_the_file),
        cmocka_unit_test(refuses_with_file_and_line),
        cmocka_unit_test(refuses_files_that_cannot_be_read),
        cmocka_unit_test(prints_a_sample),
        cmocka_unit_test(reads_its_own_sample),
    };
    return cmocka_run_group_tests_name("base/config", tests, NULL, NULL);
}
