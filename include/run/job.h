/* What every program's main does: options, configuration, clock, log, database on demand, first and
 * last log line, exit code.
 *
 *     int main(int argc, char *argv[])
 *     {
 *         const struct job_spec spec = {.program = "payrecon-fetch", …};
 *
 *         return (int)job_main(&spec, argc, argv, fetch, NULL);
 *     }
 *
 * One array of options per program extends the common ones that its spec asks for; the help is
 * printed from both. Results go to stdout, log lines to stderr.
 *
 * Programs that work in steps (JOB_STEPS) hold SIGTERM and SIGINT back: they stay pending, nothing
 * is interrupted, and job_stopping says that one has come. Finish the step, commit, end with
 * EXIT_TRY_LATER. So no handler and no global flag exists. */
#ifndef RUN_JOB_H
#define RUN_JOB_H

#include "base/config.h"
#include "base/log.h"
#include "base/options.h"
#include "pg/pg.h"
#include "text/table.h"

#define JOB_CONFIG_PATH "/etc/payrecon/payrecon.conf"
#define JOB_CONFIG_VARIABLE "PAYRECON_CONFIG"

/* Which common options a program has, and what kind of program it is. Every program has --verbose,
 * --quiet, --version, --help and --now. */
enum job_flag {
    JOB_CONFIG = 1 << 0,    /* --config; the configuration is read */
    JOB_MERCHANTS = 1 << 1, /* --merchant, repeatable */
    JOB_DAYS = 1 << 2,      /* --day, or --from and --to */
    JOB_DRY_RUN = 1 << 3,   /* --dry-run */
    JOB_FORMAT = 1 << 4,    /* --format */
    JOB_STEPS = 1 << 5,     /* ends gently; begin and end are logged without --verbose, too */
};

struct job_spec {
    const char *program; /* as typed: "payrecon-fetch", "payrecon bill list" */
    const char *words;   /* what follows the options in the usage line; "" for none */
    const char *summary; /* one sentence for --help, ends with a full stop */
    unsigned flags;      /* of enum job_flag */
    size_t words_least, words_most;
    const struct option_row *rows; /* the program's own options */
    size_t row_count;
};

/* payrecon.conf(5). Texts live as long as the job. */
struct job_settings {
    const char *database;       /* libpq connection settings */
    const char *keys_dir;       /* one folder per merchant number inside */
    const char *statements_dir; /* one folder per merchant number inside */
    const char *wxpay_url;
    const char *wxpay_backup_url; /* "": WeChat Pay's own beside its own; "none": none */
    const char *wxpay_ca_file;    /* "": the system's certificates */
    int64_t publish_hour;         /* Beijing, of the day after the bill day */
    int64_t deadline_hours;       /* after the bill day's end: what is missing then will not come */
    int64_t retry_minutes;        /* between two tries of an incomplete day */
    int64_t
        recheck_days; /* published days whose bills are asked for again on later days; 0: none */

    /* Limits of deposit refunds, for each merchant, in yuan but for the count. */
    int64_t refund_request_most, refund_run_most, refund_hour_most, refund_day_most;
    int64_t refund_day_count;
    int64_t refund_large; /* from here on one is marked as large */

    int64_t refund_sla_hours;      /* longer under way: R04 */
    int64_t refund_due_days;       /* from due to overdue (R10) */
    int64_t refund_approval_hours; /* how long a batch may be approved and sent */
};

/* Bill days that the user named. Without any, what is due is done. */
struct job_days {
    bool given;
    struct date from, to; /* both included */
};

struct job {
    const struct job_spec *spec;
    const char *config_path;
    struct option_texts merchants; /* none: all */
    struct job_days days;
    bool dry_run;
    enum table_format format;
    struct option_words words;
    struct job_settings settings;
    struct clock clock;
    struct log log;
    struct arena arena; /* lives as long as the job */
    struct pg *pg;      /* use job_database */
    int64_t started_us;
};

#define JOB_INIT ((struct job){.spec = NULL})

/* What the program does. *ret_code is EXIT_CLEAN before; an error is logged by the caller. */
typedef bool job_work(struct job *job, void *context, enum exit_code *ret_code, struct err *err);

/* Start, work, finish. */
enum exit_code job_main(const struct job_spec *spec, int argc, char *const argv[], job_work *work,
                        void *context);

/* False when there is nothing left to do: help or version was printed, or an error was logged; exit
 * with *ret_code. */
bool job_start(struct job *job, const struct job_spec *spec, int argc, char *const argv[],
               enum exit_code *ret_code);

/* Logs the last line and returns the code, or EXIT_IO_ERROR when stdout did not take everything. */
enum exit_code job_finish(struct job *job, enum exit_code code);

/* Logs the error and returns its exit code. */
enum exit_code job_fail(const struct job *job, const struct err *err);

void job_release(struct job *job);

/* The job's own connection, opened at the first call. */
bool job_database(struct job *job, struct pg **ret_pg, struct err *err);

/* One more connection, the caller's. */
bool job_connect(const struct job *job, struct pg **ret_pg, struct err *err);

/* Whether SIGTERM or SIGINT has come; stays true. Any thread may ask. */
bool job_stopping(void);

/* Waits, but not longer than until job_stopping. Returns whether it waited all of it. Fits
 * wxpay_wait_function. */
bool job_wait(void *unused, int64_t wait_ms);

/* The instant from which on a missing bill of `day` will not come any more (DOMAIN §3.2). */
struct instant job_deadline(const struct job *job, struct date day);

/* From when on WeChat Pay's bill of `day` may be asked for (FACTS §3.3). */
struct instant job_published_at(const struct job *job, struct date day);

/* What goes into wxpay_settings.backup_url. */
const char *job_backup_url(const struct job_settings *settings);

/* `payrecon config sample`. */
void job_config_sample(FILE *out);

#endif
