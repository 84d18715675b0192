#include "run/job.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { ROWS_MAX = 40, DAYS_MAX = 3660, CONFIG_ROWS = 19, REFUND_MOST = 100000000 };

/* What the options say before it is checked. */
struct reading {
    struct option_row rows[ROWS_MAX];
    size_t count;
    struct date day, from, to;
    bool has_day, has_from, has_to;
    const char *format;
    bool verbose, quiet, version, help;
};

static void add_row(struct reading *reading, struct option_row row)
{
    assert(reading->count < ROWS_MAX);
    reading->rows[reading->count++] = row;
}

static void add_day_rows(struct reading *reading)
{
    add_row(reading, (struct option_row){"day", 'd', OPTION_DATE, &reading->day, &reading->has_day,
                                         "YYYY-MM-DD", "this bill day"});
    add_row(reading, (struct option_row){"from", 0, OPTION_DATE, &reading->from, &reading->has_from,
                                         "YYYY-MM-DD", "bill days from this one on, with --to"});
    add_row(reading, (struct option_row){"to", 0, OPTION_DATE, &reading->to, &reading->has_to,
                                         "YYYY-MM-DD", "up to and with this one"});
}

/* The program's own options, then the common ones it asks for. */
static void add_rows(struct reading *reading, struct job *job)
{
    const struct job_spec *spec = job->spec;

    for (size_t i = 0; i < spec->row_count; i++)
        add_row(reading, spec->rows[i]);
    if (spec->flags & JOB_MERCHANTS)
        add_row(reading,
                (struct option_row){"merchant", 'm', OPTION_TEXTS, &job->merchants, NULL, "MCHID",
                                    "only this merchant; may be repeated (default: all)"});
    if (spec->flags & JOB_DAYS)
        add_day_rows(reading);
    if (spec->flags & JOB_DRY_RUN)
        add_row(reading, (struct option_row){"dry-run", 'n', OPTION_FLAG, &job->dry_run, NULL, NULL,
                                             "say what would be done, change nothing"});
    if (spec->flags & JOB_FORMAT)
        add_row(reading, (struct option_row){"format", 'f', OPTION_TEXT, &reading->format, NULL,
                                             "FORMAT", "text, csv or json (default: text)"});
    if (spec->flags & JOB_CONFIG)
        add_row(reading, (struct option_row){"config", 'c', OPTION_TEXT, &job->config_path, NULL,
                                             "FILE", "configuration, see payrecon.conf(5)"});
    add_row(reading,
            (struct option_row){"now", 0, OPTION_INSTANT, &job->clock.at, &job->clock.fixed, "TIME",
                                "pretend that it is this time, for tests and the demo"});
    add_row(reading, (struct option_row){"verbose", 'v', OPTION_FLAG, &reading->verbose, NULL, NULL,
                                         "log more"});
    add_row(reading, (struct option_row){"quiet", 'q', OPTION_FLAG, &reading->quiet, NULL, NULL,
                                         "log warnings and errors only"});
    add_row(reading, (struct option_row){"version", 0, OPTION_FLAG, &reading->version, NULL, NULL,
                                         "print the version and exit"});
    add_row(reading, (struct option_row){"help", 'h', OPTION_FLAG, &reading->help, NULL, NULL,
                                         "print this and exit"});
}

static void print_help(const struct job *job, const struct reading *reading)
{
    const struct job_spec *spec = job->spec;

    (void)printf("Usage: %s [OPTION]...%s%s\n%s\n\nOptions:\n", spec->program,
                 spec->words[0] != '\0' ? " " : "", spec->words, spec->summary);
    options_help(reading->rows, reading->count, stdout);
    (void)printf("\nExit codes: 0 clean, 1 findings open, 64 usage, 65 bad data, 69 not available, "
                 "70 internal error,\n74 input or output, 75 try again later, 77 no access, 78 "
                 "configuration.\n");
}

static bool set_days(struct job *job, const struct reading *reading, struct err *err)
{
    if (reading->has_day && (reading->has_from || reading->has_to))
        return err_set(err, ERR_USAGE, "options --day and --from or --to exclude each other");
    if (reading->has_from != reading->has_to)
        return err_set(err, ERR_USAGE, "options --from and --to belong together");
    if (reading->has_day)
        job->days = (struct job_days){true, reading->day, reading->day};
    if (!reading->has_from)
        return true;
    if (reading->from.days > reading->to.days)
        return err_set(err, ERR_USAGE, "--from %s is after --to %s", date_text(reading->from).s,
                       date_text(reading->to).s);
    if (reading->to.days - reading->from.days >= DAYS_MAX)
        return err_set(err, ERR_USAGE, "--from and --to span more than %d days", (int)DAYS_MAX);
    job->days = (struct job_days){true, reading->from, reading->to};
    return true;
}

static bool check_words(const struct job *job, struct err *err)
{
    const struct job_spec *spec = job->spec;

    if (job->words.count > spec->words_most)
        return err_set(err, ERR_USAGE, "unexpected argument \"%s\"",
                       job->words.at[spec->words_most]);
    if (job->words.count < spec->words_least)
        return err_set(err, ERR_USAGE, "missing argument: %s", spec->words);
    return true;
}

static bool check_options(struct job *job, const struct reading *reading, struct err *err)
{
    if (reading->verbose && reading->quiet)
        return err_set(err, ERR_USAGE, "options --verbose and --quiet exclude each other");
    if (reading->format != NULL && !table_format_parse(reading->format, &job->format))
        return err_set(err, ERR_USAGE, "option --format: \"%s\" is not text, csv or json",
                       reading->format);
    job->log.level = reading->verbose ? LOG_DEBUG : reading->quiet ? LOG_WARNING : LOG_INFO;
    return set_days(job, reading, err) && check_words(job, err);
}

static void config_rows(struct job_settings *settings, struct config_row rows[CONFIG_ROWS])
{
    const struct config_row all[CONFIG_ROWS] = {
        {"database", CONFIG_TEXT, &settings->database, NULL, 0, 0,
         "PostgreSQL, as libpq's connection string: host=/run/postgresql dbname=rental "
         "user=payrecon_job"},
        {"keys_dir", CONFIG_PATH, &settings->keys_dir, NULL, 0, 0,
         "Folder with one folder for each merchant number: apiclient_key.pem, apiclient_cert.pem, "
         "apiv3.key"},
        {"statements_dir", CONFIG_PATH, &settings->statements_dir, NULL, 0, 0,
         "Folder for the statements, one folder for each merchant number is made in it"},
        {"wxpay_url", CONFIG_TEXT, &settings->wxpay_url, "https://api.mch.weixin.qq.com", 0, 0,
         "Where WeChat Pay answers"},
        {"wxpay_backup_url", CONFIG_TEXT, &settings->wxpay_backup_url, "", 0, 0,
         "Where it is asked when that cannot be reached; empty: https://api2.mch.weixin.qq.com "
         "when wxpay_url is WeChat Pay's own; none: nowhere"},
        {"wxpay_ca_file", CONFIG_PATH, &settings->wxpay_ca_file, "", 0, 0,
         "Certificates to trust instead of the system's, for the simulator"},
        {"publish_hour", CONFIG_COUNT, &settings->publish_hour, "10", 0, 23,
         "Hour of the next day, Beijing time, before which no bill is asked for"},
        {"deadline_hours", CONFIG_COUNT, &settings->deadline_hours, "48", 1, 2160,
         "Hours after the end of a bill day after which what is missing will not come any more"},
        {"retry_minutes", CONFIG_COUNT, &settings->retry_minutes, "30", 1, 1440,
         "Minutes between two tries of a day whose bills or books are not complete"},
        {"recheck_days", CONFIG_COUNT, &settings->recheck_days, "3", 0, 90,
         "Bill days, counted back from yesterday, whose bills are asked for again once a day, "
         "because WeChat Pay may have changed them; 0 for none"},
        {"refund_request_most", CONFIG_COUNT, &settings->refund_request_most, "2000", 1,
         REFUND_MOST, "Yuan of one deposit refund; more is not sent and goes to a person"},
        {"refund_run_most", CONFIG_COUNT, &settings->refund_run_most, "200000", 1, REFUND_MOST,
         "Yuan of deposit refunds that one run sends for a merchant"},
        {"refund_hour_most", CONFIG_COUNT, &settings->refund_hour_most, "200000", 1, REFUND_MOST,
         "Yuan of deposit refunds that are sent for a merchant within an hour"},
        {"refund_day_most", CONFIG_COUNT, &settings->refund_day_most, "500000", 1, REFUND_MOST,
         "Yuan of deposit refunds of a merchant and day in Beijing; more trips its breaker"},
        {"refund_day_count", CONFIG_COUNT, &settings->refund_day_count, "10000", 1, REFUND_MOST,
         "Deposit refunds of a merchant and day in Beijing; more trips its breaker"},
        {"refund_sla_hours", CONFIG_COUNT, &settings->refund_sla_hours, "72", 1, 2160,
         "Hours after which a refund that is still under way is a finding (R04)"},
        {"refund_due_days", CONFIG_COUNT, &settings->refund_due_days, "2", 0, 365,
         "Days after a deposit became due after which it is overdue when it is not given back "
         "(R10)"},
        {"refund_approval_hours", CONFIG_COUNT, &settings->refund_approval_hours, "24", 1, 720,
         "Hours after which a batch of refunds cannot be approved any more and what was not sent "
         "of it is not sent"},
        {"refund_large", CONFIG_COUNT, &settings->refund_large, "1000", 1, REFUND_MOST,
         "Yuan from which on a refund is marked LARGE for the checker"},
    };

    memcpy(rows, all, sizeof(all));
}

const char *job_backup_url(const struct job_settings *settings)
{
    if (settings->wxpay_backup_url[0] == '\0')
        return NULL;
    return strcmp(settings->wxpay_backup_url, "none") == 0 ? "" : settings->wxpay_backup_url;
}

void job_config_sample(FILE *out)
{
    struct job_settings settings;
    struct config_row rows[CONFIG_ROWS];

    config_rows(&settings, rows);
    config_print(rows, CONFIG_ROWS, out);
}

static bool read_settings(struct job *job, struct err *err)
{
    struct config_row rows[CONFIG_ROWS];

    if (job->config_path == NULL)
        job->config_path = getenv(JOB_CONFIG_VARIABLE);
    if (job->config_path == NULL || job->config_path[0] == '\0')
        job->config_path = JOB_CONFIG_PATH;

    config_rows(&job->settings, rows);
    return config_read(rows, CONFIG_ROWS, job->config_path, &job->arena, err);
}

/* SIGPIPE too: a reader of stdout that goes away is an error at the end, not a death in a step. */
static void hold_signals_back(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
}

static enum log_level edge_level(const struct job *job)
{
    return job->spec->flags & JOB_STEPS ? LOG_INFO : LOG_DEBUG;
}

static void log_begin(const struct job *job)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);

    buf_add_format(&line, "begin version=%s", PAYRECON_VERSION);
    if (job->spec->flags & JOB_CONFIG)
        buf_add_format(&line, " config=%s", job->config_path);
    if (job->spec->flags & JOB_MERCHANTS)
        buf_add_text(&line, job->merchants.count == 0 ? " merchants=all" : " merchants=");
    for (size_t i = 0; i < job->merchants.count; i++)
        buf_add_format(&line, "%s%s", i > 0 ? "," : "", job->merchants.at[i]);
    if (job->days.given)
        buf_add_format(&line, " from=%s to=%s", date_text(job->days.from).s,
                       date_text(job->days.to).s);
    if (job->dry_run)
        buf_add_text(&line, " dry_run=yes");
    log_line(&job->log, edge_level(job), "%s", buf_text(&line));
}

bool job_start(struct job *job, const struct job_spec *spec, int argc, char *const argv[],
               enum exit_code *ret_code)
{
    struct reading reading = {.count = 0};
    struct err err = ERR_INIT;

    *job = JOB_INIT;
    job->spec = spec;
    job->started_us = clock_elapsed_us();
    job->log = (struct log){stderr, spec->program, LOG_INFO, &job->clock};
    add_rows(&reading, job);

    if (!options_parse(reading.rows, reading.count, argc, argv, &job->words, &err)) {
        (void)err_hint(&err, "%s --help lists the options", spec->program);
        *ret_code = job_fail(job, &err);
        return false;
    }
    if (reading.help || reading.version) {
        if (reading.help)
            print_help(job, &reading);
        else
            (void)printf("%s %s\n", spec->program, PAYRECON_VERSION);
        *ret_code = fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_IO_ERROR;
        return false;
    }

    if (!check_options(job, &reading, &err) ||
        (spec->flags & JOB_CONFIG && !read_settings(job, &err))) {
        *ret_code = job_fail(job, &err);
        return false;
    }
    if (spec->flags & JOB_STEPS)
        hold_signals_back();
    log_begin(job);
    return true;
}

enum exit_code job_fail(const struct job *job, const struct err *err)
{
    log_err(&job->log, LOG_ERROR, err);
    return err_exit_code(err->kind);
}

enum exit_code job_finish(struct job *job, enum exit_code code)
{
    int64_t elapsed_ms = (clock_elapsed_us() - job->started_us) / 1000;

    if (fflush(stdout) != 0 || ferror(stdout)) {
        log_line(&job->log, LOG_ERROR, "could not write to standard output");
        code = exit_code_worse(code, EXIT_IO_ERROR);
    }
    log_line(&job->log, edge_level(job), "end exit=%d result=\"%s\" elapsed_ms=%" PRId64, (int)code,
             exit_code_name(code), elapsed_ms);
    return code;
}

enum exit_code job_main(const struct job_spec *spec, int argc, char *const argv[], job_work *work,
                        void *context)
{
    CLEANUP(job_release) struct job job = JOB_INIT;
    struct err err = ERR_INIT;
    enum exit_code code = EXIT_CLEAN;

    if (!job_start(&job, spec, argc, argv, &code))
        return code;
    if (!work(&job, context, &code, &err))
        code = job_fail(&job, &err);
    return job_finish(&job, code);
}

void job_release(struct job *job)
{
    pg_close(job->pg);
    job->pg = NULL;
    arena_release(&job->arena);
}

bool job_connect(const struct job *job, struct pg **ret_pg, struct err *err)
{
    return pg_open(job->settings.database, ret_pg, err);
}

bool job_database(struct job *job, struct pg **ret_pg, struct err *err)
{
    if (job->pg == NULL && !job_connect(job, &job->pg, err))
        return false;
    *ret_pg = job->pg;
    return true;
}

bool job_stopping(void)
{
    sigset_t set;

    if (sigpending(&set) != 0)
        return false;
    return sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1;
}

bool job_wait(void *unused, int64_t wait_ms)
{
    sigset_t set;
    struct pollfd fd = {.events = POLLIN};
    int ready;

    (void)unused;
    assert(wait_ms >= 0 && wait_ms <= INT32_MAX);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    /* A descriptor that is readable while a signal is pending; reading it would take the signal
     * away. */
    fd.fd = signalfd(-1, &set, SFD_CLOEXEC);
    ready = poll(&fd, 1, (int)wait_ms);
    if (fd.fd >= 0)
        (void)close(fd.fd);
    return ready == 0;
}

struct instant job_deadline(const struct job *job, struct date day)
{
    struct instant end = beijing_start(date_add(day, 1));

    return (struct instant){end.us + job->settings.deadline_hours * INSTANT_HOUR};
}

struct instant job_published_at(const struct job *job, struct date day)
{
    struct instant end = beijing_start(date_add(day, 1));

    return (struct instant){end.us + job->settings.publish_hour * INSTANT_HOUR};
}
