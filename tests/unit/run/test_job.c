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

/* Runs job_start with stderr in a buffer. */
static bool start(struct job *job, const struct job_spec *program, const char *const *arguments,
                  enum exit_code *ret_code, struct buf *log)
{
    char *argv[ARGUMENTS_MAX + 2] = {strdup("test")};
    int argc = 1;
    int saved = dup(STDERR_FILENO);
    FILE *file = tmpfile();
    char piece[4096];
    size_t got;
    bool done;

    assert_non_null(file);
    while (argc <= ARGUMENTS_MAX && arguments[argc - 1] != NULL) {
        argv[argc] = strdup(arguments[argc - 1]);
        argc++;
    }
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    done = job_start(job, program, argc, argv, ret_code);
    (void)fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(log, piece, got);
    (void)fclose(file);
    /* What texts point to must outlive the job: only when it ended here. */
    for (int i = 0; !done && i < argc; i++)
        free(argv[i]);
    return done;
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
        CLEANUP(buf_release) struct buf log = BUF_INIT(64 * 1024);
        CLEANUP(job_release) struct job job = JOB_INIT;
        enum exit_code code = EXIT_CLEAN;
        char wanted[256];

        assert_false(start(&job, &spec, cases[i].arguments, &code, &log));
        assert_int_equal(code, EXIT_USAGE_ERROR);
        (void)snprintf(wanted, sizeof(wanted), " error payrecon-test: %s\n", cases[i].message);
        if (strstr(buf_text(&log), wanted) == NULL)
            fail_msg("case %zu: \"%s\" is not in \"%s\"", i, wanted, buf_text(&log));
    }
}

static void test_options(void **state)
{
    const char *const arguments[] = {"--merchant",        "1900000109",      "-m",   "1900000110",
                                     "--from=2026-05-01", "--to=2026-05-31", "file", NULL};
    CLEANUP(buf_release) struct buf log = BUF_INIT(64 * 1024);
    struct job job;
    enum exit_code code;

    (void)state;
    assert_true(start(&job, &spec, arguments, &code, &log));
    assert_string_equal(buf_text(&log), "");
    assert_int_equal(job.merchants.count, 2);
    assert_string_equal(job.merchants.at[1], "1900000110");
    assert_true(job.days.given);
    assert_string_equal(date_text(job.days.from).s, "2026-05-01");
    assert_string_equal(date_text(job.days.to).s, "2026-05-31");
    assert_string_equal(job.words.at[0], "file");
    assert_int_equal(job.format, TABLE_TEXT_FORMAT);
    assert_false(job.dry_run);
    assert_false(job.clock.fixed);
    job_release(&job);
}

static void test_begin_line(void **state)
{
    const char *const arguments[] = {"-v", "--now=2026-06-01T10:30:00+08:00", "-d2026", NULL};
    const char *const good[] = {"-v",         "--now=2026-06-01T10:30:00+08:00",
                                "--dry-run",  "-d",
                                "2026-05-31", "-m",
                                "8000000001", NULL};
    CLEANUP(buf_release) struct buf log = BUF_INIT(64 * 1024);
    struct job job;
    enum exit_code code;

    (void)state;
    assert_false(start(&job, &spec, arguments, &code, &log));
    job_release(&job);
    buf_clear(&log);
    assert_true(start(&job, &spec, good, &code, &log));
    assert_string_equal(
        buf_text(&log),
        "2026-06-01T10:30:00+08:00 debug payrecon-test: begin version=" PAYRECON_VERSION
        " merchants=8000000001 from=2026-05-31 to=2026-05-31 dry_run=yes\n");
    job_release(&job);
}

/* A configuration file of these lines. */
static bool start_with(struct job *job, const char *content, enum exit_code *ret_code,
                       struct buf *log, char path[64])
{
    const struct job_spec configured = {
        .program = "payrecon-test", .words = "", .summary = "Tests.", .flags = JOB_CONFIG};
    const char *const arguments[] = {"--config", path, NULL};
    int fd;

    (void)snprintf(path, 64, "/tmp/payrecon-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    (void)close(fd);
    if (!start(job, &configured, arguments, ret_code, log)) {
        (void)unlink(path);
        return false;
    }
    (void)unlink(path);
    return true;
}

#define REQUIRED "database = dbname=x\nkeys_dir = keys\nstatements_dir = /srv/statements\n"

static void test_configuration(void **state)
{
    CLEANUP(buf_release) struct buf log = BUF_INIT(64 * 1024);
    enum exit_code code;
    struct job job;
    char path[64];

    (void)state;
    assert_true(start_with(&job, REQUIRED "publish_hour = 11\n", &code, &log, path));
    assert_string_equal(job.settings.database, "dbname=x");
    assert_string_equal(job.settings.keys_dir, "/tmp/keys");
    assert_string_equal(job.settings.statements_dir, "/srv/statements");
    assert_string_equal(job.settings.wxpay_url, "https://api.mch.weixin.qq.com");
    assert_string_equal(job.settings.wxpay_ca_file, "");
    assert_int_equal(job.settings.publish_hour, 11);
    assert_int_equal(job.settings.deadline_hours, 48);
    assert_int_equal(job.settings.retry_minutes, 30);
    job_release(&job);
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
        CLEANUP(buf_release) struct buf log = BUF_INIT(64 * 1024);
        CLEANUP(job_release) struct job job = JOB_INIT;
        enum exit_code code;
        char path[64], wanted[256];

        assert_false(start_with(&job, cases[i].content, &code, &log, path));
        assert_int_equal(code, EXIT_BAD_CONFIG);
        (void)snprintf(wanted, sizeof(wanted), " error payrecon-test: %s%s\n", path,
                       cases[i].message);
        if (strstr(buf_text(&log), wanted) == NULL)
            fail_msg("case %zu: \"%s\" is not in \"%s\"", i, wanted, buf_text(&log));
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
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_begin_line),
        cmocka_unit_test(test_configuration),
        cmocka_unit_test(test_bad_configuration),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_stopping),
    };

    return cmocka_run_group_tests_name("run/job", tests, NULL, NULL);
}
