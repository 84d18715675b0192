#include "run/doctor.h"

#include "books/contract.h"
#include "pg/migrate.h"
#include "run/merchant.h"
#include "run/merchant_certificate.h"
#include "wxpay/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct doctor {
    struct job *job;
    struct table *table;
    enum exit_code code;
};

static void add(struct doctor *doctor, const char *check, struct view subject, const char *result,
                const char *detail)
{
    table_add(doctor->table, TABLE_CELLS(table_text(view_of(check)),
                                         subject.length > 0 ? table_id(subject) : table_none(),
                                         table_text(view_of(result)), table_text(view_of(detail))));
}

static void add_ok(struct doctor *doctor, const char *check, struct view subject,
                   const char *detail)
{
    add(doctor, check, subject, "ok", detail);
}

static const char *error_line(const struct err *err, char *room, size_t size)
{
    (void)snprintf(room, size, "%s%s%s", err->text, err->hint[0] != '\0' ? ": " : "", err->hint);
    return room;
}

static void add_failed(struct doctor *doctor, const char *check, struct view subject,
                       const struct err *err)
{
    char detail[ERR_TEXT_MAX + ERR_HINT_MAX + 4];

    add(doctor, check, subject, "failed", error_line(err, detail, sizeof(detail)));
    doctor->code = exit_code_worse(doctor->code, err_exit_code(err->kind));
}

static bool check_migrations(struct doctor *doctor, struct pg *pg)
{
    const struct migrate_plan plan = {migrations, migration_count, /* dry_run= */ true, NULL, NULL};
    struct err err = ERR_INIT;
    size_t due = 0;

    if (migrate_run(pg, &plan, &due, &err) && due > 0) {
        (void)err_set(&err, ERR_CONFIG, "%zu migrations are due", due);
        (void)err_hint(&err, "run payrecon migrate");
    }
    if (err.kind != ERR_NONE) {
        add_failed(doctor, "migrations", VIEW(""), &err);
        return false;
    }
    add_ok(doctor, "migrations", VIEW(""), "all applied");
    return true;
}

/* The nearest folder upwards that exists must take new files. */
static void check_folder(struct doctor *doctor)
{
    const char *folder = doctor->job->settings.statements_dir;
    struct err err = ERR_INIT;
    struct stat status;

    if (stat(folder, &status) != 0) {
        (void)err_set_errno(&err, ERR_CONFIG, errno, "could not look at %s", folder);
        (void)err_hint(&err, "make the folder, writable for the jobs' user");
    } else if (!S_ISDIR(status.st_mode)) {
        (void)err_set(&err, ERR_CONFIG, "%s is not a folder", folder);
    } else if (access(folder, W_OK | X_OK) != 0) {
        (void)err_set_errno(&err, ERR_ACCESS, errno, "could not write into %s", folder);
        (void)err_hint(&err, "give it to the jobs' user");
    }
    if (err.kind != ERR_NONE)
        add_failed(doctor, "statements_dir", VIEW(""), &err);
    else
        add_ok(doctor, "statements_dir", VIEW(""), folder);
}

static void add_warning(struct doctor *doctor, const char *check, struct view subject,
                        const struct err *err)
{
    char detail[ERR_TEXT_MAX + ERR_HINT_MAX + 4];

    add(doctor, check, subject, "warning", error_line(err, detail, sizeof(detail)));
}

static void judge_certificate(struct doctor *doctor, const struct merchant *merchant,
                              const struct wxpay_keys *keys)
{
    struct instant end = certificate_not_after(keys->certificate);
    struct merchant_certificate certificate = {
        .state = merchant_certificate_judge(end, clock_now(&doctor->job->clock)), .not_after = end};
    struct err err = ERR_INIT;
    char detail[128];

    switch (certificate.state) {
    case MERCHANT_CERTIFICATE_EXPIRED:
        (void)merchant_certificate_complain(&certificate, &err);
        add_failed(doctor, "keys", merchant->mchid, &err);
        return;
    case MERCHANT_CERTIFICATE_ENDING:
        (void)merchant_certificate_complain(&certificate, &err);
        add_warning(doctor, "keys", merchant->mchid, &err);
        return;
    case MERCHANT_CERTIFICATE_GOOD:
        (void)snprintf(detail, sizeof(detail), "the API certificate ends on %s%s",
                       date_text(beijing_day(end)).s,
                       keys->public_key != NULL ? ", public-key mode" : "");
        add_ok(doctor, "keys", merchant->mchid, detail);
        return;
    }
}

static void check_keys(struct doctor *doctor, const struct merchant *merchant)
{
    struct job *job = doctor->job;
    struct err err = ERR_INIT;
    struct wxpay_keys keys;

    if (!wxpay_keys_read(merchant_keys_dir(merchant, job->settings.keys_dir, &job->arena), &keys,
                         &err)) {
        add_failed(doctor, "keys", merchant->mchid, &err);
        return;
    }
    judge_certificate(doctor, merchant, &keys);
    wxpay_keys_release(&keys);
}

static void check_books(struct doctor *doctor, struct pg *pg, const struct merchant *merchant)
{
    CLEANUP(buf_release) struct buf problem = BUF_INIT(CONTRACT_PROBLEM_MAX);
    struct err err = ERR_INIT;

    if (!books_contract_check(pg, merchant->mchid, NULL, &problem, &err)) {
        add_failed(doctor, "books", merchant->mchid, &err);
        return;
    }
    if (problem.length > 0) {
        (void)err_set(&err, ERR_CONFIG, "%s", buf_text(&problem));
        add_failed(doctor, "books", merchant->mchid, &err);
        return;
    }
    add_ok(doctor, "books", merchant->mchid, "the contract views are there");
}

static void check_merchant(struct doctor *doctor, struct pg *pg, const struct merchant *merchant)
{
    if (merchant->mode == MERCHANT_NONE) {
        add_ok(doctor, "merchant", merchant->mchid, "no WeChat Pay: nothing is done for it");
        return;
    }
    if (merchant->suspended) {
        add_ok(doctor, "merchant", merchant->mchid, "suspended: nothing is done for it");
        return;
    }
    check_keys(doctor, merchant);
    check_books(doctor, pg, merchant);
}

static bool check_merchants(struct doctor *doctor, struct pg *pg, struct err *err)
{
    struct job *job = doctor->job;
    struct merchant_list list;
    struct err none = ERR_INIT;

    if (!merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    if (list.count == 0) {
        (void)err_set(&none, ERR_CONFIG, "there is no merchant");
        (void)err_hint(&none, "payrecon merchant add");
        add_failed(doctor, "merchants", VIEW(""), &none);
    }
    for (size_t i = 0; i < list.count; i++)
        check_merchant(doctor, pg, &list.at[i]);
    return true;
}

static bool check_all(struct doctor *doctor, struct err *err)
{
    struct err failure = ERR_INIT;
    struct pg *pg;

    add_ok(doctor, "configuration", VIEW(""), doctor->job->config_path);
    check_folder(doctor);
    if (!job_database(doctor->job, &pg, &failure)) {
        add_failed(doctor, "database", VIEW(""), &failure);
        return true;
    }
    add_ok(doctor, "database", VIEW(""), "reachable");
    if (!check_migrations(doctor, pg))
        return true;
    return check_merchants(doctor, pg, err);
}

bool doctor_run(struct job *job, FILE *out, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"check", "CHECK", TABLE_TEXT},
        {"mchid", "MERCHANT", TABLE_ID},
        {"result", "RESULT", TABLE_TEXT},
        {"detail", "DETAIL", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct doctor doctor = {job, table, EXIT_CLEAN};

    if (!check_all(&doctor, err) || !table_print(table, job->format, out, err))
        return false;
    *ret_code = doctor.code;
    return true;
}
