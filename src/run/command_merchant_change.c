/* Commands that change a merchant that is there: suspend, resume, edit, rotate-key. */
#include "run/command_merchant.h"

#include "crypto/random.h"
#include "run/job.h"
#include "run/merchant.h"
#include "run/merchant_check.h"
#include "run/merchant_install.h"

#include <stdio.h>

/* ---- suspend, resume ------------------------------------------------------------------------- */

struct changing {
    enum merchant_change change;
    const char *reason;
    const char *done, *already; /* in words */
};

static bool check_reason(const char *reason, struct err *err)
{
    if (reason == NULL || view_trim(view_of(reason)).length == 0)
        return err_set(err, ERR_USAGE, "option --reason is required");
    if (!view_is_utf8(view_of(reason)))
        return err_set(err, ERR_USAGE, "option --reason is not UTF-8");
    return true;
}

static bool load_named(struct job *job, struct pg **ret_pg, struct merchant *ret_merchant,
                       struct err *err)
{
    if (job->merchants.count != 1)
        return err_set(err, ERR_USAGE, "option --merchant is required, once");
    return job_database(job, ret_pg, err) &&
           merchant_load_one(*ret_pg, view_of(job->merchants.at[0]), &job->arena, ret_merchant,
                             err);
}

static bool change(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct changing *changing = context;
    struct merchant_event event = {.change = changing->change, .at = clock_now(&job->clock)};
    struct merchant merchant;
    bool changed = false;
    struct pg *pg;

    (void)ret_code;
    if (!check_reason(changing->reason, err) || !load_named(job, &pg, &merchant, err))
        return false;
    event.reason = view_of(changing->reason);
    if (!merchant_change(pg, merchant.mchid, &event, &changed, err))
        return false;
    (void)printf("merchant %.*s %s\n", VIEW_ARG(merchant.mchid),
                 changed ? changing->done : changing->already);
    return true;
}

static enum exit_code run_change(const char *program, const char *summary,
                                 struct changing *changing, int argc, char *const argv[])
{
    const struct option_row rows[] = {
        {"reason", 0, OPTION_TEXT, &changing->reason, NULL, "TEXT", "why; kept with your login"},
    };
    const struct job_spec spec = {
        .program = program,
        .words = "",
        .summary = summary,
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, change, changing);
}

enum exit_code command_merchant_suspend(int argc, char *const argv[])
{
    struct changing changing = {
        .change = MERCHANT_SUSPENDED,
        .done = "suspended: nothing is done for it until payrecon merchant resume",
        .already = "is suspended already: nothing changed",
    };

    return run_change("payrecon merchant suspend",
                      "Stops all work for a merchant until it is resumed.", &changing, argc, argv);
}

enum exit_code command_merchant_resume(int argc, char *const argv[])
{
    struct changing changing = {
        .change = MERCHANT_RESUMED,
        .done = "resumed: the next run does what became due meanwhile",
        .already = "is not suspended: nothing changed",
    };

    return run_change("payrecon merchant resume", "Goes on with a merchant that was suspended.",
                      &changing, argc, argv);
}

/* ---- edit ------------------------------------------------------------------------------------ */

enum { EDIT_OPTIONS = 7 };

struct editing {
    const char *name, *rate, *contact_name, *contact_mobile, *store_appid, *reason;
    struct option_texts appids;
};

static bool read_rate(const struct editing *editing, struct merchant_edit *edit, struct err *err)
{
    edit->has_rate = editing->rate != NULL;
    if (edit->has_rate && !rate_parse(view_of(editing->rate), &edit->rate))
        return err_set(err, ERR_USAGE, "option --rate: \"%s\" is not a rate like 0.60%%",
                       editing->rate);
    return true;
}

static bool read_appids(const struct editing *editing, struct arena *arena,
                        struct merchant_edit *edit, struct err *err)
{
    struct view *appids = ARENA_ARRAY(arena, struct view, editing->appids.count + 1);

    for (size_t i = 0; i < editing->appids.count; i++) {
        appids[i] = view_of(editing->appids.at[i]);
        if (!merchant_check_appid(appids[i], err))
            return false;
    }
    edit->appids = appids;
    edit->appid_count = editing->appids.count;
    edit->store_appid = view_of(editing->store_appid);
    return editing->store_appid == NULL || merchant_check_appid(edit->store_appid, err);
}

static bool read_edit(const struct editing *editing, struct arena *arena,
                      struct merchant_edit *edit, struct err *err)
{
    bool given = editing->name != NULL || editing->rate != NULL || editing->contact_name != NULL ||
                 editing->contact_mobile != NULL || editing->store_appid != NULL ||
                 editing->appids.count > 0;

    if (!given)
        return err_set(err, ERR_USAGE, "nothing to change is given: --name, --rate, …");
    edit->name = view_of(editing->name);
    if (editing->name != NULL && (edit->name.length == 0 || !view_is_utf8(edit->name)))
        return err_set(err, ERR_USAGE, "option --name is no name in UTF-8");
    return read_rate(editing, edit, err) && read_appids(editing, arena, edit, err) &&
           merchant_contact_given(editing->contact_name, editing->contact_mobile, &edit->contact,
                                  err);
}

/* A dry run does it and takes it back. */
static bool edit_in_transaction(struct job *job, struct pg *pg, struct view mchid,
                                const struct merchant_edit *edit, struct view *ret_changes,
                                struct err *err)
{
    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!merchant_edit(pg, mchid, edit, &job->arena, ret_changes, err)) {
        pg_rollback(pg);
        return err_wrap(err, "could not change merchant %.*s", VIEW_ARG(mchid));
    }
    if (!job->dry_run)
        return pg_commit(pg, err);
    pg_rollback(pg);
    return true;
}

static bool edit(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct editing *editing = context;
    struct merchant_edit edit = {.reason = view_of(editing->reason), .at = clock_now(&job->clock)};
    struct merchant merchant;
    struct view changes;
    struct pg *pg;

    (void)ret_code;
    if (!read_edit(editing, &job->arena, &edit, err) || !check_reason(editing->reason, err) ||
        !load_named(job, &pg, &merchant, err) ||
        !edit_in_transaction(job, pg, merchant.mchid, &edit, &changes, err))
        return false;
    if (changes.length == 0)
        (void)printf("merchant %.*s is so already: nothing changed\n", VIEW_ARG(merchant.mchid));
    else
        (void)printf("%s merchant %.*s: %.*s\n", job->dry_run ? "would change" : "changed",
                     VIEW_ARG(merchant.mchid), VIEW_ARG(changes));
    return true;
}

enum exit_code command_merchant_edit(int argc, char *const argv[])
{
    struct editing editing = {.name = NULL};
    const struct option_row rows[EDIT_OPTIONS] = {
        {"name", 0, OPTION_TEXT, &editing.name, NULL, "NAME", "the company's name"},
        {"rate", 0, OPTION_TEXT, &editing.rate, NULL, "RATE", "contract fee rate, as 0.60%"},
        {"contact-name", 0, OPTION_TEXT, &editing.contact_name, NULL, "NAME", "whom to call"},
        {"contact-mobile", 0, OPTION_TEXT, &editing.contact_mobile, NULL, "NUMBER",
         "and the number"},
        {"add-appid", 0, OPTION_TEXTS, &editing.appids, NULL, "APPID",
         "one more mini program of the riders; may be repeated"},
        {"store-appid", 0, OPTION_TEXT, &editing.store_appid, NULL, "APPID",
         "the stores' mini program, where none is known"},
        {"reason", 0, OPTION_TEXT, &editing.reason, NULL, "TEXT", "why; kept with your login"},
    };
    const struct job_spec spec = {
        .program = "payrecon merchant edit",
        .words = "",
        .summary = "Changes what a company is called, what it pays, whom to call, or adds mini "
                   "programs.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DRY_RUN,
        .rows = rows,
        .row_count = EDIT_OPTIONS,
    };

    return job_main(&spec, argc, argv, edit, &editing);
}

/* ---- rotate-key ------------------------------------------------------------------------------ */

struct rotating {
    struct merchant_key_files files;
    const char *reason;
    /* while it runs */
    struct job *job;
    struct pg *pg;
    struct merchant merchant;
    struct merchant_place place;
    struct merchant_keys keys;
    struct merchant_keys_facts facts;
    bool installed; /* there were keys before */
    bool verified;  /* as merchant_prove says */
};

/* What WeChat Pay said about the new keys, for a person. */
static bool explain_refusal(const struct rotating *rotating, struct err *err)
{
    struct merchant_diagnosis diagnosis = merchant_explain(&rotating->merchant, err);

    (void)err_wrap(err, "the new keys were not proved, nothing changed: %s", diagnosis.problem);
    return err_hint(err, "%s: %s", merchant_mender_name(diagnosis.mender), diagnosis.advice);
}

/* `ret_changed`: it was not written down before. */
static bool write_down(struct rotating *rotating, struct view rotation, bool *ret_changed,
                       struct err *err)
{
    const struct merchant_key_files *files = &rotating->files;
    char detail[CERTIFICATE_SERIAL_MAX + 100];
    struct merchant_event event = {.change = MERCHANT_KEYS,
                                   .reason = view_of(rotating->reason),
                                   .at = clock_now(&rotating->job->clock),
                                   .rotation = rotation};

    (void)snprintf(detail, sizeof(detail), "given:%s%s%s; certificate %s",
                   merchant_key_files_have_pair(files) ? " certificate" : "",
                   files->apiv3_key != NULL ? " APIv3-key" : "",
                   files->public_key != NULL ? " public-key" : "", rotating->facts.serial);
    event.detail = view_of(detail);
    return merchant_change(rotating->pg, rotating->merchant.mchid, &event, ret_changed, err);
}

/* The event and the keys belong together: what cannot be written down does not happen. */
static bool put_into_use(struct rotating *rotating, struct view rotation, struct err *err)
{
    const struct merchant_place *place = &rotating->place;
    bool changed;

    if (!pg_begin(rotating->pg, PG_READ_WRITE, err))
        return false;
    if (!write_down(rotating, rotation, &changed, err) ||
        !(rotating->installed ? merchant_keys_exchange(place, err)
                              : merchant_keys_publish(place, err))) {
        pg_rollback(rotating->pg);
        return false;
    }
    return pg_commit(rotating->pg, err) &&
           (!rotating->installed || merchant_keys_keep_old(place, err));
}

/* The keys are in use. A run that died after it had put them there may not have written it down, or
 * not have kept the old ones; `ret_done` says whether anything was left to do. */
static bool finish_interrupted(struct rotating *rotating, bool *ret_done, struct err *err)
{
    const struct merchant_place *place = &rotating->place;
    CLEANUP(buf_release) struct buf rotation = BUF_INIT(MERCHANT_ROTATION_MAX);
    bool interrupted = merchant_keys_interrupted(place), changed = false;

    if (!merchant_keys_rotation(place, &rotation, err) ||
        (rotation.length > 0 && !write_down(rotating, buf_view(&rotation), &changed, err)) ||
        (interrupted && !merchant_keys_keep_old(place, err)))
        return false;

    *ret_done = interrupted || changed;
    return true;
}

static bool prove_and_use(struct rotating *rotating, struct err *err)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(4096);
    struct nonce_text rotation = random_nonce();

    if (!merchant_keys_stage(&rotating->place, &rotating->keys, &folder, err))
        return false;
    if (!merchant_keys_set_rotation(&rotating->place, view_of(rotation.s), err)) {
        merchant_keys_unstage(&rotating->place);
        return false;
    }
    if (!merchant_prove(rotating->job, &rotating->merchant, buf_text(&folder), &rotating->verified,
                        err)) {
        merchant_keys_unstage(&rotating->place);
        return explain_refusal(rotating, err);
    }
    return put_into_use(rotating, view_of(rotation.s), err);
}

static void report(const struct rotating *rotating)
{
    const struct merchant_place *place = &rotating->place;

    (void)printf("WeChat Pay takes the keys: certificate %s, which ends on %s\n",
                 rotating->facts.serial, date_text(beijing_day(rotating->facts.not_after)).s);
    if (rotating->facts.public_key_mode)
        (void)printf("public-key mode: the APIv3 key cannot be proved%s\n",
                     rotating->verified ? ""
                                        : ", and without a bill these days the public key neither");
    (void)printf("they are in use in %s/%.*s\n", place->keys_dir, VIEW_ARG(place->signer));
    if (rotating->installed)
        (void)printf("the keys before are kept in %s/.%.*s.old; when the old certificate is "
                     "revoked on the merchant platform, remove them\n",
                     place->keys_dir, VIEW_ARG(place->signer));
    (void)printf("next: the same on every other host that fetches\n");
}

static bool rotate_locked(struct rotating *rotating, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    const struct merchant_place *place = &rotating->place;
    const char *folder = merchant_keys_dir(&rotating->merchant, place->keys_dir, &arena);
    struct instant now = clock_now(&rotating->job->clock);
    bool same = false, finished = false;

    rotating->installed = merchant_keys_installed(place);
    if (rotating->installed && !merchant_keys_complete(&rotating->keys, folder, err))
        return false;
    if (!merchant_keys_check(&rotating->keys, place->signer, now, &rotating->facts, err))
        return false;
    if (rotating->installed && !merchant_keys_same(place, &rotating->keys, &same, err))
        return false;
    if (same && !rotating->job->dry_run && !finish_interrupted(rotating, &finished, err))
        return false;
    if (finished) {
        report(rotating);
        return true;
    }
    if (same) {
        (void)printf("these keys are in use already: nothing changed\n");
        return true;
    }
    if (rotating->job->dry_run) {
        (void)printf("would ask WeChat Pay about certificate %s and put it into use\n",
                     rotating->facts.serial);
        return true;
    }
    if (!prove_and_use(rotating, err))
        return false;
    report(rotating);
    return true;
}

static bool rotate_with(struct rotating *rotating, struct err *err)
{
    struct view signer = merchant_signer(&rotating->merchant);
    bool held = false;

    rotating->place = (struct merchant_place){rotating->job->settings.keys_dir, signer};
    if (!merchant_keys_gather(&rotating->files, signer, &rotating->keys, err) ||
        !merchant_keys_lock(rotating->pg, signer, &held, err))
        return false;
    if (!held)
        return err_set(err, ERR_LATER, "somebody else is changing the keys of %.*s",
                       VIEW_ARG(signer));
    return rotate_locked(rotating, err);
}

static bool rotate(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct rotating *rotating = context;
    bool done;

    (void)ret_code;
    rotating->job = job;
    if (!merchant_key_files_given(&rotating->files))
        return err_set(err, ERR_USAGE, "no key is given: --archive, --apiv3-key, --public-key, …");
    if (!check_reason(rotating->reason, err) ||
        !load_named(job, &rotating->pg, &rotating->merchant, err))
        return false;
    if (rotating->merchant.mode == MERCHANT_NONE)
        return err_set(err, ERR_USAGE, "merchant %.*s takes no WeChat Pay",
                       VIEW_ARG(rotating->merchant.mchid));

    rotating->keys = MERCHANT_KEYS_INIT;
    done = rotate_with(rotating, err);
    merchant_keys_release(&rotating->keys);
    return done;
}

enum exit_code command_merchant_rotate_key(int argc, char *const argv[])
{
    struct rotating rotating = {.reason = "rotate-key"};
    struct option_row rows[MERCHANT_KEY_OPTIONS + 1];
    const struct job_spec spec = {
        .program = "payrecon merchant rotate-key",
        .words = "",
        .summary = "Puts other keys of a merchant into use on this host, after WeChat Pay took "
                   "them.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DRY_RUN,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    merchant_key_options(&rotating.files, rows);
    rows[MERCHANT_KEY_OPTIONS] = (struct option_row){
        "reason", 0, OPTION_TEXT, &rotating.reason, NULL, "TEXT", "why; kept with your login"};
    return job_main(&spec, argc, argv, rotate, &rotating);
}
