/* `payrecon merchant add`. */
#include "run/command_merchant.h"

#include "crypto/digest.h"
#include "run/job.h"
#include "run/merchant.h"
#include "run/merchant_certificate.h"
#include "run/merchant_install.h"

#include <stdio.h>
#include <string.h>

enum {
    ADD_OPTIONS = 11,
    SLUG_DIGITS = 10, /* hex digits of a digest */
};

/* What the options say, and what becomes of it. */
struct adding {
    const char *mchid, *name, *rate, *sp_mchid, *fund_account, *store_appid;
    const char *contact_name, *contact_mobile;
    struct option_texts appids;
    struct date first_day;
    bool has_first_day, no_wechat;
    struct merchant_key_files files;
    /* while it runs */
    struct merchant merchant;
    struct merchant_contact contact;
    struct merchant_place place;
    struct merchant_keys keys;
    struct merchant_keys_facts facts;
};

/* ---- what is asked for ----------------------------------------------------------------------- */

static bool require(const char *value, const char *name, struct err *err)
{
    if (value != NULL && value[0] != '\0')
        return true;
    return err_set(err, ERR_USAGE, "option --%s is required", name);
}

static bool set_provider(struct adding *adding, struct err *err)
{
    struct merchant *merchant = &adding->merchant;

    if (adding->sp_mchid == NULL)
        return true;
    merchant->mode = MERCHANT_PARTNER;
    merchant->sp_mchid = view_of(adding->sp_mchid);
    return merchant_check_mchid(merchant->sp_mchid, err);
}

static bool set_fund_account(struct adding *adding, struct err *err)
{
    bool direct = adding->sp_mchid == NULL;
    const char *account = adding->fund_account;

    if (account == NULL)
        account = direct ? "BASIC" : "none";
    if (strcmp(account, "BASIC") != 0 && strcmp(account, "none") != 0)
        return err_set(err, ERR_USAGE, "option --fund-account: \"%s\" is not BASIC or none",
                       account);
    adding->merchant.fund_account = view_of(strcmp(account, "none") == 0 ? "" : account);
    return true;
}

static bool add_appid(struct view *appids, size_t *count, const char *appid, struct err *err)
{
    struct view added = view_of(appid);

    if (!merchant_check_appid(added, err))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (view_equal(added, appids[i]))
            return err_set(err, ERR_USAGE, "AppID %s is given twice", appid);
    }
    appids[(*count)++] = added;
    return true;
}

static bool set_appids(struct adding *adding, struct arena *arena, struct err *err)
{
    struct view *appids = ARENA_ARRAY(arena, struct view, adding->appids.count + 1);
    struct merchant *merchant = &adding->merchant;

    if (adding->appids.count == 0)
        return require(NULL, "appid", err);
    for (size_t i = 0; i < adding->appids.count; i++) {
        if (!add_appid(appids, &merchant->appid_count, adding->appids.at[i], err))
            return false;
    }
    if (adding->store_appid != NULL) {
        if (!add_appid(appids, &merchant->appid_count, adding->store_appid, err))
            return err_wrap(err, "option --store-appid");
        merchant->store_appid = view_of(adding->store_appid);
    }
    merchant->appids = appids;
    return true;
}

static bool set_contact(struct adding *adding, struct err *err)
{
    return merchant_contact_given(adding->contact_name, adding->contact_mobile, &adding->contact,
                                  err);
}

static bool set_name(struct adding *adding, struct err *err)
{
    adding->merchant.name = view_of(adding->name);
    if (!view_is_utf8(adding->merchant.name))
        return err_set(err, ERR_USAGE, "option --name is not UTF-8");
    return true;
}

static bool set_with_wechat(struct adding *adding, struct arena *arena, struct err *err)
{
    struct merchant *merchant = &adding->merchant;

    if (!require(adding->mchid, "mchid", err) || !require(adding->name, "name", err) ||
        !require(adding->rate, "rate", err))
        return false;
    if (!adding->has_first_day)
        return require(NULL, "first-day", err);

    merchant->mchid = view_of(adding->mchid);
    merchant->first_day = adding->first_day;
    if (!rate_parse(view_of(adding->rate), &merchant->rate))
        return err_set(err, ERR_USAGE, "option --rate: \"%s\" is not a rate like 0.60%%",
                       adding->rate);
    return set_name(adding, err) && merchant_check_mchid(merchant->mchid, err) &&
           set_fund_account(adding, err) && set_provider(adding, err) &&
           set_appids(adding, arena, err) && set_contact(adding, err);
}

/* ---- a company without WeChat Pay ------------------------------------------------------------ */

/* The same name gives the same identifier, so that adding it twice is noticed. */
static struct view make_identifier(const char *name, struct arena *arena)
{
    struct digest_value digest = digest_of(DIGEST_SHA256, view_of(name));
    CLEANUP(buf_release) struct buf text = BUF_INIT(64);

    buf_add_format(&text, "%s%.*s", MERCHANT_NONE_PREFIX, SLUG_DIGITS, digest_text(&digest).s);
    return view_from(arena_copy(arena, text.at, text.length), text.length);
}

static bool set_without_wechat(struct adding *adding, struct job *job, struct err *err)
{
    struct merchant *merchant = &adding->merchant;

    if (adding->rate != NULL || adding->sp_mchid != NULL || adding->fund_account != NULL ||
        adding->store_appid != NULL || adding->appids.count > 0 || adding->has_first_day ||
        merchant_key_files_given(&adding->files))
        return err_set(err, ERR_USAGE,
                       "with --no-wechat only --name, --mchid and the contact are given");
    if (!require(adding->name, "name", err) || !set_name(adding, err) || !set_contact(adding, err))
        return false;

    merchant->mode = MERCHANT_NONE;
    merchant->first_day = beijing_day(clock_now(&job->clock));
    merchant->mchid =
        adding->mchid != NULL ? view_of(adding->mchid) : make_identifier(adding->name, &job->arena);
    return merchant_check_none(merchant->mchid, err);
}

/* ---- its keys -------------------------------------------------------------------------------- */

/* Keys that somebody put into keys_dir: the files are there, private, and belong together. */
static bool check_installed(struct adding *adding, struct job *job, struct err *err)
{
    const char *folder = merchant_keys_dir(&adding->merchant, job->settings.keys_dir, &job->arena);
    struct wxpay_keys keys;

    if (!wxpay_keys_read(folder, &keys, err)) {
        if (!merchant_keys_installed(&adding->place))
            (void)err_hint(err, "give the keys: --archive FILE --apiv3-key FILE");
        return false;
    }
    (void)snprintf(adding->facts.serial, sizeof(adding->facts.serial), "%s",
                   certificate_serial(keys.certificate));
    adding->facts.not_after = certificate_not_after(keys.certificate);
    adding->facts.public_key_mode = keys.public_key != NULL;
    wxpay_keys_release(&keys);
    return true;
}

static bool check_given(struct adding *adding, struct job *job, struct err *err)
{
    struct view signer = adding->place.signer;

    return merchant_keys_gather(&adding->files, signer, &adding->keys, err) &&
           merchant_keys_check(&adding->keys, signer, clock_now(&job->clock), &adding->facts, err);
}

/* Installed keys stay: the same ones are what an interrupted run, or another sub-merchant of the
 * provider, left there. */
static bool accept_installed(const struct adding *adding, struct err *err)
{
    bool same = false;

    if (!merchant_keys_installed(&adding->place))
        return true;
    if (!merchant_keys_same(&adding->place, &adding->keys, &same, err))
        return false;
    if (!same) {
        (void)err_set(err, ERR_DATA, "%s/%.*s holds other keys; nothing is overwritten",
                      adding->place.keys_dir, VIEW_ARG(adding->place.signer));
        return err_hint(err, "add the merchant without key options, then payrecon merchant "
                             "rotate-key");
    }
    return true;
}

static bool install(struct adding *adding, struct pg *pg, struct err *err)
{
    const struct merchant_place *place = &adding->place;
    CLEANUP(buf_release) struct buf folder = BUF_INIT(4096);
    bool held = false;

    if (!merchant_keys_lock(pg, place->signer, &held, err))
        return false;
    if (!held)
        return err_set(err, ERR_LATER, "somebody else is installing keys of %.*s",
                       VIEW_ARG(place->signer));
    if (merchant_keys_installed(place)) {
        merchant_keys_unstage(place);
        return accept_installed(adding, err);
    }
    if (!merchant_keys_stage(place, &adding->keys, &folder, err))
        return false;
    if (!merchant_keys_publish(place, err)) {
        merchant_keys_unstage(place);
        return false;
    }
    (void)printf("installed its keys in %s/%.*s\n", place->keys_dir, VIEW_ARG(place->signer));
    return true;
}

/* ---- adding ---------------------------------------------------------------------------------- */

/* Before anything is written: a known merchant's keys are not touched. */
static bool check_unknown(struct pg *pg, const struct adding *adding, struct arena *arena,
                          struct err *err)
{
    const struct option_texts all = {.count = 0};
    struct merchant_list list;

    if (!merchant_load(pg, &all, arena, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        if (view_equal(list.at[i].mchid, adding->merchant.mchid)) {
            (void)err_set(err, ERR_DATA, "merchant %.*s is known already",
                          VIEW_ARG(adding->merchant.mchid));
            return err_hint(err, "payrecon merchant rotate-key installs its keys on this host, or "
                                 "other ones");
        }
    }
    return true;
}

static void report(const struct adding *adding, const struct job *job)
{
    const struct merchant *merchant = &adding->merchant;
    struct merchant_certificate certificate = {.not_after = adding->facts.not_after};

    (void)printf("%s merchant %.*s\n", job->dry_run ? "would add" : "added",
                 VIEW_ARG(merchant->mchid));
    if (merchant->mode == MERCHANT_NONE) {
        (void)printf("it takes no WeChat Pay: it is shown, and skipped by every run\n");
        return;
    }
    (void)printf("its API certificate %s ends on %s%s\n", adding->facts.serial,
                 date_text(beijing_day(adding->facts.not_after)).s,
                 adding->facts.public_key_mode ? "; public-key mode" : "");
    certificate.state = merchant_certificate_judge(certificate.not_after, clock_now(&job->clock));
    if (certificate.state != MERCHANT_CERTIFICATE_GOOD) {
        struct err err = ERR_INIT;

        (void)merchant_certificate_complain(&certificate, &err);
        log_err(&job->log, LOG_WARNING, &err);
    }
    if (!job->dry_run)
        (void)printf("next: payrecon merchant check --merchant %.*s; bills from %s on are fetched "
                     "by the next payrecon-nightly\n",
                     VIEW_ARG(merchant->mchid), date_text(merchant->first_day).s);
}

static bool add_to_database(struct adding *adding, struct job *job, struct err *err)
{
    bool given = merchant_key_files_given(&adding->files);
    const struct merchant_contact *contact =
        adding->contact.name.length > 0 ? &adding->contact : NULL;
    struct pg *pg;

    if (!job_database(job, &pg, err) || !check_unknown(pg, adding, &job->arena, err) ||
        (given && !accept_installed(adding, err)))
        return false;
    if (job->dry_run)
        return true;
    return (!given || install(adding, pg, err)) &&
           merchant_add(pg, &adding->merchant, contact, clock_now(&job->clock), err);
}

static bool add_checked(struct adding *adding, struct job *job, struct err *err)
{
    bool given = merchant_key_files_given(&adding->files);
    bool none = adding->no_wechat;

    adding->place =
        (struct merchant_place){job->settings.keys_dir, merchant_signer(&adding->merchant)};
    if (!none && !(given ? check_given(adding, job, err) : check_installed(adding, job, err)))
        return false;
    if (!add_to_database(adding, job, err))
        return false;
    report(adding, job);
    return true;
}

static bool add(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct adding *adding = context;
    bool done;

    (void)ret_code;
    if (!(adding->no_wechat ? set_without_wechat(adding, job, err)
                            : set_with_wechat(adding, &job->arena, err)))
        return false;

    adding->keys = MERCHANT_KEYS_INIT;
    done = add_checked(adding, job, err);
    merchant_keys_release(&adding->keys);
    return done;
}

static void add_options(struct adding *adding, struct option_row ret_rows[ADD_OPTIONS])
{
    const struct option_row rows[ADD_OPTIONS] = {
        {"mchid", 0, OPTION_TEXT, &adding->mchid, NULL, "MCHID", "the company's merchant number"},
        {"name", 0, OPTION_TEXT, &adding->name, NULL, "NAME", "the company's name"},
        {"appid", 0, OPTION_TEXTS, &adding->appids, NULL, "APPID",
         "the riders' mini program; may be repeated"},
        {"store-appid", 0, OPTION_TEXT, &adding->store_appid, NULL, "APPID",
         "the stores' mini program, which may be the vendor's"},
        {"rate", 0, OPTION_TEXT, &adding->rate, NULL, "RATE", "contract fee rate, as 0.60%"},
        {"first-day", 0, OPTION_DATE, &adding->first_day, &adding->has_first_day, "YYYY-MM-DD",
         "first bill day to reconcile"},
        {"fund-account", 0, OPTION_TEXT, &adding->fund_account, NULL, "ACCOUNT",
         "BASIC or none (default: BASIC; none with --sp-mchid)"},
        {"sp-mchid", 0, OPTION_TEXT, &adding->sp_mchid, NULL, "MCHID",
         "service provider through which it trades; the keys are the provider's"},
        {"contact-name", 0, OPTION_TEXT, &adding->contact_name, NULL, "NAME",
         "whom to call about operations"},
        {"contact-mobile", 0, OPTION_TEXT, &adding->contact_mobile, NULL, "NUMBER",
         "and the number; both are masked in lists and in no log"},
        {"no-wechat", 0, OPTION_FLAG, &adding->no_wechat, NULL, NULL,
         "a company that takes no WeChat Pay; --mchid may be none-SLUG (default: made from the "
         "name)"},
    };

    memcpy(ret_rows, rows, sizeof(rows));
}

enum exit_code command_merchant_add(int argc, char *const argv[])
{
    struct adding adding = {.merchant = {.mode = MERCHANT_DIRECT}};
    struct option_row rows[ADD_OPTIONS + MERCHANT_KEY_OPTIONS];
    const struct job_spec spec = {
        .program = "payrecon merchant add",
        .words = "",
        .summary = "Adds a rental company: checks its keys offline, installs them in keys_dir, "
                   "registers it. Without key options the keys must be there.",
        .flags = JOB_CONFIG | JOB_DRY_RUN,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    add_options(&adding, rows);
    merchant_key_options(&adding.files, rows + ADD_OPTIONS);
    return job_main(&spec, argc, argv, add, &adding);
}
