#include "run/merchant.h"

#include "queries.h"

#include <assert.h>
#include <string.h>

enum {
    MERCHANTS_MAX = 100000,
    MCHID_MIN = 8,
    MCHID_MAX = 10,
    APPID_LENGTH = 18,
    NONE_MAX = 32, /* after the prefix */
    MOBILE_DIGITS_MIN = 6,
    MOBILE_DIGITS_MAX = 20,
    CONTACT_NAME_MAX = 200,
};

/* Columns of merchant_list. */
enum {
    COLUMN_MCHID,
    COLUMN_NAME,
    COLUMN_MODE,
    COLUMN_SP_MCHID,
    COLUMN_RATE,
    COLUMN_FUND_ACCOUNT,
    COLUMN_FIRST_DAY,
    COLUMN_SUSPENDED,
    COLUMN_APPIDS,
    COLUMN_STORE_APPID,
};

static const char *const mode_names[] = {
    [MERCHANT_DIRECT] = "DIRECT",
    [MERCHANT_PARTNER] = "PARTNER",
    [MERCHANT_NONE] = "NONE",
};

static const char *const change_names[] = {
    [MERCHANT_ADDED] = "ADDED", [MERCHANT_SUSPENDED] = "SUSPENDED", [MERCHANT_RESUMED] = "RESUMED",
    [MERCHANT_KEYS] = "KEYS",   [MERCHANT_EDITED] = "EDITED",
};

const char *merchant_mode_name(enum merchant_mode mode)
{
    return mode_names[mode];
}

const char *merchant_change_name(enum merchant_change change)
{
    return change_names[change];
}

struct loading {
    struct arena *arena;
    struct merchant *at;
    size_t count, capacity;
};

static struct view keep(struct arena *arena, const struct pg_value *value)
{
    if (value->null)
        return VIEW("");
    return view_from(arena_copy(arena, value->text.at, value->text.length), value->text.length);
}

static void split_appids(struct arena *arena, struct view joined, struct merchant *merchant)
{
    struct view rest = joined;
    struct view part;
    struct view *appids;
    size_t count = 0;

    while (view_take(&rest, ',', &part))
        count++;
    appids = ARENA_ARRAY(arena, struct view, count);
    rest = joined;
    for (size_t i = 0; i < count; i++) {
        (void)view_take(&rest, ',', &part);
        appids[i] = view_from(arena_copy(arena, part.at, part.length), part.length);
    }
    merchant->appids = appids;
    merchant->appid_count = count;
}

static bool read_mode(struct view name, enum merchant_mode *ret_mode, struct err *err)
{
    for (size_t i = 0; i < sizeof(mode_names) / sizeof(mode_names[0]); i++) {
        if (view_equal_text(name, mode_names[i])) {
            *ret_mode = (enum merchant_mode)i;
            return true;
        }
    }
    return err_set(err, ERR_BUG, "a merchant of the unknown mode \"%.*s\"", VIEW_ARG(name));
}

static bool add_merchant(void *context, const struct pg_value *values, struct err *err)
{
    struct loading *loading = context;
    struct arena *arena = loading->arena;
    struct merchant *merchant;

    if (loading->count == loading->capacity) {
        struct merchant *old = loading->at;

        if (loading->count >= MERCHANTS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d merchants", (int)MERCHANTS_MAX);
        loading->capacity = loading->capacity == 0 ? 16 : 2 * loading->capacity;
        loading->at = ARENA_ARRAY(arena, struct merchant, loading->capacity);
        if (old != NULL)
            memcpy(loading->at, old, loading->count * sizeof(*old));
    }
    merchant = &loading->at[loading->count++];
    merchant->mchid = keep(arena, &values[COLUMN_MCHID]);
    merchant->name = keep(arena, &values[COLUMN_NAME]);
    if (!read_mode(values[COLUMN_MODE].text, &merchant->mode, err))
        return false;
    merchant->sp_mchid = keep(arena, &values[COLUMN_SP_MCHID]);
    merchant->rate = (struct ppm){values[COLUMN_RATE].int8};
    merchant->fund_account = keep(arena, &values[COLUMN_FUND_ACCOUNT]);
    merchant->first_day = values[COLUMN_FIRST_DAY].date;
    merchant->suspended = values[COLUMN_SUSPENDED].boolean;
    split_appids(arena, keep(arena, &values[COLUMN_APPIDS]), merchant);
    merchant->store_appid = keep(arena, &values[COLUMN_STORE_APPID]);
    return true;
}

static bool find(const struct loading *loading, const char *mchid)
{
    for (size_t i = 0; i < loading->count; i++) {
        if (view_equal_text(loading->at[i].mchid, mchid))
            return true;
    }
    return false;
}

bool merchant_load(struct pg *pg, const struct option_texts *wanted, struct arena *arena,
                   struct merchant_list *ret_list, struct err *err)
{
    struct loading loading = {.arena = arena};
    struct view names[OPTION_TEXTS_MAX];

    for (size_t i = 0; i < wanted->count; i++)
        names[i] = view_of(wanted->at[i]);

    if (!pg_each(pg, &query_merchant_list, PG_PARAMS(pg_texts(names, wanted->count)), add_merchant,
                 &loading, err))
        return err_wrap(err, "could not read the merchants");

    for (size_t i = 0; i < wanted->count; i++) {
        if (!find(&loading, wanted->at[i])) {
            (void)err_set(err, ERR_USAGE, "merchant %s is not known", wanted->at[i]);
            return err_hint(err, "payrecon merchant list shows those that are");
        }
    }
    *ret_list = (struct merchant_list){loading.at, loading.count};
    return true;
}

bool merchant_load_one(struct pg *pg, struct view mchid, struct arena *arena,
                       struct merchant *ret_merchant, struct err *err)
{
    struct option_texts wanted = {.count = 1};
    struct merchant_list list;

    wanted.at[0] = arena_copy(arena, mchid.at, mchid.length);
    if (!merchant_load(pg, &wanted, arena, &list, err))
        return false;
    *ret_merchant = list.at[0];
    return true;
}

struct view merchant_signer(const struct merchant *merchant)
{
    return merchant->mode == MERCHANT_PARTNER ? merchant->sp_mchid : merchant->mchid;
}

const char *merchant_keys_dir(const struct merchant *merchant, const char *keys_dir,
                              struct arena *arena)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(64 * 1024);

    buf_add_format(&path, "%s/%.*s", keys_dir, VIEW_ARG(merchant_signer(merchant)));
    assert(!path.overflowed);
    return arena_copy(arena, buf_text(&path), path.length);
}

bool merchant_check_mchid(struct view mchid, struct err *err)
{
    int64_t number;

    if (mchid.length < MCHID_MIN || mchid.length > MCHID_MAX ||
        !view_to_int64(mchid, 0, INT64_MAX, &number))
        return err_set(err, ERR_USAGE, "\"%.*s\" is not a merchant number: %d to %d digits",
                       VIEW_ARG(mchid), MCHID_MIN, MCHID_MAX);
    return true;
}

static bool is_lower_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool merchant_check_appid(struct view appid, struct err *err)
{
    bool fits = appid.length == APPID_LENGTH && view_starts_with(appid, VIEW("wx"));

    for (size_t i = 2; fits && i < appid.length; i++)
        fits = is_lower_hex(appid.at[i]);
    if (!fits)
        return err_set(err, ERR_USAGE, "\"%.*s\" is not an AppID: wx and 16 hex digits",
                       VIEW_ARG(appid));
    return true;
}

bool merchant_check_none(struct view mchid, struct err *err)
{
    struct view rest = mchid;
    bool fits =
        view_skip(&rest, VIEW(MERCHANT_NONE_PREFIX)) && rest.length > 0 && rest.length <= NONE_MAX;

    for (size_t i = 0; fits && i < rest.length; i++)
        fits = (rest.at[i] >= 'a' && rest.at[i] <= 'z') ||
               (rest.at[i] >= '0' && rest.at[i] <= '9') || rest.at[i] == '-';
    if (!fits)
        return err_set(err, ERR_USAGE,
                       "\"%.*s\" is no identifier of a company without WeChat Pay: %s and up to "
                       "%d of a to z, 0 to 9 and -",
                       VIEW_ARG(mchid), MERCHANT_NONE_PREFIX, NONE_MAX);
    return true;
}

static bool is_mobile(struct view mobile)
{
    struct view digits = mobile;
    bool good;

    (void)view_skip(&digits, VIEW("+"));
    good = digits.length >= MOBILE_DIGITS_MIN && digits.length <= MOBILE_DIGITS_MAX;
    for (size_t i = 0; good && i < digits.length; i++)
        good = digits.at[i] >= '0' && digits.at[i] <= '9';
    return good;
}

bool merchant_contact_given(const char *name, const char *mobile,
                            struct merchant_contact *ret_contact, struct err *err)
{
    struct view trimmed = view_trim(view_of(name));

    if (name == NULL && mobile == NULL)
        return true;
    if (name == NULL || mobile == NULL)
        return err_set(err, ERR_USAGE,
                       "options --contact-name and --contact-mobile belong together");
    if (trimmed.length == 0 || trimmed.length > CONTACT_NAME_MAX || !view_is_utf8(trimmed))
        return err_set(err, ERR_USAGE, "option --contact-name is no name");
    if (!is_mobile(view_of(mobile)))
        return err_set(err, ERR_USAGE, "option --contact-mobile is no number: %d to %d digits",
                       MOBILE_DIGITS_MIN, MOBILE_DIGITS_MAX);
    *ret_contact = (struct merchant_contact){trimmed, view_of(mobile)};
    return true;
}

static bool insert_apps(struct pg *pg, const struct merchant *merchant, struct err *err)
{
    for (size_t i = 0; i < merchant->appid_count; i++) {
        struct view appid = merchant->appids[i];
        bool store = view_equal(appid, merchant->store_appid);

        if (!pg_run(pg, &query_merchant_app_insert,
                    PG_PARAMS(pg_text(merchant->mchid), pg_text(appid),
                              pg_text(view_of(store ? "STORE" : "USER"))),
                    NULL, err))
            return err_wrap(err, "AppID %.*s", VIEW_ARG(appid));
    }
    return true;
}

static bool insert_merchant(struct pg *pg, const struct merchant *merchant, struct instant now,
                            struct err *err)
{
    int64_t added;

    if (!pg_run(pg, &query_merchant_insert,
                PG_PARAMS(pg_text(merchant->mchid), pg_text(merchant->name),
                          pg_text(view_of(merchant_mode_name(merchant->mode))),
                          pg_text_or_null(merchant->sp_mchid),
                          pg_int4((int32_t)merchant->rate.value),
                          pg_text_or_null(merchant->fund_account), pg_date(merchant->first_day),
                          pg_instant(now)),
                &added, err))
        return false;
    if (added == 0)
        return err_set(err, ERR_DATA, "merchant %.*s is known already", VIEW_ARG(merchant->mchid));
    return true;
}

static bool insert(struct pg *pg, const struct merchant *merchant,
                   const struct merchant_contact *contact, struct instant now, struct err *err)
{
    const struct merchant_event event = {
        .change = MERCHANT_ADDED, .reason = VIEW("merchant add"), .at = now};
    bool changed;

    if (!insert_merchant(pg, merchant, now, err) || !insert_apps(pg, merchant, err))
        return false;
    if (contact != NULL && !pg_run(pg, &query_merchant_contact_insert,
                                   PG_PARAMS(pg_text(merchant->mchid), pg_text(contact->name),
                                             pg_text(contact->mobile), pg_instant(now)),
                                   NULL, err))
        return err_wrap(err, "contact");
    return merchant_change(pg, merchant->mchid, &event, &changed, err);
}

bool merchant_add(struct pg *pg, const struct merchant *merchant,
                  const struct merchant_contact *contact, struct instant now, struct err *err)
{
    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!insert(pg, merchant, contact, now, err)) {
        pg_rollback(pg);
        return err_wrap(err, "could not add merchant %.*s", VIEW_ARG(merchant->mchid));
    }
    return pg_commit(pg, err);
}

bool merchant_contact(struct pg *pg, struct view mchid, struct arena *arena,
                      struct merchant_contact *ret_contact, struct err *err)
{
    struct pg_value values[2];
    bool found;

    if (!pg_one(pg, &query_merchant_contact, PG_PARAMS(pg_text(mchid)), arena, &found, values, err))
        return false;
    if (found)
        *ret_contact = (struct merchant_contact){values[0].text, values[1].text};
    return true;
}

bool merchant_change(struct pg *pg, struct view mchid, const struct merchant_event *event,
                     bool *ret_changed, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value changed;
    bool found;

    if (!pg_one(pg, &query_merchant_change,
                PG_PARAMS(pg_text(mchid), pg_text(view_of(merchant_change_name(event->change))),
                          pg_text_or_null(event->detail), pg_text(event->reason),
                          pg_instant(event->at), pg_text_or_null(event->rotation)),
                &arena, &found, &changed, err))
        return false;
    assert(found);
    *ret_changed = changed.boolean;
    return true;
}

bool merchant_edit(struct pg *pg, struct view mchid, const struct merchant_edit *edit,
                   struct arena *arena, struct view *ret_changes, struct err *err)
{
    const struct merchant_contact *contact = &edit->contact;
    struct pg_value changes;
    bool found;

    if (!pg_one(pg, &query_merchant_edit,
                PG_PARAMS(pg_text(mchid), pg_text_or_null(edit->name),
                          edit->has_rate ? pg_int4((int32_t)edit->rate.value) : pg_null(PG_INT4),
                          pg_text_or_null(contact->name), pg_text_or_null(contact->mobile),
                          pg_texts(edit->appids, edit->appid_count),
                          pg_text_or_null(edit->store_appid), pg_text(edit->reason),
                          pg_instant(edit->at)),
                arena, &found, &changes, err))
        return false;
    assert(found);
    *ret_changes = changes.null ? VIEW("") : changes.text;
    return true;
}
