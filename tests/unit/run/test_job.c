#include "run/job.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/expect.h"

enum { ARGUMENTS_MAX = 8 };

static const char *extra_text;

static const struct option_row extra_rows[] = {
    {"extra", 0, OPTION_TEXT, &extra_text, NULL, "TEXT", "something of its own"},
};

static const struct job_spec spec = {
    .program = "payrecon-test",
    .words = "FILE",
    .summary = "Tests.",
    .flags = JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT,
    .words_least = 0,
    .words_most = 1,
    .rows = extra_rows,
    .row_count = 1,
};

/* What a program was given, and what became of it. */
struct scene {
    char words[ARGUMENTS_MAX + 1][128];
    struct job job;
    enum exit_code code;
    char log[16 * 1024];
};

static bool start_captured(struct scene *scene, const struct job_spec *program, int argc,
                           char *const argv[])
{
    int saved = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    size_t length;
    bool done;

    assert_non_null(file);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    done = job_start(&scene->job, program, argc, argv, &scene->code);
    (void)fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    length = fread(scene->log, 1, sizeof(scene->log) - 1, file);
    scene->log[length] = '\0';
    (void)fclose(file);
    return done;
}

/* Runs job_start with stderr in scene->log. */
static bool start(struct scene *scene, const struct job_spec *program, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX + 2] = {scene->words[0]};
    int argc = 1;

    *scene = (struct scene){.words = {"test"}};
    for (; argc <= ARGUMENTS_MAX && arguments[argc - 1] != NULL; argc++) {
        argv[argc] = scene->words[argc];
        (void)snprintf(argv[argc], sizeof(scene->words[0]), "%s", arguments[argc - 1]);
    }
    return start_captured(scene, program, argc, argv);
}

static void scene_release(struct scene *scene)
{
    job_release(&scene->job);
}

static void test_usage(void **state)
{
    static const struct {
        const char *arguments[ARGUMENTS_MAX];
        const char *message;
    } cases[] = {
        {{"--nothing"}, "unknown option --nothing"},
        {{"--config", "x"}, "unknown option --config"},
        {{"--day"}, "option --day needs a value"},
        {{"--day", "2026-02-30"}, "option --day: \"2026-02-30\" is not a day like 2026-05-31"},
        {{"--day", "2026-05-31", "--from", "2026-05-31", "--to", "2026-05-31"},
         "options --day and --from or --to exclude each other"},
        {{"--from", "2026-05-31"}, "options --from and --to belong together"},
        {{"--to", "2026-05-31"}, "options --from and --to belong together"},
        {{"--from", "2026-05-31", "--to", "2026-05-30"},
         "--from 2026-05-31 is after --to 2026-05-30"},
        {{"--from", "2016-05-31", "--to", "2026-06-30"},
         "--from and --to span more than 3660 days"},
        {{"--format", "xml"}, "option --format: \"xml\" is not text, csv or json"},
        {{"--verbose", "--quiet"}, "options --verbose and --quiet exclude each other"},
        {{"--now", "yesterday"},
         "option --now: \"yesterday\" is not a time like 2026-06-01T10:30:00+08:00"},
        {{"a", "b"}, "unexpected argument \"b\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        char wanted[256];

        assert_false(start(&scene, &spec, cases[i].arguments));
        scene_release(&scene);
        assert_int_equal(scene.code, EXIT_USAGE_ERROR);
        (void)snprintf(wanted, sizeof(wanted), " error payrecon-test: %s\n", cases[i].message);
        if (strstr(scene.log, wanted) == NULL)
            fail_msg("case %zu: \"%s\" is not in \"%s\"", i, wanted, scene.log);
    }
}

static void test_options(void **state)
{
    const char *const arguments[] = {"--merchant",        "1900000109",      "-m",   "1900000110",
                                     "--from=2026-05-01", "--to=2026-05-31", "file", NULL};
    struct scene scene;

    (void)state;
    assert_true(start(&scene, &spec, arguments));
    assert_string_equal(scene.log, "");
    assert_int_equal(scene.job.merchants.count, 2);
    assert_string_equal(scene.job.merchants.at[1], "1900000110");
    assert_true(scene.job.days.given);
    assert_string_equal(date_text(scene.job.days.from).s, "2026-05-01");
    assert_string_equal(date_text(scene.job.days.to).s, "2026-05-31");
    assert_string_equal(scene.job.words.at[0], "file");
    assert_int_equal(scene.job.format, TABLE_TEXT_FORMAT);
    assert_false(scene.job.dry_run);
    assert_false(scene.job.clock.fixed);
    scene_release(&scene);
}

static void test_begin_line(void **state)
{
    const char *const arguments[] = {"-v", "--now=2026-06-01T10:30:00+08:00", "-d2026", NULL};
    const char *const good[] = {"-v",         "--now=2026-06-01T10:30:00+08:00",
                                "--dry-run",  "-d",
                                "2026-05-31", "-m",
                                "8000000001", NULL};
    struct scene scene;

    (void)state;
    assert_false(start(&scene, &spec, arguments));
    scene_release(&scene);
    assert_true(start(&scene, &spec, good));
    assert_string_equal(
        scene.log, "2026-06-01T10:30:00+08:00 debug payrecon-test: begin version=" PAYRECON_VERSION
                   " merchants=8000000001 from=2026-05-31 to=2026-05-31 dry_run=yes\n");
    scene_release(&scene);
}

/* With a configuration file of these lines. */
static bool start_with(struct scene *scene, const char *content, char path[64])
{
    const struct job_spec configured = {
        .program = "payrecon-test", .words = "", .summary = "Tests.", .flags = JOB_CONFIG};
    const char *const arguments[] = {"--config", path, NULL};
    int fd;
    bool done;

    (void)snprintf(path, 64, "/tmp/payrecon-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    (void)close(fd);
    done = start(scene, &configured, arguments);
    (void)unlink(path);
    return done;
}

#define REQUIRED "database = dbname=x\nkeys_dir = keys\nstatements_dir = /srv/statements\n"

static void test_configuration(void **state)
{
    struct scene scene;
    char path[64];

    (void)state;
    assert_true(start_with(&scene, REQUIRED "publish_hour = 11\n", path));
    assert_string_equal(scene.job.settings.database, "dbname=x");
    assert_string_equal(scene.job.settings.keys_dir, "/tmp/keys");
    assert_string_equal(scene.job.settings.statements_dir, "/srv/statements");
    assert_string_equal(scene.job.settings.wxpay_url, "https://api.mch.weixin.qq.com");
    assert_string_equal(scene.job.settings.wxpay_ca_file, "");
    assert_int_equal(scene.job.settings.publish_hour, 11);
    assert_int_equal(scene.job.settings.deadline_hours, 48);
    assert_int_equal(scene.job.settings.retry_minutes, 30);
    scene_release(&scene);
}

/* What the client takes: NULL is its own choice, "" no second host. */
static void test_backup_host(void **state)
{
    struct scene scene;
    char path[64];

    (void)state;
    assert_true(start_with(&scene, REQUIRED, path));
    assert_null(job_backup_url(&scene.job.settings));
    scene_release(&scene);
    assert_true(start_with(&scene, REQUIRED "wxpay_backup_url = none\n", path));
    assert_string_equal(job_backup_url(&scene.job.settings), "");
    scene_release(&scene);
    assert_true(start_with(&scene, REQUIRED "wxpay_backup_url = https://localhost:2\n", path));
    assert_string_equal(job_backup_url(&scene.job.settings), "https://localhost:2");
    scene_release(&scene);
}

static void test_bad_configuration(void **state)
{
    static const struct {
        const char *content, *message;
    } cases[] = {
        {REQUIRED "colour = red\n", ":4: unknown key \"colour\""},
        {REQUIRED "database = y\n", ":4: key \"database\" stands in line 1 already"},
        {REQUIRED "publish_hour = 24\n",
         ":4: key \"publish_hour\": \"24\" is not a whole number from 0 to 23"},
        {"database = x\nkeys_dir = y\n", ": key \"statements_dir\" is missing"},
        {"database x\n", ":1: not a line \"key = value\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        char path[64], wanted[256];

        assert_false(start_with(&scene, cases[i].content, path));
        scene_release(&scene);
        assert_int_equal(scene.code, EXIT_BAD_CONFIG);
        (void)snprintf(wanted, sizeof(wanted), " error payrecon-test: %s%s\n", path,
                       cases[i].message);
        if (strstr(scene.log, wanted) == NULL)
            fail_msg("case %zu: \"%s\" is not in \"%s\"", i, wanted, scene.log);
    }
}

/* The sample is itself a configuration once the required keys have values. */
static void test_sample(void **state)
{
    FILE *file = tmpfile();
    char text[8192];
    size_t length;

    (void)state;
    assert_non_null(file);
    job_config_sample(file);
    rewind(file);
    length = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    assert_non_null(strstr(text, "\ndatabase =\n"));
    assert_non_null(strstr(text, "\nkeys_dir =\n"));
    assert_non_null(strstr(text, "\nstatements_dir =\n"));
    assert_non_null(strstr(text, "\n#wxpay_url = https://api.mch.weixin.qq.com\n"));
    assert_non_null(strstr(text, "\n#wxpay_backup_url =\n"));
    assert_non_null(strstr(text, "\n#wxpay_ca_file =\n"));
    assert_non_null(strstr(text, "\n#publish_hour = 10\n"));
    assert_non_null(strstr(text, "\n#deadline_hours = 48\n"));
    assert_non_null(strstr(text, "\n#retry_minutes = 30\n"));
}

static void test_times(void **state)
{
    struct job job = {.settings = {.publish_hour = 10, .deadline_hours = 48}};
    struct date day;

    (void)state;
    assert_true(date_parse(VIEW("2026-05-31"), &day));
    assert_string_equal(instant_text(job_published_at(&job, day)).s, "2026-06-01T10:00:00+08:00");
    assert_string_equal(instant_text(job_deadline(&job, day)).s, "2026-06-03T00:00:00+08:00");
}

static void test_stopping(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    const struct timespec at_once = {0, 0};
    sigset_t set, before;

    (void)state;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    assert_int_equal(sigprocmask(SIG_BLOCK, &set, &before), 0);
    assert_false(job_stopping());
    assert_true(job_wait(NULL, 1));
    for (size_t i = 0; i < 2; i++) {
        int64_t begun_us = clock_elapsed_us();

        assert_int_equal(kill(getpid(), signals[i]), 0);
        assert_true(job_stopping());
        assert_false(job_wait(NULL, 60000));
        assert_true(clock_elapsed_us() - begun_us < 30 * INSTANT_SECOND);
        assert_true(job_stopping());
        assert_int_equal(sigtimedwait(&set, NULL, &at_once), signals[i]);
        assert_false(job_stopping());
    }
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),       cmocka_unit_test(test_options),
        cmocka_unit_test(test_begin_line),  cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_backup_host), cmocka_unit_test(test_bad_configuration),
        cmocka_unit_test(test_sample),      cmocka_unit_test(test_times),
        cmocka_unit_test(test_stopping),
    };

    return cmocka_run_group_tests_name("run/job", tests, NULL, NULL);
}
