#include "run/command_merchant.h"

#include "run/job.h"
#include "run/merchant.h"
#include "wxpay/keys.h"

#include <string.h>

/* What the options say. */
struct adding {
    const char *mchid, *name, *rate, *sp_mchid, *fund_account;
    struct option_texts appids;
    struct date first_day;
    bool has_first_day;
};

static bool require(const char *value, const char *name, struct err *err)
{
    if (value != NULL && value[0] != '\0')
        return true;
    return err_set(err, ERR_USAGE, "option --%s is required", name);
}

static bool set_provider(const struct adding *adding, struct merchant *merchant, struct err *err)
{
    if (adding->sp_mchid == NULL)
        return true;
    merchant->mode = MERCHANT_PARTNER;
    merchant->sp_mchid = view_of(adding->sp_mchid);
    return merchant_check_mchid(merchant->sp_mchid, err);
}

static bool set_fund_account(const struct adding *adding, struct merchant *merchant,
                             struct err *err)
{
    bool direct = adding->sp_mchid == NULL;
    const char *account = adding->fund_account;

    if (account == NULL)
        account = direct ? "BASIC" : "none";
    if (strcmp(account, "BASIC") != 0 && strcmp(account, "none") != 0)
        return err_set(err, ERR_USAGE, "option --fund-account: \"%s\" is not BASIC or none",
                       account);
    merchant->fund_account = view_of(strcmp(account, "none") == 0 ? "" : account);
    return true;
}

static bool set_appids(const struct adding *adding, struct arena *arena, struct merchant *merchant,
                       struct err *err)
{
    struct view *appids = ARENA_ARRAY(arena, struct view, adding->appids.count);

    if (adding->appids.count == 0)
        return require(NULL, "appid", err);
    for (size_t i = 0; i < adding->appids.count; i++) {
        appids[i] = view_of(adding->appids.at[i]);
        if (!merchant_check_appid(appids[i], err))
            return false;
        for (size_t j = 0; j < i; j++) {
            if (view_equal(appids[i], appids[j]))
                return err_set(err, ERR_USAGE, "AppID %s is given twice", adding->appids.at[i]);
        }
    }
    merchant->appids = appids;
    merchant->appid_count = adding->appids.count;
    return true;
}

static bool set_merchant(const struct adding *adding, struct arena *arena,
                         struct merchant *merchant, struct err *err)
{
    if (!require(adding->mchid, "mchid", err) || !require(adding->name, "name", err) ||
        !require(adding->rate, "rate", err))
        return false;
    if (!adding->has_first_day)
        return require(NULL, "first-day", err);

    merchant->mchid = view_of(adding->mchid);
    merchant->name = view_of(adding->name);
    merchant->first_day = adding->first_day;
    if (!view_is_utf8(merchant->name))
        return err_set(err, ERR_USAGE, "option --name is not UTF-8");
    if (!rate_parse(view_of(adding->rate), &merchant->rate))
        return err_set(err, ERR_USAGE, "option --rate: \"%s\" is not a rate like 0.60%%",
                       adding->rate);
    return merchant_check_mchid(merchant->mchid, err) && set_fund_account(adding, merchant, err) &&
           set_provider(adding, merchant, err) && set_appids(adding, arena, merchant, err);
}

/* Offline: the files are there, private, and belong together. */
static bool check_keys(struct job *job, const struct merchant *merchant, struct err *err)
{
    struct wxpay_keys keys;

    if (!wxpay_keys_read(merchant_keys_dir(merchant, job->settings.keys_dir, &job->arena), &keys,
                         err))
        return false;
    wxpay_keys_release(&keys);
    return true;
}

static bool add(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct adding *adding = context;
    struct merchant merchant = {.mode = MERCHANT_DIRECT};
    struct pg *pg;

    (void)ret_code;
    if (!set_merchant(adding, &job->arena, &merchant, err) || !check_keys(job, &merchant, err) ||
        !job_database(job, &pg, err))
        return false;
    if (!job->dry_run && !merchant_add(pg, &merchant, clock_now(&job->clock), err))
        return false;
    (void)printf("%s merchant %s\n", job->dry_run ? "would add" : "added", adding->mchid);
    return true;
}

enum exit_code command_merchant_add(int argc, char *const argv[])
{
    struct adding adding = {.mchid = NULL};
    const struct option_row rows[] = {
        {"mchid", 0, OPTION_TEXT, &adding.mchid, NULL, "MCHID", "the company's merchant number"},
        {"name", 0, OPTION_TEXT, &adding.name, NULL, "NAME", "the company's name"},
        {"appid", 0, OPTION_TEXTS, &adding.appids, NULL, "APPID",
         "a mini program of the company; may be repeated"},
        {"rate", 0, OPTION_TEXT, &adding.rate, NULL, "RATE", "contract fee rate, as 0.60%"},
        {"first-day", 0, OPTION_DATE, &adding.first_day, &adding.has_first_day, "YYYY-MM-DD",
         "first bill day to reconcile"},
        {"fund-account", 0, OPTION_TEXT, &adding.fund_account, NULL, "ACCOUNT",
         "BASIC or none (default: BASIC; none with --sp-mchid)"},
        {"sp-mchid", 0, OPTION_TEXT, &adding.sp_mchid, NULL, "MCHID",
         "service provider through which it trades"},
    };
    const struct job_spec spec = {
        .program = "payrecon merchant add",
        .words = "",
        .summary = "Adds a rental company whose keys are in keys_dir.",
        .flags = JOB_CONFIG | JOB_DRY_RUN,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, add, &adding);
}

static bool list(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    return job_database(job, &pg, err) &&
           merchant_load(pg, &job->merchants, &job->arena, &merchants, err) &&
           merchant_print(&merchants, job->format, stdout, err);
}

enum exit_code command_merchant_list(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon merchant list",
        .words = "",
        .summary = "Lists the merchants.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, list, NULL);
}
