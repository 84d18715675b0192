#include "run/command_system.h"

#include "pg/migrate.h"
#include "run/doctor.h"
#include "run/job.h"

static void print_step(void *context, const struct migration *migration)
{
    const struct job *job = context;

    (void)printf("%s %04d %s\n", job->dry_run ? "due" : "applying", migration->number,
                 migration->name);
}

static bool migrate(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct migrate_plan plan = {migrations, migration_count, job->dry_run, print_step, job};
    struct pg *pg;
    size_t due;

    (void)context;
    (void)ret_code;
    if (!job_database(job, &pg, err) || !migrate_run(pg, &plan, &due, err))
        return false;
    if (due == 0)
        (void)printf("the database is up to date\n");
    return true;
}

enum exit_code command_migrate(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon migrate",
        .words = "",
        .summary = "Brings the schema recon up to date.",
        .flags = JOB_CONFIG | JOB_DRY_RUN,
    };

    return job_main(&spec, argc, argv, migrate, NULL);
}

static bool doctor(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    (void)context;
    return doctor_run(job, stdout, ret_code, err);
}

enum exit_code command_doctor(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon doctor",
        .words = "",
        .summary = "Looks at database, contract views, keys and folders, says what to mend.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, doctor, NULL);
}

static bool print_sample(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    (void)job;
    (void)context;
    (void)ret_code;
    (void)err;
    job_config_sample(stdout);
    return true;
}

enum exit_code command_config_sample(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon config sample",
        .words = "",
        .summary = "Prints a configuration file with all keys and their defaults.",
        .flags = 0,
    };

    return job_main(&spec, argc, argv, print_sample, NULL);
}
