#include "run/command_bill.h"

#include "report/bill_inspect.h"
#include "run/bills.h"
#include "run/job.h"

#include <inttypes.h>

enum { NAME_ROWS = 3, VERSIONS_MAX = 1000000 };

static bool inspect(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    (void)context;
    return report_bill_inspect(job->words.at, job->words.count, job->format, stdout, ret_code, err);
}

enum exit_code command_bill_inspect(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon bill inspect",
        .words = "FILE...",
        .summary = "Reads bill files, plain or gzip, and checks their totals. Needs no database.",
        .flags = JOB_FORMAT,
        .words_least = 1,
        .words_most = OPTION_WORDS_MAX,
    };

    return job_main(&spec, argc, argv, inspect, NULL);
}

/* --mchid, --day and --kind; --bill-version of an export. */
struct naming {
    const char *mchid;
    struct date day;
    bool has_day;
    const char *kind;
    int64_t version;
    bool has_version;
};

static void name_rows(struct naming *naming, struct option_row rows[NAME_ROWS])
{
    rows[0] = (struct option_row){"mchid", 0,       OPTION_TEXT,       &naming->mchid,
                                  NULL,    "MCHID", "whose bill it is"};
    rows[1] = (struct option_row){
        "day", 'd', OPTION_DATE, &naming->day, &naming->has_day, "YYYY-MM-DD", "its bill day"};
    rows[2] = (struct option_row){"kind", 0,      OPTION_TEXT,        &naming->kind,
                                  NULL,   "KIND", EVIDENCE_KINDS_TEXT};
}

static bool check_names(const struct naming *naming, struct err *err)
{
    if (naming->mchid == NULL || !naming->has_day || naming->kind == NULL)
        return err_set(err, ERR_USAGE, "options --mchid, --day and --kind are required");
    return bills_check_kind(naming->kind, err);
}

static bool load(struct job *job, const struct naming *naming, struct merchant *merchant,
                 struct pg **ret_pg, struct err *err)
{
    if (!check_names(naming, err) || !job_database(job, ret_pg, err) ||
        !merchant_load_one(*ret_pg, view_of(naming->mchid), &job->arena, merchant, err))
        return false;
    if (merchant->mode == MERCHANT_NONE)
        return err_set(err, ERR_USAGE, "merchant %s takes no WeChat Pay", naming->mchid);
    return true;
}

static bool import(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct naming *naming = context;
    struct merchant merchant;
    struct bills_name name = {&merchant, naming->day, naming->kind};
    struct evidence_stored stored;
    struct pg *pg;

    (void)ret_code;
    if (!load(job, naming, &merchant, &pg, err) ||
        !bills_import(pg, &name, job->words.at[0], clock_now(&job->clock), &stored, err))
        return false;
    (void)printf("%s %s %s version %" PRId32 "%s\n", naming->mchid, date_text(naming->day).s,
                 naming->kind, stored.version, stored.is_new ? "" : ", which was there already");
    return true;
}

enum exit_code command_bill_import(int argc, char *const argv[])
{
    struct naming naming = {.mchid = NULL};
    struct option_row rows[NAME_ROWS];
    const struct job_spec spec = {
        .program = "payrecon bill import",
        .words = "FILE",
        .summary = "Puts a bill that a person downloaded, plain or gzip, into evidence.",
        .flags = JOB_CONFIG,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = NAME_ROWS,
    };

    name_rows(&naming, rows);
    return job_main(&spec, argc, argv, import, &naming);
}

static bool list(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    return job_database(job, &pg, err) &&
           merchant_load(pg, &job->merchants, &job->arena, &merchants, err) &&
           bills_list(pg, &merchants, &job->days, job->format, stdout, err);
}

enum exit_code command_bill_list(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon bill list",
        .words = "",
        .summary = "Lists the bills in evidence, all versions.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, list, NULL);
}

static bool export(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct naming *naming = context;
    struct merchant merchant;
    struct bills_name name = {&merchant, naming->day, naming->kind};
    struct pg *pg;

    (void)ret_code;
    if (naming->has_version && (naming->version < 1 || naming->version > VERSIONS_MAX))
        return err_set(err, ERR_USAGE, "option --bill-version: not a number from 1 to %d",
                       VERSIONS_MAX);
    return load(job, naming, &merchant, &pg, err) &&
           bills_export(pg, &name, (int32_t)naming->version, job->words.at[0], err);
}

enum exit_code command_bill_export(int argc, char *const argv[])
{
    struct naming naming = {.mchid = NULL};
    struct option_row rows[NAME_ROWS + 1];
    const struct job_spec spec = {
        .program = "payrecon bill export",
        .words = "FILE",
        .summary = "Writes a bill as it was received into a new file, or to \"-\".",
        .flags = JOB_CONFIG,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = NAME_ROWS + 1,
    };

    name_rows(&naming, rows);
    rows[NAME_ROWS] = (struct option_row){"bill-version",
                                          0,
                                          OPTION_COUNT,
                                          &naming.version,
                                          &naming.has_version,
                                          "NUMBER",
                                          "another version than the one that counts"};
    return job_main(&spec, argc, argv, export, &naming);
}
